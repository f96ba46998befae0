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
import dataclasses
import math
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol, TypeVar

from newsletter.errors import NewsletterError
from newsletter.mailing.decide import decide
from newsletter.mailing.pace import Flow, Pace
from newsletter.mailing.progress import Meter
from newsletter.mailing.send import Send
from newsletter.message.compile import CompiledMessage, compile_message
from newsletter.model.ledger import Claim, Job, Result
from newsletter.model.mailing import DeliveryState, Outcome, Scope, Stage, Verdict
from newsletter.model.message import MailHead

T = TypeVar("T")

_TURN = 0.02  # seconds in which results gather for one commit
_AHEAD = 2.5  # turns for which intents are written: one goes out while the next is written
_LOOK = 0.002
_HANDED_BACK = Outcome(
    verdict=Verdict.RELEASED,
    stage=Stage.LOCAL,
    scope=Scope.CONNECTION,
    text="handed back before anything was written",
)


@dataclass(frozen=True, slots=True)
class Errand:
    """One mail to carry: its intent is durable."""

    job: Job
    message: CompiledMessage
    head: MailHead


@dataclass(slots=True)
class _OpenClaim:
    """A claim and its Deliveries that are not settled: those to come, and how many in all."""

    claim: Claim
    waiting: collections.deque[Job]
    unsettled: int


class Porter(Protocol):
    """Who takes errands: a carrier with an open connection."""

    @property
    def capacity(self) -> int:
        """How many errands it carries at the same time."""

    def wake(self) -> None:
        """Say that there are errands, or that it is time to go."""


class Clerk:
    """Keeps the books of one send."""

    def __init__(self, send: Send, meter: Meter, executor: Executor) -> None:
        self.stopping = asyncio.Event()
        self.stopped: Exception | None = None
        self._errands: collections.deque[Errand] = collections.deque()
        self._porters: set[Porter] = set()
        self._flow = Flow()
        self._send, self._meter, self._executor = send, meter, executor
        self._ledger, self._clock = send.ledger, send.clock
        self._pace = Pace(send.settings.messages_per_second, send.clock)
        self._claims: dict[int, _OpenClaim] = {}
        self._letters: dict[tuple[int, str], tuple[CompiledMessage, MailHead]] = {}
        self._results: list[Result] = []
        self._in_flight = 0
        self._closed = False
        self._news = asyncio.Event()

    # --- What carriers say ---

    def joined(self, porter: Porter) -> None:
        """Note a connection that is ready for errands."""
        self._porters.add(porter)
        self._news.set()

    def left(self, porter: Porter) -> None:
        """Note that a connection takes no more errands."""
        self._porters.discard(porter)

    @property
    def is_connected(self) -> bool:
        """Whether anybody has a connection."""
        return bool(self._porters)

    def take(self) -> Errand | None:
        """Return the next errand; none while there is none, or when nothing more is handed out."""
        return self._errands.popleft() if self._errands and not self.over else None

    def report(self, job: Job, outcome: Outcome) -> None:
        """Note what an errand came to."""
        patience, chance = self._send.settings.give_up_after, self._send.chance
        self._results.append(decide(job, outcome, self._clock.now(), patience, chance))
        self._news.set()

    def stop(self, reason: Exception) -> None:
        """Hand out nothing more; what carriers have in hand is awaited."""
        if self.stopped is None:
            self.stopped = reason
            self.stopping.set()
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
            if self.stopping.is_set():
                self._hand_back()
            held, jobs = await self._next_jobs()
            results, self._results = self._results, []
            if results or jobs:
                await self._turn(results, held, jobs)
            elif not self._in_flight and (self.stopping.is_set() or not self._claims):
                if self.stopping.is_set() or not await self._claim():
                    break
            else:
                await self._rest()
        for chunk_id in list(self._claims):
            await self._finish(chunk_id)

    def _hand_back(self) -> None:
        while self._errands:
            self.report(self._errands.popleft().job, _HANDED_BACK)

    async def _next_jobs(self) -> tuple[Claim | None, list[Job]]:
        """Return the next few Deliveries, all of one claim, as many as may have intents now."""
        room = 0 if self.stopping.is_set() else self._ahead() - self._in_flight
        room = self._pace.allowed(max(0, room))
        if not room:
            return None, []
        found = self._with_waiting()
        while found is None and await self._claim():
            found = self._with_waiting()
        if found is None:
            return None, []
        jobs = [found.waiting.popleft() for _ in range(min(room, len(found.waiting)))]
        self._pace.take(len(jobs))
        return found.claim, jobs

    def _ahead(self) -> int:
        """Return how many intents may be without result: what connections take, and one turn."""
        turns = math.ceil(self._flow.per_second * _AHEAD * _TURN)
        return self._capacity() + turns if self._porters else 0

    def _capacity(self) -> int:
        return sum(porter.capacity for porter in self._porters)

    def _with_waiting(self) -> _OpenClaim | None:
        return next((each for each in self._claims.values() if each.waiting), None)

    async def _claim(self) -> bool:
        """Claim what is due; whether there was anything."""
        claim = await self._write(
            lambda: self._ledger.claim(self._send.issue, self._clock.now(), only=self._send.only)
        )
        if claim is None:
            return False
        for key in {(job.mailing_id, job.language) for job in claim.jobs}:
            await self._compile(*key)
        jobs = collections.deque(claim.jobs)
        self._claims[claim.chunk_id] = _OpenClaim(claim, jobs, len(jobs))
        if not jobs:  # what was due has been moved by somebody else
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
            self._settle(result)
        for job in jobs:
            if job.id in turn.begun:
                self._errands.append(Errand(job, *self._letters[job.mailing_id, job.language]))
            else:
                skipped = job.id in turn.skipped
                self._meter.moved(
                    job.state, DeliveryState.SKIPPED if skipped else DeliveryState.CANCELLED
                )
                self._claims[job.chunk_id].unsettled -= 1
        for chunk_id in {each.chunk_id for each in (*jobs, *(result.job for result in results))}:
            if not self._claims[chunk_id].unsettled:
                await self._finish(chunk_id)
        self._wake()
        self._meter.tell()
        await self._let_gather(began)

    async def _let_gather(self, began: float) -> None:
        """Let results gather until the turn is over, while carriers have enough at hand."""
        enough = self._capacity() / 2 + self._flow.per_second * _TURN / 2
        while time.monotonic() - began < _TURN and len(self._errands) > enough:
            if self.stopping.is_set():
                break
            await asyncio.sleep(_LOOK)

    def _settle(self, result: Result) -> None:
        """Strike a Delivery off its claim, or put it back to wait when it was released."""
        job, claim = result.job, self._claims[result.job.chunk_id]
        if result.state is DeliveryState.PENDING:
            claim.waiting.append(
                dataclasses.replace(job, number=job.number + 1, state=DeliveryState.PENDING)
            )
        else:
            claim.unsettled -= 1

    async def _finish(self, chunk_id: int) -> None:
        claim = self._claims.pop(chunk_id).claim
        await self._write(lambda: self._ledger.finish(claim, self._clock.now()))

    async def _compile(self, mailing_id: int, language: str) -> None:
        """Make ready what everybody with this Mailing and language gets, if it is not yet."""
        if (mailing_id, language) in self._letters:
            return
        letter = await self._write(lambda: self._ledger.letter(mailing_id, language))
        try:
            compiled = compile_message(letter.rendering, letter.head)
        except ValueError as fault:
            raise NewsletterError(
                f"issue {self._send.issue} ({language}) cannot be made into a mail: {fault}",
                "cancel it and send it as a new issue once that is mended",
            ) from fault
        self._letters[mailing_id, language] = compiled, letter.head

    async def _rest(self) -> None:
        """Wait for news, or until the pace allows another message."""
        pause = self._pace.seconds_to_wait()
        if not pause or self.stopping.is_set():
            await self._news.wait()
            return
        waits = [
            asyncio.ensure_future(self._news.wait()),
            asyncio.ensure_future(self._clock.sleep(pause)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()

    async def _write(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)
