"""One web page as a story: what it says in schema.org terms, in OpenGraph, and in plain HTML.

    JSON-LD, microdata     articles and events of schema.org (the most exact)
    OpenGraph, meta        what pages tell social networks and search engines
    title, h1, time        what every page has

What is said first wins; what it leaves out the next one may say. A page may announce several
events; it tells one article. A page that is neither, but names a feed, is a list of others: it is
refused, with the address of the feed.
"""

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import lxml.etree
import lxml.html

from newsletter.gather.days import stamp
from newsletter.gather.markup import address_of, line_of, paragraphs_of, words_of
from newsletter.gather.origin import Origin, likely_charset
from newsletter.gather.schemaorg import Thing, is_article, is_event, things_of
from newsletter.gather.story import Happening, Reading, Story, Unreadable

_FEEDS = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json"})
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset", re.IGNORECASE)
_SITE = re.compile(r"\s+[|–—·»-]\s+[^|–—·»]{2,60}$")


def read_page(origin: Origin) -> Reading:
    """Return the story of a page, or its events; raises Unreadable."""
    root = _parsed(origin)
    base = address_of(_first(root, "//base/@href"), origin.url) or origin.url
    meta = _meta(root)
    things = things_of(root)
    events = [each for each in things if is_event(each)]
    article = next((each for each in things if is_article(each)), {})
    stories = [each for event in events if (each := _event_story(event, base))]
    if not stories:
        if not article and not _is_article(meta):
            _insist_on_no_feed(root, base)
        stories = [_page_story(root, meta, article, base)]
    name = line_of(meta.get("og:site_name", "")) or origin.name
    language = _language(root, meta)
    return Reading("a web page", name, tuple(_with_language(each, language) for each in stories))


def _parsed(origin: Origin) -> lxml.html.HtmlElement:
    charset = origin.charset or _charset(origin.data)
    try:
        parser = lxml.html.HTMLParser(encoding=charset, no_network=True, huge_tree=False)
        root = lxml.html.document_fromstring(origin.data, parser=parser)
    except (lxml.etree.LxmlError, LookupError, ValueError) as fault:
        raise Unreadable(f"is not a page that can be read: {fault}") from None
    return root


def _charset(data: bytes) -> str | None:
    """Return the charset of a page that says none, else none: libxml2 reads what it says."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or _META_CHARSET.search(data[:4096]):
        return None
    try:
        data.decode()
    except UnicodeDecodeError:
        return likely_charset(data)
    return "utf-8"


def _meta(root: lxml.html.HtmlElement) -> dict[str, str]:
    """Return what the page says in <meta>; the first of a name counts."""
    found: dict[str, str] = {}
    for each in root.iter("meta"):
        name = (each.get("property") or each.get("name") or "").lower()
        if name and each.get("content"):
            found.setdefault(name, each.get("content"))
    return found


def _is_article(meta: Mapping[str, str]) -> bool:
    return meta.get("og:type", "").lower() == "article" or "article:published_time" in meta


def _insist_on_no_feed(root: lxml.html.HtmlElement, base: str | None) -> None:
    for link in root.iter("link"):
        feed = address_of(link.get("href"), base)
        if feed and (link.get("type") or "").strip().lower() in _FEEDS:
            raise Unreadable(
                "is a page about several things, and has a feed of them",
                f"newsletter items import {shlex.quote(feed)}",
            )


def _page_story(
    root: lxml.html.HtmlElement, meta: Mapping[str, str], article: Thing, base: str | None
) -> Story:
    dated = _said(
        article.get("datePublished"),
        meta.get("article:published_time"),
        article.get("dateCreated"),
        *(meta.get(name) for name in ("date", "dc.date", "dcterms.date", "pubdate")),
        _first(root, "//article//time/@datetime"),
        _first(root, "//time/@datetime"),
        article.get("dateModified"),
    )
    told = _said(article.get("description"), meta.get("og:description"), meta.get("description"))
    canonical = _first(root, "//link[@rel='canonical']/@href")
    return Story(
        title=_title(root, meta, article),
        day=stamp(dated) if dated else None,
        dated=dated,
        paragraphs=paragraphs_of(told, base) if told else (),
        url=address_of(_said(canonical, meta.get("og:url")), base) or base,
        language=_said(article.get("inLanguage")),
        picture=address_of(_said(article.get("image"), meta.get("og:image")), base),
    )


def _title(root: lxml.html.HtmlElement, meta: Mapping[str, str], article: Thing) -> str:
    said = _said(article.get("headline"), article.get("name"), meta.get("og:title"))
    if said:
        return words_of(said)
    headings = [line_of("".join(each.itertext())) for each in root.iter("h1")]
    named = _SITE.sub("", line_of(_first(root, "//title/text()")))  # “Story | Name of the site”
    only = headings[0] if len(headings) == 1 else ""
    return only or named


def _event_story(event: Thing, base: str | None) -> Story | None:
    starts = stamp(_said(event.get("startDate")))
    title = words_of(_said(event.get("name")))
    if not starts or not title:
        return None
    place = words_of(_said(event.get("location")))
    ends = stamp(_said(event.get("endDate")))
    day = stamp(_said(event.get("datePublished"))) or starts
    return Story(
        title=title,
        day=day,
        dated=_said(event.get("startDate")),
        paragraphs=paragraphs_of(_said(event.get("description")), base),
        url=address_of(_said(event.get("url")), base) or base,
        language=_said(event.get("inLanguage")),
        picture=address_of(_said(event.get("image")), base),
        happening=Happening(
            starts=starts, ends=ends if ends and ends >= starts else None, place=place
        ),
    )


def _language(root: lxml.html.HtmlElement, meta: Mapping[str, str]) -> str:
    return _said(root.get("lang"), root.get("{http://www.w3.org/XML/1998/namespace}lang")) or (
        meta.get("og:locale", "").replace("_", "-")
    )


def _with_language(story: Story, language: str) -> Story:
    return story if story.language else replace(story, language=language)


def _first(root: lxml.html.HtmlElement, path: str) -> str:
    found: Iterable[Any] = root.xpath(path)
    return next((str(each) for each in found if str(each).strip()), "")


def _said(*values: str | None) -> str:
    """Return the first of `values` that says something."""
    return next((each.strip() for each in values if each and each.strip()), "")
