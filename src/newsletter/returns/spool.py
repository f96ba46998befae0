"""Keeps what comes back on the disk before anybody is told that we have it (invariant I6).

    new/         kept, and not looked at yet
    handled/     what was decided stands in the database
    letters/     neither a report nor an answer of a program: for a person to read
    unreadable/  no message at all, or one that the program stumbled over: for a person to see

A file is named by the digest of what is in it, so the same message has one file however often it is
fetched, and one row in the database. Nothing here needs the database: mail is taken while it is
down.
"""

import contextlib
import datetime
import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from newsletter.errors import NewsletterError
from newsletter.keyfiles import keep_names, make_private_folder

NEW = "new"
_PART = "part"


class Shelf(StrEnum):
    """Where a message goes once it was looked at."""

    HANDLED = "handled"
    LETTERS = "letters"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Kept:
    """A message in the spool; `form` is `eml` for mail, or the provider that posted it."""

    file: Path
    form: str
    arrived_at: datetime.datetime

    @property
    def digest(self) -> str:
        """The SHA-256 of what is in it."""
        return self.file.stem

    def read(self) -> bytes:
        """Return what is in it."""
        return self.file.read_bytes()


class Spool:
    """The spool in one state folder."""

    def __init__(self, state: Path) -> None:
        self.folder = state / "returns"

    def keep(self, raw: bytes, form: str = "eml") -> str:
        """Keep a message; it is on the disk when this returns. Returns the name of its file.

        Raises NewsletterError when the disk does not take it: then nobody may be told that we have
        it.
        """
        folder = self.folder / NEW
        name = f"{hashlib.sha256(raw).hexdigest()}.{form}"
        try:
            make_private_folder(folder)
            if not (folder / name).exists():
                draft = folder / f"{secrets.token_hex(8)}.{_PART}"
                try:
                    _write(draft, raw)
                    draft.replace(folder / name)
                finally:
                    draft.unlink(missing_ok=True)
            keep_names(folder)
        except OSError as fault:
            raise _in_words(fault, folder) from fault
        return name

    def waiting(self) -> Iterator[Kept]:
        """Yield what was not looked at yet, as it came."""
        folder = self.folder / NEW
        try:
            files = sorted(_dated(folder))
        except OSError as fault:
            raise _in_words(fault, folder) from fault
        for nanoseconds, file in files:
            arrived = datetime.datetime.fromtimestamp(nanoseconds / 1e9, tz=datetime.UTC)
            yield Kept(file, file.suffix.lstrip("."), arrived)

    def put(self, kept: Kept, shelf: Shelf) -> None:
        """Put a message away that was looked at; once more changes nothing.

        Where the disk forgets it, the message is found handled and put away again.
        """
        folder = self.folder / shelf
        try:
            make_private_folder(folder)
            with contextlib.suppress(FileNotFoundError):
                kept.file.replace(folder / kept.file.name)
        except OSError as fault:
            raise _in_words(fault, folder) from fault

    def forget(self, kept: Kept) -> None:
        """Remove a message about somebody who was erased."""
        kept.file.unlink(missing_ok=True)

    def shelved(self, shelf: Shelf) -> list[Path]:
        """Return the files on a shelf, the latest last."""
        return [file for _, file in sorted(_dated(self.folder / shelf))]

    def files(self) -> list[Path]:
        """Return every file there is."""
        return [file for name in (NEW, *Shelf) for file in _messages(self.folder / name)]

    def clear(self, before: datetime.datetime, *, only_count: bool = False) -> int:
        """Remove what was handled and came before a moment; return how many that is."""
        moment = before.timestamp()
        dated = _dated(self.folder / Shelf.HANDLED)
        old = [file for nanoseconds, file in dated if nanoseconds < moment * 1e9]
        for file in old if not only_count else ():
            file.unlink(missing_ok=True)
        return len(old)


def _dated(folder: Path) -> Iterator[tuple[int, Path]]:
    """Yield the messages in a folder with the time of each; another process may be at it."""
    for file in _messages(folder):
        with contextlib.suppress(FileNotFoundError):
            yield file.stat().st_mtime_ns, file


def _messages(folder: Path) -> Iterator[Path]:
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for each in entries:
            if each.is_file(follow_symlinks=False) and not each.name.endswith(f".{_PART}"):
                yield Path(each.path)


def _write(file: Path, raw: bytes) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(raw)
        stream.flush()
        os.fsync(stream.fileno())


def _in_words(fault: OSError, folder: Path) -> NewsletterError:
    return NewsletterError(
        f"{fault.filename or folder}: what came back cannot be kept: {fault.strerror}",
        "see whether the disk is well and has room; what was not kept stays where it was",
    )
