"""The operator's word about Deliveries, and what the ledger tells about each of them."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.errors import Stopped
from newsletter.model.ledger import Claim, Resolution
from newsletter.model.mailing import TRANSITIONS, DeliveryState
from newsletter.store.engine import Database
from newsletter.store.generation import doubt
from newsletter.store.ledger import Ledger
from newsletter.store.sending import LEASE
from tests.store.office import (
    ISSUE,
    NOON,
    address,
    claimed,
    counts,
    frozen,
    minutes,
    opened,
    readers,
    result,
    subscribe,
    suppress,
    unsubscribe,
)

S = DeliveryState


# --- The operator's word ---


def _unknown(ledger: Ledger) -> None:
    claim = claimed(ledger)
    ledger.turn([], claim, claim.jobs, NOON)
    ledger.turn([result(job, S.UNKNOWN) for job in claim.jobs], None, [], NOON)
    ledger.finish(claim, NOON)


def test_what_is_unknown_is_held_until_somebody_decides(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(2))
        ledger = frozen(database, "media")
        _unknown(ledger)
        assert ledger.claim(ISSUE, NOON + minutes(999)) is None
        assert ledger.resolve(ISSUE, Resolution.RESEND, NOON) == 2
        assert ledger.resolve(ISSUE, Resolution.RESEND, NOON) == 0
        assert [job.number for job in claimed(ledger).jobs] == [2, 2]


def test_what_is_unknown_may_be_taken_for_accepted(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(2))
        ledger = frozen(database, "media")
        _unknown(ledger)
        assert ledger.resolve("2015-2", Resolution.ASSUME_ACCEPTED, NOON) == 0
        assert ledger.resolve(ISSUE, Resolution.ASSUME_ACCEPTED, NOON) == 2
        assert counts(ledger) == {S.ACCEPTED: 2}


def test_a_delivery_is_resent_by_itself_once_only(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(1))
        ledger = frozen(database, "media")
        _unknown(ledger)
        assert ledger.resolve(ISSUE, Resolution.RESEND, NOON, most_unknown=1) == 1
        _unknown(ledger)
        assert ledger.resolve(ISSUE, Resolution.RESEND, NOON, most_unknown=1) == 0
        assert ledger.resolve(ISSUE, Resolution.RESEND, NOON) == 1


def test_cancelling_takes_back_what_was_not_submitted(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(4))
        ledger = frozen(database, "media")
        claim = claimed(ledger)
        ledger.turn([], claim, claim.jobs[:2], NOON)
        assert ledger.cancel(ISSUE, NOON) == 2
        assert not ledger.turn([], claim, claim.jobs[2:], NOON).begun
        answers = [result(claim.jobs[0]), result(claim.jobs[1], S.PENDING)]
        ledger.turn(answers, None, [], NOON)
        assert not ledger.turn([], claim, claim.jobs[1:2], NOON).begun
        ledger.finish(claim, NOON)
        assert counts(ledger) == {S.ACCEPTED: 1, S.CANCELLED: 3}
        assert ledger.claim(ISSUE, NOON + minutes(999)) is None
        assert ledger.cancel(ISSUE, NOON) == 0


# --- Who is where ---


def test_everybody_is_listed_with_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsletter.store.ledger._PAGE", 2)
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(5))
        unsubscribe(database, readers(1)[0])
        ledger = frozen(database, "media")
        claim = claimed(ledger)
        ledger.turn([], claim, claim.jobs[:1], NOON)
        ledger.turn([result(claim.jobs[0], S.REFUSED)], None, [], NOON)
        everybody = list(ledger.standings(ISSUE))
        assert {each.address for each in everybody} == {
            f"{local}@example.org" for local in readers(5)[1:]
        }
        (refused,) = ledger.standings(ISSUE, [S.REFUSED])
        assert (refused.reason, refused.list, refused.language) == ("words", "media", "en")
        (left_out,) = ledger.exclusions(ISSUE)
        assert (left_out.address, left_out.reason) == ("reader00000@example.org", "unsubscribed")
        (story,) = ledger.stories(address("reader00000").key)
        assert (story.issue, story.standing, story.attempts) == (ISSUE, left_out, ())


# --- Which moves there are ---


Way = Callable[[Ledger, Database, Claim], object]


def _is_begun(ledger: Ledger, _: Database, claim: Claim) -> None:
    ledger.turn([], claim, claim.jobs, NOON)


def _comes_to(state: DeliveryState) -> Way:
    def way(ledger: Ledger, _: Database, claim: Claim) -> None:
        with contextlib.suppress(Stopped):  # another sender has taken over
            ledger.turn([result(claim.jobs[0], state)], None, [], NOON)

    return way


def _leaves(ledger: Ledger, database: Database, claim: Claim) -> None:
    unsubscribe(database, "anna")
    ledger.turn([], claim, claim.jobs, NOON)


def _is_suppressed(ledger: Ledger, database: Database, claim: Claim) -> None:
    suppress(database, "anna")
    ledger.turn([], claim, claim.jobs, NOON)


def _is_doubted(database: Database) -> None:
    with database.write() as connection:
        doubt(connection, NOON)


WAYS: dict[DeliveryState, tuple[Way, ...]] = {
    S.SUBMITTING: (_is_begun,),
    S.ACCEPTED: (
        _comes_to(S.ACCEPTED),
        lambda ledger, _, __: ledger.resolve(ISSUE, Resolution.ASSUME_ACCEPTED, NOON),
    ),
    S.DEFERRED: (_comes_to(S.DEFERRED),),
    S.REFUSED: (_comes_to(S.REFUSED),),
    S.UNKNOWN: (
        _comes_to(S.UNKNOWN),
        lambda ledger, _, __: ledger.recover(NOON),
        lambda ledger, _, __: ledger.recover(NOON + LEASE, alone=False),
        lambda _, database, __: _is_doubted(database),
    ),
    S.PENDING: (
        _comes_to(S.PENDING),
        lambda ledger, _, __: ledger.resolve(ISSUE, Resolution.RESEND, NOON),
        lambda ledger, _, __: ledger.retry(ISSUE, NOON),
    ),
    S.SKIPPED: (_leaves, _is_suppressed),
    S.CANCELLED: (lambda ledger, _, __: ledger.cancel(ISSUE, NOON),),
}
"""All that anybody can do to a Delivery, by the state to which it leads."""


def _bring(ledger: Ledger, database: Database, state: DeliveryState) -> Claim:
    """Let the only Delivery come into `state`; return a claim that is held."""
    claim = claimed(ledger)
    if state not in (S.PENDING, S.SKIPPED, S.CANCELLED):
        _is_begun(ledger, database, claim)
    if state not in (S.PENDING, S.SUBMITTING):
        WAYS[state][0](ledger, database, claim)
    assert counts(ledger) == {state: 1}
    return claim


@pytest.mark.slow
@pytest.mark.parametrize("source", list(DeliveryState))
@pytest.mark.parametrize("target", list(DeliveryState))
def test_no_way_leads_where_no_delivery_may_go(
    tmp_path: Path, source: DeliveryState, target: DeliveryState
) -> None:
    ends: set[DeliveryState] = set()
    for number, way in enumerate(WAYS[target]):
        (tmp_path / str(number)).mkdir()
        with opened(tmp_path / str(number)) as database:
            subscribe(database, "media", ["anna"])
            ledger = frozen(database, "media")
            way(ledger, database, _bring(ledger, database, source))
            ends |= counts(ledger).keys()
    assert (target in ends) == (target in TRANSITIONS[source] or target is source)
    assert ends <= {source, target}


@pytest.mark.parametrize("state", [S.SUBMITTING, S.SKIPPED, S.CANCELLED])
def test_no_attempt_comes_to_what_only_the_ledger_says(
    tmp_path: Path, state: DeliveryState
) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna"])
        ledger = frozen(database, "media")
        claim = _bring(ledger, database, S.SUBMITTING)
        answer = replace(result(claim.jobs[0]), state=state)
        with pytest.raises(ValueError, match="no Delivery goes"):
            ledger.turn([answer], None, [], NOON)
        assert counts(ledger) == {S.SUBMITTING: 1}


# --- A Mailing that was cancelled ---


def _refused(ledger: Ledger) -> None:
    claim = claimed(ledger)
    ledger.turn([], claim, claim.jobs, NOON)
    ledger.turn([result(job, S.REFUSED) for job in claim.jobs], None, [], NOON)
    ledger.finish(claim, NOON)


def test_of_what_is_cancelled_nothing_is_sent_again_and_nobodys_story_is_lost(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "constituents", ["anna"])
        subscribe(database, "media", ["boris"])
        ledger = frozen(database, "constituents", "media")
        _unknown(ledger)
        _refused(ledger)
        ledger.cancel(ISSUE, NOON)
        assert ledger.resolve(ISSUE, Resolution.RESEND, NOON) == 0
        assert ledger.retry(ISSUE, NOON) == 0
        states = {each.address: each.state for each in ledger.standings(ISSUE)}
        assert states == {"anna@example.org": S.UNKNOWN, "boris@example.org": S.REFUSED}
        assert ledger.resolve(ISSUE, Resolution.ASSUME_ACCEPTED, NOON) == 1


def test_what_is_cancelled_is_not_paused_any_more(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna"])
        ledger = frozen(database, "media")
        assert ledger.pause(ISSUE, NOON) == 1
        ledger.cancel(ISSUE, NOON)
        assert ledger.tallies(ISSUE)[0].paused_at is None
        assert ledger.pause(ISSUE, NOON) == 0
