"""Reads all rows of a table into the form that the database takes in (`store/intake.py`).

Nearly every row of a long list is plain: as many cells as there are headings, a plain address,
nothing to tidy in the others, words that are known. Those are known by one pattern over the whole
row. Every other row goes the slow way (`entries.py`), which comes to the same for plain ones;
a test holds both together.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import Any

from newsletter.address import PLAIN, plain
from newsletter.model.finding import Finding, Severity
from newsletter.model.people import Person
from newsletter.people.cells import MAX_LENGTH, is_blank, tidy, unguard
from newsletter.people.entries import address_as_typed, finding, read_entry
from newsletter.people.facts import FACTS
from newsletter.people.headers import Column
from newsletter.people.systems import standing_reader
from newsletter.people.table import Row, Table
from newsletter.people.vocabulary import Vocabulary

AT_ONCE = 2000
FINDINGS = 100
EXAMPLES = 5

# Letters and signs that NFC leaves alone and that no other sign joins with: `tidy` changes nothing.
_SIGNS = "!-~¡-¬®-ÿĀ-ſƏəЀ-҂Ҋ-ԯ‐-‧№"
_WORDS = rf"(?!')[{_SIGNS}]+(?: [{_SIGNS}]+)*"  # an apostrophe may be that of `guard`
_ANYTHING = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufffd]*"

_SEEN = 1 << 24
"""Octets in which the hashes of keys leave their mark: an unmarked one has not been there."""

Rows = list[tuple[Any, ...]]
"""People with the columns that `store.intake.READ` names."""


@dataclass(frozen=True, slots=True)
class Example:
    """A row to show: its number, its address, and what there is to say about it."""

    row: int
    address: str
    note: str


@dataclass(slots=True)
class Refusals:
    """What is wrong or doubtful in the rows of a table: all counted, the first ones kept."""

    table: Table
    count: int = 0
    examples: list[Example] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    doubts: list[Finding] = field(default_factory=list)
    doubt_count: int = 0


def read_people(table: Table, vocabulary: Vocabulary, refusals: Refusals) -> Iterator[Rows]:
    """Yield the people in `table`, many at once, as rows for an Intake; note the others."""
    read, stands = _plain_reader(table, vocabulary), standing_reader(table.system, table.headers)
    seen, rows = bytearray(_SEEN), Rows()
    for number, line, cells in table.records():
        found = read(cells)
        if found is None:
            if all(map(is_blank, cells)):
                continue
            found = _read_slowly(table, table.judge(number, line, cells), vocabulary, refusals)
            if found is None:
                continue
        spot = hash(found[0]) % _SEEN
        rows.append((number, seen[spot], *found, stands(cells)))
        seen[spot] = 1
        if len(rows) == AT_ONCE:
            yield rows
            rows = Rows()
    if rows:
        yield rows


def _read_slowly(
    table: Table, row: Row, vocabulary: Vocabulary, refusals: Refusals
) -> tuple[str, ...] | None:
    """Return key, address and facts of the person in a row, or none; note what is wrong."""
    entry = read_entry(table, row, vocabulary)
    for doubt in entry.doubts:
        refusals.doubt_count += 1
        if len(refusals.doubts) < FINDINGS:
            refusals.doubts.append(finding(table, row, doubt, Severity.WARNING))
    if entry.person:
        return _as_row(entry.person)
    refusals.count += 1
    if entry.fault and len(refusals.findings) < FINDINGS:
        refusals.findings.append(finding(table, row, entry.fault))
    if entry.fault and len(refusals.examples) < EXAMPLES:
        address = address_as_typed(table, row)
        refusals.examples.append(Example(row.number, address, entry.fault.what))
    return None


def _as_row(person: Person) -> tuple[str, ...]:
    address = person.address
    facts = (_kept(getattr(person, fact)) for fact in FACTS)
    return (address.key, address.local, address.domain, address.shown, *facts)


def _kept(value: str | tuple[str, ...]) -> str:
    """Return a fact as the database has it."""
    return value if isinstance(value, str) else " ".join(value)


def _plain_reader(
    table: Table, vocabulary: Vocabulary
) -> Callable[[list[str]], tuple[str, ...] | None]:
    """Return what reads the cells of a plain row as `_as_row` has them, and none from any other."""
    match, width = _pattern(table).fullmatch, len(table.headers)
    spot, family = table.columns[Column.ADDRESS], table.columns.get(Column.FAMILY_NAME)
    # What stands for a column that the table has not is an empty cell behind the others.
    facts_of = itemgetter(*(table.columns.get(fact, width) for fact in FACTS))
    coded = [
        (place, _codes(vocabulary, fact))
        for place, fact in enumerate(FACTS)
        if fact in table.columns and fact in _CODED
    ]

    def read(cells: list[str]) -> tuple[str, ...] | None:
        if len(cells) != width:
            return None
        line = "\n".join(cells)
        if match(line) is None:
            return None
        local, _, domain = cells[spot].partition("@")
        parts = plain(local, domain)
        if parts is None:
            return None
        facts = list(facts_of([*cells, ""]))
        if family is not None:
            facts[0] = f"{facts[0]} {cells[family]}".strip()
        if len(line) > MAX_LENGTH and max(map(len, facts)) > MAX_LENGTH:
            return None
        for place, codes in coded:
            code = codes(facts[place])
            if code is None:
                return None
            facts[place] = code
        return (*parts, *facts)

    return read


def _pattern(table: Table) -> re.Pattern[str]:
    """Return the pattern of a plain row with a line a cell."""
    column_at = {place: column for column, place in table.columns.items()}
    return re.compile("\n".join(_cell(column_at.get(each)) for each in range(len(table.headers))))


def _cell(column: Column | None) -> str:
    if column is Column.ADDRESS:
        return f"(?!'){PLAIN}"
    return _ANYTHING if column is None or column in _CODED else f"(?:{_WORDS})?"


_CODED = (Column.LANGUAGE, Column.COUNTRY, Column.TOPICS)


def _codes(vocabulary: Vocabulary, fact: Column) -> Callable[[str], str | None]:
    """Return what finds the code for a cell; none if it is not known or not plain."""

    @lru_cache(maxsize=8192)
    def code(cell: str) -> str | None:
        try:
            text = tidy(unguard(cell), fold_lines=True)
        except ValueError:
            return None
        if not text:
            return ""
        if fact is Column.LANGUAGE:
            return vocabulary.language(text)
        if fact is Column.COUNTRY:
            return vocabulary.country(text)
        topics, unknown = vocabulary.topics_in(text)
        return None if unknown else " ".join(topics)

    return code
