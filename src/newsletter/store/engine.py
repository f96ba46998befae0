"""Opens the database and keeps its transactions; the only module that knows SQLite from others.

`open_database(url)` makes the file readable by its owner alone, checks that it is whole, brings its
tables up to date (`migrate.py`) and returns a Database. Writes are serialised from their first
statement on (BEGIN IMMEDIATE) and are on the disk when `write()` returns (WAL, synchronous FULL):
an intent that is lost in a power cut would be a mail sent twice. What the file system or another
process does to the file becomes a NewsletterError in words; everything is rolled back then.
"""

import contextlib
import errno
import fcntl
import logging
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from newsletter.errors import AnotherSender, DatabaseFault, NewsletterError
from newsletter.keyfiles import make_private_folder
from newsletter.model.segment import folded
from newsletter.store.migrate import bring_up_to_date, is_up_to_date

PATIENCE = 30.0
"""Seconds for which another process that writes is waited for."""

_SILENT_SECONDS = 2.0
_ORPHANS_SECONDS, _LOOK_SECONDS = 15.0, 0.05
_CACHE_KIBIBYTES = 4 * 1024  # each sort takes as much again: a long list must not need much memory
_LARGE_CACHE_KIBIBYTES = 64 * 1024
_LARGE_PAGE = 64 * 1024
_REMEDIES = {
    sqlite3.SQLITE_BUSY: "another process is writing to it for long; try again when it is done",
    sqlite3.SQLITE_LOCKED: "another process is writing to it for long; try again when it is done",
    sqlite3.SQLITE_FULL: "make room on the disk, and run the command again; nothing is half done",
    sqlite3.SQLITE_READONLY: "give yourself the right to write the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "see that its folder exists and that you may write there",
    sqlite3.SQLITE_IOERR: "see whether the disk is well and has room; nothing is half done",
    sqlite3.SQLITE_CORRUPT: "the file is damaged: put your latest backup in its place",
    sqlite3.SQLITE_NOTADB: "the file is no database: put your latest backup in its place",
}
_CODES = {
    errno.ENOSPC: sqlite3.SQLITE_FULL,
    errno.EDQUOT: sqlite3.SQLITE_FULL,
    errno.EIO: sqlite3.SQLITE_IOERR,
    errno.EROFS: sqlite3.SQLITE_READONLY,
}


_log = logging.getLogger(__name__)


class Database:
    """An open database: transactions to read and to write, and the right to be the only sender."""

    def __init__(self, engine: sa.Engine, file: Path) -> None:
        self._engine = engine
        self._writer = engine.execution_options(writes=True)
        self._file = file
        self._identity = _identity(file)

    @property
    def is_in_place(self) -> bool:
        """Whether the file that is open still has its name.

        What is written to one that was removed, or replaced by a copy, is gone when it is closed.
        """
        return self._identity is not None and self._identity == _identity(self._file)

    @property
    def file(self) -> Path:
        """Where it is."""
        return self._file

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Yield a connection that sees one moment of the database."""
        with _in_words(self._file), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Yield a connection in a transaction, durable at the end or rolled back on any error."""
        with _in_words(self._file), self._writer.begin() as connection:
            yield connection

    def sole_sender(self) -> contextlib.AbstractContextManager[int]:
        """Hold the right to deliver from here (`sole_sender`), by the descriptor it yields."""
        return sole_sender(self._file)

    @contextlib.contextmanager
    def alone_at(self, work: str) -> Iterator[bool]:
        """Hold the right to do `work` for as long as the block lasts; whether it was free."""
        with _opened(self._file.with_name(f"{self._file.name}.{work}")) as lock:
            if holder := _locked_by_another(lock):
                _log.debug("process %s is at %s", holder, work)
                yield False
                return
            with disk_in_words(self._file):
                os.ftruncate(lock.fileno(), 0)
                os.write(lock.fileno(), str(os.getpid()).encode())
            yield True

    def apart(self) -> "Apart":
        """Return a connection of its own, in which temporary tables outlast a transaction."""
        with _in_words(self._file):
            return Apart(self._engine.connect(), self._file)

    def copy_to(self, file: Path) -> None:
        """Copy the whole database, as it is at this moment, into a new `file`."""
        _make_private(file)
        with _in_words(file), self._engine.connect() as connection:
            raw = connection.connection.driver_connection
            with contextlib.closing(sqlite3.connect(file)) as copy:
                cast(sqlite3.Connection, raw).backup(copy)

    def leave_no_log(self) -> None:
        """Close it so that the file alone is all of it."""
        self.close()
        with contextlib.closing(sqlite3.connect(self._file)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")

    def empty_log(self, patience: float = 5.0) -> bool:
        """Write the log into the database file and cut it to nothing; whether that was possible.

        It is not while somebody else reads or writes for longer than `patience` seconds.
        """
        until = time.monotonic() + patience
        while True:
            with _in_words(self._file), self._engine.connect() as connection:
                raw = cast(sqlite3.Connection, connection.connection.driver_connection)
                busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy or time.monotonic() > until:
                return not busy
            time.sleep(_LOOK_SECONDS)

    def compact(self) -> None:
        """Write the file anew without what was deleted; NewsletterError while somebody sends.

        What is deleted, or moved to make room, leaves its bytes behind in the free part of a page.
        """
        with self.sole_sender(), _in_words(self._file), self._engine.connect() as connection:
            raw = cast(sqlite3.Connection, connection.connection.driver_connection)
            raw.execute("VACUUM")

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Apart:
    """A connection for one long task: what is temporary in it is gone when it is closed.

    SQLite keeps temporary tables in a file that has no name, so nothing is left after a kill. The
    cache is larger than that of others, and does not grow with the task: a million rows go into
    indexes in no order. Foreign keys are not looked up for each row, which takes a tenth of an
    import: what refers to a row is written by the transaction that has just written or read it.
    """

    def __init__(self, connection: sa.Connection, file: Path) -> None:
        raw = cast(sqlite3.Connection, connection.connection.driver_connection)
        raw.execute(f"PRAGMA cache_size = -{_LARGE_CACHE_KIBIBYTES}")
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute(f"PRAGMA temp.page_size = {_LARGE_PAGE}")  # they are written and read in order
        self._connection, self._file, self._raw = connection, file, raw
        self._version: int | None = None

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Yield the connection; it sees one moment of the database."""
        self._connection.execution_options(writes=False)
        with _in_words(self._file), self._connection.begin():
            yield self._connection
            self._version = self._version_now()

    @contextlib.contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Yield it in a transaction, durable at the end or rolled back on any error."""
        self._connection.execution_options(writes=True)
        with _in_words(self._file), self._connection.begin():
            yield self._connection
            self._version = None

    @property
    def is_as_read(self) -> bool:
        """Whether nobody has written since the last `read`; to be asked inside a transaction."""
        return self._version == self._version_now()

    def _version_now(self) -> int:
        """Return a number that another one's commit changes, and that stays in a transaction."""
        return int(self._raw.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Close it for good, instead of leaving it to others: what was temporary is gone."""
        self._connection.invalidate()
        self._connection.close()


def open_database(url: str, patience: float = PATIENCE) -> Database:
    """Open the database at `url` (`sqlite:////path/state.db`), making it when there is none.

    `patience` is for how many seconds another process that writes is waited for.

    Raises NewsletterError when it cannot be opened, is damaged, or was made by a newer program.
    """
    file = database_file(url)
    _make_private(file)
    given = {"timeout": patience, "isolation_level": None}
    engine = sa.create_engine(url, connect_args=given, execution_options={"patience": patience})
    sa.event.listen(engine, "connect", _set_up)
    sa.event.listen(engine, "begin", _begin)
    database = Database(engine, file)
    try:
        _check_whole(database, file)
        with database.read() as connection:
            current = is_up_to_date(connection, file)
        if not current:  # who only looks must not wait for a writer
            with database.write() as connection:
                bring_up_to_date(connection, file)
    except BaseException:
        database.close()
        raise
    return database


@contextlib.contextmanager
def sole_sender(file: Path) -> Iterator[int]:
    """Hold the right to deliver from the database at `file`; a process that dies loses it.

    It belongs to the open file, whose descriptor is yielded: processes that inherit it hold it
    as well, and it is free when the last of them has gone. Raises AnotherSender when another
    process holds it; if that has died, those it has started are given time to go first. The file
    stays: to remove a file that is locked by its name would let two processes hold two locks.
    """
    with _opened(file.with_name(f"{file.name}.sender")) as lock:
        patience = time.monotonic() + _ORPHANS_SECONDS
        while holder := _locked_by_another(lock):
            if _is_alive(holder) or time.monotonic() > patience:
                raise AnotherSender(
                    f"{file}: process {holder} is delivering from here already",
                    "wait until it is done or stop it; `newsletter status` shows how far it is",
                )
            time.sleep(_LOOK_SECONDS)
        with disk_in_words(file):
            os.ftruncate(lock.fileno(), 0)
            os.write(lock.fileno(), str(os.getpid()).encode())
        yield lock.fileno()


def database_file(url: str) -> Path:
    """Return where the database at `url` is, or will be; raises NewsletterError."""
    try:
        parts = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise NewsletterError(
            "the address of the database cannot be read", "write it as sqlite:////path/state.db"
        ) from None
    if parts.get_backend_name() != "sqlite" or not parts.database or parts.database == ":memory:":
        raise NewsletterError(
            f"{parts.render_as_string()}: only SQLite files are supported as yet",
            "write the address as sqlite:////path/state.db",
        )
    return Path(parts.database)


def upsert(
    connection: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    key: Sequence[str],
    update: Sequence[str] = (),
) -> None:
    """Insert `rows`; where one with the same `key` is there, set its columns `update` instead."""
    if not rows:
        return
    insert: sqlite.Insert | postgresql.Insert
    if connection.dialect.name == "sqlite":
        insert = sqlite.insert(table)
    else:
        insert = postgresql.insert(table)
    if update:
        new = {name: insert.excluded[name] for name in update}
        connection.execute(insert.on_conflict_do_update(index_elements=key, set_=new), list(rows))
    else:
        connection.execute(insert.on_conflict_do_nothing(index_elements=key), list(rows))


def _identity(file: Path) -> tuple[int, int] | None:
    """Return what tells a file from another of the same name; none when there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _opened(lock: Path) -> TextIO:
    with disk_in_words(lock):
        return open(lock, "a+", opener=_privately)


def _privately(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _locked_by_another(lock: TextIO) -> str:
    """Lock a file, or return what stands in it: the process that locked it before."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        return lock.read() or "?"  # it was locked a moment ago, and its number is not written yet
    return ""


def _is_alive(process: str) -> bool:
    """Whether a process lives; one without a number is taken to."""
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except (ValueError, PermissionError):
        return True
    return True


def _make_private(file: Path) -> None:
    """Make the file before SQLite does, so that nobody else may read the addresses in it.

    A file that is there is never opened here: to close it would drop every lock that this process
    holds on it (POSIX, close: all fcntl locks of the file, whichever descriptor took them), and
    other processes would then clear the log of a running send away.
    """
    try:
        make_private_folder(file.parent)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(file, os.O_RDONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as fault:
        raise NewsletterError(
            f"{file}: cannot be opened: {fault.strerror}",
            "see that its folder exists and that you may write there",
        ) from fault


def _set_up(connection: sqlite3.Connection, _: object) -> None:
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"cache_size = -{_CACHE_KIBIBYTES}",
    ):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function("folded", 1, folded, deterministic=True)


def _begin(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    patience = float(options["patience"])
    silent = min(_SILENT_SECONDS, patience)
    if not options.get("writes", False):
        connection.exec_driver_sql("BEGIN")
        return
    raw = cast(sqlite3.Connection, connection.connection.driver_connection)
    _wait_for(raw, silent)
    try:
        raw.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as fault:
        if fault.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        if patience > silent:
            _say_what_is_waited_for(Path(connection.engine.url.database or ""), patience)
        _wait_for(raw, patience - silent)
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    _wait_for(raw, patience)


def _wait_for(raw: sqlite3.Connection, seconds: float) -> None:
    """Wait so long for whoever writes."""
    raw.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")


def _say_what_is_waited_for(file: Path, patience: float) -> None:
    """Tell whoever waits; Python prints a warning that nobody handles on standard error."""
    words = f"{file}: waiting, for {patience:g} s at most: another process is writing to it"
    with contextlib.suppress(OSError):
        holder = file.with_name(f"{file.name}.sender").read_text()
        if holder.isdigit() and _is_alive(holder):
            words += f" (process {holder} delivers from here{_if_stopped(holder)})"
    _log.warning("%s", words)


def _if_stopped(process: str) -> str:
    """Return what to say of a process that somebody has stopped; nothing of another (proc(5))."""
    with contextlib.suppress(OSError):
        stat = Path(f"/proc/{process}/stat").read_text()
        if stat.rpartition(")")[2].split()[0] in ("T", "t"):
            return f", and was stopped: kill -CONT {process} lets it go on"
    return ""


def _check_whole(database: Database, file: Path) -> None:
    with database.read() as connection:
        fault = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if fault != "ok":
        detail = fault.splitlines()[-1]
        raise NewsletterError(f"{file}: {detail}", _REMEDIES[sqlite3.SQLITE_CORRUPT])


@contextlib.contextmanager
def disk_in_words(file: Path) -> Iterator[None]:
    """Say what the disk did to a file that SQLite knows nothing of."""
    try:
        yield
    except OSError as fault:
        code = _CODES.get(fault.errno or 0, sqlite3.SQLITE_CANTOPEN)
        raise DatabaseFault(f"{file}: {fault.strerror}", _REMEDIES[code]) from fault


@contextlib.contextmanager
def _in_words(file: Path) -> Iterator[None]:
    """Turn what the disk or another process did into words; faults of ours stay what they are."""
    try:
        yield
    except sa.exc.DBAPIError as fault:
        code = getattr(fault.orig, "sqlite_errorcode", 0) & 0xFF  # the rest says more precisely how
        if code not in _REMEDIES:
            raise
        raise DatabaseFault(f"{file}: {fault.orig}", _REMEDIES[code]) from fault
