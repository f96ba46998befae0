"""How far a send is, and how long it will take."""

import collections
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from newsletter.mailing.ports import Clock
from newsletter.model.mailing import DeliveryState, Tally

_WINDOW_SECONDS = 10.0
_WAITING = (DeliveryState.PENDING, DeliveryState.SUBMITTING, DeliveryState.DEFERRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where the Deliveries of an issue stand now; `pending` includes those on their way.

    `rate` is in messages a second; `seconds_left` is none while nothing can be said; `note` is the
    last trouble with the relay, empty when all is well.
    """

    accepted: int
    deferred: int
    refused: int
    unknown: int
    skipped: int
    cancelled: int
    pending: int
    rate: float
    seconds_left: float | None
    note: str = ""

    @property
    def total(self) -> int:
        """All Deliveries."""
        return self.pending + self.deferred + self.finished

    @property
    def finished(self) -> int:
        """Those about which nothing more is done by itself."""
        return self.accepted + self.refused + self.unknown + self.skipped + self.cancelled


class Meter:
    """Counts along while a send runs and tells a listener."""

    def __init__(
        self, tallies: Iterable[Tally], clock: Clock, listener: Callable[[Progress], None]
    ) -> None:
        self._clock = clock
        self._listener = listener
        self._counts = collections.Counter[DeliveryState]()
        for tally in tallies:
            self._counts.update(tally.by_state)
        self._settled = 0
        self._samples = collections.deque([(clock.monotonic(), 0)])
        self._note = ""

    def moved(self, source: DeliveryState, target: DeliveryState) -> None:
        """Note that a Delivery that stood at `source` stands at `target`."""
        self._counts[source] -= 1
        self._counts[target] += 1
        if target is not DeliveryState.PENDING:
            self._settled += 1

    def read(self, tallies: Iterable[Tally]) -> bool:
        """Take the sums from the ledger, where somebody else sends; whether anything waits."""
        before = self._finished()
        self._counts.clear()
        for tally in tallies:
            self._counts.update(tally.by_state)
        self._settled += max(0, self._finished() - before)
        self.tell()
        return any(self._counts[state] for state in _WAITING)

    def _finished(self) -> int:
        return sum(count for state, count in self._counts.items() if state not in _WAITING)

    def note(self, words: str) -> None:
        """Note trouble with the relay, or its end by no words."""
        if words != self._note:
            self._note = words
            self.tell()

    def tell(self) -> None:
        """Tell the listener."""
        rate = self._rate()
        counts = self._counts
        pending = counts[DeliveryState.PENDING] + counts[DeliveryState.SUBMITTING]
        self._listener(
            Progress(
                accepted=counts[DeliveryState.ACCEPTED],
                deferred=counts[DeliveryState.DEFERRED],
                refused=counts[DeliveryState.REFUSED],
                unknown=counts[DeliveryState.UNKNOWN],
                skipped=counts[DeliveryState.SKIPPED],
                cancelled=counts[DeliveryState.CANCELLED],
                pending=pending,
                rate=rate,
                seconds_left=pending / rate if rate else None,
                note=self._note,
            )
        )

    def _rate(self) -> float:
        """Return messages a second over the last few seconds."""
        now = self._clock.monotonic()
        self._samples.append((now, self._settled))
        while len(self._samples) > 2 and now - self._samples[1][0] >= _WINDOW_SECONDS:
            self._samples.popleft()
        since, settled = self._samples[0]
        return (self._settled - settled) / (now - since) if now > since else 0.0
