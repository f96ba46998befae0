"""Mailings to Segments: each is accounted for by itself, and nobody gets the issue twice."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.errors import NewsletterError
from newsletter.model.ledger import Draft
from newsletter.model.mailing import DeliveryState, ExclusionReason
from newsletter.store.ledger import Ledger
from tests.store.office import (
    ENDED,
    ISSUE,
    NOON,
    claimed,
    draft,
    opened,
    readers,
    result,
    speakers_of,
    subscribe,
    unsubscribe,
)

S = DeliveryState
PENDING, ACCEPTED = S.PENDING, S.ACCEPTED


def to(language: str, name: str = "media") -> Draft:
    return draft(name, segment=speakers_of(language))


def test_candidates_are_those_of_the_segment_and_the_rest_is_not_mentioned(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(3), language="ru")
        subscribe(database, "media", readers(2, "editor"), language="en")
        subscribe(database, "media", ["gone"], language="ru", state=ENDED)
        (tally,) = Ledger(database).freeze(ISSUE, [to("ru")], NOON)
        assert (tally.list, tally.segment, tally.name) == ("media", "read-ru", "media/read-ru")
        assert (tally.candidates, tally.by_state) == (4, {PENDING: 3})
        assert tally.exclusions == {ExclusionReason.UNSUBSCRIBED: 1}


def test_the_whole_list_gets_afterwards_what_a_segment_did_not(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(3), language="ru")
        subscribe(database, "media", readers(2, "editor"), language="en")
        ledger = Ledger(database)
        ledger.freeze(ISSUE, [to("ru")], NOON)
        (whole,) = ledger.freeze(ISSUE, [draft("media")], NOON)
        assert (whole.candidates, whole.by_state) == (5, {PENDING: 2})
        assert whole.exclusions == {ExclusionReason.OTHER_MAILING: 3}


def test_who_came_since_gets_it_by_a_segment_after_the_whole_list(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(3), language="ru")
        ledger = Ledger(database)
        ledger.freeze(ISSUE, [draft("media")], NOON)
        with pytest.raises(NewsletterError, match=r"would get it .* 3 other-mailing"):
            ledger.freeze(ISSUE, [to("ru")], NOON)
        subscribe(database, "media", ["new"], language="ru")
        (tally,) = ledger.freeze(ISSUE, [to("ru")], NOON)
        assert (tally.candidates, tally.by_state) == (4, {PENDING: 1})


def test_a_segment_of_a_list_is_mailed_once(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(1), language="ru")
        ledger = Ledger(database)
        ledger.freeze(ISSUE, [to("ru")], NOON)
        with pytest.raises(NewsletterError, match="was frozen for the list 'media/read-ru'"):
            ledger.freeze(ISSUE, [to("ru")], NOON)


def test_a_list_with_nobody_in_the_segment_is_left_out_unless_it_is_the_only_one(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(2), language="ru")
        subscribe(database, "constituents", readers(2, "other"), language="en")
        ledger = Ledger(database)
        (tally,) = ledger.freeze(ISSUE, [to("ru", "constituents"), to("ru")], NOON)
        assert tally.name == "media/read-ru"
        with pytest.raises(NewsletterError, match="nobody is there: constituents/read-ru"):
            ledger.freeze(ISSUE, [to("ru", "constituents")], NOON)
        assert len(ledger.tallies(ISSUE)) == 1


def test_what_was_cancelled_for_a_segment_goes_by_the_whole_list(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(3), language="ru")
        ledger = Ledger(database)
        ledger.freeze(ISSUE, [to("ru")], NOON)
        claim = claimed(ledger)
        ledger.turn([], claim, claim.jobs[:1], NOON)
        ledger.turn([result(claim.jobs[0])], None, [], NOON)
        assert ledger.cancel(ISSUE, NOON, only=["media"]) == 0  # there is no such Mailing
        assert ledger.cancel(ISSUE, NOON, only=["media/read-ru"]) == 2
        ledger.finish(claim, NOON)
        (whole,) = ledger.freeze(ISSUE, [draft("media")], NOON)
        assert whole.exclusions == {ExclusionReason.OTHER_MAILING: 1}
        assert whole.by_state == {PENDING: 2}


def test_a_mailing_is_claimed_by_its_name(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(1), language="ru")
        subscribe(database, "media", readers(2, "editor"), language="en")
        ledger = Ledger(database)
        ledger.freeze(ISSUE, [to("ru"), draft("media")], NOON)
        whole = ledger.claim(ISSUE, NOON, only=["media"])
        segment = ledger.claim(ISSUE, NOON, only=["media/read-ru"])
        assert whole is not None
        assert segment is not None
        assert (len(whole.jobs), len(segment.jobs)) == (2, 1)


steps = st.lists(
    st.one_of(
        st.sampled_from(["", "ru", "en", "de"]).map(lambda language: ("freeze", language)),
        st.integers(0, 5).map(lambda count: ("send", str(count))),
        st.just(("die", "")),
        st.sampled_from(readers(4)).map(lambda who: ("leave", who)),
        st.sampled_from(["media", "media/read-ru", "media/read-en"]).map(
            lambda name: ("cancel", name)
        ),
    ),
    max_size=12,
)


@given(
    steps=steps,
    languages=st.lists(st.sampled_from(["ru", "en", "de"]), min_size=4, max_size=4),
)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_in_any_order_of_sends_and_deaths_sums_hold_and_nobody_gets_it_twice(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str]], languages: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("office")
    accepted: Counter[str] = Counter()
    with opened(folder) as database:
        for who, language in zip(readers(4), languages, strict=True):
            subscribe(database, "media", [who], language=language)
        for step, word in steps:
            ledger = Ledger(database)
            if step == "freeze":
                try:
                    ledger.freeze(ISSUE, [to(word) if word else draft("media")], NOON)
                except NewsletterError:
                    continue
            elif step == "leave":
                unsubscribe(database, word)
            elif step == "cancel":
                ledger.cancel(ISSUE, NOON, only=[word])
            else:
                _send(ledger, accepted, int(word or 0), dies=step == "die")
            assert all(tally.balanced for tally in ledger.tallies(ISSUE))
        unknown = {each.address for each in Ledger(database).standings(ISSUE, [S.UNKNOWN])}
    assert all(count == 1 for count in accepted.values())
    assert not unknown & {f"{who}@example.org" for who in accepted}


def _send(ledger: Ledger, accepted: Counter[str], count: int, *, dies: bool) -> None:
    """Submit some Deliveries; who dies has written an intent, and no result."""
    ledger.recover(NOON)
    claim = ledger.claim(ISSUE, NOON)
    if claim is None:
        return
    jobs = claim.jobs[: count or 1]
    begun = [job for job in jobs if job.id in ledger.turn([], claim, jobs, NOON).begun]
    if dies:
        return
    ledger.turn([result(job) for job in begun], None, [], NOON)
    accepted.update(job.address.local for job in begun)
    ledger.finish(claim, NOON)
