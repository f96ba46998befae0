"""Print for people and for scripts: findings, tables, JSON, questions."""

import json
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

import click

from newsletter.errors import InputRefused, NewsletterError, WrongUsage
from newsletter.model.finding import Finding, Severity

_NARROWEST = 8
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")
wait_option = click.option(
    "--wait", is_flag=True, help="Stay until nothing is deferred, however long it takes."
)


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
    """Print findings as `file:line:column: what - how to mend it`, warnings marked as such.

    Notes are left to `newsletter check`: here they would stand between a person and their work.
    """
    for finding in findings:
        severity = finding.severity
        if severity is Severity.NOTE:
            continue
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
    """Print columns as wide as they need to be; numbers stand at the right.

    At a terminal the widest column gives way until a line fits.
    """
    cells = [[printable(str(cell)) for cell in row] for row in rows]
    columns = list(zip(headings, *cells, strict=True))
    widths = _fitting([max(map(len, column)) for column in columns])
    numeric = [
        bool(cells) and all(cell.replace(",", "").isdigit() for cell in column[1:])
        for column in columns
    ]

    def line(row: Sequence[str]) -> str:
        shown = [
            cell if len(cell) <= width else f"{cell[: width - 1]}…"
            for cell, width in zip(row, widths, strict=True)
        ]
        return "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(shown, widths, numeric, strict=True)
        ).rstrip()

    click.echo(click.style(line(headings), bold=True))
    for row in cells:
        click.echo(line(row))


def _fitting(widths: list[int]) -> list[int]:
    """Return `widths` made to fit the terminal; as they are where a script reads."""
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else sum(widths) * 2
    while sum(widths) + 2 * (len(widths) - 1) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def count_of(number: int, one: str, many: str = "") -> str:
    """Return `1 item`, `2 items`, `1,000 items`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def stop_here() -> NoReturn:
    """End a command to which somebody said no; nothing was done."""
    click.echo("Nothing was done.")
    raise click.exceptions.Exit(4)


def ask_for(issue: str, words: str = "") -> None:
    """Let somebody type the issue's name; raises WrongUsage where nobody can."""
    if not has_person():
        raise WrongUsage("nobody is there to ask", "say yes beforehand with --yes")
    if words:
        click.echo(words)
    if click.prompt(f"Type {issue} to go on", default="", show_default=False) != issue:
        stop_here()


def confirm(question: str) -> None:
    """Ask; raises WrongUsage where nobody can answer, and ends the command at a no."""
    if not has_person():
        raise WrongUsage("nobody is there to ask", "say yes beforehand with --yes")
    if not click.confirm(question):
        stop_here()


def has_person() -> bool:
    """Whether somebody sits at the terminal and can answer."""
    return sys.stdin.isatty()
