"""A database that is older than what was sent from it is known, and mails nobody twice."""

import contextlib
import shutil
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.model.ledger import Resolution
from newsletter.model.mailing import DeliveryState
from newsletter.store import generation
from newsletter.store.engine import Database, open_database
from newsletter.store.ledger import Ledger
from newsletter.store.tables import subscribers
from tests.store.office import (
    ISSUE,
    NOON,
    claimed,
    counts,
    frozen,
    minutes,
    opened,
    readers,
    result,
    subscribe,
)

S = DeliveryState


def copy_of(folder: Path) -> Path:
    """Copy the database as backups do, whoever has it open."""
    copy = folder / "copy.db"
    with (
        contextlib.closing(sqlite3.connect(folder / "state.db")) as source,
        contextlib.closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
    return copy


def put_back(folder: Path, copy: Path) -> None:
    for name in ("state.db-wal", "state.db-shm"):
        (folder / name).unlink(missing_ok=True)
    shutil.copy(copy, folder / "state.db")


def deliver_all(ledger: Ledger) -> None:
    with ledger.sole_sender():
        claim = claimed(ledger)
        ledger.turn([], claim, claim.jobs, NOON)
        ledger.turn([result(job) for job in claim.jobs], None, [], NOON)
        ledger.finish(claim, NOON)


def test_a_database_that_nobody_put_back_is_no_older_copy(tmp_path: Path) -> None:
    for _ in range(2):
        with opened(tmp_path) as database:
            ledger = Ledger(database)
            assert not ledger.hold_older_copy(NOON)
            with ledger.sole_sender():
                assert not Ledger(database).hold_older_copy(NOON)
            assert ledger.restored_at() is None


@pytest.mark.parametrize("died_at", ["the commit", "the file"])
@pytest.mark.parametrize("sent_before", [False, True])
def test_a_death_between_the_two_numbers_makes_no_older_copy(
    tmp_path: Path, died_at: str, sent_before: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with opened(tmp_path) as database:
        ledger = Ledger(database)
        if sent_before:
            with ledger.sole_sender():
                pass
        write = generation._write

        def die_after_the_commit(file: Path, number: int) -> None:
            if number:
                die()
            write(file, number)

        with monkeypatch.context() as patch:
            if died_at == "the commit":
                patch.setattr(generation, "_remember", die)
            else:
                patch.setattr(generation, "_write", die_after_the_commit)
            with pytest.raises(KeyboardInterrupt), ledger.sole_sender():
                pass
        assert not ledger.hold_older_copy(NOON)
        with ledger.sole_sender():
            assert not ledger.hold_older_copy(NOON)


def test_of_a_copy_that_was_put_back_all_who_wait_are_held_until_somebody_decides(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(3))
        ledger = frozen(database, "media")
        claim = claimed(ledger)
        ledger.turn([], claim, claim.jobs[:1], NOON)
        copy = copy_of(tmp_path)
        ledger.turn([result(claim.jobs[0])], claim, claim.jobs[1:], NOON)
        ledger.turn([result(job) for job in claim.jobs[1:]], None, [], NOON)
        ledger.finish(claim, NOON)
        with ledger.sole_sender():
            pass
    put_back(tmp_path, copy)
    with opened(tmp_path) as database:
        ledger = Ledger(database)
        assert ledger.hold_older_copy(NOON)
        assert not ledger.hold_older_copy(NOON)
        assert ledger.restored_at() == NOON
        assert counts(ledger) == {S.UNKNOWN: 3}
        assert ledger.claim(ISSUE, NOON + minutes(9999)) is None
        assert ledger.resolve(ISSUE, Resolution.RESEND, NOON, most_unknown=1) == 0
        assert ledger.resolve(ISSUE, Resolution.RESEND, NOON) == 3
        deliver_all(ledger)
        assert counts(ledger) == {S.ACCEPTED: 3}


def test_a_copy_that_was_brought_alone_is_taken_for_an_older_one(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(1))
        ledger = frozen(database, "media")
        with ledger.sole_sender():
            pass
        shutil.copy(copy_of(tmp_path), tmp_path / "here" / "state.db")
    with opened(tmp_path / "here") as database:
        assert Ledger(database).hold_older_copy(NOON)
        assert counts(Ledger(database)) == {S.UNKNOWN: 1}


def newest_reader(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(sa.select(sa.func.max(subscribers.c.id))).scalar_one())


def test_no_number_that_stands_in_a_link_is_given_to_another_person(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        copy = copy_of(tmp_path)
        subscribe(database, "media", readers(3))
        ledger = frozen(database, "media")
        deliver_all(ledger)
        last = newest_reader(database)
    put_back(tmp_path, copy)
    with open_database(f"sqlite:///{tmp_path / 'state.db'}") as database:
        assert Ledger(database).hold_older_copy(NOON)
        subscribe(database, "media", ["somebody"])
        assert newest_reader(database) > last
        assert claimed(frozen(database, "media")).jobs[0].id > 3
