"""Many who leave at once share one transaction; each is answered when it is durable.

Nothing that goes wrong ends the work: who leaves would wait for an answer that never comes.

Whoever comes while a transaction is under way waits for the next one, so that the lock of the
database is taken seldom and held shortly, however many come. When the database cannot be written,
the journal is; when neither can, nobody is told yes.
"""

import asyncio
import contextlib
import math
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor

from newsletter.errors import NewsletterError
from newsletter.model.leaving import Leave
from newsletter.people.leaving import end_or_keep, settle
from newsletter.store.journal import Journal
from newsletter.store.people import PeopleStore
from newsletter.web.metrics import Metrics

MOST_AT_ONCE = 1000
"""Readers in one transaction; a running send waits for it, some tens of milliseconds."""

_SETTLE_SECONDS = 1.0
_DOWN_SECONDS = 3.0
"""For how long a database that could not be written is not asked again: each time it is, all who
leave would wait for it."""

OpenStore = Callable[[], PeopleStore | None]
"""Returns the people of the office, or none while the database cannot be opened."""


class LeaveDesk:
    """Writes down who leaves, in the order in which they come."""

    def __init__(
        self, open_store: OpenStore, journal: Journal, executor: Executor, metrics: Metrics
    ) -> None:
        self._open_store, self._journal = open_store, journal
        self._executor, self._metrics = executor, metrics
        self._waiting: list[tuple[Leave, asyncio.Future[None]]] = []
        self._some = asyncio.Event()
        self._down_until = -math.inf
        self._told = ""

    async def leave(self, leave: Leave) -> None:
        """Write down that somebody leaves; raises NewsletterError when that cannot be kept."""
        told = asyncio.get_running_loop().create_future()
        self._waiting.append((leave, told))
        self._some.set()
        await told

    async def work(self) -> None:
        """Write until cancelled, and put the journal into the database whenever that can be."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._some.wait(), _SETTLE_SECONDS)
            self._some.clear()
            while self._waiting:
                await self._write()
            await self._settle()

    async def finish(self) -> None:
        """Write what still waits."""
        while self._waiting:
            await self._write()

    async def _write(self) -> None:
        most = len(self._waiting) if self._is_down() else MOST_AT_ONCE
        batch = self._waiting[:most]
        del self._waiting[:most]
        leaves = [leave for leave, _ in batch]
        loop = asyncio.get_running_loop()
        try:
            written = await loop.run_in_executor(self._executor, self._end_or_keep, leaves)
        except Exception as fault:  # noqa: BLE001 (each of them is told; the next may be kept)
            for _, told in batch:
                if not told.done():
                    told.set_exception(fault)
            return
        way = "database" if written else "journal"
        self._metrics.count("newsletter_leaves_total", len(leaves), kept_in=way)
        for _, told in batch:
            if not told.done():  # the reader's connection may be gone; what was asked is done
                told.set_result(None)

    async def _settle(self) -> None:
        if self._is_down():
            return
        loop = asyncio.get_running_loop()
        try:
            if not self._journal.is_empty():
                await loop.run_in_executor(self._executor, self._settle_now)
        except Exception as fault:  # noqa: BLE001 (they wait in the journal until it goes well)
            self._tell(fault)
            self._down_until = time.monotonic() + _DOWN_SECONDS

    def _is_down(self) -> bool:
        return time.monotonic() < self._down_until

    def _end_or_keep(self, leaves: list[Leave]) -> bool:
        store = None if self._is_down() else self._open_store()
        try:
            written = end_or_keep(store, self._journal, leaves)
        except NewsletterError:
            raise
        except Exception as fault:  # noqa: BLE001 (whatever it is, nobody who leaves is lost by it)
            self._tell(fault)
            self._journal.add(leaves)
            written = False
        if not written and not self._is_down():
            self._down_until = time.monotonic() + _DOWN_SECONDS
        return written

    def _tell(self, fault: Exception) -> None:
        """Say once what is wrong; what is no fault of the disk is told by its kind alone."""
        words = str(fault) if isinstance(fault, NewsletterError) else type(fault).__name__
        if words != self._told:
            print(f"who leaves waits in the journal: {words}", file=sys.stderr)  # noqa: T201
        self._told = words

    def _settle_now(self) -> None:
        if store := self._open_store():
            settle(store, self._journal)
