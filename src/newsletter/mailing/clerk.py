"""The ledger's side of a running send: claims, intents, results.

One clerk serves all carriers (`carrier.py`). It claims chunks, writes the intents of a few
Deliveries, lays them out as errands, and writes what became of them; results that came together,
and the next intents, share one commit. A carrier never gets an errand whose intent is not durable.
If the process dies here, the intents without result are all that is in doubt: as many as the
connections take at a time, and what they use up during one turn of the books.

The books are kept in one thread of their own, so that no carrier waits for the disk.
"""

import asyncio
import collections
import contextlib
import datetime
import math
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, Protocol, TypeVar

from newsletter.errors import NewsletterError, Stopped
from newsletter.mailing.decide import decide
from newsletter.mailing.lane import Lane, Lanes
from newsletter.mailing.limits import open_at
from newsletter.mailing.openclaims import MOST, OpenClaims
from newsletter.mailing.pace import Flow
from newsletter.mailing.packing import Errand, Packer
from newsletter.mailing.progress import Meter
from newsletter.mailing.providers import Providers
from newsletter.mailing.send import Send
from newsletter.model.ledger import Claim, Job, Result, Turn
from newsletter.model.mailing import DeliveryState, Outcome, Scope, Stage, Verdict

T = TypeVar("T")

_AHEAD = 2.5  # turns for which intents are written: one goes out while the next is written
_LOOK = 0.002
_SHORTEST_WAIT = 0.001
_HEARTBEAT = 1.0  # seconds after which it is looked again, whatever is waited for
_LONGEST_WAIT = 3600.0  # seconds after which it is looked again whether a provider has room
_STOOD_STILL = 60.0  # seconds without a look, after which what is laid out may be another's
_HANDED_BACK = Outcome(
    verdict=Verdict.RELEASED,
    stage=Stage.LOCAL,
    scope=Scope.CONNECTION,
    text="handed back before anything was written",
)


class Porter(Protocol):
    """Who takes errands: a carrier with an open connection."""

    @property
    def capacity(self) -> int:
        """How many errands it carries at the same time."""

    def wake(self) -> None:
        """Say that there are errands, or that it is time to go."""


class Clerk:
    """Keeps the books of one send."""

    def __init__(
        self,
        send: Send,
        lanes: Lanes,
        providers: Providers,
        packer: Packer,
        meter: Meter,
        executor: Executor,
    ) -> None:
        self.stopping = asyncio.Event()
        self.stopped: Exception | None = None
        self.goes_on_at: datetime.datetime | None = None
        self._errands: collections.deque[Errand] = collections.deque()
        self._porters: set[Porter] = set()
        self._flow = Flow()
        self._hungry, self._enough = asyncio.Event(), 0.0
        self._send, self._meter, self._executor = send, meter, executor
        self._ledger, self._clock = send.ledger, send.clock
        self._turn_seconds = send.settings.turn_seconds
        self._lanes, self._providers = lanes, providers
        self._claims = OpenClaims(providers)
        self._packer = packer
        self._results: list[Result] = []
        self._in_flight = 0
        self._closed = False
        self._looked_at = time.monotonic()
        self._news = asyncio.Event()

    # --- What carriers say ---

    def joined(self, porter: Porter) -> None:
        """Note a connection that is ready for errands."""
        self._porters.add(porter)
        self._news.set()

    def left(self, porter: Porter) -> None:
        """Note that a connection takes no more errands."""
        self._porters.discard(porter)

    def take(self, lane: Lane) -> Errand | None:
        """Return the next errand for `lane`; none while it must not take one, or there is none."""
        if self.over or not self._errands or self._stood_still or not self._lanes.may_take(lane):
            return None
        lane.begin()
        errand = self._errands.popleft()
        if len(self._errands) <= self._enough:
            self._hungry.set()
        return errand

    def report(self, job: Job, outcome: Outcome, lane: Lane | None = None) -> None:
        """Note what an errand came to, by `lane` if one had it."""
        went = outcome.stage not in (Stage.LOCAL, Stage.CONNECT)
        self._providers.end(job.address.domain, went=went)
        if lane:
            lane.end(went=went)
        self._results.append(
            decide(
                job,
                outcome,
                self._clock.now(),
                self._send.settings.give_up_after,
                self._send.chance,
                relay=lane.route.name if lane else "",
            )
        )
        self._news.set()

    def spare(self, domain: str, seconds: float) -> None:
        """Let nothing go to the provider of `domain` for so long."""
        self._providers.pause(domain, seconds)

    def give_up(self, lane: Lane, reason: Stopped) -> None:
        """Let nothing more go by `lane`; without another way, hand out nothing more."""
        lane.stop(reason)
        if self._lanes.stopped:
            self.stop(self._lanes.stopped)
        self._wake()

    def stop(self, reason: Exception) -> None:
        """Hand out nothing more; what carriers have in hand is awaited."""
        if self.stopped is None:
            self.stopped = reason
            self.stopping.set()
            self._hungry.set()
            self._news.set()
            self._wake()

    @property
    def over(self) -> bool:
        """Whether carriers should take no more errands."""
        return self._closed or self.stopping.is_set()

    def close(self) -> None:
        """Say that nothing more is written down, so that carriers go home."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        for porter in self._porters:
            porter.wake()

    # --- The books ---

    async def keep(self) -> None:
        """Keep the books until nothing is due any more, or a stop and all in hand is settled."""
        while True:
            self._news.clear()
            if self.stopping.is_set() or self._stood_still:
                self._hand_back()
            self._looked_at = time.monotonic()
            held, jobs = await self._next_jobs()
            results, self._results = self._results, []
            if results or jobs:
                await self._turn(results, held, jobs)
            elif self._in_flight:
                pause = self._seconds_to_wait()
                if self._in_flight == len(self._errands) and self._is_too_long(pause):
                    self._hand_back()
                    continue
                news_is_nearer = self._in_flight > len(self._errands) and pause > _HEARTBEAT
                await self._rest(0.0 if news_is_nearer else pause)
            elif self.stopping.is_set() or not await self._go_on():
                break
        for chunk_id in self._claims:
            await self._finish(chunk_id)

    @property
    def _stood_still(self) -> bool:
        """Whether this process was held up for so long that another may have taken over.

        What is laid out then goes back to the ledger, which knows whose it is.
        """
        return time.monotonic() - self._looked_at > _STOOD_STILL

    def _hand_back(self) -> None:
        while self._errands:
            self.report(self._errands.popleft().job, _HANDED_BACK)

    async def _next_jobs(self) -> tuple[Claim | None, list[Job]]:
        """Return the next few Deliveries, all of one claim, as many as may have intents now."""
        room = 0 if self.stopping.is_set() else self._ahead() - self._in_flight
        if room > 0:
            room = self._lanes.room(room + len(self._errands)) - len(self._errands)
        if room <= 0 or self._seconds_closed():
            return None, []
        held, jobs = self._claims.pick(room)
        while not jobs and len(self._claims) < MOST and await self._claim():
            held, jobs = self._claims.pick(room)
        return held, jobs

    async def _go_on(self) -> bool:
        """Wait for what may go later, with nothing in flight; whether there is anything."""
        if not self._claims.waiting and not await self._claim():
            return False
        pause = self._seconds_to_wait()
        if self._porters and not pause and len(self._claims) >= MOST:
            await self._put_aside()  # all that is claimed waits for its provider
        elif self._is_too_long(pause):
            self.goes_on_at = self._clock.now() + datetime.timedelta(seconds=pause)
            await self._put_aside()
            return False
        elif self._porters and not pause:
            await asyncio.sleep(_LOOK)  # what had to wait a moment ago may go by now
        else:
            await self._rest(pause)
        return True

    def _is_too_long(self, pause: float) -> bool:
        """Whether the send ends rather than wait for so long."""
        return pause > self._send.settings.patience.total_seconds()

    async def _put_aside(self) -> None:
        """Give what waits for its provider back, with the time at which it may go."""
        now = self._clock.now()
        postponed = {
            job.id: now + datetime.timedelta(seconds=min(wait, _LONGEST_WAIT))
            for job in self._claims.put_aside()
            if (wait := self._providers.seconds_to_wait(job.address.domain))
        }
        if postponed:
            await self._write(lambda: self._ledger.postpone(postponed))
        for claim in self._claims.settled():
            await self._finish(claim.chunk_id)

    def _seconds_closed(self) -> float:
        """Return how long until an hour comes at which mail may go."""
        now = self._clock.now()
        return (open_at(self._send.settings.hours, now) - now).total_seconds()

    def _seconds_to_wait(self) -> float:
        """Return how long nothing may go by hours and limits; 0 when something might."""
        pause = max(self._seconds_closed(), self._lanes.seconds_to_wait())
        if not pause and self._porters and self._claims.waiting and len(self._claims) < MOST:
            pause = self._providers.soonest()  # all that is due was claimed, and may not go yet
        return 0.0 if pause == math.inf else pause

    def _ahead(self) -> int:
        """Return how many intents may be without result: what connections take, and one turn."""
        turns = math.ceil(self._flow.per_second * _AHEAD * self._turn_seconds)
        return self._capacity() + turns if self._porters else 0

    def _capacity(self) -> int:
        return sum(porter.capacity for porter in self._porters)

    async def _claim(self) -> bool:
        """Claim what is due; whether there was anything."""
        claim = await self._write(
            lambda: self._ledger.claim(self._send.issue, self._clock.now(), only=self._send.only)
        )
        if claim is None:
            return False
        for key in {(job.mailing_id, job.language, job.variant) for job in claim.jobs}:
            await self._compile(*key)
        self._claims.add(claim)
        if not claim.jobs:  # what was due has been moved by somebody else
            await self._finish(claim.chunk_id)
        return True

    async def _turn(self, results: list[Result], held: Claim | None, jobs: list[Job]) -> None:
        """Make results and intents durable, then let the intents go out as errands."""
        began = time.monotonic()
        turn = await self._write(lambda: self._ledger.turn(results, held, jobs, self._clock.now()))
        self._flow.note(len(results))
        self._in_flight += len(turn.begun) - len(results)
        for result in results:
            self._meter.moved(result.job.state, result.state)
            self._claims.settle(result)
        await self._lay_out(jobs, turn)
        for claim in self._claims.settled():
            await self._finish(claim.chunk_id)
        self._wake()
        self._meter.tell()
        await self._let_gather(began)

    async def _lay_out(self, jobs: list[Job], turn: Turn) -> None:
        """Let those go out whose intent was written, and forget those that somebody has moved."""
        errands = [self._packer.errand(job) for job in jobs if job.id in turn.begun]
        await self._packer.pack_ahead(errands)
        self._errands.extend(errands)
        for job in jobs:
            if job.id in turn.begun:
                continue
            self._providers.end(job.address.domain, went=False)
            if not turn.paused:
                skipped = job.id in turn.skipped
                state = DeliveryState.SKIPPED if skipped else DeliveryState.CANCELLED
                self._meter.moved(job.state, state)
                self._claims.strike(job)
        if turn.paused:
            self._claims.put_back(jobs)
            why = f"paused: {turn.because}" if turn.because else "paused at your word"
            self.stop(Stopped(why, f"`newsletter resume {self._send.issue}` goes on"))

    async def _let_gather(self, began: float) -> None:
        """Let results gather until the turn is over, while carriers have enough at hand."""
        self._enough = self._capacity() / 2 + self._flow.per_second * self._turn_seconds / 2
        self._hungry.clear()
        left = began + self._turn_seconds - time.monotonic()
        if left > 0 and len(self._errands) > self._enough and not self.stopping.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._hungry.wait()

    async def _finish(self, chunk_id: int) -> None:
        claim = self._claims.drop(chunk_id)
        await self._write(lambda: self._ledger.finish(claim, self._clock.now()))

    async def _compile(self, mailing_id: int, language: str, variant: str) -> None:
        """Make ready what all with this Mailing, language and variant get, if it is not yet."""
        if self._packer.knows(mailing_id, language, variant):
            return
        letter = await self._write(lambda: self._ledger.letter(mailing_id, language, variant))
        try:
            self._packer.learn(mailing_id, language, variant, letter)
        except ValueError as fault:
            raise NewsletterError(
                f"issue {self._send.issue} ({language}) cannot be made into a mail: {fault}",
                "cancel it and send it as a new issue once that is mended",
            ) from fault

    async def _rest(self, pause: float) -> None:
        """Wait for news, or `pause` seconds until hours and limits allow another mail."""
        self._wake()  # what carriers had to leave a moment ago may go by now
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._news.wait())]
        if pause and not self.stopping.is_set():
            waits.append(asyncio.ensure_future(self._clock.sleep(max(pause, _SHORTEST_WAIT))))
        try:
            await asyncio.wait(waits, timeout=_HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
        self._wake()

    async def _write(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)
