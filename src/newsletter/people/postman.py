"""Sends Notices that are due, one after the other, and accounts for each.

The intent is durable before a mail is begun and its result before the next is taken; Message-ID and
content are the same over all Attempts. One process at a time does this (`alone`), so whatever is
found half done when it begins was left by one that died: that is unknown, and is not sent again.
"""

import asyncio
import datetime
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from newsletter.mailing.ports import Connection, Transport
from newsletter.model.mailing import DeliveryState, Outcome, Scope, Stage, Verdict
from newsletter.model.message import Parcel
from newsletter.model.notices import Notice
from newsletter.model.settings import ListSettings
from newsletter.people.noticing import are_due, begin_due, reply_of, settle
from newsletter.store.people import PeopleStore

GIVE_UP_AFTER = datetime.timedelta(days=2)
"""How long a Notice is tried: who asked for it has forgotten it by then."""

Compose = Callable[[Notice, bool], Parcel]
"""Makes the mail of a Notice, with letters beyond ASCII in its address or without."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of Notices in one round: how many there were in each state afterwards."""

    counts: Mapping[DeliveryState, int] = field(default_factory=dict)
    fault: str = ""

    @property
    def total(self) -> int:
        """How many were tried."""
        return sum(self.counts.values())


@dataclass(frozen=True, kw_only=True)
class Postman:
    """Everything it takes to send Notices."""

    store: PeopleStore
    lists: Mapping[str, ListSettings]
    transports: Sequence[Transport]
    compose: Compose
    now: Callable[[], datetime.datetime]
    chance: random.Random

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Hold the right to send Notices; whether it was free. What a dead one left is mended."""
        with self.store.alone_at("notices") as mine:
            if mine:
                with self.store.write() as people:
                    people.notices.recover(self.now())
            yield mine

    async def work_off(self) -> Sent:
        """Send all that is due; a relay that cannot be reached ends the round."""
        counts: dict[DeliveryState, int] = {}
        way: Connection | Outcome | None = None
        try:
            while not isinstance(way, Outcome) and (begun := await asyncio.to_thread(self._begin)):
                for notice in begun:
                    if way is None or (not isinstance(way, Outcome) and not way.usable):
                        way = await self._reach()
                    outcome = way if isinstance(way, Outcome) else await self._send(way, notice)
                    state = await asyncio.to_thread(self._settle, notice, outcome)
                    counts[state] = counts.get(state, 0) + 1
        finally:
            if way is not None and not isinstance(way, Outcome):
                await way.close()
        return Sent(counts, reply_of(way) if isinstance(way, Outcome) else "")

    def _begin(self) -> list[Notice]:
        """Return the next ones; who only looks does not take the lock of the database."""
        if not are_due(self.store, self.now()):
            return []
        return begin_due(self.store, self.lists, self.now())

    async def _reach(self) -> Connection | Outcome:
        """Return a connection to the first relay that can be reached, or why there is none."""
        last = Outcome(
            verdict=Verdict.RELEASED,
            stage=Stage.CONNECT,
            scope=Scope.CONNECTION,
            text="no relay is named",
        )
        for transport in self.transports:
            reached = await transport.connect()
            if not isinstance(reached, Outcome):
                return reached
            last = reached
        return last

    async def _send(self, connection: Connection, notice: Notice) -> Outcome:
        address = notice.address
        utf8 = bool(address and address.needs_smtputf8)
        if address is None or (utf8 and not connection.smtputf8):
            text = "the relay lacks SMTPUTF8" if address else "there is no address any more"
            return Outcome(
                verdict=Verdict.REFUSED, stage=Stage.LOCAL, scope=Scope.RECIPIENT, text=text
            )
        parcel = await asyncio.to_thread(self.compose, notice, utf8)
        told: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        connection.submit(parcel, told.set_result)
        return await told

    def _settle(self, notice: Notice, outcome: Outcome) -> DeliveryState:
        now = self.now()
        settled = settle(notice, outcome, now, GIVE_UP_AFTER, self.chance)
        with self.store.write() as people:
            people.notices.settle(
                notice, settled.state, now, reply=reply_of(outcome), due_at=settled.due_at
            )
        return settled.state
