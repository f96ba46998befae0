"""One relay as a send uses it, and which of several relays is next.

A Route says which relay and how gently; a Lane is a Route at work, with its limits, its faults and
how much it has had. Relays share the mails by their shares: none gets ahead of the others by more
than a little, but one that cannot be used now is not waited for. A relay with the share 0 stands
by: it is used while no other can be.
"""

import asyncio
import datetime
import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from newsletter.errors import Stopped
from newsletter.mailing.limits import NO_LIMITS, Allowance, Gentleness
from newsletter.mailing.pace import Breaker
from newsletter.mailing.ports import Clock, Transport

_HEAD_START = 20.0
"""Mails by which a relay may be ahead of its share."""

Moment = tuple[datetime.datetime, int]
"""When how many mails went."""

History = Iterable[Moment]
"""What went before, the earliest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A relay that a send may use; `name` stands in accounts, `share` is its part of the mails."""

    transport: Transport
    name: str = "relay"
    share: float = 1.0
    connections: int = 4
    messages_per_connection: int = 100
    gentleness: Gentleness = NO_LIMITS


class Lane:
    """A Route at work."""

    def __init__(self, route: Route, clock: Clock, breaker: Breaker, history: History = ()) -> None:
        self.route, self.breaker = route, breaker
        self.stopped: Stopped | None = None
        self.had = 0.0  # mails for each unit of its share
        self.was_out = False  # since it last had one
        self.connected = 0  # how many connections there are
        self.door, self.entered = asyncio.Lock(), asyncio.Event()  # set once there was a connection
        self._clock = clock
        self._allowance = Allowance(route.gentleness, clock, history)
        self._paused_until = -math.inf

    @property
    def is_usable(self) -> bool:
        """Whether a mail may go this way now."""
        return self.stopped is None and not self._seconds_paused() and self._allowance.room(1) > 0

    def room(self, wanted: int) -> int:
        """Return how many of `wanted` mails may go this way now, by its limits alone."""
        if self.stopped or self._seconds_paused():
            return 0
        return self._allowance.room(wanted)

    def seconds_to_wait(self) -> float:
        """Return how long until a mail may go this way; infinite when time alone will not do."""
        if self.stopped:
            return math.inf
        return max(self._seconds_paused(), self._allowance.seconds_to_wait())

    def pause(self, seconds: float) -> None:
        """Let nothing go this way for so long."""
        self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)

    def stop(self, reason: Stopped) -> None:
        """Let nothing more go this way."""
        self.stopped = self.stopped or reason

    def begin(self) -> None:
        """Note that a mail goes this way."""
        self.had += 1 / self.route.share if self.route.share else 0
        self._allowance.begin()

    def end(self, *, went: bool) -> None:
        """Note that one came to an end, and whether the relay had anything to do with it."""
        if went:
            self._allowance.end()
        else:
            self._allowance.take_back()

    def _seconds_paused(self) -> float:
        if self._paused_until == -math.inf:
            return 0.0
        return max(0.0, self._paused_until - self._clock.monotonic())


class Lanes:
    """All ways that a send has."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self.all = tuple(lanes)

    def may_take(self, lane: Lane) -> bool:
        """Whether the next mail may go by `lane`."""
        if not lane.is_usable:
            lane.was_out = True
            return False
        if len(self.all) == 1:
            return True
        others = [each for each in self.all if each is not lane and each.route.share]
        usable = [each for each in others if each.is_usable]
        if not lane.route.share:
            return not usable
        if lane.was_out:  # it does not catch up on what went without it
            lane.had = max([lane.had, *(each.had for each in usable)])
            lane.was_out = False
        return all(lane.had <= each.had + self._slack(lane) for each in usable)

    def room(self, wanted: int) -> int:
        """Return how many of `wanted` mails may go now, over all ways."""
        return min(wanted, sum(lane.room(wanted) for lane in self.all))

    def seconds_to_wait(self) -> float:
        """Return how long until a mail may go by any of them."""
        return min(lane.seconds_to_wait() for lane in self.all)

    @property
    def stopped(self) -> Stopped | None:
        """Why nothing more goes, when that is so."""
        reasons = [lane.stopped for lane in self.all]
        return reasons[0] if all(reasons) else None

    @staticmethod
    def _slack(lane: Lane) -> float:
        return _HEAD_START / lane.route.share


def make_lanes(
    routes: Sequence[Route],
    clock: Clock,
    chance: random.Random,
    history: Mapping[str, History],
    *,
    most_faults: int,
    most_at_first: int,
) -> Lanes:
    """Return the Lanes for `routes`; `history` is by the names of the relays."""
    return Lanes(
        [
            Lane(
                route,
                clock,
                Breaker(clock, chance, most=most_faults, most_at_first=most_at_first),
                history.get(route.name, ()),
            )
            for route in routes
        ]
    )
