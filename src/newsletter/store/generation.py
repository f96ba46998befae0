"""Whether a database is an older copy of what was sent from: put back by hand, by `restore`.

A number in the database and one in a file beside it grow together when a process begins to deliver
and when it has ended: in the database first, and each is durable before the next step. So the file
holds the greater number only beside a database that is older than it, and none at all beside one
that was brought from elsewhere alone. Of such a copy nobody is mailed unasked: whoever waits in it
may have got the mail since (`doubt`). What a copy knows nothing of was numbered since it was made,
and no number may be given twice: links, return paths and Message-IDs carry them.
"""

import contextlib
import datetime
import os
from pathlib import Path

import sqlalchemy as sa

from newsletter.keyfiles import keep_names
from newsletter.model.mailing import DeliveryState
from newsletter.store import sending
from newsletter.store.engine import Database, disk_in_words, upsert
from newsletter.store.moves import OLDER_COPY, OPEN, move, reckon_due
from newsletter.store.tables import chunks, deliveries, metadata, office

_GENERATION, _RESTORED = "generation", "restored"
_SKIPPED_NUMBERS = 10_000_000  # more than anybody gave out since the copy was made


def grow(database: Database) -> None:
    """Say that what was copied before is older than this; DatabaseFault when the disk says no."""
    with database.read() as connection:
        is_first = not _in_database(connection)
    if is_first and _in_file(database.file) is None:
        _write(_beside(database.file), 0)  # a database with a number and no file is a copy
    with database.write() as connection:
        number = max(_in_database(connection), _in_file(database.file) or 0) + 1
        _remember(connection, _GENERATION, str(number))
    _write(_beside(database.file), number)


def is_older_copy(database: Database) -> bool:
    """Whether more was sent from here than the database knows."""
    beside = _in_file(database.file)  # first: whoever begins to deliver writes it last
    with database.read() as connection:
        known = _in_database(connection)
    return known > 0 if beside is None else beside > known


def follow(connection: sa.Connection, database: Path) -> None:
    """Make this database newer than the one at `database` and what was sent from it, or as new."""
    there = _in_file(database) or 0
    _remember(connection, _GENERATION, str(max(_in_database(connection), there) + 1))


def doubt(connection: sa.Connection, now: datetime.datetime) -> int:
    """Hold all who wait, for they may have got their mail since; return how many.

    They and whoever was unknown are unknown until the operator decides, whatever the settings say.
    """
    sending.recover(connection, now, alone=True)
    connection.execute(move(OPEN, DeliveryState.UNKNOWN, reason=OLDER_COPY, changed_at=now))
    unknown = deliveries.c.state == DeliveryState.UNKNOWN
    held = connection.execute(
        sa.update(deliveries).where(unknown).values(reason=OLDER_COPY)
    ).rowcount
    connection.execute(reckon_due(sa.true(), fence=chunks.c.fence + 1))
    _skip_numbers(connection)
    _remember(connection, _RESTORED, now.isoformat())
    return int(held)


def restored_at(connection: sa.Connection) -> datetime.datetime | None:
    """Return when an older copy was last put in the place of the database, as far as is known."""
    found = _recall(connection, _RESTORED)
    return datetime.datetime.fromisoformat(found) if found else None


def _skip_numbers(connection: sa.Connection) -> None:
    """Let numbers that stand in mails begin far behind those that were given since the copy."""
    if connection.dialect.name != "sqlite":
        return
    for table in metadata.tables.values():
        if not table.dialect_options["sqlite"]["autoincrement"]:
            continue
        latest = sa.text("SELECT count(*) FROM sqlite_sequence WHERE name = :name")
        there = connection.execute(latest, {"name": table.name}).scalar()
        statement = (
            "UPDATE sqlite_sequence SET seq = seq + :skipped WHERE name = :name"
            if there
            else "INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :skipped)"
        )
        connection.execute(sa.text(statement), {"name": table.name, "skipped": _SKIPPED_NUMBERS})


def _in_database(connection: sa.Connection) -> int:
    return int(_recall(connection, _GENERATION) or 0)


def _recall(connection: sa.Connection, key: str) -> str | None:
    return connection.execute(sa.select(office.c.value).where(office.c.key == key)).scalar()


def _remember(connection: sa.Connection, key: str, value: str) -> None:
    upsert(connection, office, [{"key": key, "value": value}], key=["key"], update=["value"])


def _beside(database: Path) -> Path:
    return database.with_name(f"{database.name}.generation")


def _in_file(database: Path) -> int | None:
    with disk_in_words(_beside(database)), contextlib.suppress(FileNotFoundError):
        text = _beside(database).read_text(encoding="ascii", errors="replace")
        return int(text) if text.strip().isdigit() else None
    return None


def _write(file: Path, number: int) -> None:
    """Write the file, whole or not at all, and wait until it is on the disk."""
    draft = file.with_name(f"{file.name}.draft")
    with disk_in_words(file):
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(f"{number}\n")
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
        keep_names(file.parent)
