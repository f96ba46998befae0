"""What tests of sending share: a clock that does not wait, and one call that delivers."""

import asyncio
import datetime
import random
import time

from newsletter.mailing.deliver import DeliverySettings, Route, Surroundings, deliver
from newsletter.mailing.limits import Gentleness, rules_of
from newsletter.mailing.ports import Clock, Transport
from newsletter.mailing.progress import Progress
from newsletter.mailing.report import Report
from newsletter.model.mailing import DeliveryState
from newsletter.servers import Tls
from newsletter.smtp.connection import Timeouts
from newsletter.smtp.relay import Relay
from newsletter.smtp.transport import SmtpTransport
from newsletter.store.engine import Database
from newsletter.store.ledger import Ledger
from tests.store.office import ISSUE, KEYS, NOON, frozen, readers, subscribe

PATIENT = Timeouts(greeting=20, mail=20, rcpt=20, data=20, block=20, final=20, quit=20)


class SwiftClock:
    """A clock on which every wait is over at once; time passes only by waiting."""

    def __init__(self, now: datetime.datetime = NOON) -> None:
        self.start = now
        self.passed = 0.0

    def now(self) -> datetime.datetime:
        return self.start + datetime.timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        self.passed += seconds
        await asyncio.sleep(0)

    def go_to(self, moment: datetime.datetime | None) -> None:
        assert moment is not None
        self.passed = (moment - self.start).total_seconds()


class HurriedClock(SwiftClock):
    """A clock that runs a hundred times faster than ours."""

    def __init__(self, now: datetime.datetime = NOON) -> None:
        super().__init__(now)
        self._began = time.monotonic()

    def now(self) -> datetime.datetime:
        return self.start + datetime.timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (time.monotonic() - self._began) * 100

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 100)


def relay_at(port: int, timeouts: Timeouts = PATIENT) -> SmtpTransport:
    return SmtpTransport(Relay("127.0.0.1", port, Tls.NONE), timeouts)


def routes_at(port: int) -> list[Route]:
    return [Route(transport=relay_at(port))]


def slow(per_second: float) -> Gentleness:
    return Gentleness(rules=rules_of(per_second))


async def send(
    ledger: Ledger,
    relay: int | Transport,
    *,
    clock: Clock | None = None,
    stop: asyncio.Event | None = None,
    seen: list[Progress] | None = None,
    timeouts: Timeouts = PATIENT,
    **settings: object,
) -> Report:
    """Deliver what is due to a relay, or the one at a port; of `settings` some are the Route's."""
    transport = relay_at(relay, timeouts) if isinstance(relay, int) else relay
    of_route = {"connections": 3}
    for name in ("connections", "messages_per_connection", "gentleness"):
        if name in settings:
            of_route[name] = settings.pop(name)  # type: ignore[assignment]
    return await deliver(
        ledger,
        [Route(transport=transport, **of_route)],  # type: ignore[arg-type]
        KEYS,
        ISSUE,
        DeliverySettings(**settings),  # type: ignore[arg-type]
        Surroundings(
            stop=stop,
            listener=([] if seen is None else seen).append,
            clock=clock or SwiftClock(),
            chance=random.Random(7),
        ),
    )


def standing(ledger: Ledger, local: str) -> tuple[DeliveryState | None, str]:
    """Return where somebody stands, and the words about it."""
    (found,) = [each for each in ledger.standings(ISSUE) if each.address.startswith(f"{local}@")]
    return found.state, found.reason


def standing_at(ledger: Ledger, state: DeliveryState) -> set[str]:
    return {each.address for each in ledger.standings(ISSUE, [state])}


def office(database: Database, count: int, octets: int = 99) -> Ledger:
    """Return the ledger after an issue was frozen for so many readers of one list."""
    subscribe(database, "media", readers(count))
    return frozen(database, "media", octets=octets)
