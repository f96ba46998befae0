"""How many messages may go in a second, an hour, a day; within which hours; and how that grows.

A Limit counts what is under way and what came to an end within its span. A message was taken by
the relay somewhere between the two, so over no span that the relay may look at are there more than
the limit, however the messages bunch up on the way. Those of a second are spread over it besides.
Nothing here waits; the clock is injected.
"""

import datetime
import math
import zoneinfo
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from newsletter.mailing.pace import Pace
from newsletter.mailing.ports import Clock

SECOND, HOUR, DAY = 1.0, 3600.0, 86400.0

_GRAINS = 250  # ends within a 250th of a span are counted as one
_WORTH_KNOWING = 60.0  # seconds: what was sent before this process began is older than less
_EVER = 366  # days that are looked ahead for an hour in which mail may go


@dataclass(frozen=True, slots=True)
class Rule:
    """At most `most` messages in any `seconds`; 2.5 is never more than 3, and no more over time."""

    most: float
    seconds: float

    @property
    def is_short(self) -> bool:
        """Whether a process that begins need not know what was sent before it did."""
        return self.seconds < _WORTH_KNOWING


@dataclass(frozen=True, slots=True)
class WarmUp:
    """A relay nobody knows yet: `first_day` messages on its first day, then `factor` times more."""

    begins: datetime.date
    first_day: int
    factor: float

    def most_on(self, day: datetime.date) -> int:
        """Return how many messages may go on `day`."""
        days = max(0, (day - self.begins).days)
        return int(min(self.first_day * self.factor ** min(days, 10_000), 10**9))


@dataclass(frozen=True, slots=True)
class Hours:
    """When mail may go: from one time of the day to another, on some days of the week.

    `days` are numbers from 0, Monday. `until` is not included; when it is not later than `since`,
    the time goes over midnight and belongs to the day on which it begins.
    """

    since: datetime.time
    until: datetime.time
    zone: zoneinfo.ZoneInfo
    days: frozenset[int] = frozenset(range(7))

    def next_open(self, moment: datetime.datetime) -> datetime.datetime:
        """Return `moment` if mail may go then, else the next moment at which it may."""
        today = moment.astimezone(self.zone).date()
        for offset in range(-1, _EVER):
            begin, end = self._span(today + datetime.timedelta(days=offset))
            if begin.weekday() in self.days and moment < end:
                return max(moment, begin)
        raise ValueError("no day on which mail may go")

    def _span(self, day: datetime.date) -> tuple[datetime.datetime, datetime.datetime]:
        last = day if self.since < self.until else day + datetime.timedelta(days=1)
        return (
            datetime.datetime.combine(day, self.since, self.zone),
            datetime.datetime.combine(last, self.until, self.zone),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gentleness:
    """All that limits how much goes to one relay, or to the readers of one provider."""

    rules: tuple[Rule, ...] = ()
    warm_up: WarmUp | None = None

    @property
    def span(self) -> float:
        """How far back one has to know what was sent, in seconds; what is short does not count."""
        spans = [rule.seconds for rule in self.rules if not rule.is_short]
        return max([*spans, *([DAY] if self.warm_up else [])], default=0.0)


NO_LIMITS = Gentleness()


@dataclass(slots=True)
class Limit:
    """One Rule at work: what is under way, and what came to an end within its span."""

    rule: Rule
    clock: Clock
    under_way: int = 0
    _ended: deque[list[float]] = field(default_factory=deque)  # [when its span is over, how many]
    _count: int = 0

    def room(self) -> int:
        """Return how many more messages may begin now."""
        self._forget()
        return max(0, math.ceil(self.rule.most) - self.under_way - self._count)

    def seconds_to_wait(self) -> float:
        """Return when there is room by the passing of time; infinite when nothing has ended."""
        if self.room():
            return 0.0
        if not self._ended:
            return math.inf
        return max(0.0, self._ended[0][0] - self.clock.monotonic())

    def begin(self) -> None:
        """Note that a message begins."""
        self.under_way += 1

    def end(self) -> None:
        """Note that one came to an end; the relay may have counted it until now."""
        self.under_way -= 1
        self.note(self.clock.monotonic(), 1)

    def take_back(self) -> None:
        """Note that one that had begun never went."""
        self.under_way -= 1

    def note(self, moment: float, count: int) -> None:
        """Count messages that came to an end at `moment`, not earlier than any noted before."""
        grain = self.rule.seconds / _GRAINS
        over = (math.floor(moment / grain) + 1) * grain + self.rule.seconds
        if self._ended and self._ended[-1][0] >= over:
            self._ended[-1][1] += count
        else:
            self._ended.append([over, count])
        self._count += count

    def _forget(self) -> None:
        now = self.clock.monotonic()
        while self._ended and self._ended[0][0] <= now:
            self._count -= int(self._ended.popleft()[1])


class Allowance:
    """All Limits of one relay or provider together."""

    def __init__(
        self,
        gentleness: Gentleness,
        clock: Clock,
        history: Iterable[tuple[datetime.datetime, int]] = (),
    ) -> None:
        """Begin with what was sent before, `history`: moments with counts, the earliest first."""
        self._clock, self._warm_up = clock, gentleness.warm_up
        self._limits = [Limit(rule, clock) for rule in gentleness.rules]
        self._paces = [
            Pace(rule.most / rule.seconds, clock)
            for rule in gentleness.rules
            if rule.seconds <= SECOND
        ]
        self._warming: Limit | None = None
        if self._warm_up:
            self._warming = Limit(Rule(self._warm_up.first_day, DAY), clock)
            self._limits.append(self._warming)
        now, passed = clock.now(), clock.monotonic()
        for moment, count in history:
            age = max(0.0, (now - moment).total_seconds())
            for limit in self._limits:
                if age < limit.rule.seconds * (1 + 1 / _GRAINS):
                    limit.note(passed - age, count)

    def room(self, wanted: int) -> int:
        """Return how many of `wanted` messages may begin now."""
        if not self._limits:
            return wanted
        self._warm()
        rooms = (limit.room() for limit in self._limits)
        return min([wanted, *rooms, *(pace.allowed(wanted) for pace in self._paces)])

    def seconds_to_wait(self) -> float:
        """Return how long until one may begin; infinite when that depends on what is under way."""
        self._warm()
        waits = [limit.seconds_to_wait() for limit in self._limits]
        return max(waits + [pace.seconds_to_wait() for pace in self._paces], default=0.0)

    def begin(self) -> None:
        """Note that a message begins."""
        for limit in self._limits:
            limit.begin()
        for pace in self._paces:
            pace.take(1)

    def end(self) -> None:
        """Note that one came to an end."""
        for limit in self._limits:
            limit.end()

    def take_back(self) -> None:
        """Note that one that had begun never went."""
        for limit in self._limits:
            limit.take_back()

    def _warm(self) -> None:
        if self._warming and self._warm_up:
            most = self._warm_up.most_on(self._clock.now().date())
            self._warming.rule = Rule(most, DAY)


def seconds_for(count: int, gentleness: Gentleness) -> float:
    """Return how long `count` messages take at least; for the word before a send."""
    return max((_seconds(count, rule) for rule in gentleness.rules), default=0.0)


def _seconds(count: int, rule: Rule) -> float:
    return 0.0 if count <= rule.most else (count / rule.most - 1) * rule.seconds


def rules_of(
    per_second: float | None = None, per_hour: float | None = None, per_day: float | None = None
) -> tuple[Rule, ...]:
    """Return the Rules for so many messages a second, an hour and a day.

    Fewer than one a second becomes one in so many seconds.
    """
    rules: list[Rule] = []
    if per_second is not None:
        slow = per_second < 1
        rules.append(Rule(1, 1 / per_second) if slow else Rule(per_second, SECOND))
    for most, seconds in ((per_hour, HOUR), (per_day, DAY)):
        if most is not None:
            rules.append(Rule(most, seconds))
    return tuple(rules)


def open_at(hours: Sequence[Hours], moment: datetime.datetime) -> datetime.datetime:
    """Return the first moment from `moment` on at which all of `hours` allow mail."""
    for _ in range(_EVER):
        later = max((each.next_open(moment) for each in hours), default=moment)
        if later == moment:
            return moment
        moment = later
    raise ValueError("there is no hour at which mail may go")
