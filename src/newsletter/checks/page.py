"""Take the HTML of a Rendering apart: what readers see, the links, the language and the title.

Comments are skipped, and with them what only Outlook reads; so is what is hidden from everybody
(the line for the inbox).
"""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from newsletter.render.mjmltables import VOID

_SILENT = frozenset({"head", "style", "script", "title"})
_INLINE = frozenset(
    {"a", "abbr", "b", "code", "em", "font", "i", "img", "small", "span", "strong", "sub", "sup"}
)
_HIDDEN = re.compile(r"display:\s*none")
_GAPS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link: where it leads, and the words or the alternative text in it."""

    href: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page taken apart; white space in its texts is one space, whatever it was."""

    language: str
    title: str
    words: str
    links: tuple[PageLink, ...]


def read_page(html: str) -> Page:
    """Return what stands in `html`."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Page(
        language=reader.language,
        title=one_line(reader.title),
        words=one_line("".join(reader.words)),
        links=tuple(reader.links),
    )


def one_line(text: str) -> str:
    """Return `text` with each run of white space, non-breaking or not, as one space."""
    return _GAPS.sub(" ", text).strip()


class _Reader(HTMLParser):
    """Walks through a page; knows whether it stands in something that readers do not see."""

    def __init__(self) -> None:
        super().__init__()
        self.language = ""
        self.title = ""
        self.words: list[str] = []
        self.links: list[PageLink] = []
        self._open: list[tuple[str, bool]] = []
        self._href: str | None = None
        self._label: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element and whether it is hidden."""
        given = {name: value or "" for name, value in attrs}
        hidden = self._hidden or tag in _SILENT or bool(_HIDDEN.search(given.get("style", "")))
        if tag not in VOID:
            self._open.append((tag, hidden))
        if tag not in _INLINE:
            self.words.append(" ")
        if tag == "html":
            self.language = given.get("lang", "")
        elif tag == "a" and not hidden:
            self._href, self._label = given.get("href", ""), []
        elif tag == "img" and self._href is not None:
            self._label.append(given.get("alt", ""))

    def handle_endtag(self, tag: str) -> None:
        """Close the element, and with it what was left open inside."""
        if tag not in (name for name, _ in self._open):
            return
        while self._open.pop()[0] != tag:
            pass
        if tag not in _INLINE:
            self.words.append(" ")
        if tag == "a" and self._href is not None:
            self.links.append(PageLink(self._href.strip(), one_line("".join(self._label))))
            self._href = None

    def handle_data(self, data: str) -> None:
        """Keep what readers see, and the title."""
        if self._open and self._open[-1][0] == "title":
            self.title += data
        if not self._hidden:
            self.words.append(data)
            self._label.append(data)

    @property
    def _hidden(self) -> bool:
        return bool(self._open) and self._open[-1][1]
