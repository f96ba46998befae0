"""Reads all rows of a table into the form that the database takes in (`store/intake.py`).

Nearly every row of a long list is plain: as many cells as there are headings, a plain address,
nothing to tidy in the others, words that are known. Those are known by one pattern over the whole
row. Every other row goes the slow way (`entries.py`), which comes to the same for plain ones;
a test holds both together.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

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

AT_ONCE = 5000
FINDINGS = 100
EXAMPLES = 5

# Letters and signs that NFC leaves alone and that no other sign joins with: `tidy` changes nothing.
_SIGNS = "!-~¡-¬®-ÿĀ-ſƏəЀ-҂Ҋ-ԯ‐-‧№"
_WORDS = rf"(?!')[{_SIGNS}]+(?: [{_SIGNS}]+)*"  # an apostrophe may be that of `guard`
_ANYTHING = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufffd]*"

Digest = Callable[[str], str]
"""Makes the keyed hash of the key of an address."""


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


def read_people(
    table: Table, vocabulary: Vocabulary, digest: Digest, refusals: Refusals
) -> Iterator[list[tuple[object, ...]]]:
    """Yield the people in `table`, many at once, as rows for an Intake; note the others.

    The columns are those of `intake.STAGED`.
    """
    read, stands = _plain_reader(table, vocabulary), standing_reader(table.system, table.headers)
    rows: list[tuple[object, ...]] = []
    for number, line, cells in table.records():
        found = read(cells)
        if found is None:
            if all(map(is_blank, cells)):
                continue
            found = _read_slowly(table, table.judge(number, line, cells), vocabulary, refusals)
            if found is None:
                continue
        rows.append((number, digest(found[0]), found[0], stands(cells), *found[1:]))
        if len(rows) == AT_ONCE:
            yield rows
            rows = []
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
) -> Callable[[Sequence[str]], tuple[str, ...] | None]:
    """Return what reads the cells of a plain row as `_as_row` has them, and none from any other."""
    pattern, order = _pattern(table)
    match, width = pattern.fullmatch, len(table.headers)
    coded = [
        (place, _codes(vocabulary, fact))
        for place, fact in enumerate(FACTS)
        if fact in table.columns and fact in _CODED
    ]

    def read(cells: Sequence[str]) -> tuple[str, ...] | None:
        if len(cells) != width:
            return None
        line = "\n".join(cells)
        found = match(line)
        if found is None:
            return None
        local, domain, family, *facts = found.group(*order)
        if family:
            facts[0] = f"{facts[0]} {family}".strip()
        parts = plain(local, domain)
        if parts is None or (len(line) > MAX_LENGTH and max(map(len, facts)) > MAX_LENGTH):
            return None
        for place, codes in coded:
            code = codes(facts[place])
            if code is None:
                return None
            facts[place] = code
        key, local, domain = parts
        return (key, local, domain, f"{local}@{domain}", *facts)

    return read


def _pattern(table: Table) -> tuple[re.Pattern[str], list[int]]:
    """Return the pattern of a plain row with a line a cell, and the groups in the order wanted."""
    column_at = {place: column for column, place in table.columns.items()}
    parts, group_of, groups = [], {}, 0
    for place in range(len(table.headers)):
        column = column_at.get(place)
        if column is None:
            parts.append(_ANYTHING)
            continue
        group_of[column] = groups + 1
        groups += 2 if column is Column.ADDRESS else 1
        words = _ANYTHING if column in _CODED else f"(?:{_WORDS})?"
        parts.append(f"(?!'){PLAIN}" if column is Column.ADDRESS else f"({words})")
    empty = groups + 1  # what stands for a column that the table has not
    spot = group_of[Column.ADDRESS]
    taken = (Column.FAMILY_NAME, *FACTS)
    order = [spot, spot + 1, *(group_of.get(column, empty) for column in taken)]
    return re.compile("\n".join(parts) + "()"), order


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
