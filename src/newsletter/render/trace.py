"""Which tag of which template each element of a page comes from.

The source is turned into HTML a second time, with the marks of its tags left in: tags of HTML keep
them as they are, elements of MJML carry them as a class. Both pages have the same start tags in the
same order, so the places of the one are those of the other. Nothing of this is ever sent.

It costs as much as reading the page, so it is done when somebody asks, and then once.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser

from newsletter.model.place import Place
from newsletter.render.mjml import MARK, convert, normalise
from newsletter.render.mjmltables import VOID

_BODY = re.compile(r"<mj-body\b")
_ELEMENT = re.compile(
    r"<(?P<tag>mj-[a-z-]+)(?P<mark> data-at=\"[^\"]+\")(?P<rest>(?:\"[^\"]*\"|'[^']*'|[^\"'>])*)>"
)
_MARK_OF_MJML = re.compile(r"(<mj[a-z-]*) data-at=\"[^\"]+\"")
_STYLE = re.compile(r"<mj-style data-at=\"([^\"]+)\"[^>]*>(.*?)</mj-style>", re.DOTALL)
_CLASS = re.compile(r"(\scss-class\s*=\s*)(\"|')")
_TOKEN = re.compile(r"(?:^|\s)at--(\d+)")
_OF_HEAD = re.compile(r"<(mjml|mj-title|mj-body) data-at=\"([^\":]+):(\d+):(\d+)\"")
_BECOMES = {"mjml": "html", "mj-title": "title", "mj-body": "body"}


@dataclass(frozen=True)
class Trace:
    """The trace of one page: its MJML `source` with marks; `shown` is the folder of the theme."""

    source: str
    shown: str
    template: str

    @property
    def whole(self) -> Place:
        """The template that the page begins with."""
        return Place(f"{self.shown}/{self.template}")

    @property
    def begin(self) -> Place:
        """Where the page begins: the tag <mjml>."""
        found = _OF_HEAD.search(self.source)
        return self.place(":".join(found.groups()[1:])) if found else self.whole

    @cached_property
    def tags(self) -> tuple[tuple[str, Place], ...]:
        """Each start tag of the page, in order, and where the template has what it comes from."""
        head, marks, body = self._marked()
        reader = _Reader(head, marks, self)
        reader.feed(convert(body))
        reader.close()
        return tuple(reader.tags)

    def style(self, css: str) -> Place | None:
        """Return the <mj-style> that holds `css`; none when MJML wrote it by itself."""
        wanted = "".join(css.split())
        for mark, held in _STYLE.findall(normalise(self.source)):
            if "".join(MARK.sub("", held).split()) == wanted:
                return self.place(mark)
        return None

    def place(self, mark: str) -> Place:
        """Return the place that a mark, `file:line:column`, names."""
        file, line, column = mark.rsplit(":", 2)
        return Place(f"{self.shown}/{file}", int(line), int(column))

    def _marked(self) -> tuple[dict[str, Place], list[Place], str]:
        """Return the places of head elements, those of classes by number, and the source."""
        source = normalise(self.source)
        head = {
            _BECOMES[tag]: self.place(f"{file}:{line}:{column}")
            for tag, file, line, column in _OF_HEAD.findall(source)
        }
        marks: list[Place] = []

        def carry(found: re.Match[str]) -> str:
            marks.append(self.place(found["mark"].removeprefix(' data-at="').rstrip('"')))
            token, rest = f"at--{len(marks) - 1}", found["rest"]
            if _CLASS.search(rest):
                rest = _CLASS.sub(rf"\g<1>\g<2>{token} ", rest, count=1)
            else:
                rest = f' css-class="{token}"{rest}'
            return f"<{found['tag']}{rest}>"

        begin = _BODY.search(source)
        position = begin.start() if begin else len(source)
        # In the head a class would become the default of all elements of that kind.
        bare = _MARK_OF_MJML.sub(r"\1", source[:position])
        return head, marks, bare + _ELEMENT.sub(carry, source[position:])


class _Reader(HTMLParser):
    """Follows the start tags; what has no mark inherits from the element around it."""

    def __init__(self, head: dict[str, Place], marks: list[Place], trace: Trace) -> None:
        super().__init__()
        self.tags: list[tuple[str, Place]] = []
        self._head = head
        self._marks = marks
        self._trace = trace
        self._open: list[tuple[str, Place]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element and its place."""
        given = dict(attrs)
        place = self._open[-1][1] if self._open else self._trace.whole
        if mark := given.get("data-at"):
            place = self._trace.place(mark)
        elif number := _TOKEN.search(given.get("class") or ""):
            place = self._marks[int(number[1])]
        elif tag in self._head:
            place = self._head[tag]
        self.tags.append((tag, place))
        if tag not in VOID:
            self._open.append((tag, place))

    def handle_endtag(self, tag: str) -> None:
        """Close the element, and with it what was left open inside."""
        if tag in (name for name, _ in self._open):
            while self._open.pop()[0] != tag:
                pass
