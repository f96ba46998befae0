"""What sending needs of the world; `wiring.py` fills these ports with the real parts."""

import datetime
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from newsletter.model.ledger import (
    Claim,
    Draft,
    Job,
    Letter,
    Resolution,
    Result,
    Sent,
    Standing,
    Turn,
)
from newsletter.model.mailing import DeliveryState, Outcome, Tally
from newsletter.model.message import Parcel


class Connection(Protocol):
    """One open connection to a relay; it may carry several messages at a time."""

    @property
    def smtputf8(self) -> bool:
        """Whether the relay takes addresses with letters beyond ASCII (RFC 6531)."""

    @property
    def usable(self) -> bool:
        """Whether another message may be submitted on it."""

    @property
    def room(self) -> int:
        """How many messages it takes now."""

    @property
    def in_flight(self) -> int:
        """How many messages were submitted and not told."""

    def submit(self, parcel: Parcel, tell: Callable[[Outcome], None]) -> None:
        """Hand a message over; `tell` hears its Outcome, once, sooner or later."""

    def abort(self, why: str) -> None:
        """Break it off; whoever is in flight is told what that means for the message."""

    async def close(self) -> None:
        """End it politely; a fault while doing so changes nothing."""


class Transport(Protocol):
    """A relay."""

    async def connect(self) -> Connection | Outcome:
        """Open a connection, or say why there is none."""


class Ledger(Protocol):
    """What must not be forgotten of a send: durable when a method returns, unchanged if it raises.

    `store/ledger.py` is the real one and says more.
    """

    def freeze(
        self, issue: str, drafts: Sequence[Draft], now: datetime.datetime, *, keep: bool = True
    ) -> list[Tally]:
        """Freeze `drafts`, all or none; only try it when not `keep`."""

    def try_freeze(
        self, issue: str, drafts: Sequence[Draft], now: datetime.datetime
    ) -> Iterator[tuple[Draft, Job]]:
        """Yield the Deliveries that freezing `drafts` would give, and keep nothing."""

    def letter(self, mailing_id: int, language: str, variant: str = "") -> Letter:
        """Return what was frozen for a Mailing in a language and a variant."""

    @property
    def owner(self) -> str:
        """The name by which this process claims."""

    def sole_sender(self) -> AbstractContextManager[int]:
        """Hold the right to deliver; NewsletterError when another process does.

        It is held by a file descriptor, the value: a process that inherits it holds it as well.
        """

    def restored_at(self) -> datetime.datetime | None:
        """Return when an older copy was last put in the place of the ledger, if ever."""

    def recover(self, now: datetime.datetime, *, alone: bool = True) -> int:
        """Put right what dead senders left; return how many Deliveries became unknown."""

    def take_back(self, owner: str, now: datetime.datetime) -> int:
        """Put right what one sender left that has died; return how many became unknown."""

    def claim(
        self, issue: str, now: datetime.datetime, *, only: Collection[str] = ()
    ) -> Claim | None:
        """Claim Deliveries that are due; none if none are."""

    def turn(
        self,
        results: Sequence[Result],
        held: Claim | None,
        jobs: Sequence[Job],
        now: datetime.datetime,
    ) -> Turn:
        """Write `results`, then the intents of `jobs`, which belong to the claim `held`."""

    def postpone(self, due: Mapping[int, datetime.datetime]) -> None:
        """Set when Deliveries that wait may be tried, by their ids."""

    def sent_since(self, since: datetime.datetime, *, by_domain: bool) -> list[Sent]:
        """Return the Attempts that ended since then, the earliest first."""

    def finish(self, held: Claim, now: datetime.datetime) -> None:
        """Give a claim back."""

    def resolve(
        self,
        issue: str,
        word: Resolution,
        now: datetime.datetime,
        *,
        only: Collection[str] = (),
        most_unknown: int | None = None,
    ) -> int:
        """Carry out the operator's word about what is unknown."""

    def cancel(self, issue: str, now: datetime.datetime, *, only: Collection[str] = ()) -> int:
        """Cancel what has not been submitted."""

    def retry(
        self,
        issue: str,
        now: datetime.datetime,
        *,
        only: Collection[str] = (),
        matching: str = "",
    ) -> int:
        """Let refused Deliveries wait to be tried again."""

    def pause(self, issue: str, at: datetime.datetime | None) -> int:
        """Pause an issue's Mailings, or with no moment let them go on."""

    def tallies(self, issue: str) -> list[Tally]:
        """Return the sums of each Mailing of an issue."""

    def standings(self, issue: str, states: Collection[DeliveryState] = ()) -> Iterator[Standing]:
        """Yield where those in `states` stand, or every Delivery."""

    def exclusions(self, issue: str) -> Iterator[Standing]:
        """Yield those who were left out."""


class Clock(Protocol):
    """Time: what the calendar says, what has passed, and waiting."""

    def now(self) -> datetime.datetime:
        """Return the moment, with its zone."""

    def monotonic(self) -> float:
        """Return seconds that never go back, from an arbitrary start."""

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""
