"""RSS and Atom, in all their versions, read by feedparser from bytes that we have.

feedparser must never see an address: it would fetch it by itself, past the guard. What it reads is
cleaned of scripts; entities that a feed declares for itself are refused before.
"""

import io
from typing import Any

import feedparser

from newsletter.gather.days import stamp
from newsletter.gather.markup import address_of, line_of, paragraphs_of, words_of
from newsletter.gather.origin import Origin
from newsletter.gather.story import Reading, Story, Unreadable

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
        raise Unreadable("is not a feed that can be read", _fault(found))
    language = str(found.feed.get("language", ""))
    return Reading(
        kind=_KINDS.get(found.version.rstrip("0123456789"), "a feed"),
        name=words_of(str(found.feed.get("title", ""))) or origin.name,
        stories=tuple(_story(entry, origin.url, language) for entry in found.entries),
        notes=(f"is damaged ({_fault(found)}); what could be read was taken",)
        if found.bozo and isinstance(found.bozo_exception, Exception) and _is_broken(found)
        else (),
    )


def _headers(origin: Origin) -> dict[str, str]:
    charset = f"; charset={origin.charset}" if origin.charset else ""
    kind = origin.content_type if "xml" in origin.content_type else "application/xml"
    return {"content-type": kind + charset, "content-location": origin.url or ""}


def _is_broken(found: Any) -> bool:
    """Whether the fault is one of the feed; a charset said twice differently is none."""
    return not isinstance(
        found.bozo_exception,
        feedparser.CharacterEncodingOverride | feedparser.NonXMLContentType,
    )


def _fault(found: Any) -> str:
    return line_of(str(found.get("bozo_exception", "") or "it has no entries"))[:120]


def _story(entry: Any, base: str | None, language: str) -> Story:
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
        id=line_of(str(entry.get("id", "")))[:1000] or None,
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
