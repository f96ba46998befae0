"""Take the HTML of a mail apart: a tree of elements, what readers see of it, its links.

Comments are skipped, and with them what only Outlook reads. An element is known by its number: the
start tags counted from the top of the page, as `Spot` does. Nothing here changes a page once it is
read, for rules share it.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from html.parser import HTMLParser
from xml.etree.ElementTree import Element

from newsletter.errors import NewsletterError
from newsletter.render.mjmltables import VOID

DEEPEST = 256
"""How deep elements may nest; browsers stop at 512, and no mail comes near."""

_SILENT = frozenset({"head", "style", "script", "title", "template"})
_INLINE = frozenset(
    {"a", "abbr", "b", "code", "em", "font", "i", "img", "small", "span", "strong", "sub", "sup"}
)
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display:\s*none|visibility:\s*hidden)", re.IGNORECASE)
_GAPS = re.compile(r"\s+")

_ENDS_PARAGRAPH = frozenset(
    [
        "address",
        "blockquote",
        "div",
        "dl",
        "fieldset",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "ul",
    ]
)
_GROUPS = {"thead", "tbody", "tfoot", "colgroup", "caption"}
_ENDS = {
    "li": ({"li"}, {"ul", "ol", "table"}),
    "dt": ({"dt", "dd"}, {"dl", "table"}),
    "dd": ({"dt", "dd"}, {"dl", "table"}),
    "td": ({"td", "th"}, {"tr", "table"}),
    "th": ({"td", "th"}, {"tr", "table"}),
    "tr": ({"tr"}, {"table"}),
    **dict.fromkeys(("thead", "tbody", "tfoot"), (_GROUPS, {"table"})),
    "colgroup": ({"colgroup", "caption"}, {"table"}),
    "option": ({"option"}, {"select"}),
    **{tag: ({"p"}, {"table", "td", "th", "li", "button"}) for tag in _ENDS_PARAGRAPH},
}
"""What the start of an element ends although nobody wrote it, and where looking for it stops."""


class NestedTooDeep(NewsletterError):
    """A page whose elements nest without end: every look at it would take for ever."""

    def __init__(self, line: int, column: int) -> None:
        self.line, self.column = line, column
        super().__init__(
            f"the elements of this page are nested more than {DEEPEST} deep: this is no mail",
            "close the elements that were left open",
        )


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link: where it leads, the words or the alternative text in it, and its element."""

    href: str
    label: str
    element: Element


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page taken apart.

    `root` is its `<html>`, or stands for it when nobody wrote one; `elements` are all elements in
    the order of their start tags; `places` has line and column (from 1) of each in the HTML.
    """

    root: Element
    elements: tuple[Element, ...]
    parents: Mapping[Element, Element]
    places: Mapping[Element, tuple[int, int]]

    @cached_property
    def numbers(self) -> Mapping[Element, int]:
        """The number of each element."""
        return {element: number for number, element in enumerate(self.elements)}

    @cached_property
    def _starts(self) -> list[tuple[int, int]]:
        return [self.places[element] for element in self.elements]

    def begun(self, line: int, column: int) -> Element | None:
        """Return the element that begins last at or before a place, if any does."""
        number = bisect_right(self._starts, (line, column))
        return self.elements[number - 1] if number else None

    @property
    def language(self) -> str:
        """The language that `<html>` names."""
        return self.root.get("lang", "")

    @cached_property
    def title(self) -> str:
        """The words of `<title>`."""
        return next((one_line("".join(each.itertext())) for each in self.all("title")), "")

    @cached_property
    def words(self) -> str:
        """What readers see, in one line."""
        return self.text(self.root)

    @cached_property
    def links(self) -> tuple[PageLink, ...]:
        """The links that readers see."""
        return tuple(
            PageLink(each.get("href", "").strip(), self.label(each), each)
            for each in self.all("a")
            if "href" in each.attrib and not self.is_hidden(each)
        )

    @cached_property
    def _by_tag(self) -> Mapping[str, list[Element]]:
        found: dict[str, list[Element]] = {}
        for element in self.elements:
            found.setdefault(element.tag, []).append(element)
        return found

    @cached_property
    def _hidden(self) -> frozenset[Element]:
        hidden: set[Element] = set()
        for element in self.elements:  # a parent comes before its children
            if (
                element.tag in _SILENT
                or self.parents.get(element) in hidden
                or "hidden" in element.attrib
                or _HIDDEN.search(element.get("style", ""))
            ):
                hidden.add(element)
        return frozenset(hidden)

    def all(self, *tags: str) -> list[Element]:
        """Return the elements of these tags, in order."""
        if len(tags) == 1:
            return self._by_tag.get(tags[0], [])
        return [element for element in self.elements if element.tag in tags]

    def is_hidden(self, element: Element) -> bool:
        """Whether nobody sees `element`: it or one around it is not displayed."""
        return element in self._hidden

    def above(self, element: Element) -> Iterator[Element]:
        """Yield the elements around `element`, from the inside out."""
        while (parent := self.parents.get(element)) is not None:
            yield parent
            element = parent

    def language_of(self, element: Element) -> str:
        """Return the language that `element`, or the nearest around it, says it has."""
        for each in (element, *self.above(element)):
            if "lang" in each.attrib:
                return each.get("lang", "")
        return ""

    def text(self, element: Element) -> str:
        """Return what readers see of `element`, in one line."""
        return one_line("".join(self._pieces(element, pictures=False)))

    def label(self, element: Element) -> str:
        """Return what readers see or hear of `element`: its text and that of its pictures."""
        return one_line("".join(self._pieces(element, pictures=True)))

    def _pieces(self, element: Element, *, pictures: bool) -> Iterator[str]:
        """Yield texts in order; a stack of its own, for pages may nest without end."""
        todo: list[Element | str] = [element]
        while todo:
            each = todo.pop()
            if isinstance(each, str):
                yield each
            elif each is self.root or each not in self._hidden:
                gap = "" if each.tag in _INLINE else " "
                yield gap
                if pictures and each.tag == "img":
                    yield each.get("alt", "")
                yield each.text or ""
                todo.append(gap)
                for child in reversed(each):
                    todo += (child.tail or "", child)


@lru_cache(maxsize=12)
def read_page(html: str) -> Page:
    """Return what stands in `html`; the last few pages are remembered. Raises NestedTooDeep."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page()


def one_line(text: str) -> str:
    """Return `text` with each run of white space, non-breaking or not, as one space."""
    return _GAPS.sub(" ", text).strip()


class _Reader(HTMLParser):
    """Builds the tree; forgives what browsers forgive."""

    def __init__(self) -> None:
        super().__init__()
        self._root = Element("html")
        self._elements: list[Element] = []
        self._parents: dict[Element, Element] = {}
        self._places: dict[Element, tuple[int, int]] = {}
        self._open: list[Element] = [self._root]
        self._last: Element | None = None  # the sibling that text now follows
        self._words: list[str] = []  # the text since then; comments and stray tags break it up

    def page(self) -> Page:
        self._settle()
        return Page(
            root=self._root,
            elements=tuple(self._elements),
            parents=self._parents,
            places=self._places,
        )

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Put the element into the tree; the first <html> is the root."""
        given: dict[str, str] = {}
        for name, value in attrs:
            given.setdefault(name, value or "")  # of two, the first counts (HTML 13.2.5.33)
        self._settle()
        line, column = self.getpos()
        if tag == "html" and not self._elements:
            element = self._root
            element.attrib.update(given)
        else:
            self._end_implied(tag)
            element = Element(tag, given)
            self._parents[element] = self._open[-1]
            self._open[-1].append(element)
            self._last = element
            if tag not in VOID:
                self._open.append(element)
                self._last = None
            if len(self._open) > DEEPEST:
                raise NestedTooDeep(line, column + 1)
        self._places[element] = (line, column + 1)
        self._elements.append(element)

    def handle_endtag(self, tag: str) -> None:
        """Close the element, and with it what was left open inside."""
        if tag == "html" or tag not in (each.tag for each in self._open[1:]):
            return
        while self._close().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Keep the text for where it stands."""
        self._words.append(data)

    def _settle(self) -> None:
        """Put the text since the last element where it stands."""
        if not self._words:
            return
        text = "".join(self._words)
        self._words.clear()
        if self._last is None:
            self._open[-1].text = text
        else:
            self._last.tail = text

    def _close(self) -> Element:
        self._settle()
        closed = self._open.pop()
        self._last = closed
        return closed

    def _end_implied(self, tag: str) -> None:
        ended, barriers = _ENDS.get(tag, (set(), set()))
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].tag in ended:
                while len(self._open) > depth:
                    self._close()
                return
            if self._open[depth].tag in barriers:
                return
