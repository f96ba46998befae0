"""Freezing: every Candidate becomes a Delivery or an Exclusion, once, and nothing changes after."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.errors import NewsletterError, Stopped
from newsletter.model.ledger import Resolution
from newsletter.model.mailing import DeliveryState, ExclusionReason, Tally
from newsletter.model.rendering import Rendering
from newsletter.store import freeze
from newsletter.store.engine import Database
from newsletter.store.ledger import Ledger
from newsletter.store.tables import (
    chunks,
    deliveries,
    exclusions,
    mailings,
    pictures,
    renderings,
)
from tests.store.office import (
    ENDED,
    ISSUE,
    NOON,
    PENDING,
    claimed,
    draft,
    frozen,
    letter,
    minutes,
    opened,
    readers,
    rest,
    result,
    subscribe,
    suppress,
    tamper,
    unsubscribe,
)

REFUSED = DeliveryState.REFUSED


def test_every_candidate_is_mailed_or_excluded_with_a_reason(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna", "boris", "clara"])
        subscribe(database, "media", ["dmitry"], state=ENDED)
        subscribe(database, "media", ["elena", "farid"], state=PENDING)
        suppress(database, "boris")
        suppress(database, "dmitry")
        (tally,) = frozen(database, "media").tallies(ISSUE)
    assert tally.candidates == 6
    assert tally.by_state == {DeliveryState.PENDING: 2}
    assert tally.exclusions == {ExclusionReason.SUPPRESSED: 2, ExclusionReason.UNCONFIRMED: 2}
    assert tally.balanced
    assert (tally.frozen_at, tally.next_due) == (NOON, NOON)


def test_whose_subscription_rests_is_left_out_until_that_moment(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna", "boris", "clara"])
        subscribe(database, "media", ["dmitry"], state=ENDED)
        rest(database, "anna")
        rest(database, "boris", NOON)
        rest(database, "dmitry")
        (tally,) = frozen(database, "media").tallies(ISSUE)
        assert tally.by_state == {DeliveryState.PENDING: 2}
        assert tally.exclusions == {ExclusionReason.PAUSED: 1, ExclusionReason.UNSUBSCRIBED: 1}
        ledger = Ledger(database)
        later = NOON + minutes(60)
        (tally,) = ledger.freeze("2015-2", [draft("media", issue="2015-2")], later)
        assert tally.by_state == {DeliveryState.PENDING: 3}


def test_a_reader_gets_their_language_or_the_default_one(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna"], language="en")
        subscribe(database, "media", ["boris"], language="ru")
        subscribe(database, "media", ["carlos"], language="es")
        subscribe(database, "media", ["dana"], language="")
        (tally,) = frozen(database, "media").tallies(ISSUE)
    assert tally.by_language == {"en": 3, "ru": 1}


def test_a_reader_of_two_lists_gets_the_issue_once(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "constituents", ["anna", "boris"])
        subscribe(database, "media", ["boris", "clara"])
        ledger = frozen(database, "constituents", "media")
        first, second = ledger.tallies(ISSUE)
        assert (first.list, first.count(DeliveryState.PENDING), first.excluded) == (
            "constituents",
            2,
            0,
        )
        assert (second.list, second.count(DeliveryState.PENDING)) == ("media", 1)
        assert second.exclusions == {ExclusionReason.OTHER_LIST: 1}
        (who,) = ledger.exclusions(ISSUE)
        assert (who.address, who.exclusion) == ("boris@example.org", ExclusionReason.OTHER_LIST)


def test_one_who_was_skipped_or_cancelled_elsewhere_is_mailed_by_the_other_list(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "constituents", ["anna"])
        subscribe(database, "media", ["anna"])
        ledger = frozen(database, "constituents")
        ledger.cancel(ISSUE, NOON)
        (tally,) = ledger.freeze(ISSUE, [draft("media")], NOON)
    assert (tally.list, tally.by_state, tally.excluded) == ("media", {DeliveryState.PENDING: 1}, 0)


def test_another_issue_goes_to_the_same_people(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna"])
        ledger = frozen(database, "media")
        (tally,) = ledger.freeze("2015-2", [draft("media", issue="2015-2")], NOON)
        assert tally.by_state == {DeliveryState.PENDING: 1}
        assert ledger.issues() == ["2015-2", ISSUE]


def test_an_issue_goes_to_a_list_once(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna"])
        ledger = frozen(database, "media")
        with pytest.raises(NewsletterError, match=r"frozen for the list 'media' on 31\.03\.2015"):
            ledger.freeze(ISSUE, [draft("media")], NOON)
        assert len(ledger.tallies(ISSUE)) == 1


def test_what_was_cancelled_before_anybody_got_it_may_be_frozen_anew(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(3))
        ledger = frozen(database, "media")
        claim = claimed(ledger)
        ledger.turn([], claim, claim.jobs[:2], NOON)
        back = [result(claim.jobs[0], DeliveryState.PENDING), result(claim.jobs[1], REFUSED)]
        ledger.turn(back, None, (), NOON)
        old = {row.mailing_id for row in claim.jobs}
        with pytest.raises(NewsletterError, match=f"resume {ISSUE}.*cancel {ISSUE}"):
            ledger.freeze(ISSUE, [draft("media")], NOON)
        ledger.cancel(ISSUE, NOON)
        subscribe(database, "media", ["zoe"])
        (tally,) = ledger.freeze(ISSUE, [draft("media")], NOON)
        assert tally.by_state == {DeliveryState.PENDING: 4}
        assert ledger.tallies(ISSUE) == [tally]
        with pytest.raises(Stopped):  # who held what was there has lost it
            ledger.turn([], claim, claim.jobs[2:], NOON)
        again = claimed(ledger)
        assert len(again.jobs) == 4
        assert old.isdisjoint(job.mailing_id for job in again.jobs)
        assert again.chunk_id != claim.chunk_id


@pytest.mark.parametrize("state", [DeliveryState.ACCEPTED, DeliveryState.UNKNOWN, None])
def test_what_somebody_may_have_is_not_frozen_anew(
    tmp_path: Path, state: DeliveryState | None
) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(3))
        ledger = frozen(database, "media")
        claim = claimed(ledger)
        ledger.turn([], claim, claim.jobs[:1], NOON)  # without an answer it may be on its way
        if state:
            ledger.turn([result(claim.jobs[0], state)], None, (), NOON)
            ledger.resolve(ISSUE, Resolution.RESEND, NOON)  # pending again, yet it may be there
        ledger.cancel(ISSUE, NOON)
        before = ledger.tallies(ISSUE)
        with pytest.raises(NewsletterError, match="an issue goes to a list once"):
            ledger.freeze(ISSUE, [draft("media")], NOON)
        assert ledger.tallies(ISSUE) == before


@pytest.mark.parametrize("keep", [True, False])
def test_an_issue_that_nobody_would_get_is_refused_and_keeps_nothing(
    tmp_path: Path, keep: bool
) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "constituents", ["anna"], state=PENDING)
        subscribe(database, "media", ["boris"])
        suppress(database, "boris")
        ledger, drafts = Ledger(database), [draft("constituents"), draft("media")]
        with pytest.raises(
            NewsletterError,
            match=r"nobody on constituents, media would get it "
            r"\(constituents: 1 unconfirmed; media: 1 suppressed\)",
        ):
            ledger.freeze(ISSUE, drafts, NOON, keep=keep)
        assert ledger.tallies(ISSUE) == []
        subscribe(database, "media", ["clara"])  # one reader on one list is enough
        assert len(ledger.freeze(ISSUE, drafts, NOON, keep=keep)) == 2


@pytest.mark.parametrize("name", ["nobody", "unheard-of"])
def test_a_list_without_readers_stops_all_and_keeps_nothing(tmp_path: Path, name: str) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna"])
        subscribe(database, "nobody", [])
        with pytest.raises(NewsletterError, match=f"nobody has subscribed to the list '{name}'"):
            frozen(database, "media", name)
        assert Ledger(database).tallies(ISSUE) == []


def test_a_plan_tells_the_same_and_keeps_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(3))
        unsubscribe(database, readers(1)[0])
        ledger = Ledger(database)
        planned = ledger.freeze(ISSUE, [draft("media")], NOON, keep=False)
        with database.read() as connection:
            kept = [
                connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
                for table in (mailings, renderings, pictures, chunks, deliveries, exclusions)
            ]
        assert kept == [0] * 6
        assert ledger.freeze(ISSUE, [draft("media")], NOON) == planned


def test_a_sum_that_does_not_hold_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freeze, "_exclude", lambda *_: None)
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna"])
        subscribe(database, "media", ["boris"], state=ENDED)
        with pytest.raises(NewsletterError, match="2 candidates, but 1 deliveries and 0 exclus"):
            frozen(database, "media")
        assert Ledger(database).tallies(ISSUE) == []


def test_deliveries_are_dealt_into_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freeze, "CHUNK", 4)
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(10))
        frozen(database, "media")
        with database.read() as connection:
            sizes = connection.execute(
                sa.select(sa.func.count()).group_by(deliveries.c.chunk_id).select_from(deliveries)
            ).scalars()
            assert sorted(sizes) == [2, 4, 4]


def test_what_was_frozen_is_given_back_unchanged(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna"])
        ledger = frozen(database, "media")
        for language in ("en", "ru"):
            found = ledger.letter(1, language)
            assert found == letter(language)
            assert found.rendering.digest == letter(language).rendering.digest
        with database.read() as connection:
            shown_twice = connection.execute(sa.select(sa.func.count()).select_from(pictures))
            assert shown_twice.scalar_one() == 1


def test_what_was_changed_by_another_hand_is_not_sent(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna"])
        ledger = frozen(database, "media")
        tamper(database)
        with pytest.raises(NewsletterError, match="not what was frozen"):
            ledger.letter(1, "en")


def test_all_of_a_rendering_is_kept() -> None:
    # A field added to Rendering must be added to what the store keeps.
    assert set(Rendering.__dataclass_fields__) == {
        *("issue", "language", "subject", "preheader", "html", "text", "pictures"),
        *("greeting", "greeting_anonymous"),
    }


def test_sums_hold_for_any_mixture(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        people = readers(120)
        subscribe(database, "constituents", people[:80])
        subscribe(database, "media", people[40:])
        subscribe(database, "media", people[100:], state=PENDING)
        for local in people[::7]:
            unsubscribe(database, local)
        for local in people[::11]:
            suppress(database, local)
        tallies = frozen(database, "constituents", "media").tallies(ISSUE)
        assert all(tally.balanced for tally in tallies)
        assert sum(tally.candidates for tally in tallies) == 160
        assert _addresses_mailed_twice(database) == []
    assert _sum(tallies, ExclusionReason.OTHER_LIST) > 0


def _sum(tallies: list[Tally], reason: ExclusionReason) -> int:
    return sum(tally.exclusions.get(reason, 0) for tally in tallies)


def _addresses_mailed_twice(database: Database) -> list[str]:
    with database.read() as connection:
        query = (
            sa.select(deliveries.c.address_key)
            .group_by(deliveries.c.address_key)
            .having(sa.func.count() > 1)
        )
        return list(connection.execute(query).scalars())
