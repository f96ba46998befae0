"""Commands for people: `newsletter subscribers import | list | show | add | remove | …`."""

import datetime
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.rights import erase, export_person_command, requests_command
from newsletter.cli.segments import find_segment, segment_option
from newsletter.cli.show import confirm, count_of, json_option, show_json, show_table
from newsletter.cli.stories import (
    person_json,
    show_import,
    show_import_plan,
    state_of,
)
from newsletter.cli.story import show_story, story_json
from newsletter.errors import NewsletterError, WrongUsage

if TYPE_CHECKING:
    from newsletter.model.segment import Segment
    from newsletter.model.settings import ListSettings
    from newsletter.people.importing import ImportPlan

_STATES = ("pending", "active", "ended")
_list_option = click.option("--list", "-l", "list_name", required=True, help="The list.")


@click.group()
def subscribers() -> None:
    """Import, list, show, export and remove subscribers."""


@subscribers.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_list_option
@click.option("--basis", required=True, help="How these people agreed to get mail, in words.")
@click.option("--encoding", default="", help="If the one that was recognised is wrong.")
@click.option("--column", "columns", multiple=True, help="What a column holds: HEADING=FIELD.")
@click.option("--forget-columns", is_flag=True, help="Not as said of the last such table.")
@click.option("--skip-invalid", is_flag=True, help="Import the good rows although some are bad.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@json_option
@pass_desk
def import_command(
    desk: Desk,
    file: Path,
    list_name: str,
    basis: str,
    encoding: str,
    columns: tuple[str, ...],
    forget_columns: bool,
    skip_invalid: bool,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Bring the people in FILE (CSV) onto a list.

    Encoding, separator and headings (English or Russian) are recognised; --column says what others
    hold, and is remembered for the next such table. First you see what would change; then all of
    it happens, or nothing. Whoever unsubscribed or is suppressed stays out. Rows that cannot be
    used go to FILE.refused.csv, each with its reason; --dry-run writes nothing.

    \b
    Examples:
      newsletter subscribers import people.csv -l readers --basis "form, 2025"
      newsletter subscribers import people.csv -l readers --basis "…" --dry-run
      newsletter subscribers import staff.csv -l readers --basis "…" \\
          --column "Office=organisation"
    """
    from newsletter.people.headers import read_choices
    from newsletter.people.importing import plan_import
    from newsletter.wiring import people_store, vocabulary

    _require_list(desk, list_name)
    choices = read_choices(columns) if columns or forget_columns else None
    with plan_import(
        people_store(desk.config),
        file,
        list_name=list_name,
        vocabulary=vocabulary(desk.folder),
        encoding=encoding,
        choices=choices,
    ) as plan:
        _carry_out(
            plan, basis, skip_invalid=skip_invalid, yes=yes, dry_run=dry_run, as_json=as_json
        )


def _carry_out(
    plan: "ImportPlan", basis: str, *, skip_invalid: bool, yes: bool, dry_run: bool, as_json: bool
) -> None:
    """Show what an import would do, ask, and do it."""
    from newsletter.people.exporting import write_refused
    from newsletter.people.importing import RowOutcome, apply_import

    file = plan.table.file
    refused = plan.tally.count(RowOutcome.REFUSED)
    if not as_json:
        show_import_plan(plan)
    if refused and not dry_run:
        refused_file = file.with_name(f"{file.stem}.refused.csv")
        write_refused(plan, refused_file)
        click.echo(f"Refused rows, each with its reason: {refused_file}", err=as_json)
    if dry_run:
        show_import(plan.tally, done=False, as_json=as_json)
        return
    if refused and not skip_invalid:
        raise NewsletterError(
            f"nothing was imported: {count_of(refused, 'row')} cannot be used",
            "mend them in the file, or import the others with --skip-invalid",
        )
    if not yes and not as_json:
        confirm("Import them?")
    at = datetime.datetime.now(tz=datetime.UTC)
    tally = apply_import(plan, basis=basis, at=at, skip_invalid=skip_invalid)
    show_import(tally, done=True, as_json=as_json)


@subscribers.command(name="list")
@click.option("--list", "-l", "list_name", default="", help="Only this list.")
@click.option("--state", type=click.Choice(_STATES), help="Only subscriptions in this state.")
@click.option("--country", default="", help="Only this country.")
@click.option("--language", default="", help="Only this language.")
@click.option("--search", default="", help="Part of an address, a name or an organisation.")
@segment_option
@json_option
@pass_desk
def list_command(
    desk: Desk,
    list_name: str,
    state: str | None,
    country: str,
    language: str,
    search: str,
    segment_name: str,
    as_json: bool,
) -> None:
    """List subscribers, in the order in which they came.

    \b
    Examples:
      newsletter subscribers list --list readers --state active
      newsletter subscribers list --country kz --json
      newsletter subscribers list --segment kz-employers
    """
    from newsletter.people.roster import list_people
    from newsletter.wiring import people_store

    segment = find_segment(desk, segment_name)
    wanted = _filter(list_name, state, country, language, search, segment)
    people = list(list_people(people_store(desk.config), wanted))
    if as_json:
        show_json([person_json(each) for each in people])
        return
    show_table(
        ("address", "name", "lang", "country", "lists"),
        [
            (
                each.person.address,
                each.person.name,
                each.person.language,
                each.person.country,
                " ".join(state_of(line) for line in each.subscriptions),
            )
            for each in people
        ],
    )
    click.echo(count_of(len(people), "subscriber"))


@subscribers.command(name="lists")
@json_option
@pass_desk
def lists_command(desk: Desk, as_json: bool) -> None:
    """Count the people on each list."""
    from newsletter.people.roster import count_lists
    from newsletter.wiring import people_store

    counted = {each.list: each for each in count_lists(people_store(desk.config))}
    rows = []
    defined = desk.folder.lists().value.lists
    for name in defined:
        count = counted.get(name)
        numbers = (
            (count.active, count.pending, count.ended, count.suppressed) if count else (0,) * 4
        )
        rows.append((name, *numbers))
    if as_json:
        keys = ("list", "active", "pending", "ended", "suppressed")
        show_json(
            [dict(zip(keys, row, strict=True)) | _terms(defined[str(row[0])]) for row in rows]
        )
        return
    show_table(
        ("list", "active", "unconfirmed", "ended", "suppressed", "opt-in"),
        [(*row, _opt_in_words(defined[str(row[0])])) for row in rows],
    )


def _terms(subscribed: "ListSettings") -> dict[str, Any]:
    """Return how one comes onto a list, for scripts."""
    return {
        "languages": list(subscribed.languages),
        "opt_in": subscribed.opt_in,
        "open": subscribed.is_open,
        "owner": subscribed.owner,
    }


def _opt_in_words(subscribed: "ListSettings") -> str:
    return f"{subscribed.opt_in}, open" if subscribed.is_open else subscribed.opt_in


@subscribers.command()
@click.argument("address")
@json_option
@pass_desk
def show(desk: Desk, address: str, as_json: bool) -> None:
    """Show all that is known about ADDRESS.

    Subscriptions, evidence of consent with the words that were shown, and what became of every
    issue, in the order in which it came about.
    """
    from newsletter.people.facts import read_address
    from newsletter.people.roster import tell_story
    from newsletter.wiring import people_store

    story = tell_story(people_store(desk.config), read_address(address))
    if as_json:
        show_json(story_json(story))
    else:
        show_story(story)


@subscribers.command()
@click.argument("address")
@_list_option
@click.option("--basis", required=True, help="How this person agreed to get mail, in words.")
@click.option("--name", default="", help="Name.")
@click.option("--language", default="", help="Language, as en or “Russian”.")
@click.option("--country", default="", help="Country, by code or name.")
@click.option("--organisation", default="", help="Organisation.")
@click.option("--topics", default="", help="Topics, by name, with commas between.")
@pass_desk
def add(
    desk: Desk,
    address: str,
    list_name: str,
    basis: str,
    name: str,
    language: str,
    country: str,
    organisation: str,
    topics: str,
) -> None:
    """Subscribe one person by hand. Whoever unsubscribed or is suppressed is not brought back."""
    from newsletter.people.facts import read_person
    from newsletter.people.subscriptions import add_person
    from newsletter.wiring import people_store, vocabulary

    _require_list(desk, list_name)
    person = read_person(
        address,
        vocabulary(desk.folder),
        name=name,
        language=language,
        country=country,
        organisation=organisation,
        topics=topics,
    )
    at = datetime.datetime.now(tz=datetime.UTC)
    added = add_person(people_store(desk.config), person, list_name=list_name, basis=basis, at=at)
    words = "now gets" if added else "gets already"
    click.echo(f"{person.address} {words} {list_name}")


@subscribers.command()
@click.argument("address")
@click.option("--list", "-l", "list_name", default="", help="Only from this list; else from all.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_desk
def remove(desk: Desk, address: str, list_name: str, yes: bool) -> None:
    """End the subscriptions of ADDRESS. What was sent to it stays on record."""
    from newsletter.people.facts import read_address
    from newsletter.people.subscriptions import remove_person
    from newsletter.wiring import people_store

    found = read_address(address)
    if not yes:
        confirm(f"Take {found} off {list_name or 'all lists'}?")
    at = datetime.datetime.now(tz=datetime.UTC)
    ended = remove_person(people_store(desk.config), found, at=at, list_name=list_name)
    click.echo(f"{found}: {'off ' + ', '.join(ended) if ended else 'was on no list'}")


@subscribers.command()
@click.argument("address")
@click.option("--note", required=True, help="Why, in words.")
@pass_desk
def suppress(desk: Desk, address: str, note: str) -> None:
    """Never mail ADDRESS again, on any list, whoever imports it."""
    from newsletter.people.facts import read_address
    from newsletter.people.subscriptions import suppress_address
    from newsletter.wiring import people_store

    found = read_address(address)
    at = datetime.datetime.now(tz=datetime.UTC)
    new = suppress_address(people_store(desk.config), found, note=note, at=at)
    click.echo(f"{found} {'is suppressed' if new else 'was suppressed already'}")


@subscribers.command()
@click.option("--list", "-l", "list_name", default="", help="Only this list.")
@click.option("--state", type=click.Choice(_STATES), help="Only subscriptions in this state.")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="File.")
@click.option("--excel", "form", flag_value="excel", help="CSV for Excel set up in Russian.")
@click.option("--json", "form", flag_value="json", help="JSON, for scripts.")
@click.option("--columns", help="Only these, in this order: email,name,…")
@segment_option
@pass_desk
def export(
    desk: Desk,
    list_name: str,
    state: str | None,
    output: Path | None,
    form: str | None,
    columns: str | None,
    segment_name: str,
) -> None:
    """Write subscribers as CSV or JSON, to a file or to standard output.

    \b
    Examples:
      newsletter subscribers export --list readers --excel -o readers.csv
      newsletter subscribers export --columns email,language -o short.csv
    """
    from newsletter.people.exporting import COLUMNS, Form, export_people, replacing
    from newsletter.wiring import people_store

    wanted = _filter(list_name, state, "", "", "", find_segment(desk, segment_name))
    store, shape = people_store(desk.config), Form(form or Form.CSV)
    chosen = COLUMNS if columns is None else [each.strip() for each in columns.split(",")]
    if output is None:
        export_people(store, sys.stdout.buffer, wanted, form=shape, columns=chosen)
        return
    with replacing(output) as stream:
        count = export_people(store, stream, wanted, form=shape, columns=chosen)
    click.echo(f"{output}: {count_of(count, 'row')}")


def _require_list(desk: Desk, name: str) -> None:
    from newsletter.compose.problems import did_you_mean

    known = desk.folder.lists().value.lists
    if name not in known:
        raise WrongUsage(f"there is no list {name}", did_you_mean(name, known))


def _filter(
    list_name: str,
    state: str | None,
    country: str,
    language: str,
    text: str,
    segment: "Segment | None",
) -> Any:
    from newsletter.model.people import SubscriptionState
    from newsletter.people.roster import PeopleFilter

    return PeopleFilter(
        list=list_name,
        state=SubscriptionState(state) if state else None,
        country=country,
        language=language,
        text=text,
        where=segment.where if segment else None,
    )


for command in (export_person_command, erase, requests_command):
    subscribers.add_command(command)
