"""Claims, intents and results: durable, guarded, and put right after a death."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.errors import Stopped
from newsletter.model.ledger import Resolution, Result
from newsletter.model.mailing import (
    TRANSITIONS,
    DeliveryState,
    Stage,
    Verdict,
)
from newsletter.store import freeze
from newsletter.store.engine import Database
from newsletter.store.freeze import CHUNK
from newsletter.store.ledger import Ledger
from newsletter.store.moves import move
from newsletter.store.sending import LEASE
from newsletter.store.tables import deliveries, subscribers
from tests.store.office import (
    ISSUE,
    NOON,
    address,
    claimed,
    counts,
    erase,
    frozen,
    minutes,
    opened,
    outcome,
    readers,
    rest,
    result,
    subscribe,
    suppress,
    unsubscribe,
)

S = DeliveryState


# --- Claims ---


def test_a_chunk_is_claimed_once_and_again_when_given_back(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(3))
        ledger = frozen(database, "media")
        claim = claimed(ledger)
        assert len(claim.jobs) == 3
        assert ledger.claim(ISSUE, NOON) is None
        ledger.finish(claim, NOON)
        assert claimed(ledger).fence == claim.fence + 1


def test_a_claim_takes_the_lists_and_the_issue_that_it_is_asked_for(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "constituents", readers(1, "first"))
        subscribe(database, "media", readers(1, "second"))
        ledger = frozen(database, "constituents", "media")
        assert ledger.claim("2015-2", NOON) is None
        claim = ledger.claim(ISSUE, NOON, only=["media"])
        assert claim is not None
        assert [job.address.local for job in claim.jobs] == readers(1, "second")
        assert ledger.claim(ISSUE, NOON, only=["media"]) is None
        assert ledger.claim(ISSUE, NOON) is not None


def test_chunks_are_claimed_in_turn_until_nothing_is_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freeze, "CHUNK", 4)
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(10))
        ledger = frozen(database, "media")
        claims = [claimed(ledger) for _ in range(3)]
        assert ledger.claim(ISSUE, NOON) is None
        assert len({job.id for claim in claims for job in claim.jobs}) == 10


def test_what_was_never_tried_comes_before_what_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freeze, "CHUNK", 2)
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(4))
        ledger = frozen(database, "media")
        first = claimed(ledger)
        ledger.turn([], first, first.jobs, NOON)
        ledger.turn([result(job, S.DEFERRED) for job in first.jobs], None, [], NOON)
        ledger.finish(first, NOON)
        later = NOON + minutes(5)
        assert [claimed(ledger, later).chunk_id for _ in range(2)] == [
            first.chunk_id + 1,
            first.chunk_id,
        ]


def test_a_job_is_what_was_frozen(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna"], language="ru")
        ledger = frozen(database, "media")
        with database.write() as connection:
            connection.execute(sa.update(subscribers).values(name="Changed", language="en"))
        (job,) = claimed(ledger).jobs
    assert (job.address, job.name, job.language) == (address("anna"), "Reader anna", "ru")
    assert (job.number, job.state, job.deferred_since) == (1, S.PENDING, None)


# --- Intents and results ---


def test_an_intent_is_durable_before_it_may_be_carried_out(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(3))
        ledger = frozen(database, "media")
        claim = claimed(ledger)
        turn = ledger.turn([], claim, claim.jobs[:2], NOON)
        assert turn.begun == {job.id for job in claim.jobs[:2]}
        with opened(tmp_path) as other:
            assert counts(Ledger(other)) == {S.SUBMITTING: 2, S.PENDING: 1}
            story = Ledger(other).stories(claim.jobs[0].address.key)[0]
        (attempt,) = story.attempts
        assert (attempt.number, attempt.started_at, attempt.outcome) == (1, NOON, None)


def test_an_intent_is_written_once(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(1))
        ledger = frozen(database, "media")
        claim = claimed(ledger)
        assert ledger.turn([], claim, claim.jobs, NOON).begun
        assert not ledger.turn([], claim, claim.jobs, NOON).begun


@pytest.mark.parametrize("state", [S.ACCEPTED, S.DEFERRED, S.REFUSED, S.UNKNOWN, S.PENDING])
def test_a_result_moves_the_delivery_and_tells_its_story(
    tmp_path: Path, state: DeliveryState
) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna"])
        ledger = frozen(database, "media")
        claim = claimed(ledger)
        ledger.turn([], claim, claim.jobs, NOON)
        given = result(claim.jobs[0], state)
        ledger.turn([given], None, [], NOON + minutes(1))
        assert counts(ledger) == {state: 1}
        (story,) = ledger.stories(address("anna").key)
        (attempt,) = story.attempts
        assert attempt.outcome == given.outcome
        assert attempt.ended_at == NOON + minutes(1)
        assert (story.standing.reason, story.standing.due_at) == (given.reason, given.due_at)


def test_a_deferred_delivery_is_due_later_and_remembers_since_when(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna"])
        ledger = frozen(database, "media")
        for number, time in ((1, NOON), (2, NOON + minutes(5)), (3, NOON + minutes(10))):
            claim = claimed(ledger, time)
            (job,) = claim.jobs
            assert job.number == number
            assert job.deferred_since == (None if number == 1 else NOON)
            ledger.turn([], claim, [job], time)
            ledger.turn([result(job, S.DEFERRED, due=5 * number)], None, [], time)
            ledger.finish(claim, time)
            assert ledger.claim(ISSUE, time + minutes(4.9)) is None
        assert ledger.tallies(ISSUE)[0].next_due == NOON + minutes(15)


def test_a_claim_holds_only_what_is_due(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(3))
        ledger = frozen(database, "media")
        claim = claimed(ledger)
        later, released, untried = claim.jobs
        ledger.turn([], claim, [later, released], NOON)
        answers = [result(later, S.DEFERRED), result(released, S.PENDING, due=0)]
        ledger.turn(answers, None, [], NOON)
        ledger.finish(claim, NOON)
        again = claimed(ledger)
        assert [(job.id, job.number) for job in again.jobs] == [(released.id, 2), (untried.id, 1)]


def test_a_claim_given_back_early_is_due_at_once(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(3))
        ledger = frozen(database, "media")
        claim = claimed(ledger)
        ledger.turn([], claim, claim.jobs[:1], NOON)
        ledger.turn([result(claim.jobs[0])], None, [], NOON)
        ledger.finish(claim, NOON)
        assert [job.id for job in claimed(ledger).jobs] == [job.id for job in claim.jobs[1:]]


def test_a_delivery_that_waits_must_be_due_and_no_other_may(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna"])
        (job,) = claimed(frozen(database, "media")).jobs
    for state in DeliveryState:
        waits = state in (S.PENDING, S.DEFERRED)
        with pytest.raises(ValueError, match=f"a Delivery that is {state} is due"):
            Result(
                job=job,
                outcome=outcome(Verdict.DEFERRED),
                state=state,
                due_at=None if waits else NOON,
            )


@pytest.mark.parametrize("source", list(DeliveryState))
@pytest.mark.parametrize("target", list(DeliveryState))
def test_there_is_no_statement_for_a_move_that_does_not_exist(
    source: DeliveryState, target: DeliveryState
) -> None:
    due = NOON if target in (S.PENDING, S.DEFERRED) else None
    if target in TRANSITIONS[source]:
        assert move((source,), target, deliveries.c.id == 1, due_at=due) is not None
    else:
        with pytest.raises(ValueError, match="no Delivery goes"):
            move((source,), target, deliveries.c.id == 1, due_at=due)


# --- People who go while a send runs ---


@pytest.mark.parametrize(
    ("leave", "reason"),
    [
        (unsubscribe, "unsubscribed"),
        (suppress, "suppressed"),
        (erase, "suppressed"),
        (rest, "paused"),
    ],
)
@pytest.mark.parametrize("when", ["before the claim", "after the claim", "while deferred"])
def test_who_left_since_freezing_is_skipped(
    tmp_path: Path, leave: Callable[[Database, str], None], reason: str, when: str
) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna"])
        ledger = frozen(database, "media")
        later = NOON
        if when == "while deferred":
            claim = claimed(ledger)
            ledger.turn([], claim, claim.jobs, NOON)
            ledger.turn([result(claim.jobs[0], S.DEFERRED)], None, [], NOON)
            ledger.finish(claim, NOON)
            later = NOON + minutes(5)
        if when != "after the claim":
            leave(database, "anna")
        claim = claimed(ledger, later)
        if when == "after the claim":
            leave(database, "anna")
        turn = ledger.turn([], claim, claim.jobs, later)
        assert not turn.begun
        assert turn.skipped == {claim.jobs[0].id}
        assert counts(ledger) == {S.SKIPPED: 1}
        assert [each.reason for each in ledger.standings(ISSUE)] == [reason]
        ledger.finish(claim, later)
        assert ledger.tallies(ISSUE)[0].next_due is None


# --- Death ---


def test_what_a_dead_sender_had_begun_is_unknown_and_the_rest_goes_on(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(5))
        ledger = frozen(database, "media")
        claim = claimed(ledger)
        ledger.turn([], claim, claim.jobs[:3], NOON)
        ledger.turn([result(claim.jobs[0])], None, [], NOON)
    with opened(tmp_path) as database:
        ledger = Ledger(database)
        assert ledger.recover(NOON + minutes(1)) == 2
        assert counts(ledger) == {S.ACCEPTED: 1, S.UNKNOWN: 2, S.PENDING: 2}
        assert ledger.recover(NOON + minutes(1)) == 0
        (story,) = ledger.stories(claim.jobs[1].address.key)
        (attempt,) = story.attempts
        assert attempt.outcome is not None
        assert (attempt.outcome.verdict, attempt.outcome.stage) == (Verdict.UNKNOWN, Stage.FINAL)
        left = claimed(ledger, NOON + minutes(1))
        assert [job.id for job in left.jobs] == [job.id for job in claim.jobs[3:]]


def test_a_sender_that_lives_is_not_taken_for_dead(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(2))
        ledger = frozen(database, "media")
        claim = claimed(ledger)
        half = NOON + LEASE / 2
        ledger.turn([], claim, claim.jobs[:1], half)  # renews the lease
        other = Ledger(database)
        assert other.recover(NOON + LEASE, alone=False) == 0
        assert other.claim(ISSUE, NOON + LEASE) is None
        assert other.recover(half + LEASE, alone=False) == 1
        assert other.claim(ISSUE, half + LEASE) is not None


@pytest.mark.parametrize("claimed_by_other", [False, True])
def test_a_revived_sender_writes_its_results_but_may_not_go_on(
    tmp_path: Path, *, claimed_by_other: bool
) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(3))
        ledger = frozen(database, "media")
        claim = claimed(ledger)
        ledger.turn([], claim, claim.jobs[:1], NOON)
        later = NOON + LEASE
        other = Ledger(database)
        other.recover(later, alone=False)
        if claimed_by_other:
            assert other.claim(ISSUE, later)
        with pytest.raises(Stopped, match="taken over"):
            ledger.turn([], claim, claim.jobs[1:], later)
        with pytest.raises(Stopped, match="taken over"):
            ledger.turn([result(claim.jobs[0])], claim, claim.jobs[1:], later)
        with pytest.raises(Stopped, match="taken over"):
            ledger.finish(claim, later)
        assert counts(ledger) == {S.UNKNOWN: 1, S.PENDING: 2}
        (story,) = ledger.stories(claim.jobs[0].address.key)
        assert story.attempts[0].outcome == result(claim.jobs[0]).outcome


def test_of_one_sender_that_died_only_its_own_claims_are_taken_back(tmp_path: Path) -> None:
    with opened(tmp_path) as database, opened(tmp_path) as also:
        subscribe(database, "media", readers(CHUNK + 3))
        dead, alive = frozen(database, "media"), Ledger(also)
        lost, kept = claimed(dead), claimed(alive)
        dead.turn([], lost, lost.jobs[:2], NOON)
        alive.turn([], kept, kept.jobs[:1], NOON)
        assert alive.take_back(dead.owner, NOON) == 2
        assert alive.take_back(dead.owner, NOON) == 0
        assert counts(alive) == {S.UNKNOWN: 2, S.SUBMITTING: 1, S.PENDING: CHUNK}
        alive.turn([result(kept.jobs[0])], kept, kept.jobs[1:], NOON)
        again = claimed(alive)
        assert (again.chunk_id, len(again.jobs)) == (lost.chunk_id, CHUNK - 2)


def test_a_late_result_does_not_touch_a_later_attempt(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(1))
        ledger = frozen(database, "media")
        first = claimed(ledger)
        ledger.turn([], first, first.jobs, NOON)
        ledger.recover(NOON)
        ledger.resolve(ISSUE, Resolution.RESEND, NOON)
        second = claimed(ledger)
        assert ledger.turn([], second, second.jobs, NOON).begun
        with pytest.raises(Stopped):
            ledger.turn([result(first.jobs[0], S.REFUSED)], None, [], NOON)
        assert counts(ledger) == {S.SUBMITTING: 1}
