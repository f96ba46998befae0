"""What a page says in the terms of schema.org, as JSON-LD or as microdata, in one flat form.

A Thing maps the names of properties to words: of a picture its address, of a place its name and
town. All that a page says about a page or an event fits into words.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import lxml.html

Thing = Mapping[str, str]

_WANTED = (
    "headline", "name", "description", "datePublished", "dateCreated", "dateModified", "inLanguage",
    "image", "url", "startDate", "endDate", "location",
)  # fmt: skip
_ARTICLES = ("Article", "NewsArticle", "BlogPosting", "Report", "PressRelease")
_DEEPEST = 20
_MOST = 1000


def is_article(thing: Thing) -> bool:
    """Whether a Thing is a story."""
    return any(kind.endswith(_ARTICLES) for kind in thing.get("@type", "").split())


def is_event(thing: Thing) -> bool:
    """Whether a Thing is an event: schema.org has BusinessEvent, EducationEvent and more."""
    return any(kind.endswith("Event") for kind in thing.get("@type", "").split())


def things_of(root: lxml.html.HtmlElement) -> list[Thing]:
    """Return what the page describes; faulty JSON is passed over, as search engines do."""
    found: list[Thing] = []
    for script in root.iter("script"):
        if (script.get("type") or "").strip().lower() == "application/ld+json":
            found += [_flat(each) for each in _nodes(_json(script.text or ""), 0)]
    for scope in root.xpath("//*[@itemscope and @itemtype]"):
        found.append(_microdata(scope))
    return found[:_MOST]


def _json(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (json.JSONDecodeError, RecursionError):
        return None


def _nodes(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of JSON-LD: one, a list of them, or what stands in a @graph."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for each in value:
            yield from _nodes(each, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "itemListElement", "item"):
            yield from _nodes(value.get(key), depth + 1)


def _flat(node: Mapping[str, Any]) -> Thing:
    kinds = node.get("@type")
    listed = kinds if isinstance(kinds, list) else [kinds]
    words = {name: _words(node.get(name), name, 0) for name in _WANTED}
    return {"@type": " ".join(str(each) for each in listed if each), **words}


def _words(value: Any, name: str, depth: int) -> str:
    """Return a value of JSON-LD in words: the first of several, the telling part of an object."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and depth < _DEEPEST:
        return next((said for each in value if (said := _words(each, name, depth + 1))), "")
    if isinstance(value, dict) and depth < _DEEPEST:
        if name == "location":
            return _place(value, depth)
        keys = ("url", "contentUrl", "@id") if name in ("image", "url") else ("@value", "name")
        return next((said for key in keys if (said := _words(value.get(key), key, depth + 1))), "")
    return ""


def _place(value: Mapping[str, Any], depth: int) -> str:
    if "VirtualLocation" in str(value.get("@type")):
        return _words(value.get("name"), "name", depth + 1)
    address = value.get("address")
    parts = [_words(value.get("name"), "name", depth + 1)]
    if isinstance(address, dict):
        keys = ("addressLocality", "addressCountry")
        parts += [_words(address.get(key), "name", depth + 1) for key in keys]
    elif isinstance(address, str):
        parts.append(address)
    return _listed(parts)


def _listed(parts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _microdata(scope: lxml.html.HtmlElement) -> Thing:
    """Return one item of microdata (HTML Living Standard, 5): its own properties, in words."""
    found = {"@type": " ".join(each.rsplit("/")[-1] for each in scope.get("itemtype").split())}
    for each in scope.iterdescendants():
        if not isinstance(each.tag, str) or not each.get("itemprop") or _owner(each) is not scope:
            continue
        for name in each.get("itemprop").split():
            if name in _WANTED and not found.get(name):
                found[name] = _said_by(each, name)
    return found


def _owner(element: lxml.html.HtmlElement) -> lxml.html.HtmlElement | None:
    return next(
        (each for each in element.iterancestors() if each.get("itemscope") is not None), None
    )


def _said_by(element: lxml.html.HtmlElement, name: str) -> str:
    if element.get("itemscope") is not None:
        inner = (
            ("name", "addressLocality", "addressCountry") if name == "location" else ("url", "name")
        )
        parts = [
            _said_by(part, "")
            for wanted in inner
            for part in element.xpath(".//*[@itemprop=$wanted]", wanted=wanted)[:1]
        ]
        return _listed(parts)
    for attribute in ("content", "datetime", "src", "href"):
        if element.get(attribute):
            return str(element.get(attribute))
    return " ".join("".join(element.itertext()).split())
