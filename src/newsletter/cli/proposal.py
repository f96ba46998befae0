"""What the next issue would be, for people: its number and dates, and what could stand in it."""

import datetime
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from newsletter.cli.listing import shortened
from newsletter.cli.show import count_of

if TYPE_CHECKING:
    from newsletter.compose.catalogue import Entry
    from newsletter.compose.nextissue import NextIssue
    from newsletter.model.settings import Settings


def show_proposal(proposed: "NextIssue", settings: "Settings") -> None:
    """Print a proposal: news by country, calendar, drafts, translations."""
    from newsletter.compose.dates import period
    from newsletter.compose.nextissue import numbered

    language = settings.default_language
    number = numbered((proposed.number, proposed.serial, proposed.date), settings, language)
    click.echo(f"{click.style(proposed.slug, bold=True)}: {number}, dated {proposed.date}\n")
    _heading("No issue has yet", period(proposed.since, proposed.date, language), proposed.unused)
    for name, entries in _by_country(proposed.unused, settings):
        click.echo(f"  {name}")
        _list(entries)
    after = proposed.date + datetime.timedelta(days=1)
    _heading("Calendar", period(after, proposed.until, language), proposed.coming)
    _list(proposed.coming, with_day=True)
    if proposed.drafts:
        _heading("Drafts", "finish them, or leave them", proposed.drafts)
        _list(proposed.drafts)
    if lacking := proposed.untranslated:
        click.echo(f"To translate ({count_of(len(lacking), 'item')}):")
        for entry, languages in lacking:
            click.echo(f"    {entry.id}: {', '.join(languages)}")
        click.echo("")


def _heading(what: str, when: str, entries: Sequence["Entry"]) -> None:
    click.echo(f"{what}, {when}: {count_of(len(entries), 'item') if entries else 'nothing'}")
    if not entries:
        click.echo("")


def _by_country(
    entries: Iterable["Entry"], settings: "Settings"
) -> Iterable[tuple[str, list["Entry"]]]:
    """Yield the entries under their countries, in the order of the office; the others last."""
    groups: dict[str, list[Entry]] = {code: [] for code in (*settings.countries, "")}
    for entry in entries:
        own = entry.item.countries
        groups[own[0] if len(own) == 1 else ""].append(entry)
    for code, group in groups.items():
        names = settings.countries.get(code, {})
        name = names.get(settings.default_language, code) if code else "Several countries, or none"
        if group:
            yield name, group


def _list(entries: Iterable["Entry"], *, with_day: bool = False) -> None:
    listed = list(entries)
    for entry in listed:
        day = f" ({entry.day})" if with_day else ""
        click.echo(f"    {entry.id}{day}")
        click.echo(f"      {shortened(entry.title, 6)}")
    if listed:
        click.echo("")
