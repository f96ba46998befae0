"""Style sheets: which of their rules speak to which element, and when.

    <style> ► rules with their media queries ► for each element those that fit, weakest first

The programs of Outlook mark what they have darkened with `data-ogsc` and `data-ogsb`; a rule that
asks for such a mark above its element is kept without it and marked as meant for them alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element

import cssselect2
import tinycss2

from newsletter.checks.page import Page
from newsletter.checks.styles import Block, read_declarations

_OUTLOOK = ("data-ogsc", "data-ogsb")
_GROUPS = ("media", "supports", "layer")
_DEEPEST = 20


@dataclass(frozen=True, slots=True, eq=False)
class SheetRule:
    """A rule: what it sets, under which media queries, and whether only Outlook's marks wake it."""

    block: Block
    media: tuple[str, ...]
    outlook: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rules of one style sheet by their compiled selectors, in order."""

    rules: tuple[tuple[Any, SheetRule], ...]


def matched_rules(page: Page) -> Mapping[Element, tuple[SheetRule, ...]]:
    """Return for each element that any rule speaks to its rules, the weakest first."""
    matcher = cssselect2.Matcher()
    for style in page.all("style"):
        if style.get("type", "text/css").strip().lower() in ("", "text/css"):
            for selector, rule in read_sheet(style.text or "", style.get("media", "")).rules:
                matcher.add_selector(selector, rule)
    found: dict[Element, tuple[SheetRule, ...]] = {}
    if matcher.order:
        for wrapped in cssselect2.ElementWrapper.from_html_root(page.root).iter_subtree():
            matches = matcher.match(wrapped)
            if matches:
                found[wrapped.etree_element] = tuple(match[3] for match in matches)
    return found


@lru_cache(maxsize=64)
def read_sheet(css: str, media: str = "") -> Sheet:
    """Return the rules of a style sheet that say something about being seen."""
    nodes = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    return Sheet(tuple(_rules(nodes, (media,) if media.strip() else (), 0)))


def _rules(nodes: list[Any], media: tuple[str, ...], depth: int) -> Iterator[tuple[Any, SheetRule]]:
    for node in nodes:
        if node.type == "qualified-rule":
            block = read_declarations(tinycss2.parse_blocks_contents(node.content))
            if block:
                yield from _selectors(node.prelude, block, media)
        elif node.type == "at-rule" and node.content is not None and depth < _DEEPEST:
            keyword = node.lower_at_keyword
            prelude = tinycss2.serialize(node.prelude).strip()
            if keyword not in _GROUPS or (keyword == "supports" and prelude.startswith("not")):
                continue
            inner = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
            queries = (*media, prelude) if keyword == "media" else media
            yield from _rules(inner, queries, depth + 1)


def _selectors(
    prelude: list[Any], block: Block, media: tuple[str, ...]
) -> Iterator[tuple[Any, SheetRule]]:
    """Yield each selector of a list with the rule; one that is wrong undoes the whole list."""
    parts: list[list[Any]] = [[]]
    for each in prelude:
        if each == ",":
            parts.append([])
        else:
            parts[-1].append(each)
    compiled: list[tuple[Any, SheetRule]] = []
    plain, marked = SheetRule(block, media, outlook=False), SheetRule(block, media, outlook=True)
    for part in parts:
        bare = _without_mark(part)
        try:
            selectors = cssselect2.compile_selector_list(part if bare is None else bare)
        except cssselect2.SelectorError:
            return
        rule = plain if bare is None else marked
        compiled += ((each, rule) for each in selectors if each.pseudo_element is None)
    yield from compiled


def _without_mark(tokens: list[Any]) -> list[Any] | None:
    """Return the selector after `[data-ogsc] `, or None when it does not begin so."""
    significant = [token for token in tokens if token.type != "whitespace"]
    if len(significant) < 2 or significant[0].type != "[] block":
        return None
    names = [token.lower_value for token in significant[0].content if token.type == "ident"]
    if names[:1] not in ([mark] for mark in _OUTLOOK):
        return None
    rest = tokens[tokens.index(significant[0]) + 1 :]
    return rest if rest[0].type == "whitespace" else None
