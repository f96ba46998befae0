"""Brings a file of people onto a List: first a plan that changes nothing, then all of it or none.

`plan_import` reads the file against the people who are known and says what would happen to every
row. `apply_import` reads it once more inside one transaction, decides each row anew, for somebody
may have unsubscribed in the meantime, and writes. Any error, or a kill, leaves what was before.

A row is refused (the address or name cannot be used), a duplicate (a row above has the address:
the first one counts), kept out (unsubscribed from this List, or suppressed: both always win), or
its person is new, newly subscribed, changed or unchanged. An empty cell erases nothing. The same
file twice changes nothing the second time.
"""

import datetime
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from newsletter.errors import InputRefused, NewsletterError, WrongUsage
from newsletter.model.finding import Finding, Severity
from newsletter.model.people import Person, SubscriptionState
from newsletter.model.place import Place
from newsletter.people.encodings import MAX_SIZE, scan
from newsletter.people.entries import Entry, address_as_typed, finding, read_entry
from newsletter.people.facts import as_text, merge
from newsletter.people.headers import Column
from newsletter.people.table import Table, open_table
from newsletter.people.vocabulary import Vocabulary
from newsletter.store.people import Evidence, Known, People, PeopleStore

_BATCH = 500
_EXAMPLES = 5
_FINDINGS = 100


class RowOutcome(StrEnum):
    """What becomes of a row; every row that is not blank has exactly one."""

    NEW = "new"
    SUBSCRIBED = "subscribed"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Example:
    """A row to show: its number, its address, and what there is to say about it."""

    row: int
    address: str
    note: str


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
    """What an import would do; it does nothing until `apply_import` is given it."""

    table: Table
    list_name: str
    vocabulary: Vocabulary
    tally: ImportTally


def plan_import(
    store: PeopleStore,
    file: Path,
    *,
    list_name: str,
    vocabulary: Vocabulary,
    encoding: str = "",
    max_size: int = MAX_SIZE,
) -> ImportPlan:
    """Return what the import of `file` would do to the List `list_name`.

    Raises InputRefused when the file as a whole cannot be used; refused rows are in the plan.
    """
    table = open_table(file, encoding=encoding, max_size=max_size)
    counter = _Counter(table)
    with store.read() as people:
        list_id = people.find_list(list_name)
        for judged in _judge_all(people, list_id, table, vocabulary):
            counter.add(judged)
    return ImportPlan(
        table=table, list_name=list_name, vocabulary=vocabulary, tally=counter.tally()
    )


def apply_import(
    store: PeopleStore,
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
    if scan(table.file).digest != table.digest:
        raise NewsletterError(f"{table.file} has changed since it was looked at", "import it again")
    source = source or f"import of {table.file.name} (sha256 {table.digest[:12]})"
    evidence = Evidence(basis=basis.strip(), source=source, at=at)
    counter = _Counter(table)
    with store.write() as people:
        list_id = people.add_list(plan.list_name)
        rows = _judge_all(people, list_id, table, plan.vocabulary)
        while batch := list(itertools.islice(rows, _BATCH)):
            _write(people, list_id, batch, evidence)
            for judged in batch:
                counter.add(judged)
    return counter.tally()


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


# --- What becomes of a row ---


@dataclass(frozen=True, slots=True)
class _Judged:
    """A row and what becomes of it; `person` has what is known filled in, `note` explains."""

    entry: Entry
    outcome: RowOutcome
    person: Person | None = None
    known: Known | None = None
    changes: tuple[Column, ...] = ()
    note: str = ""


def _judge_all(
    people: People, list_id: int | None, table: Table, vocabulary: Vocabulary
) -> Iterator[_Judged]:
    """Yield what becomes of every row, a batch of look-ups at a time."""
    seen: dict[str, int] = {}
    entries = (read_entry(table, row, vocabulary) for row in table.rows())
    while batch := list(itertools.islice(entries, _BATCH)):
        keys = {entry.person.address.key for entry in batch if entry.person}
        known = people.known(keys, list_id)
        suppressed = people.suppressed(keys)
        for entry in batch:
            yield _judge(entry, seen, known, suppressed)


def _judge(
    entry: Entry, seen: dict[str, int], known: Mapping[str, Known], suppressed: Mapping[str, str]
) -> _Judged:
    if entry.person is None:
        return _Judged(entry, RowOutcome.REFUSED, note=entry.fault.what if entry.fault else "")
    key = entry.person.address.key
    first = seen.setdefault(key, entry.row.number)
    if first != entry.row.number:
        return _Judged(entry, RowOutcome.DUPLICATE, note=f"row {first} has the same address")
    if key in suppressed:
        return _Judged(entry, RowOutcome.SUPPRESSED, note=f"suppressed: {suppressed[key]}")
    if key not in known:
        return _Judged(entry, RowOutcome.NEW, entry.person, note=entry.person.name)
    return _judge_known(entry, entry.person, known[key])


def _judge_known(entry: Entry, person: Person, known: Known) -> _Judged:
    if known.state is SubscriptionState.ENDED:
        return _Judged(entry, RowOutcome.UNSUBSCRIBED, note="unsubscribed from this list before")
    merged, changes = merge(known.person, person)
    if known.state is not SubscriptionState.ACTIVE:
        outcome = RowOutcome.SUBSCRIBED
    else:
        outcome = RowOutcome.CHANGED if changes else RowOutcome.UNCHANGED
    note = "; ".join(
        f"{fact}: {as_text(known.person, fact) or '—'} → {as_text(merged, fact)}"
        for fact in changes
    )
    return _Judged(entry, outcome, merged, known, changes, note)


# --- What is written ---


def _write(people: People, list_id: int, batch: Sequence[_Judged], evidence: Evidence) -> None:
    new = [each.person for each in batch if each.outcome is RowOutcome.NEW and each.person]
    ids = people.add_subscribers(new, evidence.at) if new else {}
    joining = {ids[person.address.key]: person for person in new}
    joining |= _known_among(each for each in batch if each.outcome is RowOutcome.SUBSCRIBED)
    people.update_facts(_known_among(each for each in batch if each.changes), evidence.at)
    people.subscribe(joining, list_id, evidence)


def _known_among(rows: Iterable[_Judged]) -> dict[int, Person]:
    return {row.known.subscriber_id: row.person for row in rows if row.known and row.person}


# --- What is counted ---


@dataclass(slots=True)
class _Counter:
    """Counts rows as they pass, and keeps the first of each kind."""

    table: Table
    counts: Counter[RowOutcome] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    examples: dict[RowOutcome, list[Example]] = field(default_factory=dict)
    refused: list[Finding] = field(default_factory=list)
    doubts: list[Finding] = field(default_factory=list)
    doubt_count: int = 0

    def add(self, judged: _Judged) -> None:
        row = judged.entry.row
        self.counts[judged.outcome] += 1
        self.changed.update(map(str, judged.changes))
        kept = self.examples.setdefault(judged.outcome, [])
        if len(kept) < _EXAMPLES:
            person = judged.entry.person
            address = str(person.address) if person else address_as_typed(self.table, row)
            kept.append(Example(row.number, address, judged.note))
        if judged.entry.fault and len(self.refused) < _FINDINGS:
            self.refused.append(finding(self.table, row, judged.entry.fault))
        for doubt in judged.entry.doubts:
            self.doubt_count += 1
            if len(self.doubts) < _FINDINGS:
                self.doubts.append(finding(self.table, row, doubt, Severity.WARNING))

    def tally(self) -> ImportTally:
        return ImportTally(
            counts=dict(self.counts),
            examples={outcome: tuple(kept) for outcome, kept in self.examples.items()},
            changed=dict(self.changed),
            refused=tuple(self.refused),
            doubts=tuple(self.doubts),
            doubt_count=self.doubt_count,
        )
