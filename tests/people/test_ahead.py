"""A long file is read by a process of its own; nobody can tell but by the time it takes."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.address import parse_address
from newsletter.errors import InputRefused, NewsletterError
from newsletter.model.people import RowOutcome
from newsletter.people import ahead, reading
from newsletter.people.importing import ImportPlan, ImportTally, apply_import, plan_import
from newsletter.people.subscriptions import remove_person, suppress_address
from newsletter.people.table import open_table
from newsletter.people.vocabulary import Vocabulary
from newsletter.store import intake
from newsletter.store.engine import Database
from newsletter.store.intake import Intake
from newsletter.store.people import PeopleStore
from tests.people.conftest import AT

_ROWS = [f"reader{n}@example.org,Reader {n},ru" for n in range(5000)]
_ODD = [
    "reader7@example.org,Again,en",
    "not an address,,",
    "иван@пример.рф,Иван,ru",
    ",,",
    "a@b.org,,x",
]


@pytest.fixture
def long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(ahead, "LONG", 1)
    file = tmp_path / "long.csv"
    file.write_text("\n".join(["email,name,language", *_ROWS, *_ODD]), encoding="utf-8")
    return file


def test_another_process_reads_the_same_rows_and_faults(long: Path, vocabulary: Vocabulary) -> None:
    table = open_table(long)
    here, there = reading.Refusals(table), reading.Refusals(table)
    rows = [row for some in reading.read_people(table, vocabulary, here) for row in some]
    with ahead.reader_of(long) as read:
        ours = [row for some in read(table, vocabulary, there) for row in some]
    assert [(row[0], *row[2:]) for row in ours] == [(row[0], *row[2:]) for row in rows]
    assert [row[1] for row in ours if row[2] == "reader7@example.org"] == [0, 1]
    assert there == here
    assert (there.count, there.doubt_count) == (1, 1)


def test_an_import_by_two_processes_keeps_every_reference(
    long: Path, vocabulary: Vocabulary, store: PeopleStore, database: Database
) -> None:
    with plan_import(store, long, list_name="media", vocabulary=vocabulary) as plan:
        tally = apply_import(plan, basis="form", at=AT, skip_invalid=True)
    assert tally.counts[RowOutcome.NEW] == 5002
    assert tally.counts[RowOutcome.DUPLICATE] == 1
    with database.read() as connection:
        assert connection.execute(sa.text("PRAGMA foreign_key_check")).all() == []
        for table in ("subscribers", "subscriptions", "consents"):
            assert connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar() == 5002


def test_a_file_that_is_refused_half_way_is_refused_as_ever(
    long: Path, vocabulary: Vocabulary
) -> None:
    with long.open("a", encoding="utf-8") as file:
        file.write('\n"never closed,x,ru\n')
    table = open_table(long)
    refusals = reading.Refusals(table)
    with ahead.reader_of(long) as read, pytest.raises(InputRefused, match="is not closed"):
        list(read(table, vocabulary, refusals))


def test_a_process_that_dies_is_told_in_words(
    long: Path, vocabulary: Vocabulary, store: PeopleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with pytest.raises(NewsletterError, match="the process that reads it was ended"):
        plan_import(store, long, list_name="media", vocabulary=vocabulary)


def test_what_is_judged_while_it_is_read_comes_to_the_same_when_judged_at_once(
    bring: Callable[..., ImportTally],
    plan: Callable[..., ImportPlan],
    store: PeopleStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "AT_ONCE", 3)
    monkeypatch.setattr(intake, "_AT_ONCE", 5)
    head = "email,name,language"
    known = [f"reader{n}@example.org,Reader {n},ru" for n in range(0, 40, 3)]
    bring("\n".join([head, *known]))
    for number in (3, 9):
        remove_person(store, parse_address(f"reader{number}@example.org"), at=AT)
    suppress_address(store, parse_address("reader7@example.org"), note="", at=AT)
    rows = [f"reader{n % 37}@example.org,Reader {n},en" for n in range(60)]
    with plan("\n".join([head, *rows])) as planned, planned.store.read() as people:
        first = found_by(people.intake)
        people.intake.judge(people.find_list("constituents"))
        assert found_by(people.intake) == first
    assert planned.tally.counts == {
        RowOutcome.NEW: 23,
        RowOutcome.CHANGED: 11,
        RowOutcome.DUPLICATE: 23,
        RowOutcome.UNSUBSCRIBED: 2,
        RowOutcome.SUPPRESSED: 1,
    }


def found_by(rows: Intake) -> tuple[object, ...]:
    shown = {outcome: list(rows.shown(outcome, 100)) for outcome in RowOutcome}
    return rows.counts(), rows.changed(), shown
