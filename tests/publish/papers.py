"""Print editions for tests, and what a PDF holds: words, structure, fonts, links."""

import io
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from newsletter.compose.compose import Composition, compose
from newsletter.compose.workspace import Folder
from newsletter.model.edition import Edition
from newsletter.model.paper import Paper
from newsletter.publish.paper import print_edition
from newsletter.render.theme import Theme, read_theme
from tests.workspace import ROOT

EDITIONS = [
    ("2015-1", "en"),
    ("2015-1", "ru"),
    ("2015-2", "en"),
    ("2015-2", "ru"),
    ("2015-2", "kk"),
]
"""Every edition of the sample."""


@dataclass(frozen=True)
class Node:
    """One element of the structure that screen readers follow (ISO 32000-1 14.7)."""

    tag: str
    page: int
    facts: Any
    children: tuple["Node", ...]
    content: bool

    def walk(self) -> Iterator["Node"]:
        """Yield this element and all below it, in the order in which they are read."""
        yield self
        for child in self.children:
            yield from child.walk()

    def all(self, *tags: str) -> list["Node"]:
        """Return the elements of these kinds."""
        return [node for node in self.walk() if node.tag in tags]


@dataclass(frozen=True)
class Print:
    """A print edition, opened."""

    edition: Edition
    paper: Paper

    @cached_property
    def reader(self) -> PdfReader:
        """The PDF."""
        return PdfReader(io.BytesIO(self.paper.data))

    @cached_property
    def pages(self) -> list[str]:
        """The text of each page, one line for each line of the page."""
        return [page.extract_text() for page in self.reader.pages]

    def words(self, *pages: int) -> str:
        """Return the text of `pages` (all without), as one line without hyphens and spaces."""
        chosen = [self.pages[number - 1] for number in pages] if pages else self.pages
        return squeezed("".join(chosen))

    @cached_property
    def structure(self) -> Node:
        """The root of the structure tree."""
        numbers = {
            page.indirect_reference.idnum: number
            for number, page in enumerate(self.reader.pages, start=1)
            if page.indirect_reference
        }
        root = self.reader.trailer["/Root"]["/StructTreeRoot"]  # type: ignore[index]
        return _node(root["/K"][0].get_object(), numbers)

    @cached_property
    def spoken(self) -> str:
        """The text in the order in which it is read aloud, squeezed; poppler's word for it."""
        return squeezed("".join(words for _, words in self._told))

    def spoken_in(self, language: str) -> str:
        """Return what is read aloud in `language`, squeezed."""
        return squeezed("".join(words for said, words in self._told if said == language))

    @cached_property
    def _told(self) -> list[tuple[str, str]]:
        """Each piece of text as it is read aloud, after the language that the structure gives it.

        Poppler names no languages, but lists the same elements as `structure`, in the same order.
        """
        elements = self.structure.walk()
        main = str(self.reader.trailer["/Root"]["/Lang"])  # type: ignore[index]
        open_: list[tuple[int, str]] = [(-1, main)]
        told: list[tuple[str, str]] = []
        for line in self._outline():
            words = line.lstrip()
            depth = len(line) - len(words)
            while open_[-1][0] >= depth:
                open_.pop()
            language = open_[-1][1]
            if words.startswith('"'):
                told.append((language, words.strip()[1:-1]))
            elif not words.startswith(("Object ", "/")):  # annotations, attributes
                element = next(elements)
                assert words.split()[0].rstrip(":") == element.tag
                open_.append((depth, str(element.facts.get("/Lang", language))))
        assert next(elements, None) is None
        return told

    def _outline(self) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "newsletter.pdf"
            file.write_bytes(self.paper.data)
            done = subprocess.run(
                ["pdfinfo", "-struct-text", str(file)], capture_output=True, check=True
            )
        assert not done.stderr, done.stderr
        return done.stdout.decode().splitlines()

    @property
    def links(self) -> list[Any]:
        """All annotations that are links."""
        found = [each.get_object() for page in self.reader.pages for each in page.annotations or ()]
        return [each for each in found if each["/Subtype"] == "/Link"]


def squeezed(text: str) -> str:
    """Return `text` without what a line break may add or take: spaces and hyphens."""
    return re.sub(r"[\s\u00ad\u200b\u2010-]", "", text)


def _node(entry: Any, numbers: dict[int, int]) -> Node:
    kids = entry.get("/K", [])
    kids = kids if isinstance(kids, list) else [kids]
    below = [kid.get_object() for kid in kids if not isinstance(kid, int)]
    page = entry.raw_get("/Pg").idnum if "/Pg" in entry else 0
    return Node(
        tag=str(entry["/S"]).lstrip("/"),
        page=numbers.get(page, 0),
        facts=entry,
        children=tuple(_node(kid, numbers) for kid in below if "/S" in kid),
        content=any(isinstance(kid, int) for kid in kids)
        or any(kid.get("/Type") == "/OBJR" for kid in below),
    )


@cache
def printed(slug: str, language: str) -> Print:
    """Return a print edition of the sample; nobody may change it."""
    theme, composition = opened(ROOT, slug)
    edition = composition.editions[language]
    return Print(edition, print_edition(theme, edition, composition.pictures))


def opened(office: Path, slug: str) -> tuple[Theme, Composition]:
    """Return an issue put together, and its theme."""
    folder = Folder(office)
    composition = compose(folder, slug)
    issue = composition.issue
    return read_theme(folder.root, issue.theme, issue.languages, folder.cache), composition


def print_in(office: Path, slug: str = "2015-1", language: str = "en") -> Print:
    """Print one edition of `office`; raises what the command would."""
    theme, composition = opened(office, slug)
    edition = composition.editions[language]
    return Print(edition, print_edition(theme, edition, composition.pictures))
