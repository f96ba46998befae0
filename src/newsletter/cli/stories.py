"""Show people: what an import would do, and who is there."""

import dataclasses
import datetime
import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.show import count_of, printable, show_findings, show_json
from newsletter.model.finding import Finding

if TYPE_CHECKING:
    from newsletter.people.importing import ImportPlan, ImportTally
    from newsletter.store.roster import Listed, SubscriptionLine

_FEW = 10
_FIRST_ROWS = 3
_PLAN_WORDS = {
    "new": ("new person", "new people"),
    "subscribed": ("known person, new on this list", "known people, new on this list"),
    "changed": ("person with changed facts", "people with changed facts"),
    "unchanged": ("person as before", "people as before"),
    "unsubscribed": ("kept out: unsubscribed", "kept out: unsubscribed"),
    "suppressed": ("kept out: suppressed", "kept out: suppressed"),
    "left": (
        "had left in the other system: kept out from now on",
        "had left in the other system: kept out from now on",
    ),
    "barred": (
        "must not be mailed, says the other system: suppressed from now on",
        "must not be mailed, says the other system: suppressed from now on",
    ),
    "duplicate": ("row about somebody in another row", "rows about somebody in another row"),
    "refused": ("row that cannot be used", "rows that cannot be used"),
}


def show_import_plan(plan: "ImportPlan") -> None:
    """Print how the file was read, and how many rows come to what."""
    from newsletter.people.cells import fold
    from newsletter.people.importing import RowOutcome

    table, tally = plan.table, plan.tally
    separator = {"\t": "tab", ",": "comma", ";": "semicolon"}.get(table.separator, table.separator)
    click.echo(f"{table.file}: {table.encoding.name}, {separator}, {count_of(tally.rows, 'row')}")
    if table.system:
        by = "its headings" if table.system.headings else "addresses without headings"
        click.echo(f"Taken for an export of {table.system.name}, by {by}")
    if plan.recalled:
        click.echo(f"Columns as you said on {plan.recalled:%d.%m.%Y} of such a table:")
    for header in table.headers:
        if fold(header) in table.choices:
            column = table.choices[fold(header)]
            click.echo(
                f"  {printable(header)}: {column.replace('_', ' ') if column else 'not used'}"
            )
    if table.ignored:
        click.echo(f"Columns that are not used: {', '.join(map(printable, table.ignored))}")
    for outcome, (one, many) in _PLAN_WORDS.items():
        if count := tally.count(RowOutcome(outcome)):
            click.echo(f"  {count:>7,}  {one if count == 1 else many}")
    _show_first_rows(plan)
    _show_some(tally.refused, tally.count(RowOutcome.REFUSED))
    _show_some(tally.doubts, tally.doubt_count)


def _show_first_rows(plan: "ImportPlan") -> None:
    """Print the first rows as they were understood: a wrong encoding shows at once."""
    from newsletter.people.entries import read_entry

    entries = (read_entry(plan.table, row, plan.vocabulary) for row in plan.table.rows())
    people = (entry.person for entry in entries if entry.person)
    click.echo("The first rows, as they were read:")
    for person in itertools.islice(people, _FIRST_ROWS):
        facts = (str(person.address), person.name, person.organisation, person.country)
        click.echo("  " + printable(", ".join(filter(None, facts))))


def _show_some(findings: Sequence[Finding], count: int) -> None:
    show_findings(findings[:_FEW])
    if count > _FEW:
        click.echo(f"… and {count - _FEW:,} more")


def show_import(tally: "ImportTally", *, done: bool, as_json: bool) -> None:
    """Print what an import did, or would do when it is not `done`."""
    from newsletter.people.importing import RowOutcome

    if as_json:
        counts = {outcome.value: tally.count(outcome) for outcome in RowOutcome}
        show_json({"imported": done, "rows": tally.rows, **counts})
    elif done:
        added = tally.count(RowOutcome.NEW, RowOutcome.SUBSCRIBED)
        click.echo(f"Imported: {count_of(added, 'new subscription')}")
    else:
        click.echo("Nothing was changed.")


def state_of(line: "SubscriptionLine") -> str:
    """Return a List, and the state of the Subscription where it is not in force."""
    return line.list if line.state == "active" else f"{line.list}({line.state})"


def person_json(listed: "Listed") -> dict[str, Any]:
    """Return one subscriber for scripts."""
    person = listed.person
    return {
        "address": str(person.address),
        "name": person.name,
        "language": person.language,
        "country": person.country,
        "organisation": person.organisation,
        "organisation_type": person.organisation_type,
        "topics": list(person.topics),
        "suppressed": listed.suppressed.value if listed.suppressed else None,
        "subscriptions": [plain(line) for line in listed.subscriptions],
    }


def plain(line: Any) -> dict[str, Any]:
    """Return a record for scripts: moments in ISO 8601, inner numbers left out."""
    return {
        key: value.isoformat() if isinstance(value, datetime.datetime) else value
        for key, value in dataclasses.asdict(line).items()
        if key != "list_id"
    }
