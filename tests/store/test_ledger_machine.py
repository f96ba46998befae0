"""The ledger against a model that fits on a page, in any order of events that can happen."""

import collections
import datetime
import functools
import shutil
import tempfile
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from newsletter.model.ledger import Claim, Job, Resolution, Result, Turn
from newsletter.model.mailing import (
    FINAL,
    TRANSITIONS,
    DeliveryState,
    Outcome,
    Scope,
    Stage,
    Verdict,
)
from newsletter.store import freeze
from newsletter.store.engine import open_database
from newsletter.store.ledger import Ledger
from tests.store.office import (
    ISSUE,
    NOON,
    frozen,
    minutes,
    opened,
    readers,
    subscribe,
    suppress,
    unsubscribe,
)

pytestmark = pytest.mark.slow

S = DeliveryState
PEOPLE = readers(7)
AFTER = {
    Verdict.ACCEPTED: S.ACCEPTED,
    Verdict.DEFERRED: S.DEFERRED,
    Verdict.REFUSED: S.REFUSED,
    Verdict.UNKNOWN: S.UNKNOWN,
    Verdict.RELEASED: S.PENDING,
}


@functools.cache
def template() -> bytes:
    """Return a database in which an issue is frozen for seven readers, in chunks of three."""
    with tempfile.TemporaryDirectory() as folder:
        with opened(Path(folder)) as database, mock.patch.object(freeze, "CHUNK", 3):
            subscribe(database, "media", PEOPLE)
            frozen(database, "media")
        return (Path(folder) / "state.db").read_bytes()


class LedgerMachine(RuleBasedStateMachine):
    """One sender after the other, an operator, and readers who leave."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="ledger-machine-"))
        (self.folder / "state.db").write_bytes(template())
        self.now = NOON
        self._open()
        self.id_of: dict[str, int] = {}
        while claim := self.ledger.claim(ISSUE, NOON):
            self.id_of.update({job.address.local: job.id for job in claim.jobs})
        self.ledger.recover(self.now)
        self.state = dict.fromkeys(self.id_of.values(), S.PENDING)
        self.due: dict[int, datetime.datetime] = dict.fromkeys(self.id_of.values(), NOON)
        self.gone: set[int] = set()
        self.cancelled = False
        self.claims: list[Claim] = []
        self.waiting: list[Job] = []
        self.on_the_wire: list[Job] = []
        self.last_bytes: collections.Counter[int] = collections.Counter()
        self.resends: collections.Counter[int] = collections.Counter()

    def _open(self) -> None:
        self.database = open_database(f"sqlite:///{self.folder / 'state.db'}")
        self.ledger = Ledger(self.database)

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder)

    def _move(self, delivery_id: int, target: DeliveryState, due: float | None = None) -> None:
        assert target in TRANSITIONS[self.state[delivery_id]]
        self.state[delivery_id] = target
        self.due.pop(delivery_id, None)
        if due is not None:
            self.due[delivery_id] = self.now + minutes(due)

    # --- The sender ---

    @rule()
    def claim(self) -> None:
        claim = self.ledger.claim(ISSUE, self.now)
        if claim is None:
            held = {job.id for each in self.claims for job in each.jobs}
            late = {each for each, due in self.due.items() if due <= self.now}
            assert {self._chunk(each) for each in late} <= {self._chunk(each) for each in held}
            return
        assert claim.chunk_id not in {each.chunk_id for each in self.claims}
        for job in claim.jobs:
            assert self.state[job.id] in (S.PENDING, S.DEFERRED)
            assert self.due[job.id] <= self.now
        self.claims.append(claim)
        self.waiting += claim.jobs
        if not claim.jobs:
            self._finish(claim)

    def _chunk(self, delivery_id: int) -> int:
        return sorted(self.state).index(delivery_id) // 3

    @rule(count=st.integers(1, 3))
    def begin(self, count: int) -> None:
        if not self.waiting:
            self.claim()
        for claim in self.claims[:1]:
            jobs = [job for job in self.waiting if job.chunk_id == claim.chunk_id][:count]
            turn = self.ledger.turn([], claim, jobs, self.now)
            for job in jobs:
                self._begun(job, turn)
            if not any(job.chunk_id == claim.chunk_id for job in self.waiting):
                self.claims.append(self.claims.pop(0))  # the next time it is another one's turn

    def _begun(self, job: Job, turn: Turn) -> None:
        self.waiting.remove(job)
        waits = self.state[job.id] in (S.PENDING, S.DEFERRED)
        if waits and job.id in self.gone:
            assert job.id in turn.skipped
            self._move(job.id, S.SKIPPED)
        elif waits and not self.cancelled:
            assert job.id in turn.begun
            self._move(job.id, S.SUBMITTING)
            self.on_the_wire.append(job)
        else:
            assert job.id not in turn.begun | turn.skipped

    @rule(verdicts=st.lists(st.sampled_from(Verdict), min_size=1, max_size=3), last=st.booleans())
    def answer(self, verdicts: list[Verdict], *, last: bool) -> None:
        results = []
        for verdict in verdicts[: len(self.on_the_wire)]:
            job = self.on_the_wire.pop(-1 if last else 0)
            state = AFTER[verdict]
            due = {S.PENDING: 0.0, S.DEFERRED: 5.0}.get(state)
            self._move(job.id, state, due)
            results.append(_result(job, verdict, self.due.get(job.id)))
            self.last_bytes[job.id] += verdict in (Verdict.ACCEPTED, Verdict.UNKNOWN)
        self.ledger.turn(results, None, [], self.now)

    @rule()
    def finish(self) -> None:
        busy = {job.chunk_id for job in self.on_the_wire}
        for claim in [each for each in self.claims if each.chunk_id not in busy]:
            self._finish(claim)

    def _finish(self, claim: Claim) -> None:
        self.ledger.finish(claim, self.now)
        self.claims.remove(claim)
        self.waiting = [job for job in self.waiting if job.chunk_id != claim.chunk_id]
        if self.cancelled:
            for each in self._waiting_in({job.id for job in claim.jobs}):
                self._move(each, S.CANCELLED)

    @rule()
    def die_and_start_again(self) -> None:
        self.database.close()
        self._open()
        assert self.ledger.recover(self.now) == len(self.on_the_wire)
        for job in self.on_the_wire:
            self._move(job.id, S.UNKNOWN)
            self.last_bytes[job.id] += 1
        self.claims, self.waiting, self.on_the_wire = [], [], []

    # --- The world ---

    @rule(local=st.sampled_from(PEOPLE), silently=st.booleans())
    def leave(self, local: str, *, silently: bool) -> None:
        (unsubscribe if silently else suppress)(self.database, local)
        self.gone.add(self.id_of[local])

    @rule(passed=st.sampled_from([1, 5, 30]))
    def wait(self, passed: int) -> None:
        self.now += minutes(passed)

    @rule(word=st.sampled_from(Resolution))
    def resolve(self, word: Resolution) -> None:
        unknown = [each for each, state in self.state.items() if state is S.UNKNOWN]
        assert self.ledger.resolve(ISSUE, word, self.now) == len(unknown)
        for each in unknown:
            if word is Resolution.RESEND:
                self._move(each, S.PENDING, due=0)
                self.resends[each] += 1
            else:
                self._move(each, S.ACCEPTED)

    @rule()
    def cancel(self) -> None:
        if self.now < NOON + minutes(60) or self.cancelled:  # it ends the fun, so it comes late
            return
        waiting = self._waiting_in(set(self.state))
        assert self.ledger.cancel(ISSUE, self.now) == len(waiting)
        for each in waiting:
            self._move(each, S.CANCELLED)
        self.cancelled = True

    def _waiting_in(self, ids: set[int]) -> list[int]:
        return [each for each in ids if self.state[each] in (S.PENDING, S.DEFERRED)]

    # --- What always holds ---

    @invariant()
    def everybody_is_where_the_model_says(self) -> None:
        (tally,) = self.ledger.tallies(ISSUE)
        assert tally.balanced
        assert tally.by_state == collections.Counter(self.state.values())

    @invariant()
    def what_waits_will_be_tried_and_nothing_else(self) -> None:
        if not self.claims:
            expected = min(self.due.values(), default=None)
            assert self.ledger.tallies(ISSUE)[0].next_due == expected
        assert not any(self.state[each] in FINAL for each in self.due)

    @invariant()
    def nobody_may_have_got_two_copies_unless_somebody_said_so(self) -> None:
        for each, count in self.last_bytes.items():
            assert count <= 1 + self.resends[each]


def _result(job: Job, verdict: Verdict, due_at: datetime.datetime | None) -> Result:
    outcome = Outcome(verdict=verdict, stage=Stage.FINAL, scope=Scope.RECIPIENT, code=250)
    return Result(job=job, outcome=outcome, state=AFTER[verdict], due_at=due_at)


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
