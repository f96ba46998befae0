"""Who left while the database could not be written: a file of lines, each durable when it is kept.

    state/leaves.journal        lines that wait
    state/leaves.taking         lines that are being written to the database
    state/leaves.damaged        lines that cannot be read, for a person to look at
    state/leaves.lock           held for a moment by whoever adds lines or takes them
    state/leaves.taker          held by whoever takes lines, until they stand in the database

A line is a checksum and JSON. What was cut short by a power cut was never promised to anybody.
Whoever dies between the commit and the end of the file takes the same lines once more, which
changes nothing: who has left has left.
"""

import contextlib
import datetime
import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from newsletter.errors import NewsletterError
from newsletter.keyfiles import keep_names, make_private_folder
from newsletter.model.leaving import Leave

_PRIVATE = 0o600


class Journal:
    """The journal in one state folder."""

    def __init__(self, state: Path) -> None:
        self._waiting = state / "leaves.journal"
        self._taking = state / "leaves.taking"
        self._damaged = state / "leaves.damaged"
        self._lock = state / "leaves.lock"
        self._taker = state / "leaves.taker"

    def is_empty(self) -> bool:
        """Whether nobody waits; raises NewsletterError when that cannot be seen."""
        with self._in_words("read"):
            return not any(_size(file) for file in (self._waiting, self._taking))

    def count(self) -> int:
        """Return how many wait; raises NewsletterError when that cannot be seen."""
        with self._in_words("read"):
            return sum(len(_lines(file)) for file in (self._taking, self._waiting))

    def add(self, leaves: Sequence[Leave]) -> None:
        """Keep `leaves`; they are on the disk when this returns.

        Raises NewsletterError when the disk does not take them: then nobody may be told yes.
        """
        text = "".join(_line(each) for each in leaves).encode()
        with self._in_words("written"):
            with _held(self._lock), _appending(self._waiting) as file:
                begun = os.fstat(file).st_size
                try:
                    # A line that was cut short before ends here, and spoils no other.
                    _write(file, b"\n" + text if begun else text)
                    os.fsync(file)
                except OSError:
                    os.ftruncate(file, begun)
                    raise
            keep_names(self._waiting.parent)

    def take(self, write: Callable[[Sequence[Leave]], None]) -> int:
        """Hand all that wait to `write`, in order, and forget them when it returns.

        Returns how many there were; 0 when another process is at it. What `write` raises goes
        through, and nothing is forgotten. Raises NewsletterError when the disk says no.
        """
        with (
            self._in_words("taken"),
            contextlib.suppress(BlockingIOError),
            _held(self._taker, wait=False),
        ):
            count = 0
            while leaves := self._next():
                write(leaves)
                self._taking.unlink()
                count += len(leaves)
            return count
        return 0

    @contextlib.contextmanager
    def _in_words(self, done: str) -> Iterator[None]:
        try:
            yield
        except OSError as fault:
            raise NewsletterError(
                f"{fault.filename or self._waiting}: cannot be {done}: {fault.strerror}",
                "see whether the disk is well and has room",
            ) from fault

    def _next(self) -> list[Leave]:
        """Return those that come next, set apart from those that come later."""
        with _held(self._lock):
            if not self._taking.exists() and self._waiting.exists():
                self._waiting.rename(self._taking)
        leaves, damaged = _read(self._taking)
        if damaged:
            with _appending(self._damaged) as file:
                _write(file, b"".join(damaged))
                os.fsync(file)
        if not leaves:
            self._taking.unlink(missing_ok=True)
        return leaves


def _line(leave: Leave) -> str:
    text = json.dumps(
        [leave.subscriber_id, leave.list_id, leave.at.isoformat(), leave.source],
        separators=(",", ":"),
    )
    return f"{_checksum(text)} {text}\n"


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _read(file: Path) -> tuple[list[Leave], list[bytes]]:
    """Return what stands in a file, and the lines that are damaged."""
    leaves, damaged = [], []
    for line in _lines(file):
        checksum, _, text = line.decode("utf-8", "replace").partition(" ")
        if checksum != _checksum(text.rstrip("\n")):
            damaged.append(line)
            continue
        subscriber_id, list_id, at, source = json.loads(text)
        leaves.append(
            Leave(
                subscriber_id=subscriber_id,
                list_id=list_id,
                at=datetime.datetime.fromisoformat(at),
                source=source,
            )
        )
    return leaves, damaged


def _lines(file: Path) -> list[bytes]:
    try:
        return [line for line in file.read_bytes().splitlines(keepends=True) if line.strip()]
    except FileNotFoundError:
        return []


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _write(file: int, text: bytes) -> None:
    while text:
        text = text[os.write(file, text) :]


@contextlib.contextmanager
def _appending(file: Path) -> Iterator[int]:
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _PRIVATE)
    try:
        yield opened
    finally:
        os.close(opened)


@contextlib.contextmanager
def _held(lock: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold a lock; raises BlockingIOError when somebody else does and this must not `wait`."""
    make_private_folder(lock.parent)
    with _appending(lock) as file:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
