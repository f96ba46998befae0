"""What one send is given: the issue, the ledger and the relay, the settings, time and chance."""

import asyncio
import datetime
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from newsletter.mailing.clock import SystemClock
from newsletter.mailing.ports import Clock, Ledger, Transport
from newsletter.mailing.progress import Progress
from newsletter.tokens import KeyRing


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """How to treat the relay, and what to do when it does not answer.

    `faults_in_a_row` stop a send, fewer of them while nothing has succeeded. With `resend_unknown`
    a mail whose acceptance is unknown is sent once more; else it is held for the operator.
    """

    connections: int = 4
    messages_per_connection: int = 100
    messages_per_second: float | None = None
    give_up_after: datetime.timedelta = datetime.timedelta(days=4)
    resend_unknown: bool = False
    faults_in_a_row: int = 8
    faults_at_first: int = 3
    grace: datetime.timedelta = datetime.timedelta(seconds=30)


def _ignore(_: Progress) -> None:
    """Listen to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a send is told and asked by: the stop signal, a listener, the clock, chance."""

    stop: asyncio.Event | None = None
    listener: Callable[[Progress], None] = _ignore
    clock: Clock = field(default_factory=SystemClock)
    chance: random.Random = field(default_factory=random.Random)


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """One send of an issue's Mailings (to the Lists in `only`, or all)."""

    ledger: Ledger
    transport: Transport
    keys: KeyRing
    issue: str
    only: Collection[str]
    settings: DeliverySettings
    clock: Clock
    chance: random.Random
