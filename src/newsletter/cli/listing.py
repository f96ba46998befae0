"""Items for people: one line each where there is room for the headline, else two."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from newsletter.cli.show import printable

if TYPE_CHECKING:
    from newsletter.compose.catalogue import Entry

_ROOM_FOR_A_TITLE = 40
_COUNTRIES = 3


def show_items(entries: Sequence["Entry"], states: Mapping[str, str]) -> None:
    """Print a table of items; `states`, if there are any, in a column of their own.

    An id is never cut: editors copy it into an issue.
    """
    headings = ["item", "kind", "countries", "issues", *(["translation"] if states else [])]
    rows = [_row(entry, states) for entry in entries]
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    room = _width() - sum(widths) - 2 * len(widths)
    in_one_line = room >= _ROOM_FOR_A_TITLE
    click.echo(
        click.style(_line([*headings, "title"] if in_one_line else headings, widths), bold=True)
    )
    for entry, row in zip(entries, rows, strict=True):
        title = printable(entry.title)
        if in_one_line:
            click.echo(_line([*row, _cut(title, room)], widths))
        else:
            click.echo(_line(row, widths))
            click.echo(f"  {shortened(title, 2)}")


def shortened(text: str, indent: int) -> str:
    """Return `text` so that it fits into a line of the terminal behind `indent` blanks."""
    return _cut(printable(text), _width() - indent)


def _width() -> int:
    """Return the columns of the terminal; where a script reads, nothing is cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"


def _row(entry: "Entry", states: Mapping[str, str]) -> list[str]:
    item = entry.item
    countries = " ".join(item.countries)
    if len(item.countries) > _COUNTRIES:
        countries = f"{len(item.countries)} countries"
    used = "draft" if item.draft else " ".join(entry.issues) or "-"
    kind = f"{item.kind} {entry.day}" if entry.day != item.date else item.kind
    return [entry.id, kind, countries, used, *([states[entry.id]] if states else [])]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=False)]
    return "  ".join([*padded, *cells[len(widths) :]]).rstrip()
