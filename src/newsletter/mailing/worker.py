"""A worker: one of several processes that send side by side, with its part of every limit.

It reads its Order from standard input, works a shift, and tells the leader (`crew.py`) on standard
output what it learns that holds for all; what others learn it hears the same way. When the leader
dies it hears that its input ends: it finishes what is in flight, for a few seconds at the most, and
goes. The lock of the sole sender is in its hands, too, so that nobody else sends until then.
"""

import asyncio
import base64
import contextlib
import dataclasses
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from newsletter.errors import NewsletterError, Stopped
from newsletter.mailing.clerk import Clerk
from newsletter.mailing.lane import History, Lane, Lanes, Route
from newsletter.mailing.news import (
    LONGEST,
    Broke,
    Ended,
    Failed,
    ForAll,
    Joined,
    News,
    Noted,
    Order,
    ProviderPaused,
    RelayFaulty,
    RelayPaused,
    RelayStopped,
    RelayWell,
    Stop,
    read,
    written,
)
from newsletter.mailing.pace import Breaker
from newsletter.mailing.progress import Meter, Progress
from newsletter.mailing.providers import Providers
from newsletter.mailing.send import Send
from newsletter.mailing.sharing import WHOLE, Part
from newsletter.mailing.shift import Shift, sent_before

_ORPHAN_SECONDS = 5.0
_ALL = sys.maxsize

Tell = Callable[[News], None]
Equip = Callable[[Order, bytes], AbstractContextManager[Send]]
"""Makes the whole Send of an Order and the outfit in it."""


def main(equip: Equip) -> None:
    """Work for the leader at the other end of standard input and output, and go."""
    out = os.dup(1)
    os.dup2(2, 1)  # whatever prints, it must not come between the news

    def tell(news: News) -> None:
        with contextlib.suppress(BrokenPipeError):  # the end of our input tells as much
            os.write(out, written(news))

    try:
        asyncio.run(_serve(equip, tell))
    except NewsletterError as fault:
        tell(Failed(fault.message, fault.remedy))
    except Exception:  # noqa: BLE001 (the leader raises it)
        tell(Broke(traceback.format_exc()))


async def _serve(equip: Equip, tell: Tell) -> None:
    leader = asyncio.StreamReader(limit=LONGEST)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(leader), sys.stdin
    )
    order = read(await leader.readline())
    if not isinstance(order, Order):
        return
    with equip(order, base64.b64decode(order.outfit)) as whole:
        tell(Joined(whole.ledger.owner))
        await _work(order, whole, leader, tell)


async def _work(order: Order, whole: Send, leader: asyncio.StreamReader, tell: Tell) -> None:
    """Work a shift with a part of the whole send, in touch with the leader."""
    part = Part(order.part, order.of)
    send = dataclasses.replace(
        whole,
        routes=part.of_routes(whole.routes),
        settings=part.of_settings(whole.settings),
    )
    ways = _Ways(send, WHOLE if order.stands_in else part, tell)
    shift = Shift(send, ways.lanes, ways.providers, Meter([], send.clock, _notes(tell)), _ALL)
    helpers = [
        asyncio.create_task(_hear(leader, ways, shift.clerk)),
        asyncio.create_task(_tell_of_stop(shift.clerk, tell)),
    ]
    try:
        halt = await shift.work()
    finally:
        for each in helpers:
            each.cancel()
    if halt.stopped:
        tell(Stop(halt.stopped.message, halt.stopped.remedy))
    tell(Ended(halt.goes_on_at.isoformat() if halt.goes_on_at else ""))


def _notes(tell: Tell) -> Callable[[Progress], None]:
    """Return a listener that tells what is noted; the sums are read from the ledger."""
    last = ""

    def listen(progress: Progress) -> None:
        nonlocal last
        if progress.note != last:
            last = progress.note
            tell(Noted(last))

    return listen


async def _tell_of_stop(clerk: Clerk, tell: Tell) -> None:
    """Tell at once why this worker stops: the others should as well."""
    await clerk.stopping.wait()
    if isinstance(clerk.stopped, Stopped):
        tell(Stop(clerk.stopped.message, clerk.stopped.remedy))


async def _hear(leader: asyncio.StreamReader, ways: "_Ways", clerk: Clerk) -> None:
    """Heed what others have learnt; when the leader is no more, finish and go."""
    while news := read(await leader.readline()):
        if isinstance(news, ForAll):
            ways.heed(news, clerk)
    asyncio.get_running_loop().call_later(_ORPHAN_SECONDS, os._exit, Stopped.exit_code)
    clerk.stop(Stopped("the process that led this send has died"))


class _Ways:
    """Relays and providers of a worker: what they learn is told, what others learn is heeded."""

    def __init__(self, send: Send, counts: Part, tell: Tell) -> None:
        before = sent_before(send)
        self._lanes = {
            each.name: _TellingLane(send, each, counts.of_history(before.relays[each.name]), tell)
            for each in send.routes
        }
        self.lanes = Lanes(list(self._lanes.values()))
        self.providers = _TellingProviders(
            send, {name: counts.of_history(each) for name, each in before.providers.items()}, tell
        )

    def heed(self, news: ForAll, clerk: Clerk) -> None:
        """Do what follows from what another process has learnt."""
        match news:
            case Stop(message, remedy):
                clerk.stop(Stopped(message, remedy))
            case ProviderPaused(domain, seconds):
                self.providers.heed_pause(domain, seconds)
            case RelayStopped(relay, message, remedy):
                lane, reason = self._lanes[relay], Stopped(message, remedy)
                lane.heed_stop(reason)
                clerk.give_up(lane, reason)
            case RelayPaused(relay, seconds):
                self._lanes[relay].heed_pause(seconds)
            case RelayFaulty(relay, seconds):
                self._lanes[relay].telling_breaker.heed_fault(seconds)
            case RelayWell(relay):
                self._lanes[relay].telling_breaker.heed_good()


class _TellingBreaker(Breaker):
    """A Breaker for all processes: each hears of the faults of all."""

    def __init__(self, send: Send, relay: str, tell: Tell) -> None:
        settings = send.settings
        super().__init__(
            send.clock,
            send.chance,
            most=settings.faults_in_a_row,
            most_at_first=settings.faults_at_first,
        )
        self._relay, self._tell = relay, tell
        self._is_well = False

    def good(self) -> None:
        """Note that the relay did its work; tell it when that is new."""
        if not self._is_well:
            self._tell(RelayWell(self._relay))
        self.heed_good()

    def fault(self, began: float) -> bool:
        """Note a fault of something begun at `began`, and tell it; whether it is one too many."""
        self._tell(RelayFaulty(self._relay, self._clock.monotonic() - began))
        self._is_well = False
        return super().fault(began)

    def heed_good(self) -> None:
        """Note that it did its work for another process."""
        self._is_well = True
        super().good()

    def heed_fault(self, seconds: float) -> None:
        """Note a fault that another process met, of something begun so long ago."""
        self._is_well = False
        super().fault(self._clock.monotonic() - seconds)


class _TellingLane(Lane):
    """A Lane that tells what holds for all processes."""

    def __init__(self, send: Send, route: Route, history: History, tell: Tell) -> None:
        self.telling_breaker = _TellingBreaker(send, route.name, tell)
        super().__init__(route, send.clock, self.telling_breaker, history)
        self._tell = tell

    def pause(self, seconds: float) -> None:
        """Let nothing go this way for so long, in no process."""
        self._tell(RelayPaused(self.route.name, seconds))
        self.heed_pause(seconds)

    def stop(self, reason: Stopped) -> None:
        """Let nothing more go this way, in no process."""
        if self.stopped is None:
            self._tell(RelayStopped(self.route.name, reason.message, reason.remedy))
        self.heed_stop(reason)

    def heed_pause(self, seconds: float) -> None:
        """Let nothing go this way for so long, here."""
        super().pause(seconds)

    def heed_stop(self, reason: Stopped) -> None:
        """Let nothing more go this way, here."""
        super().stop(reason)


class _TellingProviders(Providers):
    """Providers whose pauses are told."""

    def __init__(self, send: Send, history: Mapping[str, History], tell: Tell) -> None:
        super().__init__(send.settings.domains, send.clock, history)
        self._tell = tell

    def pause(self, domain: str, seconds: float) -> None:
        """Let nothing go to the provider of `domain` for so long, in no process."""
        self._tell(ProviderPaused(domain, seconds))
        self.heed_pause(domain, seconds)

    def heed_pause(self, domain: str, seconds: float) -> None:
        """Let nothing go to the provider of `domain` for so long, here."""
        super().pause(domain, seconds)
