"""Brings a file of people onto a List: first a plan that changes nothing, then all of it or none.

`plan_import` reads the file once, lays its rows beside the people who are known (in temporary
tables, see `store/intake.py`) and says what would happen to every row. `apply_import` writes it in
one transaction; if anybody has written meanwhile, each row is decided anew in it first, for
somebody may have unsubscribed. Any error, or a kill, leaves what was before.

A row is refused (the address or name cannot be used), a duplicate (another row has the address:
the first one counts), kept out (unsubscribed from this List, or suppressed: both always win), or
its person is new, newly subscribed, changed or unchanged. In the export of another system
(`systems.py`) somebody may also have left, or be barred from mail; such rows count before others.
An empty cell erases nothing. The same file twice changes nothing the second time.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from newsletter.errors import InputRefused, NewsletterError, WrongUsage
from newsletter.model.finding import Finding
from newsletter.model.people import RowOutcome, SuppressionReason
from newsletter.model.place import Place
from newsletter.people.ahead import reader_of
from newsletter.people.encodings import MAX_SIZE, digest_of
from newsletter.people.headers import (
    Choices,
    headings_digest,
    kept_choices,
    recalled_choices,
)
from newsletter.people.reading import EXAMPLES, Example, Refusals
from newsletter.people.table import Table, open_table
from newsletter.people.vocabulary import Vocabulary
from newsletter.store.intake import Intake, Shown
from newsletter.store.people import Evidence, PeopleApart, PeopleStore

__all__ = ["Example", "ImportPlan", "ImportTally", "RowOutcome", "apply_import", "plan_import"]

_IDLE = frozenset(
    {
        RowOutcome.UNCHANGED,
        RowOutcome.UNSUBSCRIBED,
        RowOutcome.SUPPRESSED,
        RowOutcome.DUPLICATE,
        RowOutcome.REFUSED,
    }
)
"""What a row may come to without anything being written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTally:
    """What became, or would become, of the rows.

    `changed` counts changes by field; `refused` and `doubts` hold the first hundred of their kind.
    """

    counts: Mapping[RowOutcome, int]
    examples: Mapping[RowOutcome, tuple[Example, ...]]
    changed: Mapping[str, int]
    refused: tuple[Finding, ...]
    doubts: tuple[Finding, ...]
    doubt_count: int

    @property
    def rows(self) -> int:
        """How many rows there are, without blank ones."""
        return sum(self.counts.values())

    def count(self, *outcomes: RowOutcome) -> int:
        """Return how many rows came to one of `outcomes`."""
        return sum(self.counts.get(outcome, 0) for outcome in outcomes)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """What an import would do; it does nothing until `apply_import` is given it.

    `store` holds the rows of the file until the plan is closed. `recalled` is when somebody said of
    such a table what its columns are, if nobody did of this one.
    """

    table: Table
    list_name: str
    vocabulary: Vocabulary
    tally: ImportTally
    refusals: Refusals
    store: PeopleApart
    recalled: datetime.datetime | None = None

    def close(self) -> None:
        """Let go of the rows."""
        self.store.close()

    def __enter__(self) -> "ImportPlan":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def plan_import(
    store: PeopleStore,
    file: Path,
    *,
    list_name: str,
    vocabulary: Vocabulary,
    encoding: str = "",
    max_size: int = MAX_SIZE,
    choices: Choices | None = None,
) -> ImportPlan:
    """Return what the import of `file` would do to the List `list_name`.

    `choices` says what is in its columns; none: as somebody said of the last such table.

    Raises InputRefused when the file as a whole cannot be used; refused rows are in the plan.
    """
    memory = _Memory(store)
    with reader_of(file) as read:
        table = open_table(
            file,
            encoding=encoding,
            max_size=max_size,
            choose=memory.recall if choices is None else lambda _: choices,
        )
        refusals = Refusals(table)
        apart = store.apart()
        try:
            with apart.read() as people:
                intake = people.intake
                intake.begin(people.find_list(list_name))
                for rows in read(table, vocabulary, refusals):
                    intake.add(rows)
                intake.end()
                tally = _tally(intake, refusals)
        except BaseException:
            apart.close()
            raise
    return ImportPlan(
        table=table,
        list_name=list_name,
        vocabulary=vocabulary,
        tally=tally,
        refusals=refusals,
        store=apart,
        recalled=memory.at if choices is None and table.choices else None,
    )


class _Memory:
    """What was said of the columns of earlier tables; `at` is when, of the last one recalled."""

    def __init__(self, store: PeopleStore) -> None:
        self._store = store
        self.at: datetime.datetime | None = None

    def recall(self, headers: Sequence[str]) -> Choices:
        """Return what was said of a table with such headers."""
        with self._store.read() as people:
            found = people.batches.columns_for(headings_digest(headers))
        if not found:
            return {}
        self.at, kept = found
        return recalled_choices(kept)


def apply_import(
    plan: ImportPlan,
    *,
    basis: str,
    at: datetime.datetime,
    source: str = "",
    skip_invalid: bool = False,
) -> ImportTally:
    """Write what `plan` says and return what was done; `basis` says how these people agreed.

    Raises InputRefused and writes nothing when a row is refused, unless `skip_invalid`.
    """
    table = plan.table
    if not basis.strip():
        raise WrongUsage("no basis is given", "say in words how these people agreed to get mail")
    if plan.tally.count(RowOutcome.REFUSED) and not skip_invalid:
        raise InputRefused(refused_rows(plan))
    if digest_of(table.file) != table.digest:
        raise NewsletterError(f"{table.file} has changed since it was looked at", "import it again")
    source = source or f"import of {table.file.name} (sha256 {table.digest[:12]})"
    given = Evidence(basis=basis.strip(), source=source, at=at)
    with plan.store.write() as people:
        list_id = people.add_list(plan.list_name)
        intake, tally = people.intake, plan.tally
        if not plan.store.is_as_read:
            intake.judge(list_id)
            tally = _tally(intake, plan.refusals)
        if set(tally.counts) - _IDLE:
            people.batches.write(
                list_id,
                tally.counts,
                file=table.file.name,
                digest=table.digest,
                given=given,
                left=replace(given, basis=f"had left in {_system_name(table)}"),
                barred_for=table.system.barred_for if table.system else SuppressionReason.MANUAL,
                headings=headings_digest(table.headers),
                columns=kept_choices(table.choices),
            )
    return tally


def _system_name(table: Table) -> str:
    return table.system.name if table.system else "another system"


def refused_rows(plan: ImportPlan) -> tuple[Finding, ...]:
    """Return a Finding for each refused row, and one for those that are too many to name."""
    findings = plan.tally.refused
    more = plan.tally.count(RowOutcome.REFUSED) - len(findings)
    if not more:
        return findings
    rest = Finding(
        rule="people-row",
        place=Place(str(plan.table.file)),
        message=f"{more:,} more rows are refused",
        remedy="the file of refused rows names them all",
    )
    return (*findings, rest)


# --- What is counted ---


def _tally(intake: Intake, refusals: Refusals) -> ImportTally:
    counts = intake.counts()
    examples = {
        outcome: tuple(_example(outcome, each) for each in intake.shown(outcome, EXAMPLES))
        for outcome in counts
    }
    if refusals.count:
        counts[RowOutcome.REFUSED] = refusals.count
        examples[RowOutcome.REFUSED] = tuple(refusals.examples)
    return ImportTally(
        counts=counts,
        examples=examples,
        changed=intake.changed(),
        refused=tuple(refusals.findings),
        doubts=tuple(refusals.doubts),
        doubt_count=refusals.doubt_count,
    )


def _example(outcome: RowOutcome, shown: Shown) -> Example:
    return Example(shown.number, shown.address, _note(outcome, shown))


def _note(outcome: RowOutcome, shown: Shown) -> str:
    """Return what there is to say about a row."""
    match outcome:
        case RowOutcome.DUPLICATE:
            return f"row {shown.first} has the same address"
        case RowOutcome.SUPPRESSED:
            return f"suppressed: {shown.suppressed}"
        case RowOutcome.UNSUBSCRIBED:
            return "unsubscribed from this list before"
        case RowOutcome.NEW:
            return shown.given["name"]
        case RowOutcome.SUBSCRIBED | RowOutcome.CHANGED:
            return "; ".join(_changes(shown))
        case _:
            return ""


def _changes(shown: Shown) -> Iterator[str]:
    known = shown.known or {}
    for fact, given in shown.given.items():
        if given and given != known.get(fact, ""):
            before, after = (_in_words(fact, each) for each in (known.get(fact) or "—", given))
            yield f"{fact}: {before} → {after}"


def _in_words(fact: str, kept: str) -> str:
    return kept.replace(" ", ", ") if fact == "topics" else kept
