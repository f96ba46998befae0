"""Preparing, planning, deciding about the unknown, cancelling, reporting."""

import dataclasses
from pathlib import Path

import pytest

from newsletter.errors import NewsletterError, Stopped
from newsletter.mailing.prepare import drafts_of, plan, prepare
from newsletter.mailing.report import report
from newsletter.mailing.resolve import cancel, resolve
from newsletter.mailing.trial import reach
from newsletter.model.ledger import Resolution
from newsletter.model.mailing import DeliveryState
from newsletter.store.ledger import Ledger
from tests.mailing.sends import SwiftClock, relay_at, send
from tests.mailing.witness import DROP, Witness
from tests.store.office import (
    ISSUE,
    NOON,
    claimed,
    frozen,
    letter,
    opened,
    readers,
    subscribe,
)

S = DeliveryState
RENDERINGS = {language: letter(language).rendering for language in ("en", "ru")}
HEADS = {
    (name, language): dataclasses.replace(letter(language).head, list_name=name)
    for name in ("constituents", "media")
    for language in ("en", "ru")
}


def test_a_plan_shows_what_prepare_does(tmp_path: Path) -> None:
    lists = ["constituents", "media"]
    with opened(tmp_path) as database:
        subscribe(database, "constituents", readers(3), language="ru")
        subscribe(database, "media", readers(5))
        ledger = Ledger(database)
        drafts = drafts_of(ISSUE, lists, RENDERINGS, HEADS, "en")
        planned = plan(ledger, ISSUE, drafts, NOON)
        with pytest.raises(NewsletterError, match="never sent"):
            report(ledger, ISSUE)
        assert prepare(ledger, ISSUE, drafts, NOON) == planned
        assert [tally.candidates for tally in planned] == [3, 5]
        claim = ledger.claim(ISSUE, NOON, only=["media"])
        assert claim is not None
        kept = ledger.letter(claim.jobs[0].mailing_id, "ru")
        assert kept.head.list_name == "media"
        assert kept.rendering == RENDERINGS["ru"]


def test_readers_of_a_list_in_one_language_get_that_edition(tmp_path: Path) -> None:
    heads = {place: head for place, head in HEADS.items() if place != ("media", "en")}
    with opened(tmp_path) as database:
        subscribe(database, "constituents", readers(2))
        subscribe(database, "media", readers(3, "editor"))
        drafts = drafts_of(ISSUE, ["constituents", "media"], RENDERINGS, heads, "en")
        assert [each.default_language for each in drafts] == ["en", "ru"]
        first, second = prepare(Ledger(database), ISSUE, drafts, NOON)
        assert (first.by_language, second.by_language) == ({"en": 2}, {"ru": 3})


def test_the_default_language_must_be_there() -> None:
    with pytest.raises(NewsletterError, match="2015-1 has no edition in kk"):
        drafts_of(ISSUE, ["media"], RENDERINGS, HEADS, "kk")


async def test_the_operator_decides_about_the_unknown(tmp_path: Path) -> None:
    def hang_up(verb: str, recipient: str, count: int) -> bytes | None:
        unlucky = recipient.startswith(("reader00001", "reader00002"))
        return DROP if (verb, count, unlucky) == ("DOT", 1, True) else None

    clock = SwiftClock()
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(6))
        ledger = frozen(database, "media")
        async with Witness(hang_up) as relay:
            found = await send(ledger, relay.port, clock=clock)
            assert (found.count(S.ACCEPTED), found.count(S.UNKNOWN)) == (4, 2)
            assert resolve(ledger, ISSUE, Resolution.RESEND, clock.now()) == 2
            found = await send(ledger, relay.port, clock=clock)
        assert found.count(S.ACCEPTED) == 6
        assert resolve(ledger, ISSUE, Resolution.ASSUME_ACCEPTED, clock.now()) == 0


async def test_what_is_cancelled_is_not_sent(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "constituents", readers(2, "first"))
        subscribe(database, "media", readers(3, "second"))
        ledger = frozen(database, "constituents", "media")
        assert cancel(ledger, ISSUE, NOON, only=["media"]) == 3
        async with Witness() as relay:
            found = await send(ledger, relay.port)
        assert (len(relay.accepted), found.count(S.CANCELLED), found.exit_code) == (2, 3, 0)


def test_orders_about_an_issue_that_was_never_sent_are_refused(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        ledger = Ledger(database)
        with pytest.raises(NewsletterError, match="2015-9 was never sent"):
            resolve(ledger, "2015-9", Resolution.RESEND, NOON)
        with pytest.raises(NewsletterError, match="2015-9 was never sent"):
            cancel(ledger, "2015-9", NOON)


def test_a_report_is_plain_values_for_scripts(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(2))
        found = report(frozen(database, "media"), ISSUE)
    assert found.as_json() == {
        "issue": "2015-1",
        "mailings": [
            {
                "list": "media",
                "segment": "",
                "candidates": 2,
                "excluded": 0,
                "pending": 2,
                "accepted": 0,
                "deferred": 0,
                "refused": 0,
                "unknown": 0,
                "skipped": 0,
                "cancelled": 0,
                "in_flight": 0,
                "exclusions": {},
                "languages": {"en": 2},
                "variants": {},
                "frozen_at": "2015-03-31T12:00:00+00:00",
                "next_due": "2015-03-31T12:00:00+00:00",
                "paused_at": None,
                "paused_because": "",
            }
        ],
    }


def test_a_report_tells_what_a_dead_sender_had_on_its_way(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", readers(5))
        ledger = frozen(database, "media")
        claim = claimed(ledger)
        ledger.turn([], claim, claim.jobs[:2], NOON)
        found = report(ledger, ISSUE)
    assert found.in_flight == 2
    (mailing,) = found.as_json()["mailings"]
    assert (mailing["pending"], mailing["in_flight"]) == (5, 2)


async def test_a_relay_is_reached_or_there_are_words(tmp_path: Path) -> None:
    async with Witness() as relay:
        await reach([relay_at(relay.port)])
        assert relay.connections == 1
    assert not relay.whole
    with pytest.raises(Stopped, match="there is no connection to the relay: "):
        await reach([relay_at(relay.port)])
