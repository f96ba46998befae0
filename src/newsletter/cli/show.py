"""Print for people and for scripts: findings, tables, JSON, questions."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

from newsletter.errors import InputRefused, NewsletterError
from newsletter.model.finding import Finding, Severity

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")


def complain(error: NewsletterError) -> None:
    """Print an error on standard error; each finding on a line of its own."""
    if isinstance(error, InputRefused):
        show_findings(error.findings, err=True)
        count = len(error.findings)
        click.echo(f"{count} {'error' if count == 1 else 'errors'}", err=True)
        return
    click.echo(f"{click.style('error:', fg='red')} {printable(error.message)}", err=True)
    if error.remedy:
        click.echo(f"  {printable(error.remedy)}", err=True)


def show_findings(findings: Iterable[Finding], *, err: bool = False) -> None:
    """Print findings as `file:line:column: what - how to mend it`, warnings marked as such."""
    for finding in findings:
        severity = finding.severity
        label = "" if severity is Severity.ERROR else f"{severity.value}: "
        mark = click.style(label, fg=_COLOURS[severity])
        place = click.style(f"{finding.place}:", fg=_COLOURS[severity], bold=True)
        click.echo(f"{place} {mark}{printable(f'{finding.message} - {finding.remedy}')}", err=err)


def printable(text: str) -> str:
    """Return `text` without control characters that could steer a terminal."""
    return "".join(
        letter if letter.isprintable() or letter in "\n\t\u00a0" else "\ufffd" for letter in text
    )


def show_json(value: Any) -> None:
    """Print `value` as JSON, letters as they are."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def show_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print columns as wide as they need to be; numbers stand at the right."""
    cells = [[printable(str(cell)) for cell in row] for row in rows]
    widths = [
        max(len(heading), *(len(row[column]) for row in cells), 0)
        for column, heading in enumerate(headings)
    ]
    numeric = [
        bool(cells) and all(row[column].replace(",", "").isdigit() for row in cells)
        for column in range(len(headings))
    ]

    def line(row: Sequence[str]) -> str:
        return "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()

    click.echo(click.style(line(headings), bold=True))
    for row in cells:
        click.echo(line(row))


def count_of(number: int, one: str, many: str = "") -> str:
    """Return `1 item`, `2 items`, `1,000 items`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def has_person() -> bool:
    """Whether somebody sits at the terminal and can answer."""
    return sys.stdin.isatty()
