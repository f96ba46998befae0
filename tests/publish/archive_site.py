"""The archive of the sample office, drawn once, and readers that take its pages apart."""

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from newsletter.checks.proof import proof
from newsletter.compose.workspace import Folder
from newsletter.model.paper import Paper
from newsletter.publish.archive import Archive, draw_archive
from newsletter.publish.contents import Published
from newsletter.render.theme import read_theme
from tests.workspace import ROOT

SITE = "https://newsletter.ilo-moscow.example.org"
ISSUES = ("2015-1", "2015-2")
PAPER = Paper(b"%PDF-1.7" + b" " * 1_234_567, 6)
VOID = frozenset({"br", "img", "link", "meta", "hr", "input", "col"})


@dataclass(frozen=True)
class Tag:
    """One start tag of a page, and the names of the elements around it."""

    name: str
    attributes: Mapping[str, str]
    around: tuple[str, ...]

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")


class WebPage(HTMLParser):
    """A page: its tags, its text, its ids."""

    def __init__(self, path: str, html: str) -> None:
        super().__init__()
        self.path = path
        self.html = html
        self.tags: list[Tag] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append(Tag(tag, given, tuple(self._open)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.texts.append(data)

    def all(self, kind: str, /, **attributes: str) -> list[Tag]:
        """Return the tags of a kind that have the given attributes."""
        return [
            tag
            for tag in self.tags
            if tag.name == kind and all(tag[key] == value for key, value in attributes.items())
        ]

    @cached_property
    def ids(self) -> list[str]:
        return [tag["id"] for tag in self.tags if tag["id"]]

    @cached_property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())

    def links(self) -> list[str]:
        """Return where the links of the page lead."""
        return [tag["href"] for tag in self.all("a")]

    def files(self) -> list[str]:
        """Return what the page loads."""
        pictures = self.all("img")
        found = [tag["src"] for tag in pictures]
        found += [part.split()[0] for tag in pictures for part in tag["srcset"].split(", ") if part]
        found += [tag["href"] for tag in self.all("link") if tag["rel"] in ("stylesheet", "icon")]
        return found


def target_of(page: str, link: str) -> tuple[str, str]:
    """Return file and anchor that a relative link on `page` leads to."""
    parts = urlsplit(link)
    path = unquote(parts.path)
    file = posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page
    return file, unquote(parts.fragment)


def publish(office: Path, slugs: Iterable[str]) -> Archive:
    """Draw the archive of an office, as the command does."""
    folder = Folder(office)
    return draw_archive(folder, [published(folder, slug) for slug in slugs])


def published(folder: Folder, slug: str) -> Published:
    """Return an issue as the archive takes it; stand-ins take the place of its PDFs."""
    composition = proof(folder, slug).composition
    issue = composition.issue
    theme = read_theme(folder.root, issue.theme, issue.languages, folder.cache)
    return Published(composition, theme, dict.fromkeys(composition.editions, PAPER))


@cache
def sample_issues() -> tuple[Published, ...]:
    return tuple(published(Folder(ROOT), slug) for slug in ISSUES)


@cache
def sample() -> Archive:
    """Return the archive of the sample office."""
    return draw_archive(Folder(ROOT), sample_issues())


@cache
def pages() -> dict[str, WebPage]:
    """Return the pages of the sample archive by their paths."""
    return {
        name: WebPage(name, data.decode())
        for name, data in sample().files.items()
        if name.endswith(".html")
    }


def page(path: str) -> WebPage:
    return pages()[path]
