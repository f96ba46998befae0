"""How many processes send side by side, and the part of every limit that each of them has.

Pure functions: the parts of a whole add up to it, so the relay never sees more than the setting,
and nobody gets a part of nothing, so nobody waits for ever. What a relay was sent before is counted
by each, rounded up: rather a mail less than one too many.
"""

import dataclasses
import datetime
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from newsletter.mailing.lane import History, Route
from newsletter.mailing.limits import Gentleness, Rule
from newsletter.mailing.send import DeliverySettings

_FEW = 10_000  # mails for which another process is not worth its start
_MOST = 8  # processes that are not asked for by number: the ledger has one writer at a time
_LONGER_TURNS = 4  # times longer at the most: what is under way in a turn is in doubt after a kill
_ONE_IS_ENOUGH = 1000.0  # messages a second that one process sends anywhere


@dataclass(frozen=True, slots=True)
class Part:
    """One of several equal parts, counted from 0."""

    number: int
    of: int

    def of_whole(self, whole: int) -> int:
        """Return this part of a number: the parts differ by one at most and add up to it."""
        return whole // self.of + (self.number < whole % self.of)

    def of_routes(self, routes: Iterable[Route]) -> list[Route]:
        """Return the relays with this part of their connections and limits."""
        return [
            dataclasses.replace(
                route,
                connections=self.of_whole(route.connections),
                gentleness=self.of_gentleness(route.gentleness),
            )
            for route in routes
        ]

    def of_settings(self, settings: DeliverySettings) -> DeliverySettings:
        """Return the settings with this part of the limits for providers, and of the commits.

        The ledger has one writer at a time, and each has to read again what others have written:
        several commit hardly more often than one alone.
        """
        domains = {name: self.of_gentleness(each) for name, each in settings.domains.items()}
        turn = settings.turn_seconds * min(self.of, _LONGER_TURNS)
        return dataclasses.replace(settings, domains=domains, turn_seconds=turn)

    def of_gentleness(self, gentleness: Gentleness) -> Gentleness:
        """Return this part of limits."""
        warm_up = gentleness.warm_up
        if warm_up:  # what grows from parts and is rounded down is never more than the whole
            warm_up = dataclasses.replace(warm_up, first_day=self.of_whole(warm_up.first_day))
        return Gentleness(rules=tuple(map(self._of_rule, gentleness.rules)), warm_up=warm_up)

    def of_history(self, history: History) -> list[tuple[datetime.datetime, int]]:
        """Return what one has to count of what was sent before."""
        return [(moment, -(-count // self.of)) for moment, count in history]

    def _of_rule(self, rule: Rule) -> Rule:
        """Return this part of a Rule; what is over a whole number goes to the first."""
        whole = math.floor(rule.most)
        rest = rule.most - whole if self.number == 0 else 0
        return Rule(self.of_whole(whole) + rest, rule.seconds)


WHOLE = Part(0, 1)


def parts_of(count: int) -> list[Part]:
    """Return `count` equal parts."""
    return [Part(number, count) for number in range(count)]


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not everywhere
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processes_for(
    settings: DeliverySettings, routes: Sequence[Route], *, to_do: int, cores: int
) -> int:
    """Return how many processes should send `to_do` mails.

    A number that was asked for is heeded as far as connections and limits can be dealt out. Else
    there are several only where they make a send faster.
    """
    most = min(to_do, _most_parts(settings, routes))
    if settings.processes is not None:
        return max(1, min(settings.processes, most))
    if cores < 4 or to_do < _FEW or _limits_are_the_bound(settings, routes):
        return 1
    return max(1, min(cores // 2, most, _MOST))


def _most_parts(settings: DeliverySettings, routes: Sequence[Route]) -> int:
    """Return how many can have at least one of everything."""
    limits = [*(route.gentleness for route in routes), *settings.domains.values()]
    wholes = [
        *(route.connections for route in routes),
        *(math.floor(rule.most) for each in limits for rule in each.rules),
        *(each.warm_up.first_day for each in limits if each.warm_up),
    ]
    return min(wholes)


def _limits_are_the_bound(settings: DeliverySettings, routes: Sequence[Route]) -> bool:
    """Whether limits hold a send up so much that one process has time to spare."""
    if settings.domains or any(route.gentleness.warm_up for route in routes):
        return True
    return sum(_most_a_second(route.gentleness) for route in routes) <= _ONE_IS_ENOUGH


def _most_a_second(gentleness: Gentleness) -> float:
    return min((rule.most / rule.seconds for rule in gentleness.rules), default=math.inf)
