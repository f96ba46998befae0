"""JSON Feed 1 and 1.1 (jsonfeed.org)."""

import json
from collections.abc import Mapping
from typing import Any

from newsletter.gather.days import stamp
from newsletter.gather.markup import address_of, line_of, paragraphs_of, paragraphs_of_text
from newsletter.gather.origin import Origin, text_of
from newsletter.gather.story import Reading, Story, Unreadable, unique_id

_VERSION = "jsonfeed.org/version/"


def read_json_feed(origin: Origin) -> Reading:
    """Return the stories of a JSON Feed; raises Unreadable."""
    try:
        feed = json.loads(text_of(origin))
    except json.JSONDecodeError as fault:
        raise Unreadable(f"is not JSON: line {fault.lineno}, column {fault.colno}") from None
    except RecursionError:
        raise Unreadable("is not JSON that anybody could read: it is nested too deep") from None
    if not isinstance(feed, dict) or _VERSION not in str(feed.get("version")):
        raise Unreadable(
            "is JSON, but no JSON Feed", "its `version` would be https://jsonfeed.org/version/1.1"
        )
    items = feed.get("items")
    name = line_of(_text(feed, "title")) or origin.name
    own = origin.url or _text(feed, "feed_url") or f"{_text(feed, 'home_page_url')} {name}"
    return Reading(
        kind="a JSON Feed",
        name=name,
        stories=tuple(
            _story(each, origin.url, _text(feed, "language"), line_of(own))
            for each in (items if isinstance(items, list) else ())
            if isinstance(each, dict)
        ),
    )


def _story(item: Mapping[str, Any], base: str | None, language: str, feed: str) -> Story:
    dated = _text(item, "date_published") or _text(item, "date_modified")
    link = address_of(_text(item, "url") or _text(item, "external_url"), base)
    identity = item.get("id")
    return Story(
        title=line_of(_text(item, "title")),
        day=stamp(dated) if dated else None,
        dated=dated,
        paragraphs=_paragraphs(item, link or base),
        url=link,
        id=unique_id(line_of(str(identity)), feed)
        if isinstance(identity, str | int | float)
        else None,
        language=_text(item, "language") or language,
        picture=address_of(_text(item, "image") or _text(item, "banner_image"), base),
    )


def _paragraphs(item: Mapping[str, Any], base: str | None) -> tuple[str, ...]:
    summary = paragraphs_of_text(_text(item, "summary"))
    content = (
        paragraphs_of(_text(item, "content_html"), base)
        if _text(item, "content_html")
        else paragraphs_of_text(_text(item, "content_text"))
    )
    return content if summary[:1] == content[:1] else (*summary, *content)


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""
