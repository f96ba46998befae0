"""How often something may be asked: by address, by network, and by all together.

A bucket holds so many drops and is filled evenly; each request takes one. What was never asked, or
long ago, has a full bucket and needs no place: so the number of buckets is bounded, and a flood of
new names pushes out the fullest first.
"""

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """`most` at once, and as many again in any `seconds`."""

    most: int
    seconds: float


class Buckets:
    """One bucket for each name, all of one rate; `clock` gives seconds that never go back."""

    def __init__(self, rate: Rate, clock: Callable[[], float], room: int = 20_000) -> None:
        self._rate, self._clock, self._room = rate, clock, room
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_for(self, name: str) -> float:
        """Return after how many seconds a drop is there; 0 when there is one now."""
        return max(0.0, (1 - self._level(name)) * self._rate.seconds / self._rate.most)

    def take(self, name: str) -> None:
        """Take a drop, which is there."""
        level = self._level(name) - 1
        self._levels[name] = (level, self._clock())
        self._levels.move_to_end(name)
        while len(self._levels) > self._room:
            self._levels.popitem(last=False)

    def _level(self, name: str) -> float:
        most = float(self._rate.most)
        level, at = self._levels.get(name, (most, -math.inf))
        if at == -math.inf:
            return most
        return min(most, level + (self._clock() - at) * most / self._rate.seconds)


@dataclass(frozen=True, slots=True)
class SignUpRates:
    """How many requests are let through for one address, from one network, and in all."""

    by_address: Rate = Rate(5, 3600)
    by_network: Rate = Rate(20, 3600)
    by_all: Rate = Rate(300, 3600)


class SignUpLimits:
    """The limits of requests by which a mail goes to an address that somebody typed (B19)."""

    def __init__(self, clock: Callable[[], float], rates: SignUpRates | None = None) -> None:
        rates = rates or SignUpRates()
        self._addresses = Buckets(rates.by_address, clock)
        self._networks = Buckets(rates.by_network, clock)
        self._all = Buckets(rates.by_all, clock)

    def take(self, address_key: str, network: str) -> int:
        """Let one request pass and return 0, or return after how many seconds to come again.

        Whether the address is known plays no part. What is refused is not counted.
        """
        asked = ((self._addresses, address_key), (self._networks, network), (self._all, ""))
        wait = max(buckets.wait_for(name) for buckets, name in asked)
        if wait > 0:
            return math.ceil(wait)
        for buckets, name in asked:
            buckets.take(name)
        return 0
