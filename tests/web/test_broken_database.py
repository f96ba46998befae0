"""Who leaves while the database is removed, replaced or spoiled under the pages that are served."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from newsletter.model.leaving import Leave
from tests.cli.program import run
from tests.web.served import AT, PATIENCE, Front

ONE_CLICK = "List-Unsubscribe=One-Click"


def put_a_copy_in_place(office: Path) -> None:
    """Put a copy in the place of the database, as somebody does who restores by hand."""
    file = office / ".newsletter" / "state.db"
    copy = file.with_name("copy.db")
    with closing(sqlite3.connect(file)) as old, closing(sqlite3.connect(copy)) as new:
        old.backup(new)
    for each in ("-wal", "-shm"):
        file.with_name(f"{file.name}{each}").unlink(missing_ok=True)
    copy.replace(file)


def ended_in(office: Path) -> int:
    with closing(sqlite3.connect(office / ".newsletter" / "state.db")) as database:
        query = "SELECT count(*) FROM subscriptions WHERE state = 'ended'"
        return int(database.execute(query).fetchone()[0])


def test_who_leaves_after_the_database_was_replaced_leaves_the_new_one(front: Front) -> None:
    ways = [front.subscribe(f"{name}@example.org") for name in ("anna", "boris")]
    front.post(ways[0], ONE_CLICK)
    put_a_copy_in_place(front.office)
    assert front.post(ways[1], ONE_CLICK).status == 200
    assert ended_in(front.office) + front.journal.count() == 2


def test_who_leaves_after_the_database_was_removed_waits_in_the_journal(front: Front) -> None:
    ways = [front.subscribe(f"{name}@example.org") for name in ("anna", "boris")]
    front.post(ways[0], ONE_CLICK)
    for file in (front.office / ".newsletter").glob("state.db*"):
        file.unlink()
    assert front.post(ways[1], ONE_CLICK).status == 200
    assert front.journal.count() == 1
    assert front.get("/ready").status == 503
    assert not (front.office / ".newsletter" / "state.db").exists()


def test_no_new_database_forgets_who_waits_to_leave(front: Front) -> None:
    front.subscribe("anna@example.org")
    front.journal.add([Leave(subscriber_id=1, list_id=1, at=AT, source="one-click")])
    for file in (front.office / ".newsletter").glob("state.db*"):
        file.unlink()
    said = run(front.office, "subscribers", "list", code=1).stderr
    assert "newsletter restore" in said
    assert front.journal.count() == 1


@pytest.mark.parametrize("spoiled", ["leaves.taking", "leaves.damaged"])
def test_nobody_waits_for_ever_when_the_journal_cannot_be_read(front: Front, spoiled: str) -> None:
    path = front.subscribe("anna@example.org")
    state = front.office / ".newsletter"
    front.post(path, ONE_CLICK)
    (state / "leaves.journal").write_text("a line that is damaged\n")
    (state / spoiled).mkdir()
    deadline = time.monotonic() + PATIENCE
    while (state / "leaves.journal").exists() and spoiled == "leaves.damaged":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(1.5)  # the desk looks once a second; what it finds ended its work before
    assert front.post(front.subscribe("boris@example.org"), ONE_CLICK).status == 200


def test_nobody_waits_for_ever_when_tables_are_missing(front: Front) -> None:
    paths = [front.subscribe(f"{name}@example.org") for name in ("anna", "boris")]
    front.post(paths[0], ONE_CLICK)
    with closing(sqlite3.connect(front.office / ".newsletter" / "state.db")) as database:
        database.execute("DROP TABLE subscriptions")
    assert front.post(paths[1], ONE_CLICK).status == 200
    assert front.journal.count() == 1
