"""The ledger against a model that fits on two pages, in any order of events that can happen."""

import functools
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from newsletter.errors import Stopped
from newsletter.model.ledger import Claim, Job, Resolution, Result
from newsletter.model.mailing import (
    STATE_AFTER,
    DeliveryState,
    Outcome,
    Scope,
    Stage,
    Verdict,
)
from newsletter.store import freeze
from newsletter.store.engine import Database, open_database
from newsletter.store.ledger import Ledger
from tests.store.ledger_model import Delivery, Model
from tests.store.office import (
    ISSUE,
    NOON,
    address,
    detach,
    digest,
    frozen,
    minutes,
    opened,
    readers,
    rename,
    subscribe,
    suppress,
    unsubscribe,
)

pytestmark = pytest.mark.slow

S = DeliveryState
PEOPLE = readers(7)
LISTS = {"constituents": PEOPLE[:4], "media": PEOPLE[4:]}
REASONS = {
    Verdict.REFUSED: "550 5.7.1 relay access denied",
    Verdict.DEFERRED: "450 4.2.1 later",
    Verdict.UNKNOWN: "the connection was lost",
}
SENDERS = 2

only = st.sampled_from([(), ("media",), ("constituents", "media")])
anybody = st.sampled_from(PEOPLE)
which = st.integers(0, SENDERS - 1)


def come_back(database: Database, local: str) -> None:
    subscribe(database, "media" if local in LISTS["media"] else "constituents", [local])


def edit(database: Database, local: str) -> None:
    rename(database, local, name="Another name", language="ru")


@functools.cache
def template() -> bytes:
    """Return a database in which an issue is frozen for two lists, in three chunks."""
    with tempfile.TemporaryDirectory() as folder:
        with opened(Path(folder)) as database, mock.patch.object(freeze, "CHUNK", 3):
            for name, people in LISTS.items():
                subscribe(database, name, people)
            frozen(database, *LISTS)
        return (Path(folder) / "state.db").read_bytes()


@dataclass
class Sender:
    """What one process holds; whether the ledger still thinks so, it learns when it asks."""

    claims: list[Claim] = field(default_factory=list)
    waiting: list[Job] = field(default_factory=list)
    on_the_wire: list[Job] = field(default_factory=list)


class LedgerMachine(RuleBasedStateMachine):
    """Several senders, some of whom are thought dead; an operator; readers who come and go."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="ledger-machine-"))
        (self.folder / "state.db").write_bytes(template())
        self.now = NOON
        self._open()
        claims = {name: self._claim_all(name) for name in LISTS}
        self.ledger.recover(self.now)
        self.model = Model(claims, self.now)
        self.frozen = {
            job.id: job for each in claims.values() for claim in each for job in claim.jobs
        }
        self.erased = self.model.erased
        self.told: dict[int, list[Verdict | None]] = {}
        self.senders = [Sender() for _ in range(SENDERS)]

    def _open(self) -> None:
        self.database = open_database(f"sqlite:///{self.folder / 'state.db'}")
        self.ledger = Ledger(self.database)

    def _claim_all(self, name: str) -> list[Claim]:
        return list(iter(lambda: self.ledger.claim(ISSUE, NOON, only=(name,)), None))

    def teardown(self) -> None:
        for each in self.model.deliveries.values():
            self._is_told(each)
        self.database.close()
        shutil.rmtree(self.folder)

    # --- Senders ---

    @rule(who=which)
    def die(self, who: int) -> None:
        """Lose a sender and all that it knew; the ledger is what stands in the file."""
        self.senders[who] = Sender()
        self.database.close()
        self._open()

    @precondition(lambda self: self.model.held())
    @rule(alone=st.booleans())
    def recover(self, *, alone: bool) -> None:
        """Take claims from the dead; with `alone` from the living too, who must find out."""
        found = self.ledger.recover(self.now, alone=alone)
        assert found == self.model.recover(self.now, alone=alone)

    @precondition(lambda self: self.model.held())
    @rule(who=which, resends=st.booleans(), late=st.lists(st.sampled_from(Verdict), max_size=3))
    def take_over(self, who: int, late: list[Verdict], *, resends: bool) -> None:
        """Begin in the place of the other sender, who is alive and does not know it yet."""
        self.senders[who] = Sender()
        self.recover(alone=True)
        if resends:
            self.resolve(Resolution.RESEND, (), None)
        self.turn(who, [], 3, last=False)
        self.turn(1 - who, late, 0, last=True)

    @rule(who=which, lists=only)
    def claim(self, who: int, lists: tuple[str, ...]) -> None:
        sender = self.senders[who]
        claim = self.ledger.claim(ISSUE, self.now, only=lists)
        expected = self.model.claim(lists, self.now)
        if claim is None or expected is None:
            assert claim is expected
            return
        assert (claim.chunk_id, claim.fence) == (expected.chunk_id, expected.fence)
        jobs = [(job.id, job.number, job.state) for job in claim.jobs]
        assert jobs == self.model.jobs(claim, self.now)
        for job in claim.jobs:
            self._is_the_same_mail(job)
        sender.claims.append(claim)
        sender.waiting += claim.jobs

    def _is_the_same_mail(self, job: Job) -> None:
        """Whatever a mail is made of is what it was at freezing: Message-ID, tokens, words."""
        first = self.frozen[job.id]
        erased = job.address.local in self.erased
        assert (job.mailing_id, job.list_id, job.chunk_id, job.address, job.language) == (
            *(first.mailing_id, first.list_id, first.chunk_id, first.address, first.language),
        )
        assert job.subscriber_id == (0 if erased else first.subscriber_id)
        assert job.name == ("" if erased else first.name)

    @rule(
        who=which,
        verdicts=st.lists(st.sampled_from(Verdict), max_size=3),
        count=st.integers(0, 3),
        last=st.booleans(),
    )
    def turn(self, who: int, verdicts: list[Verdict], count: int, *, last: bool) -> None:
        """Keep the books for a moment: some results, then some intents of one claim."""
        sender = self.senders[who]
        if count and not sender.waiting:
            self.claim(who, ())
        wire = sender.on_the_wire
        taken = [wire.pop(-1 if last else 0) for _ in verdicts[: len(wire)]]
        results = [self._result(*each) for each in zip(taken, verdicts, strict=False)]
        held = next(iter(sender.claims), None)
        jobs = [job for job in sender.waiting if held and job.chunk_id == held.chunk_id][:count]
        expected = self.model.turn(results, held, jobs, self.now)
        if expected is None:
            with pytest.raises(Stopped, match="taken over"):
                self.ledger.turn(results, held, jobs, self.now)
            return
        turn = self.ledger.turn(results, held, jobs, self.now)
        assert turn == expected
        if not turn.paused:
            sender.waiting = [job for job in sender.waiting if job not in jobs]
        wire += [job for job in jobs if job.id in turn.begun]
        sender.claims = sender.claims[1:] + sender.claims[:1]  # next it is another one's turn

    def _result(self, job: Job, verdict: Verdict) -> Result:
        state = STATE_AFTER[verdict]
        pause = {S.PENDING: 0, S.DEFERRED: 5}.get(state)
        return Result(
            job=job,
            outcome=Outcome(verdict=verdict, stage=Stage.FINAL, scope=Scope.RECIPIENT),
            state=state,
            reason=REASONS.get(verdict, ""),
            due_at=None if pause is None else self.now + minutes(pause),
        )

    @precondition(lambda self: any(sender.waiting for sender in self.senders))
    @rule(who=which)
    def postpone(self, who: int) -> None:
        sender = self.senders[who]
        ids, later = [job.id for job in sender.waiting], self.now + minutes(30)
        self.ledger.postpone(dict.fromkeys(ids, later))
        self.model.postpone(ids, later)

    @precondition(lambda self: any(sender.claims for sender in self.senders))
    @rule(who=which)
    def finish(self, who: int) -> None:
        """Give back the claims of which nothing is on the wire."""
        sender = self.senders[who]
        busy = {job.chunk_id for job in sender.on_the_wire}
        for claim in [each for each in sender.claims if each.chunk_id not in busy]:
            sender.claims.remove(claim)
            if self.model.finish(claim):
                self.ledger.finish(claim, self.now)
            else:
                with pytest.raises(Stopped, match="taken over"):
                    self.ledger.finish(claim, self.now)
        sender.waiting = [job for job in sender.waiting if job.chunk_id in busy]

    # --- The operator ---

    @precondition(lambda self: self.model.has(S.UNKNOWN))
    @rule(
        word=st.sampled_from(Resolution),
        lists=only,
        most_unknown=st.sampled_from([None, 1]),
    )
    def resolve(self, word: Resolution, lists: tuple[str, ...], most_unknown: int | None) -> None:
        moved = self.ledger.resolve(ISSUE, word, self.now, only=lists, most_unknown=most_unknown)
        assert moved == self.model.resolve(word, self.now, lists, most_unknown)

    @precondition(lambda self: self.model.has(S.REFUSED))
    @rule(lists=only, matching=st.sampled_from(["", "Relay ACCESS", "50%"]))
    def retry(self, lists: tuple[str, ...], matching: str) -> None:
        moved = self.ledger.retry(ISSUE, self.now, only=lists, matching=matching)
        assert moved == self.model.retry(self.now, lists, matching)

    @rule(pauses=st.booleans())
    def pause_or_go_on(self, *, pauses: bool) -> None:
        at = self.now if pauses else None
        assert self.ledger.pause(ISSUE, at) == self.model.pause(at)

    @precondition(lambda self: self.now > NOON + minutes(60))  # it ends the fun, so it comes late
    @rule(lists=only)
    def cancel(self, lists: tuple[str, ...]) -> None:
        assert self.ledger.cancel(ISSUE, self.now, only=lists) == self.model.cancel(lists)

    # --- The world ---

    @rule(local=anybody, how=st.sampled_from([unsubscribe, suppress, detach, come_back, edit]))
    def readers_do_as_they_like(self, local: str, how: Callable[[Database, str], None]) -> None:
        if how is suppress:
            self.model.suppressed.add(local)
        elif how is not edit and local in self.erased:
            return  # who subscribes now is another person, for whom nothing was frozen
        elif how is come_back:
            self.model.subscribed.add(local)
        elif how is not edit:
            self.model.subscribed.discard(local)
        self.erased |= {local} if how is detach else set()
        how(self.database, local)

    @rule(passed=st.sampled_from([1, 5, 30, 61]))
    def wait(self, passed: int) -> None:
        self.now += minutes(passed)

    # --- What always holds ---

    @invariant()
    def everybody_is_where_the_model_says_and_sums_hold(self) -> None:
        for tally in self.ledger.tallies(ISSUE):
            assert tally.balanced
            assert tally.by_state == self.model.counts(tally.list)
            assert tally.next_due == self.model.next_due(tally.list)
            assert tally.paused_at == self.model.mailings[tally.list].paused_at
        stands = {each.address: each for each in self.ledger.standings(ISSUE)}
        for each in self.model.deliveries.values():
            found = stands.pop(address(each.local).shown)
            assert (found.state, found.reason, found.due_at) == (each.state, each.reason, each.due)
        assert not stands

    @invariant()
    def attempts_are_numbered_and_told(self) -> None:
        for each in self.model.deliveries.values():
            if self.told.get(each.id) != each.attempts:  # the others are asked for at the end
                self._is_told(each)
                self.told[each.id] = list(each.attempts)

    def _is_told(self, delivery: Delivery) -> None:
        local = delivery.local
        key = digest(local) if local in self.erased else address(local).key
        (story,) = self.ledger.stories(key)
        told = [(each.number, each.outcome and each.outcome.verdict) for each in story.attempts]
        assert told == list(enumerate(delivery.attempts, start=1))

    @invariant()
    def nobody_who_waits_is_forgotten(self) -> None:
        assert self.model.forgotten() == []
        assert self.model.consistent()

    @invariant()
    def nobody_may_have_got_two_copies_unless_somebody_said_so(self) -> None:
        for each in self.model.deliveries.values():
            assert each.last_bytes <= 1 + each.resends

    @invariant()
    def only_the_last_attempt_may_be_without_result(self) -> None:
        for each in self.model.deliveries.values():
            assert None not in each.attempts[:-1]
            assert (each.state is S.SUBMITTING) == (each.attempts[-1:] == [None])


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(
    max_examples=50,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
