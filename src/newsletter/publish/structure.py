"""What screen readers follow in a PDF, where WeasyPrint leaves it open: languages, table headings.

WeasyPrint tags what it draws (ISO 32000-1 14.7) and knows the language of every text, but tells it
to nobody. So it is noted while pages are drawn: each piece of text and each picture has a number
on its page, under which the structure has it, too. The library is not imported here; what is
touched of it is `Page.paint`, the marks of a stream, and the objects of the finished file.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Languages = list[Mapping[int, str | None]]
"""For each page, the language of each text and picture by its number (MCID, ISO 32000-1 14.7.4)."""


@contextlib.contextmanager
def noting_languages(pages: Sequence[Any]) -> Iterator[Languages]:
    """Collect the languages of what is drawn on `pages` meanwhile."""
    noted: Languages = []

    def watch(page: Any) -> None:
        paint = page.paint

        def watched(stream: Any, *scale: Any, **options: Any) -> None:
            paint(stream, *scale, **options)
            marks = stream._tags.items()  # noqa: SLF001 (nothing public knows what was marked)
            noted.append({mark["mcid"]: box.style["lang"] for box, mark in marks})

        page.paint = watched

    for page in pages:
        watch(page)
    try:
        yield noted
    finally:
        for page in pages:
            del page.paint  # the method of the class is there again


def complete(pdf: Any, noted: Languages) -> None:
    """Say in the structure of `pdf` what is in another language, and what headings head."""
    _name_scopes(pdf)
    _Tree(pdf, noted).name_languages()


def _name_scopes(pdf: Any) -> None:
    """Say of each heading of a table whether it heads a column or a row (ISO 14289-1 7.5).

    WeasyPrint gives them names, TABLE-ROW-COLUMN; those in the first row head columns.
    """
    for each in pdf.objects:
        if isinstance(each, dict) and each.get("S") == "/TH":
            row = each["ID"].string.split("-")[1]
            each["A"]["Scope"] = "/Column" if row == "0" else "/Row"


class _Tree:
    """The structure of a PDF, whose elements are told the languages that were noted."""

    def __init__(self, pdf: Any, noted: Languages) -> None:
        self._objects = pdf.objects
        self._main = pdf.catalog["Lang"]
        self._root = self._object(pdf.catalog["StructTreeRoot"])
        self._spoken = dict(self._assign(noted))
        self._known: dict[int, frozenset[str]] = {}

    def name_languages(self) -> None:
        """Give a language to the outermost elements that are wholly in another (14.9.2)."""
        for kid in self._root["K"]:
            self._name(_number(kid), self._main.string)

    def _assign(self, noted: Languages) -> Iterator[tuple[int, str]]:
        """Yield elements that hold text or a picture of their own, with its language."""
        owners = self._object(self._root["ParentTree"])["Nums"]
        for page, languages in enumerate(noted):
            elements = owners[2 * page + 1]  # after the number of the page
            for mark, language in languages.items():
                yield _number(elements[mark]), language or self._main.string

    def _name(self, number: int, around: str) -> None:
        element, found = self._objects[number], self._languages(number)
        own = next(iter(found)) if len(found) == 1 else self._spoken.get(number, around)
        if own != around:
            element["Lang"] = type(self._main)(own)
        for kid in self._kids(number):
            self._name(kid, own)

    def _languages(self, number: int) -> frozenset[str]:
        """Return the languages of an element and all below it."""
        if number not in self._known:
            own = {self._spoken[number]} if number in self._spoken else set()
            self._known[number] = frozenset(own).union(*map(self._languages, self._kids(number)))
        return self._known[number]

    def _kids(self, number: int) -> list[int]:
        """Return the elements in an element; what else it holds are marks and annotations."""
        kids = [_number(kid) for kid in self._objects[number]["K"] if isinstance(kid, bytes)]
        return [kid for kid in kids if "S" in self._objects[kid]]

    def _object(self, reference: bytes) -> Any:
        return self._objects[_number(reference)]


def _number(reference: bytes) -> int:
    """Return the number in a reference: 12 in `12 0 R`."""
    return int(reference.split()[0])
