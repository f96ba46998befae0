"""What one send is given: the issue, the ledger and the relays, the settings, time and chance."""

import asyncio
import datetime
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from newsletter.mailing.clock import SystemClock
from newsletter.mailing.lane import Route
from newsletter.mailing.limits import Gentleness, Hours
from newsletter.mailing.ports import Clock, Ledger
from newsletter.mailing.progress import Progress
from newsletter.message.dkim import Signer
from newsletter.model.mailing import Tally
from newsletter.tokens import KeyRing


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """When mail may go, how gently to treat providers, and what to do about answers.

    `domains` are limits for providers, by any of their domains. What hours and limits hold up for
    no longer than `patience` is waited for. `faults_in_a_row` end the use of a relay, fewer of them
    while nothing has succeeded. With `resend_unknown` a mail whose acceptance is unknown is sent
    once more; else it is held for the operator. `processes` send side by side; none: as many as
    are worth while. Results gather for `turn_seconds` before they are written in one commit.
    """

    hours: tuple[Hours, ...] = ()
    domains: Mapping[str, Gentleness] = field(default_factory=dict)
    patience: datetime.timedelta = datetime.timedelta(minutes=10)
    give_up_after: datetime.timedelta = datetime.timedelta(days=4)
    resend_unknown: bool = False
    faults_in_a_row: int = 8
    faults_at_first: int = 3
    grace: datetime.timedelta = datetime.timedelta(seconds=30)
    turn_seconds: float = 0.02
    processes: int | None = None


def _ignore(_: Progress) -> None:
    """Listen to nothing."""


@dataclass(frozen=True, slots=True)
class Workforce:
    """How a worker is started: by a command that runs `worker.main`, and then reads its outfit.

    The outfit is what it makes its Send of; it may hold passwords and goes through a pipe.
    """

    command: tuple[str, ...]
    outfit: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a send is told and asked by: the stop signal, a listener, the clock, chance.

    Without a `workforce` one process does all.
    """

    stop: asyncio.Event | None = None
    workforce: Workforce | None = None
    listener: Callable[[Progress], None] = _ignore
    clock: Clock = field(default_factory=SystemClock)
    chance: random.Random = field(default_factory=random.Random)


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """One send of an issue's Mailings (those with a name in `only`, or all)."""

    ledger: Ledger
    routes: Sequence[Route]
    keys: KeyRing
    signer: Signer | None
    issue: str
    only: Collection[str]
    settings: DeliverySettings
    clock: Clock
    chance: random.Random

    def tallies(self) -> list[Tally]:
        """Return the sums of the Mailings that it is about."""
        found = self.ledger.tallies(self.issue)
        return [each for each in found if not self.only or each.name in self.only]
