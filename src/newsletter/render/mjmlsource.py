"""Hold filled-in MJML against what MJML knows, before the library sees it.

The library lets unknown elements through, drops unknown attributes and names no line; here each
such fault becomes a Finding at the template's own file, line and column, all of them at once.
"""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from newsletter.compose.problems import did_you_mean
from newsletter.model.finding import Finding
from newsletter.model.place import Place
from newsletter.render.mjml import place_before
from newsletter.render.mjmltables import ATTRIBUTES, HOLDS_HTML, INSTEAD, PARENTS, VOID

_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_BARE_VALUE = re.compile(r'=(?!"")')
_BARREN = frozenset({"", *PARENTS}) - HOLDS_HTML - {"mj-title", "mj-style"}


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
        self._check_spelling(tag, attrs, place)
        if tag.startswith("mj"):
            self._check_element(tag, place)
            self._check_attributes(tag, attrs, place)
        else:
            self._check_html(f"<{tag}>", place)
        if tag not in VOID:
            self._stack.append(_Open(tag, place))
        if tag == "mj-style":
            self.set_cdata_mode(tag)  # what follows is CSS, not tags

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
        here = self._here()
        if tag not in (each.tag for each in self._stack):
            self._report(
                here, f"</{tag}> ends something that was not begun", f"remove it, or begin <{tag}>"
            )
            return
        while self._stack[-1].tag != tag:
            self._unclosed(self._stack.pop())
        self._stack.pop()

    def handle_data(self, data: str) -> None:
        """Check text: that it stands where text may, and has no < of its own."""
        if "<" in data:
            remedy = "write &lt; for the sign itself; scripts do not work in mail"
            self._report(self._here(), "a < that begins no tag", remedy)
        elif (words := data.strip()) and self._parent() in _BARREN:
            self._check_html(f"the text “{words[:30]}”", self._here())

    def handle_comment(self, data: str) -> None:
        """Check a comment: -- would end it for the library."""
        if "--" in data:
            self._report(self._here(), "a comment has -- in it", "write one dash, or {# … #}")

    def handle_decl(self, decl: str) -> None:
        """Refuse <!doctype>."""
        self._report(self._here(), f"<!{decl}> cannot stand here", "begin with <mjml>")

    def handle_pi(self, data: str) -> None:
        """Refuse <?xml?>."""
        self._report(self._here(), f"<?{data}> cannot stand here", "begin with <mjml>")

    def unknown_decl(self, data: str) -> None:
        """Refuse <![CDATA[; what only Outlook reads (<![if mso]>) may stand."""
        if data.startswith("CDATA["):
            self._report(self._here(), "<![CDATA[ cannot stand here", "write &lt; for <")

    def finish(self) -> None:
        """Report what was never closed."""
        while self._stack:
            self._unclosed(self._stack.pop())

    def _check_spelling(self, tag: str, attrs: list[tuple[str, str | None]], place: Place) -> None:
        """The library reads XML: HTML's freedoms it takes silently for something else."""
        written = _QUOTED.sub('""', self.get_starttag_text() or "")
        if written[1 : len(tag) + 1] != tag:
            self._report(place, f"{written[: len(tag) + 1]}> has capitals", f"write <{tag}>")
        if _BARE_VALUE.search(written):
            message = f"an attribute of <{tag}> has no quotation marks"
            self._report(place, message, 'write name="value"')
        names = [name for name, _ in attrs]
        for name in dict.fromkeys(names):
            if names.count(name) > 1:
                self._report(place, f"<{tag}> has `{name}` twice", "keep one of the two")

    def _check_html(self, what: str, place: Place) -> None:
        """HTML and text stand in elements made for them; elsewhere the library breaks the page."""
        if (parent := self._parent()) in _BARREN:
            where = f"in <{parent}>" if parent else "outside <mjml>"
            self._report(place, f"{what} cannot stand {where}", "put it into <mj-text> or <mj-raw>")

    def _check_element(self, tag: str, place: Place) -> None:
        parent = self._parent()
        if tag not in PARENTS:
            remedy = INSTEAD.get(tag) or did_you_mean(tag, PARENTS)
            self._report(place, f"there is no element <{tag}>", remedy)
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
        return self._parent() == "mj-attributes"

    def _parent(self) -> str:
        return self._stack[-1].tag if self._stack else ""

    def _unclosed(self, opened: _Open) -> None:
        self._report(opened.place, f"<{opened.tag}> is not closed", f"add </{opened.tag}>")

    def _place(self, attrs: list[tuple[str, str | None]]) -> Place:
        for name, value in attrs:
            if name == "data-at" and value:
                file, line, column = value.rsplit(":", 2)
                return Place(f"{self._shown}/{file}", int(line), int(column))
        return self._here()

    def _here(self) -> Place:
        """Return the place of the last tag that is marked."""
        return place_before(self._source, self._offset() + 1, self._shown)

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._starts[line - 1] + column

    def _report(self, place: Place, message: str, remedy: str) -> None:
        self.findings.append(Finding(rule="mjml", place=place, message=message, remedy=remedy))
