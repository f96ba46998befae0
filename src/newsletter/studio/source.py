"""The HTML of a mail as a numbered listing: the lines that are sent, or laid out, a tag a line.

Only colours and, laid out, line breaks and gaps at the beginning of lines are added.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from newsletter.model.edition import Html
from newsletter.model.finding import Finding
from newsletter.render.mjmltables import VOID
from newsletter.studio.markup import el

_TOKEN = re.compile(
    r"(?P<note><!--.*?-->|<![^>]*>)"
    r"|(?P<tag></?[A-Za-z](?:\"[^\"]*\"|'[^']*'|[^'\">])*>)"
    r"|(?P<words>[^<]+|<)",
    re.DOTALL,
)
_TAG_NAME = re.compile(r"</?([A-Za-z][^\s/>]*)")
_RAW = ("style", "script")
_INLINE = frozenset(  # stand in a line with the words around them
    {"a", "abbr", "b", "br", "code", "em", "font", "i", "img", "small", "span", "strong", "title"}
)
_DEEPEST = 16


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece of the page; `tag` names it in small letters, `element` counts start tags."""

    kind: str
    text: str
    tag: str = ""
    element: int = -1

    @property
    def closes(self) -> bool:
        return self.text.startswith("</")


@dataclass(slots=True)
class _Row:
    """A line of the listing."""

    indent: int = 0
    tokens: list[_Token] = field(default_factory=list)


def listing(
    page: str, marks: Mapping[int, Sequence[tuple[str, Finding]]], lines: str, label: str
) -> Html:
    """Return the listing of `page`; a line where findings are seen leads to them.

    `lines` says how: laid out (`laid`), as they are but wrapped (`wrap`), as they are (`scroll`).
    """
    rows = _laid_out(page) if lines == "laid" else _as_sent(page)
    return el(
        "pre",
        el("code", *(_line(row, marks) for row in rows)),
        class_="source" if lines == "scroll" else "source wrap",
        tabindex=0,
        role="region",
        aria_label=label,
    )


def _line(row: _Row, marks: Mapping[int, Sequence[tuple[str, Finding]]]) -> Html:
    found = [mark for token in row.tokens for mark in marks.get(token.element, ())]
    links = (
        el(
            "a",
            name.removeprefix("f"),
            href=f"#{name}",
            class_=f"number {finding.severity.value}",
            aria_label=f"Finding {name.removeprefix('f')}",
        )
        for name, finding in found
    )
    return el(
        "span",
        *links,
        " " * row.indent,
        *(
            token.text if token.kind == "words" else el("span", token.text, class_=token.kind)
            for token in row.tokens
        ),
        class_="line found" if found else "line",
    )


@lru_cache(maxsize=6)
def _as_sent(page: str) -> tuple[_Row, ...]:
    rows = [_Row()]
    for token in _tokens(page):
        first, *others = token.text.split("\n")
        if first:
            rows[-1].tokens.append(_Token(token.kind, first, token.tag, token.element))
        rows += (_Row(tokens=[_Token(token.kind, other)] if other else []) for other in others)
    return tuple(rows)


@lru_cache(maxsize=6)
def _laid_out(page: str) -> tuple[_Row, ...]:
    rows: list[_Row] = []
    opened: list[tuple[str, _Row]] = []  # the elements around, each with the line of its start tag
    for token in _tokens(page):
        depth = min(len(opened), _DEEPEST)
        if token.kind == "words" and not token.text.strip():
            if rows and "\n" not in token.text:
                rows[-1].tokens.append(token)
        elif token.kind != "tag" or token.tag in _INLINE:
            begins = not rows or token.kind != "words" or "\n" in token.text.strip()
            if rows and (token.tag in _INLINE or not begins):
                rows[-1].tokens.append(token)
            else:
                rows += (
                    _Row(depth, [_Token(token.kind, line.strip())])
                    for line in token.text.strip().split("\n")
                )
        elif token.closes:
            _, start = opened.pop() if opened else ("", None)
            if rows and start is rows[-1]:
                rows[-1].tokens.append(token)
            else:
                rows.append(_Row(max(depth - 1, 0), [token]))
        else:
            rows.append(_Row(depth, [token]))
            if token.tag not in VOID:
                opened.append((token.tag, rows[-1]))
    return tuple(rows)


def _tokens(page: str) -> Iterator[_Token]:
    """Yield the pieces of a page; joined, their texts are the page."""
    place, element = 0, 0
    while found := _TOKEN.match(page, place):
        place = found.end()
        kind, text = str(found.lastgroup), found.group()
        if kind != "tag":
            yield _Token(kind, text)
            continue
        named = _TAG_NAME.match(text)
        tag = named[1].lower() if named else ""
        if text.startswith("</"):
            yield _Token(kind, text, tag)
            continue
        yield _Token(kind, text, tag, element)
        element += 1
        if tag in _RAW:
            end = page.lower().find(f"</{tag}", place)
            end = len(page) if end < 0 else end
            if end > place:
                yield _Token("words", page[place:end])
            place = end
