"""Copies of a whole database file, and what they hold: by SQLite's own means, and nothing changes.

The database may be of another version of the program, and may be in use: it is opened to be read
only. A copy is made in one step, which sees one moment; in WAL mode that keeps no writer waiting.
To copy page by page would begin anew with each write of somebody else, so during a send never end.
"""

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from newsletter.errors import DatabaseFault, NewsletterError
from newsletter.keyfiles import make_private_folder
from newsletter.store.engine import sole_sender

_COUNTED = ("subscribers", "subscriptions", "consents", "suppressions", "mailings", "deliveries")
_UNBALANCED = """
SELECT m.issue, l.name FROM mailings m JOIN lists l ON l.id = m.list_id WHERE m.candidates <>
(SELECT count(*) FROM deliveries d WHERE d.mailing_id = m.id)
+ (SELECT count(*) FROM exclusions e WHERE e.mailing_id = m.id)
"""
_DAMAGED = "is damaged; take an earlier backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a database holds: its newest migration, whose keys, rows by table, what does not add up.

    `consent` is the digest of the newest Consent, `latest` the Issue that was frozen last and when;
    all are empty when there are none. `unbalanced` are Mailings of which somebody is missing.
    """

    tables: str
    keys: str
    counts: Mapping[str, int]
    consent: str = ""
    latest: tuple[str, str] = ("", "")
    unbalanced: tuple[str, ...] = ()


def copy_whole(source: Path, target: Path) -> None:
    """Copy the database `source`, as it is at this moment, into the new file `target`.

    Raises NewsletterError when it cannot be read or written.
    """
    try:
        with _opened(source) as database, contextlib.closing(sqlite3.connect(target)) as copy:
            target.chmod(0o600)
            database.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # the file alone is all of it
    except DatabaseFault as fault:
        where = f"{fault.message} (it was being copied to {target.parent.parent})"
        raise DatabaseFault(where, fault.remedy) from fault


def contents_of(file: Path) -> Contents:
    """Look through a copy: every page, every index, every reference; then say what it holds.

    Raises NewsletterError when it is damaged or no database of this program.
    """
    with _opened(file) as database:
        found = [str(row[0]) for row in database.execute("PRAGMA integrity_check(3)")]
        stray = database.execute("PRAGMA foreign_key_check").fetchone()
        if found != ["ok"] or stray:
            what = found[0].splitlines()[-1] if found != ["ok"] else f"{stray[0]}: a stray row"
            raise DatabaseFault(f"{file}: {what}", f"the database {_DAMAGED}")
        names = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
        if not {"alembic_version", *_COUNTED} <= names:
            raise NewsletterError(f"{file}: is no database of this program", "take another one")
        return Contents(
            tables=_one(database, "SELECT version_num FROM alembic_version"),
            keys=_one(database, "SELECT value FROM office WHERE key = 'keys'"),
            counts={name: _count(database, name) for name in _COUNTED},
            consent=_newest_consent(database),
            latest=_latest(database),
            unbalanced=tuple(f"{issue} to {name}" for issue, name in database.execute(_UNBALANCED)),
        )


def _newest_consent(database: sqlite3.Connection) -> str:
    columns = {row[1] for row in database.execute("PRAGMA table_info(consents)")}
    if "digest" not in columns:
        return ""
    return _one(database, "SELECT digest FROM consents ORDER BY id DESC LIMIT 1")


def _latest(database: sqlite3.Connection) -> tuple[str, str]:
    query = "SELECT issue, frozen_at FROM mailings ORDER BY id DESC LIMIT 1"
    row = database.execute(query).fetchone()
    return (str(row[0]), str(row[1])[:16]) if row else ("", "")


def _one(database: sqlite3.Connection, query: str) -> str:
    row = database.execute(query).fetchone()
    return str(row[0]) if row else ""


def _count(database: sqlite3.Connection, table: str) -> int:
    return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 (ours)


@contextlib.contextmanager
def insist_alone(file: Path) -> Iterator[sqlite3.Connection | None]:
    """Keep every other process from a database file for a while; yield it if it can be read.

    All of it is in the file then, and none in its log. Raises NewsletterError when another process
    has it open: it would go on with the old file when another takes its name.
    """
    make_private_folder(file.parent)
    with sole_sender(file), contextlib.ExitStack() as stack:
        yield stack.enter_context(_shut(file)) if file.exists() else None


@contextlib.contextmanager
def _shut(file: Path) -> Iterator[sqlite3.Connection | None]:
    with contextlib.closing(sqlite3.connect(file, timeout=2, isolation_level=None)) as database:
        try:
            # Only who has it alone may give up its log (sqlite.org/wal.html, 4).
            database.execute("PRAGMA journal_mode = DELETE")
            database.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as fault:
            if fault.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise NewsletterError(
                    f"{file}: another process has it open",
                    "stop `newsletter serve`, and whatever else works with this office, first",
                ) from fault
            if fault.sqlite_errorcode & 0xFF not in (
                sqlite3.SQLITE_CORRUPT,
                sqlite3.SQLITE_NOTADB,
            ):
                raise DatabaseFault(f"{file}: {fault}", "see to its disk and rights") from fault
            yield None  # it is damaged
        else:
            yield database


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection that only reads; what the disk does becomes words."""
    try:
        address = f"{file.absolute().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=30)) as database:
            yield database
    except sqlite3.DatabaseError as fault:
        code = fault.sqlite_errorcode & 0xFF
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise DatabaseFault(f"{file}: {fault}", f"the database {_DAMAGED}") from fault
        if code == sqlite3.SQLITE_FULL:
            raise DatabaseFault(f"{file}: {fault}", "make room on the disk") from fault
        raise DatabaseFault(f"{file}: {fault}", "see to its disk, folder and rights") from fault
