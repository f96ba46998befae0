"""A rehearsal: the whole send, to all its readers, to a server of our own that goes wrong.

It works on a copy of the ledger and sends nothing outside. The clock can run faster than ours, and
where nothing is due it jumps to the moment when something is, so that days of greylisting take
seconds. In the end the ledger is held against what the server counted.
"""

import asyncio
import datetime
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from newsletter.mailing.deliver import DeliverySettings, Route, Surroundings, deliver
from newsletter.mailing.limits import NO_LIMITS, Gentleness, seconds_for
from newsletter.mailing.ports import Ledger, Transport
from newsletter.mailing.prepare import prepare
from newsletter.mailing.progress import Progress
from newsletter.mailing.report import Report
from newsletter.message.dkim import Signer
from newsletter.model.ledger import Draft
from newsletter.model.mailing import DeliveryState
from newsletter.smtp.drill import Drill, Faults
from newsletter.tokens import KeyRing


class RehearsalClock:
    """A clock that runs `speed` times as fast as ours, and can be put forward."""

    def __init__(self, start: datetime.datetime, speed: float) -> None:
        self._start, self._speed = start, speed
        self._began, self._ahead = time.monotonic(), 0.0

    def now(self) -> datetime.datetime:
        """Return the moment that it is there."""
        return self._start + datetime.timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Return the seconds that have passed there."""
        return (time.monotonic() - self._began) * self._speed + self._ahead

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` of its time pass."""
        await asyncio.sleep(seconds / self._speed)

    def put_forward_to(self, moment: datetime.datetime) -> None:
        """Let it be `moment`, if that is still to come."""
        self._ahead += max(0.0, (moment - self.now()).total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What came of it.

    `seconds` it took here, `seconds_there` by the clock of the rehearsal, `seconds_at_limits` at
    least by the limits of the relays alone. `octets` is all that the server took, of `taken` mails.
    """

    report: Report
    seconds: float
    seconds_there: float
    seconds_at_limits: float
    taken: int
    addresses: int
    twice: int
    octets: int
    injected: dict[str, int]

    @property
    def problems(self) -> list[str]:
        """What does not fit between the ledger and the server; nothing, if all is well."""
        accepted = self.report.count(DeliveryState.ACCEPTED)
        unknown = self.report.count(DeliveryState.UNKNOWN)
        found = [
            f"the sums of list {tally.name} do not hold"
            for tally in self.report.tallies
            if not tally.balanced
        ]
        if not accepted <= self.addresses <= accepted + unknown:
            found.append(
                f"{accepted} accepted and {unknown} unknown, but the server has {self.addresses}"
            )
        if self.twice:
            found.append(f"{self.twice} got it twice")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """How a rehearsal is set up: what goes wrong, by which chance, how fast the clock runs."""

    faults: Faults
    seed: int
    speed: float = 1.0
    with_limits: bool = False


async def rehearse(
    ledger: Ledger,
    drafts: Sequence[Draft],
    issue: str,
    keys: KeyRing,
    signer: Signer | None,
    routes: Sequence[Route],
    settings: DeliverySettings,
    stage: Stage,
    connect: Callable[[int], Transport],
    listener: Callable[[Progress], None],
    stop: asyncio.Event,
) -> Rehearsal:
    """Send `drafts` from a copy of the ledger to a server of our own; return what came of it.

    `connect` makes the way to a port of this computer. Raises what `prepare` and `deliver` raise.
    """
    start = datetime.datetime.now(datetime.UTC)
    clock = RehearsalClock(start, stage.speed)
    prepare(ledger, issue, drafts, clock.now())
    began = time.monotonic()
    async with Drill(stage.faults, stage.seed) as drill:
        transport = connect(drill.port)
        ways = [
            replace(
                route,
                transport=transport,
                gentleness=route.gentleness if stage.with_limits else NO_LIMITS,
            )
            for route in routes
        ]
        limited = settings if stage.with_limits else replace(settings, hours=(), domains={})
        around = Surroundings(clock=clock, listener=listener, stop=stop)
        report = await deliver(ledger, ways, keys, issue, limited, around, signer=signer)
        while report.next_due and not report.stopped and not stop.is_set():
            clock.put_forward_to(report.next_due)
            report = await deliver(ledger, ways, keys, issue, limited, around, signer=signer)
        mails = sum(sum(tally.by_state.values()) for tally in report.tallies)
        return Rehearsal(
            report=report,
            seconds=time.monotonic() - began,
            seconds_there=clock.monotonic(),
            seconds_at_limits=seconds_at_limits(mails, [route.gentleness for route in routes]),
            taken=drill.taken.total(),
            addresses=len(drill.taken),
            twice=drill.twice,
            octets=drill.octets,
            injected=dict(drill.injected),
        )


def seconds_at_limits(count: int, gentleness: Collection[Gentleness]) -> float:
    """Return how long `count` mails take at least, shared out so that all relays end together."""
    low, high = 0.0, max((seconds_for(count, each) for each in gentleness), default=0.0)
    for _ in range(50):
        middle = (low + high) / 2
        if sum(_mails_in(middle, count, each) for each in gentleness) >= count:
            high = middle
        else:
            low = middle
    return high


def _mails_in(seconds: float, most: int, gentleness: Gentleness) -> float:
    rates = (rule.most * (1 + seconds / rule.seconds) for rule in gentleness.rules)
    return min([float(most), *rates])
