"""Takes mail from inboxes into the spool: kept first, then put away, then the position moves on.

Whatever dies in between, some messages are taken once more, and the spool knows them (invariant
I6). What was taken is put away in the inbox only if the office wishes that, and letters by people
stay where people look for them.
"""

import fcntl
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from newsletter.errors import InboxUnavailable, NewsletterError
from newsletter.model.inbox import Arrival
from newsletter.returns.events import shelf_of
from newsletter.returns.ports import Inbox
from newsletter.returns.spool import Shelf, Spool

_AT_ONCE = 50  # messages between two notes of the position


class Positions:
    """Up to where each inbox was taken; it may be lost, then all is looked at once more."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "positions.json"

    def of(self, name: str) -> str:
        """Return the position in the inbox of that name; empty where it was never taken."""
        return self._read().get(name, "")

    def note(self, name: str, position: str) -> None:
        """Note up to where an inbox was taken."""
        draft = self._file.with_suffix(".draft")
        try:
            with self._file.with_suffix(".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # each mailbox has a thread, and others may fetch
                draft.write_text(json.dumps(self._read() | {name: position}), encoding="utf-8")
                draft.replace(self._file)
        except OSError as fault:
            raise NewsletterError(
                f"{fault.filename or self._file}: how far {name} was taken cannot be noted: "
                f"{fault.strerror}",
                "see whether the disk is well and has room; what was taken is kept",
            ) from fault

    def _read(self) -> dict[str, str]:
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        pairs = found.items() if isinstance(found, dict) else ()
        return {name: position for name, position in pairs if isinstance(position, str)}


def fetch(inbox: Inbox, spool: Spool, *, moves: bool) -> Iterator[Arrival]:
    """Take what came into an inbox since the last time, and yield each message that is kept.

    With `moves`, reports are put away there; what cannot be put away keeps no new mail from being
    taken, and is told at the end. Raises InboxUnavailable or NewsletterError; what was yielded
    before is kept.
    """
    heap = _Heap(inbox, Positions(spool.folder))
    for arrival in inbox.arrivals(heap.begin):
        spool.keep(arrival.raw)
        heap.add(arrival, goes_away=moves and shelf_of(arrival.raw) is Shelf.HANDLED)
        yield arrival
    heap.settle()
    if heap.fault:
        raise heap.fault


class _Heap:
    """Messages that are kept, and are to be put away together."""

    def __init__(self, inbox: Inbox, positions: Positions) -> None:
        self._inbox = inbox
        self._positions = positions
        self._away: list[Arrival] = []
        self._count = 0
        self._position = self.begin = positions.of(inbox.name)
        self.fault: InboxUnavailable | None = None

    def add(self, arrival: Arrival, *, goes_away: bool) -> None:
        """Add a message that is kept; every now and then settle what is here."""
        self._position = arrival.position
        if goes_away:
            self._away.append(replace(arrival, raw=b""))  # may be large, and is on the disk
        self._count += 1
        if self._count % _AT_ONCE == 0:
            self.settle()

    def settle(self) -> None:
        """Put away what belongs away, and note how far it is."""
        try:
            if self._away:
                self._inbox.put_away(self._away)
        except InboxUnavailable as fault:
            self.fault = fault
        self._away.clear()
        if self._count:
            self._positions.note(self._inbox.name, self._position)
