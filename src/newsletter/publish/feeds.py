"""Feeds of the archive: Atom (RFC 4287) and JSON Feed 1.1, of issues and of items, per language.

Both are written from the same entries, so that they cannot say different things. The id of an
entry stays when the archive moves to another path or from http to https (tag URIs, RFC 4151).
"""

import datetime
import json
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from newsletter.model.archive import ArchivePaper, FeedIssue, FeedItem
from newsletter.model.edition import Edition, EditionImage
from newsletter.publish import addresses, lists
from newsletter.publish.addresses import Standpoint
from newsletter.publish.contents import FAMILIES, Contents, Entry, Published, items_of
from newsletter.publish.fill import fill, words

ATOM, JSON, PDF = "application/atom+xml", "application/feed+json", "application/pdf"

FEED_FILES = {
    "feed.atom": ("issues", ATOM),
    "feed.json": ("issues", JSON),
    "items.atom": ("items", ATOM),
    "items.json": ("items", JSON),
}
"""The feeds of each language: what they are of, and their type."""

MOST = {"issues": 20, "items": 60}
"""How far back a feed goes; the archive itself has everything."""

NOON = datetime.time(12)
"""Issues have a day and no hour; noon is the same day almost everywhere."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of a feed, whatever form it is written in."""

    id: str
    url: str
    title: str
    summary: str
    html: str
    moment: datetime.datetime
    tags: tuple[str, ...] = ()
    image: str = ""
    paper: ArchivePaper | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed in one language; `here` is where it stands, `home` the page it belongs to."""

    here: Standpoint
    home: str
    language: str
    title: str
    author: str
    website: str
    entries: tuple[FeedEntry, ...]


def feeds(contents: Contents) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of every feed; raises InputRefused with faults of the templates."""
    for language in contents.languages:
        found = {
            "issues": tuple(islice(_issues(contents, language), MOST["issues"])),
            "items": tuple(islice(_items(contents, language), MOST["items"])),
        }
        for name, (of, content_type) in FEED_FILES.items():
            path = f"{addresses.index_of(language)}{name}"
            feed = _feed(contents, language, path, of, found[of])
            yield path, (atom(feed) if content_type == ATOM else json_feed(feed))


def _feed(
    contents: Contents, language: str, path: str, of: str, entries: tuple[FeedEntry, ...]
) -> Feed:
    here = Standpoint(contents.settings.public_url, path, whole=True)
    publisher = contents.publisher(language)
    kind = words(contents.issues[0].theme, f"feed_{of}", language)
    return Feed(
        here=here,
        home=here.to(addresses.index_of(language)),
        language=language,
        title=f"{contents.site(language)}: {kind[:1].lower()}{kind[1:]}",
        author=publisher.short_name,
        website=publisher.website,
        entries=entries,
    )


def _issues(contents: Contents, language: str) -> Iterator[FeedEntry]:
    here = Standpoint(contents.settings.public_url, addresses.HOME, whole=True)
    for issue in contents.issues_in(language):
        edition = lists.edition_from(issue, language, here)
        yield FeedEntry(
            id=_tag_uri(contents, issue, f"issues/{issue.slug}/{language}"),
            url=here.to(addresses.edition_of(issue.slug, language)),
            title=edition.subject,
            summary=edition.preheader,
            html=fill(
                issue.theme, "web/feed-issue.html.j2", language, FeedIssue(edition=edition)
            ).strip(),
            moment=_moment(contents, issue),
            image=_image(_first_image(edition)),
            paper=lists.paper_link(issue, language, here),
        )


def _items(contents: Contents, language: str) -> Iterator[FeedEntry]:
    here = Standpoint(contents.settings.public_url, addresses.HOME, whole=True)
    for entry in contents.entries(language):
        issue, item = entry.issue, lists.item_from(entry, here)
        page = addresses.edition_of(issue.slug, language)
        yield FeedEntry(
            id=_tag_uri(contents, issue, f"items/{item.id}/{language}"),
            url=here.to(page, item.id),
            title=item.title,
            summary=item.lead or item.quote,
            html=fill(issue.theme, "web/feed-item.html.j2", language, FeedItem(item=item)).strip(),
            moment=_moment(contents, issue),
            tags=_tags(contents, entry),
            image=_image(item.image),
        )


def _tags(contents: Contents, entry: Entry) -> tuple[str, ...]:
    return tuple(
        contents.tag_name(entry.language, family, tag)
        for family in FAMILIES
        for tag in entry.tags(family)
    )


def _first_image(edition: Edition) -> EditionImage | None:
    return next((item.image for item in items_of(edition) if item.image), None)


def _image(image: EditionImage | None) -> str:
    return image.src if image else ""


def _moment(contents: Contents, issue: Published) -> datetime.datetime:
    zone = zoneinfo.ZoneInfo(contents.settings.time_zone)
    return datetime.datetime.combine(issue.composition.issue.date, NOON, zone)


def _tag_uri(contents: Contents, issue: Published, name: str) -> str:
    host = urlsplit(contents.settings.public_url).hostname
    return f"tag:{host},{issue.composition.issue.date}:{name}"  # RFC 4151 2.1


def atom(feed: Feed) -> bytes:
    """Return `feed` as Atom."""
    root = ET.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": feed.language})
    _add(root, "id", feed.here.url())
    _add(root, "title", feed.title)
    _add(root, "updated", max(entry.moment for entry in feed.entries).isoformat())
    author = ET.SubElement(root, "author")
    _add(author, "name", feed.author)
    if feed.website:
        _add(author, "uri", feed.website)
    _add(root, "link", rel="self", type=ATOM, href=feed.here.url())
    _add(root, "link", rel="alternate", type="text/html", href=feed.home)
    for entry in feed.entries:
        _atom_entry(ET.SubElement(root, "entry"), entry)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _atom_entry(node: ET.Element, entry: FeedEntry) -> None:
    _add(node, "id", entry.id)
    _add(node, "title", entry.title)
    _add(node, "published", entry.moment.isoformat())
    _add(node, "updated", entry.moment.isoformat())
    _add(node, "link", rel="alternate", type="text/html", href=entry.url)
    if paper := entry.paper:  # RFC 4287 4.2.7.2
        _add(node, "link", rel="enclosure", type=PDF, href=paper.url, length=str(paper.octets))
    for tag in entry.tags:
        _add(node, "category", term=tag)
    if entry.summary:
        _add(node, "summary", entry.summary)
    _add(node, "content", entry.html, type="html")


def _add(parent: ET.Element, tag: str, text: str | None = None, **attributes: str) -> None:
    ET.SubElement(parent, tag, attributes).text = text


def json_feed(feed: Feed) -> bytes:
    """Return `feed` as JSON Feed 1.1."""
    author = {"name": feed.author} | ({"url": feed.website} if feed.website else {})
    content = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.here.url(),
        "language": feed.language,
        "authors": [author],
        "items": [_json_item(entry) for entry in feed.entries],
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _json_item(entry: FeedEntry) -> dict[str, Any]:
    """Return an entry; what it has not is left out, as JSON Feed asks."""
    item: dict[str, Any] = {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "content_html": entry.html,
        "image": entry.image,
        "date_published": entry.moment.isoformat(),
        "tags": list(entry.tags),
        "attachments": [
            {"url": paper.url, "mime_type": PDF, "size_in_bytes": paper.octets}
            for paper in (entry.paper,)
            if paper
        ],
    }
    return {key: value for key, value in item.items() if value}
