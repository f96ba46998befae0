"""Delivers what is due of an issue, and accounts for every recipient.

Order: take the right to be the only sender, put right what a dead sender left, then let one clerk
keep the books and several carriers the connections, until nothing is due or somebody stops it. A
stop lets what is in hand finish for a while and hands the rest back. To resume is to call
`deliver` again: after any death of the process it goes on where the ledger stands.
"""

import asyncio
import contextlib
import datetime
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from newsletter.errors import Stopped
from newsletter.mailing.carrier import Carrier
from newsletter.mailing.clerk import Clerk
from newsletter.mailing.lane import Lanes, Moment, Route, make_lanes
from newsletter.mailing.limits import open_at
from newsletter.mailing.packing import Packer
from newsletter.mailing.ports import Ledger
from newsletter.mailing.progress import Meter
from newsletter.mailing.providers import Providers, provider_of
from newsletter.mailing.report import Report, insist_frozen, report
from newsletter.mailing.send import DeliverySettings, Send, Surroundings
from newsletter.message.dkim import Signer
from newsletter.model.ledger import Resolution, Sent
from newsletter.model.mailing import DeliveryState, Tally
from newsletter.tokens import KeyRing

__all__ = ["DeliverySettings", "Route", "Surroundings", "deliver"]

_CLOSING_SECONDS = 5.0


async def deliver(
    ledger: Ledger,
    routes: Sequence[Route],
    keys: KeyRing,
    issue: str,
    settings: DeliverySettings,
    surroundings: Surroundings | None = None,
    *,
    only: Collection[str] = (),
    signer: Signer | None = None,
) -> Report:
    """Deliver what is due of an issue's Mailings (to the Lists in `only`, or all).

    The Report says where all stand and, in `stopped`, what stopped it, or in `goes_on_at` when
    hours and limits let it go on. Raises NewsletterError when the issue was never frozen, another
    process delivers, or the ledger cannot be written.
    """
    around = surroundings or Surroundings()
    send = Send(
        ledger=ledger,
        routes=routes,
        keys=keys,
        signer=signer,
        issue=issue,
        only=only,
        settings=settings,
        clock=around.clock,
        chance=around.chance,
    )
    insist_frozen(ledger, issue)
    with ledger.sole_sender():
        ledger.recover(send.clock.now())
        _let_again(send)
        halt = await _send_what_is_due(send, around)
        while halt == _NO_HALT and _let_again(send):
            halt = await _send_what_is_due(send, around)
    return report(ledger, issue, halt.stopped, halt.goes_on_at)


@dataclass(frozen=True, slots=True)
class _Halt:
    """What keeps a send from going on: somebody stopped it, or it may go on at a later time."""

    stopped: Stopped | None = None
    goes_on_at: datetime.datetime | None = None


_NO_HALT = _Halt()


def _let_again(send: Send) -> bool:
    """Let the unknown be sent again, each once, if the settings say so; whether there are any."""
    if not send.settings.resend_unknown:
        return False
    now = send.clock.now()
    word = Resolution.RESEND
    return send.ledger.resolve(send.issue, word, now, only=send.only, most_unknown=1) > 0


async def _send_what_is_due(send: Send, around: Surroundings) -> _Halt:
    """Deliver until nothing is due; return what keeps it from going on; raise faults of ours."""
    tallies = [
        each for each in send.ledger.tallies(send.issue) if not send.only or each.list in send.only
    ]
    now, settings = send.clock.now(), send.settings
    if not any(each.next_due and each.next_due <= now for each in tallies):
        return _NO_HALT
    opens = open_at(settings.hours, now)
    if opens - now > settings.patience:
        return _Halt(goes_on_at=opens)
    lanes, providers = _ways(send)
    meter = Meter(tallies, send.clock, around.listener)
    with (
        contextlib.closing(Packer(send.issue, send.keys, send.signer)) as packer,
        ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger") as executor,
    ):
        clerk = Clerk(send, lanes, providers, packer, meter, executor)
        carriers = [
            Carrier(send, lane, clerk, packer, meter)
            for lane in lanes.all
            for _ in range(min(lane.route.connections, _to_do(tallies)))
        ]
        async with (
            _at_work(clerk, carriers, settings.grace),
            _obeying(around.stop, clerk, send.issue),
        ):
            await clerk.keep()
    if clerk.stopped is not None and not isinstance(clerk.stopped, Stopped):
        raise clerk.stopped
    return _Halt(clerk.stopped, clerk.goes_on_at)


def _ways(send: Send) -> tuple[Lanes, Providers]:
    """Return relays and providers with their limits, and with what was sent before."""
    settings = send.settings
    limited = {provider_of(domain): each for domain, each in settings.domains.items()}
    spans = [
        each.span for each in (*(route.gentleness for route in send.routes), *limited.values())
    ]
    sent: list[Sent] = []
    if span := max(spans):
        since = send.clock.now() - datetime.timedelta(seconds=span)
        sent = send.ledger.sent_since(since, by_domain=bool(limited))
    relays, providers = defaultdict[str, list[Moment]](list), defaultdict[str, list[Moment]](list)
    for each in sent:
        relays[each.relay].append((each.at, each.count))
        providers[provider_of(each.domain)].append((each.at, each.count))
    lanes = make_lanes(
        send.routes,
        send.clock,
        send.chance,
        relays,
        most_faults=settings.faults_in_a_row,
        most_at_first=settings.faults_at_first,
    )
    return lanes, Providers(limited, send.clock, providers)


def _to_do(tallies: Collection[Tally]) -> int:
    states = (DeliveryState.PENDING, DeliveryState.DEFERRED)
    return sum(tally.count(state) for tally in tallies for state in states)


@contextlib.asynccontextmanager
async def _obeying(stop: asyncio.Event | None, clerk: Clerk, issue: str) -> AsyncIterator[None]:
    """Hand the operator's stop signal to the clerk."""

    async def obey(signal: asyncio.Event) -> None:
        await signal.wait()
        clerk.stop(Stopped("stopped at your word", f"`newsletter resume {issue}` goes on"))

    task = asyncio.create_task(obey(stop)) if stop else None
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
