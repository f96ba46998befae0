"""What an answer of a relay means for a Delivery, and when it is tried again."""

import datetime
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.mailing.decide import FIRST_PAUSE, LONGEST_PAUSE, decide, next_pause, words
from newsletter.model.ledger import Job, Result
from newsletter.model.mailing import TRANSITIONS, DeliveryState, Outcome, Scope, Stage, Verdict
from tests.store.office import NOON, address

S, V = DeliveryState, Verdict
PATIENCE = datetime.timedelta(days=4)


def job(number: int = 1, deferred_since: datetime.datetime | None = None) -> Job:
    return Job(
        id=7,
        mailing_id=1,
        chunk_id=1,
        list_id=1,
        subscriber_id=3,
        state=S.PENDING,
        address=address("anna"),
        name="Anna",
        language="en",
        number=number,
        deferred_since=deferred_since,
    )


def after(
    verdict: Verdict,
    scope: Scope,
    *,
    stage: Stage = Stage.FINAL,
    number: int = 1,
    deferred_since: datetime.datetime | None = None,
) -> Result:
    outcome = Outcome(verdict=verdict, stage=stage, scope=scope, code=450, text="words")
    return decide(job(number, deferred_since), outcome, NOON, PATIENCE, random.Random(1))


@pytest.mark.parametrize(
    ("verdict", "scope", "state"),
    [
        (V.ACCEPTED, Scope.RECIPIENT, S.ACCEPTED),
        (V.UNKNOWN, Scope.CONNECTION, S.UNKNOWN),
        (V.REFUSED, Scope.RECIPIENT, S.REFUSED),
        (V.REFUSED, Scope.MESSAGE, S.PENDING),
        (V.DEFERRED, Scope.RECIPIENT, S.DEFERRED),
        (V.DEFERRED, Scope.MESSAGE, S.DEFERRED),
        (V.RELEASED, Scope.CONNECTION, S.PENDING),
        (V.DEFERRED, Scope.CONNECTION, S.PENDING),
        (V.DEFERRED, Scope.SENDER, S.PENDING),
        (V.REFUSED, Scope.SENDER, S.PENDING),
        (V.REFUSED, Scope.POLICY, S.PENDING),
        (V.RELEASED, Scope.POLICY, S.PENDING),
    ],
)
def test_the_scope_says_whom_an_answer_is_about(
    verdict: Verdict, scope: Scope, state: DeliveryState
) -> None:
    assert after(verdict, scope).state is state


@pytest.mark.parametrize("scope", [Scope.CONNECTION, Scope.SENDER, Scope.POLICY])
def test_what_brings_connections_down_again_and_again_has_to_wait(scope: Scope) -> None:
    states = [after(V.RELEASED, scope, stage=Stage.DATA, number=n).state for n in (1, 2, 3, 9)]
    assert states == [S.PENDING, S.PENDING, S.DEFERRED, S.DEFERRED]


@pytest.mark.parametrize("stage", [Stage.LOCAL, Stage.MAIL, Stage.DATA, Stage.FINAL])
def test_a_message_that_is_refused_again_and_again_has_to_wait(stage: Stage) -> None:
    states = [after(V.REFUSED, Scope.MESSAGE, stage=stage, number=n).state for n in (1, 2, 3, 9)]
    assert states == [S.PENDING, S.PENDING, S.DEFERRED, S.DEFERRED]


def test_what_was_never_touched_may_be_handed_back_for_ever() -> None:
    assert after(V.RELEASED, Scope.CONNECTION, stage=Stage.LOCAL, number=99).state is S.PENDING


def test_patience_is_counted_from_the_first_deferral() -> None:
    early = after(V.DEFERRED, Scope.RECIPIENT, deferred_since=NOON - PATIENCE * 0.99, number=40)
    late = after(V.DEFERRED, Scope.RECIPIENT, deferred_since=NOON - PATIENCE, number=2)
    assert early.state is S.DEFERRED
    assert (late.state, late.reason) == (S.REFUSED, "gave up after 4 days: 450 words")


@given(
    verdict=st.sampled_from(Verdict),
    scope=st.sampled_from(Scope),
    stage=st.sampled_from(Stage),
    number=st.integers(1, 100),
    waited=st.none() | st.timedeltas(datetime.timedelta(0), datetime.timedelta(days=30)),
)
def test_every_answer_leads_where_a_delivery_may_go(
    verdict: Verdict,
    scope: Scope,
    stage: Stage,
    number: int,
    waited: datetime.timedelta | None,
) -> None:
    since = None if waited is None else NOON - waited
    result = after(verdict, scope, stage=stage, number=number, deferred_since=since)
    assert result.state in TRANSITIONS[S.SUBMITTING]
    assert (result.state is S.UNKNOWN) == (verdict is V.UNKNOWN)
    assert (result.state is S.ACCEPTED) == (verdict is V.ACCEPTED)
    if result.state is S.DEFERRED:
        assert result.due_at is not None
        assert result.due_at >= NOON + FIRST_PAUSE


@given(waited=st.timedeltas(datetime.timedelta(0), datetime.timedelta(days=5)), seed=st.integers())
def test_pauses_double_with_a_little_chance_within_bounds(
    waited: datetime.timedelta, seed: int
) -> None:
    pause = next_pause(waited, random.Random(seed))
    assert FIRST_PAUSE <= pause <= LONGEST_PAUSE * 1.25
    assert pause >= min(waited, LONGEST_PAUSE)
    assert pause <= max(waited, FIRST_PAUSE) * 1.25


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ({"code": 550, "enhanced": "5.1.1", "text": "no such user"}, "550 5.1.1 no such user"),
        (
            {"code": 550, "enhanced": "5.1.1", "text": "5.1.1 no such user"},
            "550 5.1.1 no such user",
        ),
        ({"code": 450}, "450"),
        ({"text": "the connection was lost"}, "the connection was lost"),
        ({}, "no answer (rcpt)"),
    ],
)
def test_words_are_those_of_the_relay(outcome: dict[str, object], said: str) -> None:
    fixed = {"verdict": V.REFUSED, "stage": Stage.RCPT, "scope": Scope.RECIPIENT}
    assert words(Outcome(**fixed, **outcome)) == said  # type: ignore[arg-type]
