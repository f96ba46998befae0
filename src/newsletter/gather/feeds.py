"""RSS and Atom, in all their versions, read by feedparser from bytes that we have.

feedparser must never see an address: it would fetch it by itself, past the guard. What it reads is
cleaned of scripts; entities that a feed declares for itself are refused before.
"""

import io
from collections.abc import Iterator
from typing import Any
from xml.sax import SAXParseException

import feedparser

from newsletter.gather.days import stamp
from newsletter.gather.markup import address_of, line_of, paragraphs_of, words_of
from newsletter.gather.origin import Origin
from newsletter.gather.story import Note, Reading, Story, Unreadable, unique_id

_DATES = ("published", "updated", "created", "date")
_KINDS = {"atom": "an Atom feed", "rss": "an RSS feed", "cdf": "a CDF feed"}


def read_feed(origin: Origin) -> Reading:
    """Return the stories of a feed; raises Unreadable."""
    if b"<!ENTITY" in origin.data.replace(b"\x00", b"").upper():
        raise Unreadable(
            "declares entities of its own, as attacks do and feeds need not",
            "ask who publishes it for a plain feed",
        )
    found = feedparser.parse(io.BytesIO(origin.data), response_headers=_headers(origin))
    if not found.entries and (not found.version or found.bozo):
        raise Unreadable("is not a feed that can be read", _remedy(found, origin.data))
    language = str(found.feed.get("language", ""))
    name = words_of(str(found.feed.get("title", ""))) or origin.name
    called = _called(found.feed, name, origin.url)
    return Reading(
        kind=_KINDS.get(found.version.rstrip("0123456789"), "a feed"),
        name=name,
        stories=tuple(_story(entry, origin.url, language, called) for entry in found.entries),
        notes=tuple(_damage(found, origin.data)),
    )


def _headers(origin: Origin) -> dict[str, str]:
    charset = f"; charset={origin.charset}" if origin.charset else ""
    kind = origin.content_type if "xml" in origin.content_type else "application/xml"
    # No content-location: feedparser would make addresses of ids such as 1, alike in all feeds.
    return {"content-type": kind + charset}


def _damage(found: Any, data: bytes) -> Iterator[Note]:
    """Yield where a feed is damaged; a charset said twice differently is no damage."""
    fault = found.bozo and found.get("bozo_exception")
    harmless = feedparser.CharacterEncodingOverride | feedparser.NonXMLContentType
    if isinstance(fault, Exception) and not isinstance(fault, harmless):
        why, line, column = _fault(fault, data)
        yield Note(f"the feed is damaged ({why}); what could be read was taken", line, column)


def _fault(fault: Exception, data: bytes) -> tuple[str, int, int]:
    """Return what is wrong with a feed, in which line and column; both are 0 if nobody knows."""
    if not isinstance(fault, SAXParseException):
        return line_of(str(fault))[:120], 0, 0
    # feedparser writes a line of its own above feeds that have no declaration.
    own = 0 if data.lstrip(b"\xef\xbb\xbf").startswith((b"<?xml", b"\xff\xfe", b"\xfe\xff")) else 1
    line, column = fault.getLineNumber() or 0, fault.getColumnNumber() or 0
    return line_of(fault.getMessage())[:120], max(line - own, 1), column + 1


def _remedy(found: Any, data: bytes) -> str:
    if not found.get("bozo_exception"):
        return "it has no entries: look at it in your browser"
    why, line, column = _fault(found.bozo_exception, data)
    where = f" in line {line}, column {column}" if line else ""
    return f"it is broken{where} ({why}): ask who publishes it to mend it, or name a page instead"


def _called(feed: Any, name: str, url: str | None) -> str:
    """Return what tells a feed from others: its address, what it says of itself, or its name."""
    own = next(
        (each.get("href") for each in feed.get("links") or () if each.get("rel") == "self"), ""
    )
    return line_of(str(url or own or feed.get("id") or f"{feed.get('link', '')} {name}"))


def _story(entry: Any, base: str | None, language: str, feed: str) -> Story:
    dated = next((str(entry[name]) for name in _DATES if entry.get(name)), "")
    link = address_of(entry.get("link"), base)
    detail = entry.get("title_detail") or {}
    title = str(entry.get("title", ""))
    is_plain = detail.get("type") == "text/plain"
    return Story(
        title=line_of(title) if is_plain else words_of(title),
        day=stamp(dated) if dated else None,
        dated=dated,
        paragraphs=_paragraphs(entry, link or base),
        url=link,
        id=unique_id(line_of(str(entry.get("id", ""))), feed),
        language=str(entry.get("language") or detail.get("language") or language or ""),
        picture=_picture(entry, base),
    )


def _paragraphs(entry: Any, base: str | None) -> tuple[str, ...]:
    """Return the summary, and after it what the whole text has more."""
    summary = paragraphs_of(str(entry.get("summary", "")), base)
    contents = [str(each.get("value", "")) for each in entry.get("content") or ()]
    content = paragraphs_of(contents[0], base) if contents else ()
    if not content or content == summary:
        return summary
    return content if summary[:1] == content[:1] else (*summary[:1], *content)


def _picture(entry: Any, base: str | None) -> str | None:
    """Return the address of the picture that comes with an entry."""
    offered = [
        *(each.get("url") for each in entry.get("media_content") or () if _is_picture(each)),
        *(each.get("href") for each in entry.get("enclosures") or () if _is_picture(each)),
        *(each.get("url") for each in entry.get("media_thumbnail") or ()),
    ]
    return next((found for each in offered if (found := address_of(each, base))), None)


def _is_picture(part: Any) -> bool:
    kind = f"{part.get('type', '')} {part.get('medium', '')}"
    return kind.startswith("image/") or kind.endswith(" image")
