"""A Maildir: one file for each message, in new/ until somebody has seen it, then in cur/.

Without moving, a position is what was taken of all that is still there. Where what is kept is
moved to cur/, whatever lies in new/ is still to be taken, and there is nothing to remember.
"""

import re
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from newsletter.errors import InboxUnavailable
from newsletter.inboxes.seen import Seen
from newsletter.inboxes.sizes import HEAD, LARGEST
from newsletter.inboxes.waiting import pause
from newsletter.model.inbox import Arrival, InboxAddress

_TIME = re.compile(r"\d+")


class MaildirInbox:
    """A Maildir on this machine; with `moving`, what is kept counts as seen."""

    def __init__(self, address: InboxAddress, *, moving: bool = False) -> None:
        self._address = address
        self._folder = Path(address.folder)
        self._moving = moving
        self._looked_at: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """What people call it."""
        return self._address.name

    def arrivals(self, after: str) -> Iterator[Arrival]:
        """Yield what was not taken yet, as it was delivered; raises InboxUnavailable."""
        self._looked_at = self._state()
        files = self._files()
        seen = Seen("" if self._moving else after, [_unique(file.name) for file in files])
        for file in files:
            name = _unique(file.name)
            if name not in seen and (found := self._read(file)):
                raw, whole = found
                position = seen.add(name)
                yield Arrival(raw, "" if self._moving else position, file.name, whole)

    def put_away(self, arrivals: Sequence[Arrival]) -> None:
        """Count what is kept as seen, if that is wanted; raises InboxUnavailable."""
        for arrival in arrivals if self._moving else ():
            file = self._folder / "new" / arrival.mark
            flags = "".join(sorted({*arrival.mark.partition(":2,")[2], "S"}))
            seen = self._folder / "cur" / f"{_unique(arrival.mark)}:2,{flags}"
            try:
                if not seen.exists():
                    file.rename(seen)
            except FileNotFoundError:
                continue  # somebody has seen it
            except OSError as fault:
                raise self._refused(fault, "be moved") from fault

    def wait(self, seconds: float, stop: Callable[[], bool]) -> None:
        """Wait until something lies there that did not when it was last looked at."""
        pause(seconds, lambda: stop() or self._state() != self._looked_at)

    def close(self) -> None:
        """Nothing is open."""

    def _folders(self) -> tuple[str, ...]:
        return ("new",) if self._moving else ("new", "cur")

    def _state(self) -> tuple[int, ...]:
        """Return what changes whenever a file comes or goes."""
        try:
            return tuple((self._folder / each).stat().st_mtime_ns for each in self._folders())
        except OSError as fault:
            raise self._refused(fault, "be looked at") from fault

    def _files(self) -> list[Path]:
        try:
            found = [
                each
                for folder in self._folders()
                for each in (self._folder / folder).iterdir()
                if not each.name.startswith(".")
            ]
        except OSError as fault:
            raise self._refused(fault, "be looked at") from fault
        return sorted(found, key=_delivered)

    def _read(self, file: Path) -> tuple[bytes, bool] | None:
        """Return a message, and whether that is all of it; none if it moved, or is no file."""
        try:
            about = file.lstat()
            if not stat.S_ISREG(about.st_mode):
                return None
            whole = about.st_size <= LARGEST
            with file.open("rb") as stream:
                return stream.read(LARGEST if whole else HEAD), whole
        except FileNotFoundError:
            return None  # a mail program moved it to cur/ meanwhile: there it is found next time
        except OSError as fault:
            raise self._refused(fault, "be read") from fault

    def _refused(self, fault: OSError, what: str) -> InboxUnavailable:
        return InboxUnavailable(
            f"{fault.filename or self._folder}: cannot {what}: {fault.strerror}",
            f"it should be a Maildir with the folders new and cur, and ours to use: {self.name}",
        )


def _unique(name: str) -> str:
    """Return the part of a file's name that stays whatever becomes of the message."""
    return name.partition(":")[0]


def _delivered(file: Path) -> tuple[int, str]:
    """Sort by the moment of delivery, with which names begin."""
    found = _TIME.match(file.name)
    return (int(found[0][:18]) if found else 0, file.name)
