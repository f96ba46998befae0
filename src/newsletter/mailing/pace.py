"""How fast to send: messages a second, and pauses when a relay is in trouble.

Both look at an injected clock and never wait themselves.
"""

import math
import random
import time

from newsletter.mailing.ports import Clock

_BURST_SECONDS = 0.1
_LEAST_BURST = 2.0
_SHORTEST_WAIT = 0.001
_FLOW_SECONDS = 0.1
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
_LONGEST_WAIT_FOR_ROOM = 300.0
_DOUBLINGS = 16


class Pace:
    """A bucket that fills with so many tokens a second and holds few; each message takes one.

    It holds two at least: with one, all time by which a message is late would be lost.
    """

    def __init__(self, per_second: float, clock: Clock) -> None:
        self._per_second = per_second
        self._clock = clock
        self._most = max(_LEAST_BURST, per_second * _BURST_SECONDS)
        self._tokens = self._most
        self._filled_at = clock.monotonic()

    def allowed(self, wanted: int) -> int:
        """Return how many of `wanted` messages may go now."""
        now = self._clock.monotonic()
        grown = (now - self._filled_at) * self._per_second
        self._tokens, self._filled_at = min(self._most, self._tokens + grown), now
        return min(wanted, int(self._tokens))

    def take(self, count: int) -> None:
        """Take the tokens of `count` messages that were allowed."""
        self._tokens -= count

    def seconds_to_wait(self) -> float:
        """Return how long it takes until one message may go; 0 when it may."""
        self.allowed(1)
        if self._tokens >= 1:
            return 0.0
        return max(_SHORTEST_WAIT, (1 - self._tokens) / self._per_second)


class Flow:
    """How many results a second came in lately."""

    def __init__(self) -> None:
        self.per_second = 0.0
        self._counted_at = time.monotonic()

    def note(self, count: int) -> None:
        """Note `count` results since the last call."""
        now = time.monotonic()
        passed, self._counted_at = now - self._counted_at, now
        weight = min(1.0, passed / _FLOW_SECONDS)
        lately = count / passed if passed > 0 else self.per_second
        self.per_second += (lately - self.per_second) * weight


class Breaker:
    """Counts faults of a relay in a row: longer and longer pauses, and in the end no more tries.

    What was begun before the last counted fault does not count again: connections that break
    together are one fault. Before anything has succeeded few faults are enough, for then the
    settings are probably wrong.
    """

    def __init__(
        self, clock: Clock, chance: random.Random, *, most: int, most_at_first: int
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._most = most
        self._limit = min(most, most_at_first)
        self._faults = 0
        self._counted_at = clock.monotonic()
        self._next_at = self._counted_at

    def good(self) -> None:
        """Note that the relay did its work."""
        self._faults, self._limit = 0, self._most

    def fault(self, began: float) -> bool:
        """Note a fault of something begun at `began`; whether it is one too many."""
        now = self._clock.monotonic()
        if began >= self._counted_at:
            self._faults += 1
            self._next_at = now + _doubling(self._faults, _LONGEST_PAUSE, self._chance)
            self._counted_at = now
        return self._faults >= self._limit

    def seconds_to_wait(self) -> float:
        """Return how long to wait before the next connection."""
        return max(0.0, self._next_at - self._clock.monotonic())


def wait_for_room(refusals: int, chance: random.Random) -> float:
    """Return how long to wait when a relay refused another connection for the `refusals`th time."""
    return _doubling(refusals, _LONGEST_WAIT_FOR_ROOM, chance)


def _doubling(count: int, longest: float, chance: random.Random) -> float:
    pause = min(math.ldexp(_FIRST_PAUSE, min(count, _DOUBLINGS) - 1), longest)
    return pause * (0.75 + chance.random() / 2)
