"""What the way back needs of the world; `wiring.py` fills these ports with the real parts."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from newsletter.model.inbox import Arrival


class Keeper(Protocol):
    """Keeps what comes back until it is looked at; `returns/spool.py` does."""

    def keep(self, raw: bytes, form: str) -> str:
        """Keep a message, or what a provider posted; it is on the disk when this returns.

        Raises NewsletterError when the disk does not take it.
        """


class Inbox(Protocol):
    """A place where mail arrives. Nothing is ever deleted there.

    Each method raises InboxUnavailable when the place cannot be reached or refuses us; what was
    yielded before stays true, and the next call begins anew.
    """

    @property
    def name(self) -> str:
        """What people call it; without secrets."""

    def arrivals(self, after: str) -> Iterator[Arrival]:
        """Yield what came after the position `after`, in order; all of it for an empty one.

        A position that is not understood, or from before the place was set up anew, counts as
        empty: who keeps messages knows them by their digest.
        """

    def put_away(self, arrivals: Sequence[Arrival]) -> None:
        """Put messages where they are out of the way, if that is wanted.

        Only for those that are durably kept; once more changes nothing.
        """

    def wait(self, seconds: float, stop: Callable[[], bool]) -> None:
        """Wait until something may have come, at most so long, or until `stop` says so."""

    def close(self) -> None:
        """End it politely; a fault while doing so changes nothing."""
