"""`newsletter items`: the pool as a list; its subcommands stand in adding.py and taking.py."""

import datetime
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import click

from newsletter.cli.adding import add_item
from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.listing import show_items
from newsletter.cli.options import KINDS, day_option, insist_on_order
from newsletter.cli.show import count_of, json_option, show_findings, show_json
from newsletter.cli.taking import import_items

if TYPE_CHECKING:
    from newsletter.compose.catalogue import Entry

_STATES = ("missing", "mismatched", "stale", "done")


@click.group(invoke_without_command=True)
@click.option("--unused", is_flag=True, help="Only items that no issue has yet.")
@click.option("--used-in", metavar="ISSUE", default="", help="Only items that this issue has.")
@click.option("--drafts", is_flag=True, help="Only drafts.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only this kind.")
@click.option("--country", "countries", multiple=True, help="Only about this country: its code.")
@click.option("--topic", "topics", multiple=True, help="Only on this topic: its name.")
@day_option("--from", "since", help="Only from this day on; of an event its first day counts.")
@day_option("--to", "until", help="Only up to this day.")
@click.option("--text", default="", help="Only with these words in them, in any language.")
@click.option("--language", default="", help="Show how far this language is.")
@click.option(
    "--state", type=click.Choice(_STATES), help="Only where a translation is in this state."
)
@json_option
@pass_desk
@click.pass_context
def items(
    ctx: click.Context,
    desk: Desk,
    unused: bool,
    used_in: str,
    drafts: bool,
    kinds: tuple[str, ...],
    countries: tuple[str, ...],
    topics: tuple[str, ...],
    since: datetime.date | None,
    until: datetime.date | None,
    text: str,
    language: str,
    state: str | None,
    as_json: bool,
) -> None:
    """List the pool of items, and the issues that have them.

    The newest come first. Options go together: an item is listed when it fits all of them.
    --kind, --country and --topic may be said several times, and mean any of these. Files that
    cannot be used, and items that stand in two issues, are named on standard error.

    \b
    Examples:
      newsletter items --unused
      newsletter items --kind event --country kz --from 2015-04-01
      newsletter items --language ru --state missing
    """
    if ctx.invoked_subcommand:
        return
    from newsletter.compose.catalogue import Wanted, catalogue, insist_known

    wanted = Wanted(
        kinds=kinds,
        countries=countries,
        topics=topics,
        since=since,
        until=until,
        unused=unused,
        used_in=used_in,
        drafts=drafts,
        text=text,
    )
    insist_on_order(since, until)
    settings = desk.folder.settings().value
    wanted.insist(settings, desk.folder.slugs())
    insist_known("language", (language,) if language else (), settings.languages)
    found, doubts = catalogue(desk.folder)
    show_findings(doubts, err=True)
    entries = [entry for entry in found if wanted.fits(entry)]
    states = _states_of(desk, language) if language or state else {}
    if state:
        entries = [entry for entry in entries if state in states.get(entry.id, {}).values()]
    if as_json:
        asked = bool(language or state)
        show_json(
            [
                entry.as_json() | ({"states": states.get(entry.id, {})} if asked else {})
                for entry in entries
            ]
        )
        return
    show_items(entries, _in_words(entries, states, language))
    click.echo(count_of(len(entries), "item"))


def _states_of(desk: Desk, language: str) -> dict[str, dict[str, str]]:
    """Return the worst state of each item's translations by language, or of one language."""
    from newsletter.model.translating import State
    from newsletter.translations.states import pool_states

    order = list(State)  # the worst first
    states: dict[str, dict[str, State]] = {}
    for each in pool_states(desk.folder):
        kind, _, item_id = each.owner.partition("/")
        if kind == "items" and each.language == (language or each.language):
            known = states.setdefault(item_id, {})
            worst = min((known.get(each.language, each.state), each.state), key=order.index)
            known[each.language] = worst
    return {
        item_id: {tag: state.value for tag, state in found.items()}
        for item_id, found in states.items()
    }


def _in_words(
    entries: Iterable["Entry"], states: Mapping[str, Mapping[str, str]], language: str
) -> dict[str, str]:
    """Return the states of each item for a column; empty when nobody asked."""
    if not states:
        return {}
    if language:
        return {each.id: states.get(each.id, {}).get(language, "source") for each in entries}
    return {
        each.id: ", ".join(f"{tag} {state}" for tag, state in states.get(each.id, {}).items())
        for each in entries
    }


items.add_command(add_item)
items.add_command(import_items)
