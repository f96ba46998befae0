"""What the templates of the web archive are given besides Editions: addresses, lists, links.

Each field is documented where it is defined; `docs/reference/template-variables.md` is generated
from here. Every `href` is relative to the page it stands on, so that an archive works from any
address and from a folder; every `url` is whole, as machines elsewhere need it.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from newsletter.model.edition import (
    Edition,
    EditionImage,
    EditionItem,
    EditionPicture,
    EditionPublisher,
    doc,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLink:
    """A link to another page of the archive."""

    label: str = field(metadata=doc("What the reader sees."))
    href: str = field(metadata=doc("Where it leads, from this page."))
    language: str = field(
        default="", metadata=doc("Language of what it leads to, when it is another.")
    )
    direction: str = field(default="", metadata=doc("ltr or rtl, with `language`."))
    detail: str = field(
        default="", metadata=doc("What is there, in that language, when the label names only it.")
    )
    count: int = field(default=0, metadata=doc("How many items are there; 0 when not counted."))
    current: bool = field(default=False, metadata=doc("Whether it leads to this very page."))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveAlternate:
    """The same page in one of its languages, for `hreflang`; this page is among them."""

    language: str = field(metadata=doc("Language tag."))
    url: str = field(metadata=doc("Web address."))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveFeed:
    """A feed to subscribe to."""

    of: str = field(metadata=doc("issues or items."))
    href: str = field(metadata=doc("Where it is, from this page."))
    content_type: str = field(metadata=doc("application/atom+xml or application/feed+json."))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveCard:
    """The picture that social networks show beside a link to a page."""

    url: str = field(metadata=doc("Web address of the picture."))
    width: int = field(metadata=doc("Width in pixels."))
    height: int = field(metadata=doc("Height in pixels."))
    alt: str = field(metadata=doc("What it shows, in words."))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePaper:
    """The print edition of an issue, a PDF."""

    href: str = field(metadata=doc("Where it is, from this page."))
    url: str = field(metadata=doc("Web address of the PDF."))
    pages: int = field(metadata=doc("How many pages it has."))
    octets: int = field(metadata=doc("Its size in bytes."))
    megabytes: str = field(metadata=doc("Its size as readers see it: 1.2, in Russian 1,2."))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePage:
    """`page` in every template of the archive: the page itself, and the ways that lead from it."""

    kind: str = field(
        metadata=doc("home, index, issue, countries, country, topics, topic or missing.")
    )
    language: str = field(metadata=doc("Language tag, for `lang`."))
    direction: str = field(metadata=doc("ltr or rtl, for `dir`."))
    site: str = field(metadata=doc("Name of the newsletter: that of the sender."))
    url: str = field(metadata=doc("Web address of the page."))
    alternates: tuple[ArchiveAlternate, ...] = field(
        metadata=doc("The page in all its languages, when there are several.")
    )
    default_url: str = field(
        metadata=doc("Web address for readers of no particular language; may be empty.")
    )
    others: tuple[ArchiveLink, ...] = field(metadata=doc("The page in its other languages."))
    home: str = field(metadata=doc("Way to the page where a reader chooses a language."))
    index: str = field(metadata=doc("Way to the index of all issues, in this language."))
    countries: str = field(metadata=doc("Way to the list of countries; empty when there is none."))
    topics: str = field(metadata=doc("Way to the list of topics; empty when there is none."))
    stylesheet: str = field(metadata=doc("Way to web/site.css, filled in; empty with `style`."))
    style: str = field(metadata=doc("The styles themselves, on the page that stands anywhere."))
    icon: str = field(metadata=doc("Way to web/icon.svg; empty when the theme has none."))
    policy: str = field(metadata=doc("What the page may load (Content-Security-Policy)."))
    feeds: tuple[ArchiveFeed, ...] = field(metadata=doc("Feeds in this language."))
    card: ArchiveCard | None = field(metadata=doc("Picture for social networks, if there is one."))
    publisher: EditionPublisher = field(metadata=doc("Who publishes the newsletter."))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveIssue:
    """An issue in a list of issues."""

    issue: str = field(metadata=doc("Name of the issue's folder: 2015-1."))
    language: str = field(metadata=doc("Language of these words."))
    direction: str = field(metadata=doc("ltr or rtl, for `dir`."))
    foreign: bool = field(
        default=False, metadata=doc("Whether that is another language than the page's.")
    )
    href: str = field(metadata=doc("Where the issue is, from this page."))
    number_text: str = field(metadata=doc("No. 1 (60), March 2015 or № 1 (60), март 2015 г."))
    date: datetime.date = field(metadata=doc("Date of the issue."))
    subject: str = field(metadata=doc("Subject of the mail."))
    summary: str = field(metadata=doc("The preheader: what is in it, in a line."))
    picture: EditionImage | None = field(metadata=doc("Its first picture, if it has one."))
    headlines: tuple[ArchiveLink, ...] = field(metadata=doc("Its items, in order."))
    others: tuple[ArchiveLink, ...] = field(metadata=doc("The same issue in other languages."))
    paper: ArchivePaper | None = field(
        default=None, metadata=doc("Its PDF, when the archive was built with `--pdf`.")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveYear:
    """The issues of one year, the newest first."""

    year: int = field(metadata=doc("The year."))
    issues: tuple[ArchiveIssue, ...] = field(metadata=doc("Its issues."))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveItem:
    """An item in a list of items."""

    item: EditionItem = field(metadata=doc("The item."))
    crop: EditionPicture | None = field(
        metadata=doc("A small picture for lists, cut around the focus, if it has one.")
    )
    href: str = field(metadata=doc("Where it stands in its issue, from this page."))
    countries: tuple[ArchiveLink, ...] = field(metadata=doc("Pages of its countries."))
    topics: tuple[ArchiveLink, ...] = field(metadata=doc("Pages of its topics."))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveGroup:
    """Items of one issue in a list of items."""

    issue: ArchiveIssue = field(metadata=doc("The issue."))
    items: tuple[ArchiveItem, ...] = field(metadata=doc("Its items that belong in the list."))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveWays:
    """Where an item of an issue leads."""

    countries: tuple[ArchiveLink, ...] = field(metadata=doc("Pages of its countries."))
    topics: tuple[ArchiveLink, ...] = field(metadata=doc("Pages of its topics."))
    others: tuple[ArchiveLink, ...] = field(
        metadata=doc("The item in other languages, its title in `detail`.")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """`web/home.html.j2`: the page where a reader chooses a language."""

    page: ArchivePage = field(metadata=doc("The page."))
    choices: tuple[ArchiveIssue, ...] = field(
        metadata=doc("The newest issue in each language of the archive.")
    )
    indexes: Mapping[str, ArchiveLink] = field(
        metadata=doc("Index of issues by language; its label is the language's own name.")
    )
    sites: Mapping[str, str] = field(metadata=doc("Name of the newsletter by language."))


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPage:
    """`web/index.html.j2`: all issues in one language."""

    page: ArchivePage = field(metadata=doc("The page."))
    latest: ArchiveIssue = field(metadata=doc("The newest issue in this language."))
    years: tuple[ArchiveYear, ...] = field(metadata=doc("All issues, the newest year first."))
    countries: tuple[ArchiveLink, ...] = field(metadata=doc("Pages of countries."))
    topics: tuple[ArchiveLink, ...] = field(metadata=doc("Pages of topics."))


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuePage:
    """`web/issue.html.j2`: one Edition."""

    page: ArchivePage = field(metadata=doc("The page."))
    edition: Edition = field(metadata=doc("The Edition; `src` of its pictures is seen from here."))
    ways: Mapping[str, ArchiveWays] = field(metadata=doc("Where items lead, by `item.id`."))
    earlier: ArchiveLink | None = field(metadata=doc("The issue before, in this language."))
    later: ArchiveLink | None = field(metadata=doc("The issue after, in this language."))
    paper: ArchivePaper | None = field(
        default=None, metadata=doc("Its PDF, when the archive was built with `--pdf`.")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TagPage:
    """`web/tag.html.j2`: the items of one country or topic, by issue."""

    page: ArchivePage = field(metadata=doc("The page; its kind is country or topic."))
    name: str = field(metadata=doc("Name of the country or topic."))
    count: int = field(metadata=doc("Number of its items."))
    groups: tuple[ArchiveGroup, ...] = field(metadata=doc("Its items, newest issue first."))
    tags: tuple[ArchiveLink, ...] = field(metadata=doc("Pages of all countries, or topics."))


@dataclass(frozen=True, slots=True, kw_only=True)
class TagsPage:
    """`web/tags.html.j2`: the list of countries or of topics."""

    page: ArchivePage = field(metadata=doc("The page; its kind is countries or topics."))
    tags: tuple[ArchiveLink, ...] = field(metadata=doc("Pages of all countries, or topics."))


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingPage:
    """`web/missing.html.j2`: 404.html, shown at addresses where nothing stands."""

    page: ArchivePage = field(metadata=doc("The page; its links are whole addresses."))
    indexes: tuple[ArchiveLink, ...] = field(metadata=doc("Index of issues in each language."))


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedIssue:
    """`web/feed-issue.html.j2`: what a feed says about an issue."""

    edition: Edition = field(metadata=doc("The Edition; its pictures have whole addresses."))


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """`web/feed-item.html.j2`: what a feed says about an item."""

    item: EditionItem = field(metadata=doc("The item; its picture has a whole address."))


PageTemplate = HomePage | IndexPage | IssuePage | TagPage | TagsPage | MissingPage
"""What the template of a page is filled with: each field is one of its variables."""

Template = PageTemplate | FeedIssue | FeedItem
"""The same for any template of the archive."""
