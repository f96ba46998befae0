"""One process's part in a send: a clerk and carriers at work until nothing is due, or a stop.

A shift is worked by `deliver` itself, or by each worker of a crew (`crew.py`) with its part of
connections and limits. A stop lets what is in hand finish for a while and hands the rest back.
"""

import asyncio
import contextlib
import datetime
import gc
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from newsletter.errors import Stopped
from newsletter.mailing.carrier import Carrier
from newsletter.mailing.clerk import Clerk
from newsletter.mailing.lane import Lanes, Moment
from newsletter.mailing.packing import Packer
from newsletter.mailing.progress import Meter
from newsletter.mailing.providers import Providers
from newsletter.mailing.send import Send
from newsletter.model.ledger import Sent
from newsletter.model.providers import provider_of

_CLOSING_SECONDS = 5.0
_SELDOM = (50_000, 20, 50)  # as gc.set_threshold takes it


@dataclass(frozen=True, slots=True)
class Halt:
    """What keeps a send from going on: somebody stopped it, or it may go on at a later time."""

    stopped: Stopped | None = None
    goes_on_at: datetime.datetime | None = None


NO_HALT = Halt()


@dataclass(frozen=True, slots=True)
class Before:
    """What was sent before a shift, by relay and by provider."""

    relays: dict[str, list[Moment]]
    providers: dict[str, list[Moment]]


def sent_before(send: Send) -> Before:
    """Return what counts for the limits of a send, from the Attempts in the ledger."""
    limited = send.settings.domains.values()
    spans = [each.span for each in (*(route.gentleness for route in send.routes), *limited)]
    sent: list[Sent] = []
    if span := max(spans):
        since = send.clock.now() - datetime.timedelta(seconds=span)
        sent = send.ledger.sent_since(since, by_domain=bool(limited))
    before = Before(defaultdict(list), defaultdict(list))
    for each in sent:
        before.relays[each.relay].append((each.at, each.count))
        before.providers[provider_of(each.domain)].append((each.at, each.count))
    return before


class Shift:
    """A clerk, and carriers for `to_do` mails at most; `clerk.stop` ends it early."""

    def __init__(
        self, send: Send, lanes: Lanes, providers: Providers, meter: Meter, to_do: int
    ) -> None:
        self._send, self._lanes, self._meter, self._to_do = send, lanes, meter, to_do
        self._packer = Packer(send.issue, send.keys, send.signer)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self.clerk = Clerk(send, lanes, providers, self._packer, meter, self._executor)

    async def work(self) -> Halt:
        """Deliver until nothing is due; return what keeps it from going on; raise our faults."""
        clerk = self.clerk
        carriers = [
            Carrier(self._send, lane, clerk, self._packer, self._meter)
            for lane in self._lanes.all
            for _ in range(min(lane.route.connections, self._to_do))
        ]
        with contextlib.closing(self._packer), self._executor, _collecting_seldom():
            async with _at_work(clerk, carriers, self._send.settings.grace):
                await clerk.keep()
        if clerk.stopped is not None and not isinstance(clerk.stopped, Stopped):
            raise clerk.stopped
        return Halt(clerk.stopped, clerk.goes_on_at)


@contextlib.contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Let Python look for cycles of objects seldom: mails make many objects, and no cycles."""
    usual = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@contextlib.asynccontextmanager
async def obeying(
    signal: asyncio.Event | None, stop: Callable[[Stopped], None], issue: str
) -> AsyncIterator[None]:
    """Hand the operator's stop signal on."""

    async def obey(signal: asyncio.Event) -> None:
        await signal.wait()
        stop(Stopped("stopped at your word", f"`newsletter resume {issue}` goes on"))

    task = asyncio.create_task(obey(signal)) if signal else None
    try:
        yield
    finally:
        if task:
            task.cancel()


@contextlib.asynccontextmanager
async def _at_work(
    clerk: Clerk, carriers: Collection[Carrier], grace: datetime.timedelta
) -> AsyncIterator[None]:
    """Let carriers work until the end; after a stop, cut short who is busy for too long."""
    tasks = {asyncio.create_task(carrier.work()): carrier for carrier in carriers}

    async def cut_short() -> None:
        await clerk.stopping.wait()
        await asyncio.sleep(grace.total_seconds())
        await _cancel(lambda: [task for task, carrier in tasks.items() if carrier.busy])

    watch = asyncio.create_task(cut_short())
    try:
        yield
    finally:
        watch.cancel()
        clerk.close()
        for task, carrier in tasks.items():
            if not carrier.busy:  # waits for an errand or a connection: let it close and go
                task.cancel()
        await asyncio.wait(tasks, timeout=_CLOSING_SECONDS)
        await _cancel(lambda: [task for task in tasks if not task.done()])
        await asyncio.gather(*tasks, return_exceptions=True)  # their faults are with the clerk


async def _cancel(remaining: Callable[[], list[asyncio.Task[None]]]) -> None:
    """Cancel tasks until none remains, for `asyncio.wait_for` of Python 3.11 may lose one."""
    while tasks := remaining():
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=1)
