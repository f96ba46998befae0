"""Looks into a database file without changing anything: is it whole?"""

import contextlib
import sqlite3
from pathlib import Path

_MOST = 5


def faults_of(file: Path) -> list[str]:
    """Return what is damaged in `file`, some of it at most; empty when it is whole.

    A send may be going on meanwhile. Raises OSError when the file cannot be read.
    """
    try:
        with contextlib.closing(
            sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
        ) as db:
            found = [str(row[0]) for row in db.execute(f"PRAGMA quick_check({_MOST})")]
    except sqlite3.DatabaseError as fault:
        if fault.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return [str(fault)]
        raise OSError(str(fault)) from fault
    return [line for text in found for line in text.splitlines() if text != "ok"]
