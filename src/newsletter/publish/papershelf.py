"""What was printed before, kept by content: to print an issue takes seconds for each language.

Two things are kept: for a page and its styles as the templates wrote them, where everything came
to stand; and for the last of these, the PDF. So templates are filled each time, which is quick,
and whatever changes a page - its words, the theme, a picture, a newer WeasyPrint - makes it be laid
out anew. Fonts of the system do not; so nothing is kept of an edition that had to take others than
the theme names, for these may be there tomorrow.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from pathlib import Path

from newsletter.compose.keeping import keep, read_kept
from newsletter.model.finding import Finding, Severity
from newsletter.model.paper import Paper
from newsletter.model.place import Place
from newsletter.model.rendering import Picture
from newsletter.publish.paperpress import (
    FONTS,
    Sheets,
    Source,
    Spread,
    lay_out,
    press_version,
    print_sheets,
)

VERSION = 1
"""To be raised when the same page and styles would give another PDF."""


@dataclass(frozen=True, slots=True)
class PaperShelf:
    """Where what was printed is kept: below `folder`, or nowhere."""

    folder: Path | None = None

    def bench(self, pictures: Mapping[str, Picture]) -> "Bench":
        """Return a bench for one edition, which may show `pictures`, by their addresses."""
        return Bench(self.folder, pictures)


@dataclass(frozen=True, slots=True)
class Bench:
    """Lays out one edition as often as it takes, and prints it.

    Nothing is kept before it is printed: only then it is known which fonts it took.
    """

    folder: Path | None
    pictures: Mapping[str, Picture]
    fresh: dict[str, bytes] = field(default_factory=dict)

    def lay_out(self, source: Source) -> Sheets:
        """Return the pages of `source`; raises NewsletterError when WeasyPrint is missing."""
        if self.folder is None:
            return lay_out(source, self.pictures)
        name = f"{_digest(source, self.pictures)}.json"
        if kept := read_kept(self.folder, name):
            return _sheets(source, kept)
        sheets = lay_out(source, self.pictures)
        self.fresh[name] = _facts(sheets)
        return sheets

    def print(self, sheets: Sheets) -> Paper:
        """Return the PDF of pages that were laid out; raises InputRefused as the press does."""
        if self.folder is None:
            return _print(sheets, self.pictures)
        name = f"{_digest(sheets.source, self.pictures)}.pdf"
        if kept := read_kept(self.folder, name):
            return Paper(kept, sheets.pages, kept=True)
        paper = _print(sheets, self.pictures)
        if not paper.doubts:
            for each, body in {**self.fresh, name: paper.data}.items():
                keep(self.folder, each, body)
        return paper


def _print(sheets: Sheets, pictures: Mapping[str, Picture]) -> Paper:
    source = sheets.source
    if sheets.document is None:  # where things stand was kept, the PDF was not
        sheets = lay_out(source, pictures)
    identifier = hashlib.sha256(source.html.encode()).hexdigest()[:32]
    printed = print_sheets(sheets, identifier.encode())
    strangers = [family for family in printed.families if family not in source.css]
    return Paper(printed.data, sheets.pages, tuple(_stranger(each, source) for each in strangers))


def _digest(source: Source, pictures: Mapping[str, Picture]) -> str:
    """Return the name for all that decides how the pages come out."""
    page = f"{source.html}\n{source.css}"
    shown = sorted(
        (name, hashlib.sha256(picture.data).hexdigest())
        for name, picture in pictures.items()
        if name in page
    )
    decisive = [VERSION, press_version(), source.html, source.css, shown]
    return hashlib.sha256(json.dumps(decisive).encode()).hexdigest()


def _facts(sheets: Sheets) -> bytes:
    spreads = {anchor: astuple(spread) for anchor, spread in sheets.spreads.items()}
    return json.dumps({"pages": sheets.pages, "spreads": spreads}).encode()


def _sheets(source: Source, kept: bytes) -> Sheets:
    facts = json.loads(kept)
    spreads = {anchor: Spread(*spread) for anchor, spread in facts["spreads"].items()}
    return Sheets(source, facts["pages"], spreads)


def _stranger(family: str, source: Source) -> Finding:
    """Return a warning of a family of fonts that the theme did not ask for."""
    return Finding(
        rule="print",
        place=Place(source.sheet),
        message=f"some text is set in “{family}”, which the theme does not name",
        remedy=FONTS,
        severity=Severity.WARNING,
    )
