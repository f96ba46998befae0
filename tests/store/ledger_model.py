"""A ledger of sends that fits on two pages: what the real one is held against.

It keeps everything in memory and has no statements, so that what it does can be seen at a glance.
"""

import datetime
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from newsletter.model.ledger import Claim, Job, Resolution, Result, Turn
from newsletter.model.mailing import FINAL, TRANSITIONS, DeliveryState, Verdict
from newsletter.store.sending import LEASE

S = DeliveryState
OPEN = (S.PENDING, S.DEFERRED)
LOST = "the program stopped before the answer of the relay was kept"


@dataclass
class Delivery:
    """One mail to one reader; `attempts` are verdicts, or none for an intent without result."""

    id: int
    local: str
    chunk: "Chunk"
    due: datetime.datetime | None
    state: DeliveryState = S.PENDING
    reason: str = ""
    attempts: list[Verdict | None] = field(default_factory=list)
    resends: int = 0

    def move(
        self, target: DeliveryState, reason: str | None, due: datetime.datetime | None = None
    ) -> None:
        assert target in TRANSITIONS[self.state]
        assert (due is not None) == (target in OPEN)
        self.state, self.due = target, due
        self.reason = self.reason if reason is None else reason

    @property
    def last_bytes(self) -> int:
        """How many Attempts may have handed the whole mail over."""
        return sum(each in (Verdict.ACCEPTED, Verdict.UNKNOWN) for each in self.attempts)


@dataclass
class Chunk:
    id: int
    list: str
    due: datetime.datetime | None
    fence: int
    leased_until: datetime.datetime | None = None


@dataclass
class Mailing:
    paused_at: datetime.datetime | None = None
    cancelled: bool = False


class Model:
    """The ledger of one issue, for several lists."""

    def __init__(self, claims: Mapping[str, Sequence[Claim]], now: datetime.datetime) -> None:
        """Take over what was frozen, as `claims` of every chunk show it, by list; all are free."""
        self.mailings = {name: Mailing() for name in claims}
        self.chunks: dict[int, Chunk] = {}
        self.deliveries: dict[int, Delivery] = {}
        for name, frozen in claims.items():
            for each in frozen:
                chunk = self.chunks[each.chunk_id] = Chunk(each.chunk_id, name, now, each.fence)
                for job in each.jobs:
                    self.deliveries[job.id] = Delivery(job.id, job.address.local, chunk, now)
        self.subscribed = {each.local for each in self.deliveries.values()}
        self.erased: set[str] = set()
        self.suppressed: set[str] = set()

    # --- Senders ---

    def claim(self, only: Collection[str], now: datetime.datetime) -> Claim | None:
        free = [
            (chunk.due, chunk.id)
            for chunk in self.chunks.values()
            if chunk.leased_until is None
            and chunk.due
            and chunk.due <= now
            and chunk.list in (only or self.mailings)
        ]
        if not free:
            return None
        chunk = self.chunks[min(free)[1]]
        chunk.fence, chunk.leased_until = chunk.fence + 1, now + LEASE
        return Claim(chunk_id=chunk.id, fence=chunk.fence, jobs=())

    def jobs(self, claim: Claim, now: datetime.datetime) -> list[tuple[int, int, DeliveryState]]:
        """Return what a fresh claim holds: id, number of the Attempt to come, state."""
        due = [each for each in self._in({claim.chunk_id}, *OPEN) if each.due and each.due <= now]
        return [(each.id, len(each.attempts) + 1, each.state) for each in due]

    def is_held(self, claim: Claim) -> bool:
        chunk = self.chunks[claim.chunk_id]
        return chunk.fence == claim.fence and chunk.leased_until is not None

    def turn(
        self,
        results: Sequence[Result],
        held: Claim | None,
        jobs: Sequence[Job],
        now: datetime.datetime,
    ) -> Turn | None:
        """Return what a turn does; none when another sender has taken over."""
        moved = [self._record(each) for each in results]
        if not all(moved):
            return None
        turn = Turn(frozenset(), frozenset())
        if held is None or not jobs:
            return turn
        if not self.is_held(held):
            return None
        chunk = self.chunks[held.chunk_id]
        chunk.leased_until = now + LEASE
        if self.mailings[chunk.list].paused_at:
            return Turn(turn.begun, turn.skipped, paused=True)
        waiting = [self.deliveries[each.id] for each in jobs]
        skipped = {each.id for each in waiting if self._skip(each)}
        begun = {each.id for each in waiting if self._begin(each)}
        return Turn(frozenset(begun), frozenset(skipped))

    def _record(self, result: Result) -> bool:
        delivery = self.deliveries[result.job.id]
        delivery.attempts[result.job.number - 1] = result.outcome.verdict
        moves = delivery.state is S.SUBMITTING and len(delivery.attempts) == result.job.number
        if moves:
            # What a server says of somebody who was erased meanwhile is not kept.
            reason = "" if delivery.local in self.erased else result.reason
            delivery.move(result.state, reason, result.due_at)
        return moves

    def _skip(self, delivery: Delivery) -> bool:
        suppressed = delivery.local in self.suppressed
        leaves = delivery.state in OPEN and (suppressed or delivery.local not in self.subscribed)
        if leaves:
            delivery.move(S.SKIPPED, "suppressed" if suppressed else "unsubscribed")
        return leaves

    def _begin(self, delivery: Delivery) -> bool:
        begins = delivery.state in OPEN and not self.mailings[delivery.chunk.list].cancelled
        if begins:
            delivery.move(S.SUBMITTING, None)
            delivery.attempts.append(None)
        return begins

    def postpone(self, ids: Collection[int], due: datetime.datetime) -> None:
        for each in (self.deliveries[each] for each in ids):
            if each.state in OPEN:
                each.due = due

    def finish(self, held: Claim) -> bool:
        """Give a claim back; whether it was still the caller's."""
        self._sweep({held.chunk_id})
        ours = self.is_held(held)
        if ours:
            self._free({held.chunk_id})
        return ours

    def recover(self, now: datetime.datetime, *, alone: bool) -> int:
        orphaned = {
            each.id
            for each in self.chunks.values()
            if each.leased_until and (alone or each.leased_until <= now)
        }
        lost = list(self._in(orphaned, S.SUBMITTING))
        for each in lost:
            each.move(S.UNKNOWN, LOST)
            each.attempts[-1] = Verdict.UNKNOWN
        self._free(orphaned)
        return len(lost)

    # --- The operator ---

    def resolve(
        self,
        word: Resolution,
        now: datetime.datetime,
        only: Collection[str],
        most_unknown: int | None,
    ) -> int:
        resend = word is Resolution.RESEND
        moved = [
            each
            for each in self._in(self._of(only, cancelled=not resend), S.UNKNOWN)
            if most_unknown is None or each.attempts.count(Verdict.UNKNOWN) <= most_unknown
        ]
        for each in moved:
            each.resends += resend
            if resend:
                each.move(S.PENDING, "to be sent again", now)
            else:
                each.move(S.ACCEPTED, "accepted by the operator's word")
        self._reckon(self._of(only))
        return len(moved)

    def retry(self, now: datetime.datetime, only: Collection[str], matching: str) -> int:
        refused = self._in(self._of(only, cancelled=False), S.REFUSED)
        moved = [each for each in refused if matching.lower() in each.reason.lower()]
        for each in moved:
            each.move(S.PENDING, "to be tried again", now)
        self._reckon(self._of(only))
        return len(moved)

    def pause(self, at: datetime.datetime | None) -> int:
        changed = [
            each
            for each in self.mailings.values()
            if not each.cancelled and (each.paused_at is None) == (at is not None)
        ]
        for each in changed:
            each.paused_at = at
        return len(changed)

    def cancel(self, only: Collection[str]) -> int:
        for name in only or self.mailings:
            self.mailings[name] = Mailing(cancelled=True)
        count = self._sweep(self._of(only))
        self._reckon(self._of(only))
        return count

    # --- What it comes to ---

    def counts(self, name: str) -> Counter[DeliveryState]:
        return Counter(each.state for each in self._in(self._of((name,))))

    def has(self, state: DeliveryState) -> bool:
        return any(each.state is state for each in self._all())

    def held(self) -> bool:
        return any(each.leased_until for each in self.chunks.values())

    def next_due(self, name: str) -> datetime.datetime | None:
        due = (each.due for each in self.chunks.values() if each.list == name and each.due)
        return min(due, default=None)

    def forgotten(self) -> list[Delivery]:
        """Return those who wait and would never be tried, or too late: there must be none."""
        return [
            each
            for each in self.deliveries.values()
            if each.due
            and each.chunk.leased_until is None
            and not (each.chunk.due and each.chunk.due <= each.due)
        ]

    def consistent(self) -> bool:
        return all((each.due is None) == (each.state not in OPEN) for each in self._all()) and all(
            each.state not in FINAL for each in self._all() if each.due
        )

    def _all(self) -> Iterator[Delivery]:
        return iter(self.deliveries.values())

    def _in(self, chunk_ids: Collection[int], *states: DeliveryState) -> Iterator[Delivery]:
        for each in self.deliveries.values():
            if each.chunk.id in chunk_ids and each.state in (states or S):
                yield each

    def _of(self, only: Collection[str], *, cancelled: bool = True) -> set[int]:
        """Return the ids of the chunks of the lists in `only`, without those `cancelled` if so."""
        return {
            each.id
            for each in self.chunks.values()
            if each.list in (only or self.mailings)
            and (cancelled or not self.mailings[each.list].cancelled)
        }

    def _sweep(self, chunk_ids: Collection[int]) -> int:
        swept = [
            each for each in self._in(chunk_ids, *OPEN) if self.mailings[each.chunk.list].cancelled
        ]
        for each in swept:
            each.move(S.CANCELLED, "cancelled by the operator")
        return len(swept)

    def _free(self, chunk_ids: Collection[int]) -> None:
        for each in chunk_ids:
            self.chunks[each].leased_until = None
        self._reckon(chunk_ids)

    def _reckon(self, chunk_ids: Collection[int]) -> None:
        for each in chunk_ids:
            due = (delivery.due for delivery in self._in({each}) if delivery.due)
            self.chunks[each].due = min(due, default=None)
