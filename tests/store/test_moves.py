"""The operator's word about Deliveries, and what the ledger tells about each of them."""

from pathlib import Path

import pytest

from newsletter.model.ledger import Resolution
from newsletter.model.mailing import (
    DeliveryState,
)
from newsletter.store.ledger import Ledger
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
