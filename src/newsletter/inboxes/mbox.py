"""An mbox: all messages in one file, one behind the other (RFC 4155).

A position is where in the file the next message begins, with a digest of what stands at the
beginning of the file and right before that place: if a mail program wrote the file anew, it is
taken from its beginning.

What writes to such a file locks it with fcntl (Debian Policy 11.6), and so do we, for as long as a
copy takes. We wait for a file `NAME.lock` of others but make none: if we were killed, it would
stay and bar all delivery.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from newsletter.errors import InboxUnavailable
from newsletter.inboxes.sizes import HEAD, LARGEST
from newsletter.inboxes.waiting import pause
from newsletter.model.inbox import Arrival, InboxAddress

_FROM = re.compile(rb"From [^\r\n]{0,500}\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b[^\r\n]{0,60}\d:\d\d")
_QUOTED = re.compile(rb">+From ")
_BLANK = (b"\n", b"\r\n")
_WINDOW = 4_096  # octets at either end by which a file is known again
_PIECE = 65_536
_POLL = 0.05  # seconds between two tries for a lock


class MboxInbox:
    """A file of mails on this machine; it is only ever read."""

    def __init__(self, address: InboxAddress, *, timeout: float = 60) -> None:
        self._address = address
        self._file = Path(address.folder)
        self._timeout = timeout
        self._looked_at = (-1, -1)

    @property
    def name(self) -> str:
        """What people call it."""
        return self._address.name

    def arrivals(self, after: str) -> Iterator[Arrival]:
        """Yield what stands behind `after`; raises InboxUnavailable."""
        with tempfile.TemporaryFile() as stream:
            try:
                copy, start = self._copied(stream, after)
            except OSError as fault:
                raise InboxUnavailable(
                    f"{fault.filename or self._file}: cannot be read: {fault.strerror}",
                    f"it should be a file of mails that we may read: {self.name}",
                ) from fault
            if not copy.starts_well(start):
                raise InboxUnavailable(
                    f"{self._file}: is no mbox: it does not begin with a line From",
                    f"it should be a file of mails, one behind the other: {self.name}",
                )
            for raw, whole, end in copy.messages(start):
                yield Arrival(raw, f"{end}:{copy.digest(end)}", whole=whole)

    def put_away(self, arrivals: Sequence[Arrival]) -> None:
        """Leave everything as it is: to take a message out is to write the whole file anew."""

    def wait(self, seconds: float, stop: Callable[[], bool]) -> None:
        """Wait until the file is another than it was when it was last looked at."""
        pause(seconds, lambda: stop() or self._state() != self._looked_at)

    def close(self) -> None:
        """Nothing is open."""

    def _copied(self, stream: IO[bytes], after: str) -> tuple["_Copy", int]:
        """Copy what is needed of the file, and return from where on it is new."""
        with self._file.open("rb") as original, _locked(original, self._file, self._timeout):
            about = os.fstat(original.fileno())
            self._looked_at = (about.st_size, about.st_mtime_ns)
            start = _resumed(original, about.st_size, after)
            base = max(start - _WINDOW, 0)
            head = os.pread(original.fileno(), _WINDOW, 0)
            original.seek(base)
            left = about.st_size - base
            while left > 0 and (piece := original.read(min(_PIECE, left))):
                stream.write(piece)
                left -= len(piece)
        return _Copy(stream, base, head), start

    def _state(self) -> tuple[int, int]:
        try:
            about = self._file.stat()
        except OSError:
            return (-1, -1)
        return (about.st_size, about.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class _Copy:
    """The file from the octet `base` on, and what stands at its beginning."""

    stream: IO[bytes]
    base: int
    head: bytes

    def starts_well(self, start: int) -> bool:
        """Whether a message begins there, or nothing is left."""
        self.stream.seek(start - self.base)
        while (line := self.stream.readline(_PIECE)) in _BLANK:
            pass
        return not line or bool(_FROM.match(line))

    def digest(self, end: int) -> str:
        """Return by what the file is known again up to `end`; reading goes on where it was."""
        place = self.stream.tell()
        first = max(end - _WINDOW, 0)
        self.stream.seek(first - self.base)
        tail = self.stream.read(end - first)
        self.stream.seek(place)
        return _digest(self.head[:end], tail)

    def messages(self, start: int) -> Iterator[tuple[bytes, bool, int]]:
        """Yield each message, whether it is whole, and where the next one begins."""
        self.stream.seek(start - self.base)
        place = start
        text: _Text | None = None
        blank = begins = True
        while piece := self.stream.readline(_PIECE):
            if begins and blank and _FROM.match(piece):
                if text:
                    yield text.finished(), text.whole, place
                text = _Text()
            elif text:
                text.add(piece[1:] if begins and _QUOTED.match(piece) else piece)
            blank = begins and piece in _BLANK
            begins = piece.endswith(b"\n")
            place += len(piece)
        if text:
            yield text.finished(), text.whole, place


class _Text:
    """One message, of which no more is kept than is wanted."""

    def __init__(self) -> None:
        self.whole = True
        self._octets = bytearray()

    def add(self, piece: bytes) -> None:
        if self.whole:
            self._octets += piece
            if len(self._octets) > LARGEST:
                self.whole = False
                del self._octets[HEAD:]

    def finished(self) -> bytes:
        """Return it without the empty line that an mbox puts behind."""
        text = bytes(self._octets)
        if self.whole and text.endswith(b"\n\n"):
            return text[:-1]
        return text[:-2] if self.whole and text.endswith(b"\n\r\n") else text


def _digest(head: bytes, tail: bytes) -> str:
    return hashlib.sha256(head + tail).hexdigest()[:32]


def _resumed(original: IO[bytes], size: int, after: str) -> int:
    """Return where to go on, or 0 if the file is another than it was."""
    found = re.fullmatch(r"(\d{1,18}):([0-9a-f]{32})", after, re.ASCII)
    place = int(found[1]) if found else 0
    if not found or place > size:
        return 0
    first = max(place - _WINDOW, 0)
    head = os.pread(original.fileno(), min(_WINDOW, place), 0)
    tail = os.pread(original.fileno(), place - first, first)
    behind = os.pread(original.fileno(), len(b"From "), place)
    known = _digest(head, tail) == found[2] and behind in (b"", b"From ")
    return place if known else 0


@contextlib.contextmanager
def _locked(original: IO[bytes], file: Path, timeout: float) -> Iterator[None]:
    """Keep others from writing for a moment; raises InboxUnavailable if they do not let us."""
    other = file.with_name(f"{file.name}.lock")
    deadline = time.monotonic() + timeout
    while True:
        if not other.exists():
            with contextlib.suppress(BlockingIOError, PermissionError):
                fcntl.lockf(original, fcntl.LOCK_SH | fcntl.LOCK_NB)
                break
        if time.monotonic() >= deadline:
            raise InboxUnavailable(
                f"{file}: another program has kept it locked for {timeout:g} seconds",
                f"see what it is; if nothing is at it, remove {other}" if other.exists() else "",
            )
        time.sleep(_POLL)
    try:
        yield
    finally:
        fcntl.lockf(original, fcntl.LOCK_UN)
