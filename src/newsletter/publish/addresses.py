"""Where everything in the archive stands, and how its pages name one another.

    index.html                           the reader chooses a language
    LANGUAGE/                            index of issues by year; feeds
    LANGUAGE/countries/CODE/             items about one country
    LANGUAGE/topics/ID/                  items on one topic
    issues/SLUG/LANGUAGE/                one Edition: where “View in browser” leads; its PDF
    issues/SLUG/images/                  its pictures: where mails with hosted pictures find them
    assets/                              styles, icon; names with a fingerprint

Pages call one another by relative ways that name the file (`../index.html`), so that the archive
works under any address, and from a folder without a server.
"""

import posixpath
from dataclasses import dataclass
from urllib.parse import quote

HOME = ""
MISSING = "404.html"
SITEMAP = "sitemap.xml"


def index_of(language: str) -> str:
    """Return the folder of the index in `language`."""
    return f"{language}/"


def tags_of(language: str, family: str) -> str:
    """Return the folder of the list of countries or of topics."""
    return f"{language}/{family}/"


def tag_of(language: str, family: str, tag: str) -> str:
    """Return the folder of the page of one country or topic."""
    return f"{language}/{family}/{tag}/"


def edition_of(slug: str, language: str) -> str:
    """Return the folder of an Edition; `compose.editions.view_url` says the same."""
    return f"issues/{slug}/{language}/"


def paper_of(slug: str, language: str) -> str:
    """Return the file of a print edition; its name says what it is when it was downloaded."""
    return f"{edition_of(slug, language)}newsletter-{slug}-{language}.pdf"


def images_of(slug: str) -> str:
    """Return the folder of the pictures of an issue."""
    return f"issues/{slug}/images/"


def page_file(path: str) -> str:
    """Return the file behind `path`: a folder is served by its index.html."""
    return f"{path}index.html" if path.endswith("/") or not path else path


@dataclass(frozen=True, slots=True)
class Standpoint:
    """A page, and how it calls others: relatively, or wholly when it may be read anywhere."""

    public_url: str
    path: str
    whole: bool = False

    def to(self, target: str, anchor: str = "") -> str:
        """Return the way from this page to the file or folder `target`."""
        mark = f"#{anchor}" if anchor else ""
        if self.whole:
            return self.url(target) + mark
        if target == self.path and anchor:
            return mark
        folder = posixpath.dirname(self.path) or "."
        return quote(posixpath.relpath(page_file(target), folder)) + mark

    def url(self, target: str | None = None) -> str:
        """Return the web address of `target`, or of this page."""
        path = self.path if target is None else target
        return f"{self.public_url.rstrip('/')}/{quote(path)}"
