"""Leads several processes that send side by side: the workers of a crew (`worker.py`).

The leader holds the right to be the only sender and carries no mail. Order: start a worker for each
part of connections and limits; pass on what one learns that holds for all; show the sums of the
ledger while they work; and come home when the last one has ended.

A worker that dies leaves claims: the leader takes them back, so that what was in flight is unknown
and the rest waits again, and lets another take its place, after a pause in which limits of seconds
forget what the dead one sent. After a few deaths the send stops. When the leader itself dies the
workers hear that their input ends and go; they hold the right to send until they are gone, for the
descriptor of its lock is theirs, too.
"""

import asyncio
import base64
import contextlib
import datetime
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from newsletter.errors import NewsletterError, Stopped
from newsletter.mailing.limits import Gentleness
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
    RelayPaused,
    RelayStopped,
    Stop,
    read,
    written,
)
from newsletter.mailing.progress import Meter
from newsletter.mailing.send import Send, Workforce
from newsletter.mailing.sharing import Part, parts_of
from newsletter.mailing.shift import Halt, obeying

_MOST_DEATHS = 3
_SHORTEST_PAUSE = 1.0  # seconds before another takes the place of a worker that died
_AFTER_GRACE = 10.0  # seconds in which a worker closes its connections after a stop
_BETWEEN_LOOKS = 1.0  # seconds between looks at the sums, or
_REST = 20  # times as long as a look takes, if that is longer: most of the time is for sending


@dataclass(slots=True)
class _Worker:
    """A worker as the leader sees it: who claims by `owner`, and has `ended` in good order."""

    process: asyncio.subprocess.Process
    owner: str = ""
    ended: bool = False

    def tell(self, news: News) -> None:
        """Tell it something; one that has died hears nothing."""
        stdin = self.process.stdin
        if stdin is not None and not stdin.is_closing():
            stdin.write(written(news))


class BrokenWorker(Exception):
    """A fault of the program in a worker; its traceback is a note."""


class Crew:
    """The leader of `count` workers; `right` is the descriptor of the sole sender's lock."""

    def __init__(
        self, send: Send, count: int, workforce: Workforce, right: int, meter: Meter
    ) -> None:
        self._send, self._count, self._workforce = send, count, workforce
        self._right, self._meter = right, meter
        self._workers: dict[int, _Worker] = {}  # by the numbers of their parts
        self._notes: dict[int, str] = {}
        self._standing: list[tuple[float, ForAll]] = []  # what a newcomer has to know
        self._stopped: Stopped | None = None
        self._fault: Exception | None = None
        self._stopping = asyncio.Event()
        self._goes_on_at: list[datetime.datetime] = []
        self._deaths = 0
        self._one_at_a_time = (
            asyncio.Lock()
        )  # or one would take the other's mask of signals for its own

    async def work(self, stop: asyncio.Event | None) -> Halt:
        """Deliver until nothing is due; return what keeps it from going on; raise our faults."""
        places = [asyncio.create_task(self._fill(part)) for part in parts_of(self._count)]
        try:
            async with obeying(stop, self._stop, self._send.issue), self._showing_sums():
                await asyncio.gather(*places)
        finally:
            await self._dismiss(places)
        if self._fault:
            raise self._fault
        return Halt(self._stopped, min(self._goes_on_at, default=None))

    # --- One place in the crew ---

    async def _fill(self, part: Part) -> None:
        """See that somebody does this part until nothing is left of it."""
        stands_in = False
        while not self._stopping.is_set():
            worker = await self._start(part, stands_in=stands_in)
            await self._listen(part, worker)
            if worker.ended:
                return
            await self._bury(part, worker)
            stands_in = True
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._mourning())

    async def _start(self, part: Part, *, stands_in: bool) -> _Worker:
        """Start a worker and tell it what to do, and what the others know."""
        async with self._one_at_a_time:
            with _signals_to_the_leader_only():
                process = await asyncio.create_subprocess_exec(
                    *self._workforce.command,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    pass_fds=(self._right,),
                    limit=LONGEST,
                )
        worker = self._workers[part.number] = _Worker(process)
        worker.tell(
            Order(
                issue=self._send.issue,
                only=list(self._send.only),
                part=part.number,
                of=part.of,
                stands_in=stands_in,
                outfit=base64.b64encode(self._workforce.outfit).decode(),
            )
        )
        for news in self._still_standing():
            worker.tell(news)
        if self._stopped:  # it was started as the others were told
            worker.tell(_as_news(self._stopped))
        return worker

    async def _listen(self, part: Part, worker: _Worker) -> None:
        """Hear a worker until its output ends, and see that it is gone."""
        assert worker.process.stdout is not None  # noqa: S101 (it is a pipe)
        while news := read(await worker.process.stdout.readline()):
            self._hear(part, worker, news)
        if not worker.ended:
            _kill(worker)  # it may hold claims only while it cannot be taken for dead
        if worker.process.stdin is not None:
            worker.process.stdin.close()
        await worker.process.wait()

    async def _bury(self, part: Part, worker: _Worker) -> None:
        """Take back what a dead worker had claimed, and say so."""
        self._deaths += 1
        now, count = self._send.clock.now(), 0
        if worker.owner:
            count = await asyncio.to_thread(self._send.ledger.take_back, worker.owner, now)
        self._notes[part.number] = f"{_death_of(worker)}; {count} unknown"
        self._show_notes()
        if self._deaths >= _MOST_DEATHS:
            self._stop(
                Stopped(
                    f"{self._deaths} sending processes died one after another: {_death_of(worker)}",
                    f"see whether there is memory enough, then `newsletter resume "
                    f"{self._send.issue}`; fewer `processes` in newsletter.yaml need less",
                )
            )

    def _mourning(self) -> float:
        """Return how long limits of a few seconds hold what a dead worker sent against us."""
        limits: list[Gentleness] = [each.gentleness for each in self._send.routes]
        limits += self._send.settings.domains.values()
        spans = [rule.seconds for each in limits for rule in each.rules if rule.is_short]
        return max(spans, default=0.0) + _SHORTEST_PAUSE

    # --- What workers say ---

    def _hear(self, part: Part, worker: _Worker, news: News) -> None:
        match news:
            case Joined(owner):
                worker.owner = owner
            case Noted(words):
                self._notes[part.number] = words
                self._show_notes()
            case Ended(goes_on_at):
                worker.ended = True
                if goes_on_at:
                    self._goes_on_at.append(datetime.datetime.fromisoformat(goes_on_at))
            case Failed(message, remedy):
                worker.ended = True
                self._fail(NewsletterError(message, remedy))
            case Broke(trace):
                worker.ended = True
                fault = BrokenWorker(trace.strip().rpartition("\n")[2])
                fault.add_note(trace)
                self._fail(fault)
            case Stop(message, remedy):
                self._stop(Stopped(message, remedy))
            case Order():
                pass  # nobody gives the leader orders
            case _:
                self._pass_on(part, news)

    def _stop(self, reason: Stopped) -> None:
        """Let all workers finish what is in flight and come home; kill who is busy for too long."""
        if self._stopping.is_set():
            return
        self._stopped = reason
        self._stopping.set()
        for worker in self._workers.values():
            worker.tell(_as_news(reason))
        patience = self._send.settings.grace.total_seconds() + _AFTER_GRACE
        asyncio.get_running_loop().call_later(patience, self._kill_all)

    def _fail(self, fault: Exception) -> None:
        self._fault = self._fault or fault
        self._stop(Stopped(str(fault)))

    def _pass_on(self, part: Part, news: ForAll) -> None:
        """Tell all others what one has learnt."""
        if isinstance(news, RelayStopped | RelayPaused | ProviderPaused):
            self._standing.append((time.monotonic(), news))
        for number, worker in self._workers.items():
            if number != part.number:
                worker.tell(news)

    def _still_standing(self) -> Iterator[ForAll]:
        """Yield what a worker has to know that was not there when it was told."""
        now = time.monotonic()
        for since, news in self._standing:
            match news:
                case RelayPaused(name, seconds) | ProviderPaused(name, seconds):
                    left = seconds - (now - since)
                    if left > 0:
                        yield type(news)(name, left)
                case _:
                    yield news

    def _show_notes(self) -> None:
        self._meter.note(next(filter(None, self._notes.values()), ""))

    # --- The sums ---

    @contextlib.asynccontextmanager
    async def _showing_sums(self) -> AsyncIterator[None]:
        """Show how far the send is, as the ledger has it."""
        task = asyncio.create_task(self._show_sums())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._meter.read(self._send.tallies())

    async def _show_sums(self) -> None:
        pause = _BETWEEN_LOOKS
        while True:
            await asyncio.sleep(pause)
            began = time.monotonic()
            self._meter.read(await asyncio.to_thread(self._send.tallies))
            pause = max(_BETWEEN_LOOKS, _REST * (time.monotonic() - began))

    # --- The end ---

    async def _dismiss(self, places: list[asyncio.Task[None]]) -> None:
        """See that no worker is left, whatever happened."""
        for place in places:
            place.cancel()
        self._kill_all()
        await asyncio.gather(*places, return_exceptions=True)
        for worker in self._workers.values():
            await worker.process.wait()

    def _kill_all(self) -> None:
        for worker in self._workers.values():
            _kill(worker)


def _as_news(reason: Stopped) -> Stop:
    return Stop(reason.message, reason.remedy)


def _kill(worker: _Worker) -> None:
    """Kill a worker; not by its own method, which asks how it ended and keeps that from asyncio."""
    if worker.process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker.process.pid, signal.SIGKILL)


def _death_of(worker: _Worker) -> str:
    code = worker.process.returncode or 0
    if code < 0:
        return f"a sending process was killed ({signal.Signals(-code).name})"
    return f"a sending process ended ({code})"


@contextlib.contextmanager
def _signals_to_the_leader_only() -> Iterator[None]:
    """Start a process to which a terminal or a service manager may signal in vain.

    It inherits which signals are blocked, and ends when the leader tells it to, or has died.
    """
    before = signal.pthread_sigmask(
        signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    )
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
