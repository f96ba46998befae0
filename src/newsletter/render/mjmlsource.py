"""Hold filled-in MJML against what MJML knows, before the library sees it.

The library lets unknown elements through, drops unknown attributes and names no line; here each
such fault becomes a Finding at the template's own file, line and column, all of them at once.
"""

from dataclasses import dataclass
from html.parser import HTMLParser

from newsletter.compose.problems import did_you_mean
from newsletter.model.finding import Finding
from newsletter.model.place import Place
from newsletter.render.mjml import place_before
from newsletter.render.mjmltables import ATTRIBUTES, HOLDS_HTML, PARENTS, VOID


def mjml_findings(source: str, shown: str) -> list[Finding]:
    """Return what is wrong with `source`, whose tags carry marks; `shown` is the theme's folder."""
    reader = _Reader(source, shown)
    reader.feed(source)
    reader.close()
    reader.finish()
    return list(dict.fromkeys(reader.findings))  # a loop repeats a fault; it is mended once


@dataclass(frozen=True, slots=True)
class _Open:
    tag: str
    place: Place


class _Reader(HTMLParser):
    """Follows the tags of an MJML source and keeps what is open."""

    CDATA_CONTENT_ELEMENTS = ("script", "style", "mj-style")

    def __init__(self, source: str, shown: str) -> None:
        super().__init__(convert_charrefs=False)
        self.findings: list[Finding] = []
        self._source = source
        self._shown = shown
        self._stack: list[_Open] = []
        self._starts = [0]
        for line in source.split("\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check an element where it begins."""
        place = self._place(attrs)
        if tag.startswith("mj"):
            self._check_element(tag, place)
            self._check_attributes(tag, attrs, place)
        if tag not in VOID:
            self._stack.append(_Open(tag, place))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check an element that ends where it begins."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._stack.pop()

    def handle_endtag(self, tag: str) -> None:
        """Check that what ends is what began last."""
        if tag in VOID:
            return
        if self._stack and self._stack[-1].tag == tag:
            self._stack.pop()
            return
        here = place_before(self._source, self._offset() + 1, self._shown)
        if tag not in (each.tag for each in self._stack):
            self._report(here, f"</{tag}> ends something that was not begun", f"remove it, or begin <{tag}>")
            return
        while self._stack[-1].tag != tag:
            self._unclosed(self._stack.pop())
        self._stack.pop()

    def finish(self) -> None:
        """Report what was never closed."""
        while self._stack:
            self._unclosed(self._stack.pop())

    def _check_element(self, tag: str, place: Place) -> None:
        parent = self._stack[-1].tag if self._stack else ""
        if tag not in PARENTS:
            self._report(place, f"MJML has no element <{tag}>", did_you_mean(tag, PARENTS))
        elif parent == "mj-attributes":
            return
        elif parent and parent not in PARENTS[tag]:
            where = ", ".join(f"<{name}>" for name in sorted(PARENTS[tag]))
            verb = "inside HTML of" if parent in HOLDS_HTML else "in"
            self._report(place, f"<{tag}> cannot stand {verb} <{parent}>", f"put it into {where}")

    def _check_attributes(
        self, tag: str, attrs: list[tuple[str, str | None]], place: Place
    ) -> None:
        known = ATTRIBUTES.get(tag, frozenset("*"))
        if "*" in known:
            return
        extra = {"inline"} if tag == "mj-style" else {"name"} if self._in_attributes() else set()
        for name, _ in attrs:
            if name not in known and name not in extra and name != "data-at":
                self._report(
                    place, f"<{tag}> has no attribute `{name}`", did_you_mean(name, sorted(known))
                )

    def _in_attributes(self) -> bool:
        return bool(self._stack) and self._stack[-1].tag == "mj-attributes"

    def _unclosed(self, opened: _Open) -> None:
        self._report(opened.place, f"<{opened.tag}> is not closed", f"add </{opened.tag}>")

    def _place(self, attrs: list[tuple[str, str | None]]) -> Place:
        for name, value in attrs:
            if name == "data-at" and value:
                file, line, column = value.rsplit(":", 2)
                return Place(f"{self._shown}/{file}", int(line), int(column))
        return place_before(self._source, self._offset() + 1, self._shown)

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._starts[line - 1] + column

    def _report(self, place: Place, message: str, remedy: str) -> None:
        self.findings.append(Finding(rule="mjml", place=place, message=message, remedy=remedy))
