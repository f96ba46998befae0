"""Delivering over real connections: who gets what, within which limits."""

import datetime
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.errors import NewsletterError
from newsletter.mailing.decide import FIRST_PAUSE
from newsletter.mailing.deliver import DeliverySettings, deliver
from newsletter.model.mailing import DeliveryState
from newsletter.store import freeze
from newsletter.store.ledger import Ledger
from newsletter.store.tables import deliveries
from tests.mailing.sends import HurriedClock, SwiftClock, office, routes_at, send, slow, standing
from tests.mailing.witness import Witness
from tests.store.office import (
    ISSUE,
    KEYS,
    address,
    frozen,
    minutes,
    opened,
    readers,
    subscribe,
)

S = DeliveryState


async def test_everybody_gets_one_mail_with_their_name_and_links(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "constituents", ["anna", "boris"], language="ru")
        subscribe(database, "media", ["boris", "clara"])
        ledger = frozen(database, "constituents", "media")
        async with Witness() as relay:
            report = await send(ledger, relay.port)
        assert report.exit_code == 0
        assert report.stopped is None
        assert relay.recipients == dict.fromkeys(
            [f"{local}@example.org" for local in ("anna", "boris", "clara")], 1
        )
        by_recipient = {taken.recipient: taken.message for taken in relay.accepted}
        anna, clara = by_recipient["anna@example.org"], by_recipient["clara@example.org"]
        assert (anna["Subject"], clara["Subject"]) == ("Новости МОТ", "ILO News")
        assert "Reader anna" in str(anna["To"])
        links = {str(mail["List-Unsubscribe"]) for mail in by_recipient.values()}
        assert len(links) == 3


async def test_nothing_is_asked_of_the_relay_when_nothing_is_due(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        ledger = office(database, 3)
        async with Witness() as relay:
            await send(ledger, relay.port)
            before = relay.connections
            again = await send(ledger, relay.port)
        assert again.exit_code == 0
        assert relay.connections == before
        assert len(relay.accepted) == 3


async def test_an_issue_that_was_never_frozen_is_refused(tmp_path: Path) -> None:
    with (
        opened(tmp_path) as database,
        pytest.raises(NewsletterError, match="2015-1 was never sent"),
    ):
        await send(Ledger(database), 9)


async def test_only_the_lists_that_are_asked_for_get_it(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "constituents", ["anna"])
        subscribe(database, "media", ["boris"])
        ledger = frozen(database, "constituents", "media")
        async with Witness() as relay:
            await deliver(
                ledger, routes_at(relay.port), KEYS, ISSUE, DeliverySettings(), only=["media"]
            )
        assert [taken.recipient for taken in relay.accepted] == ["boris@example.org"]


# --- Limits ---


async def test_connections_and_messages_on_each_are_limited(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        ledger = office(database, 20)
        async with Witness() as relay:
            report = await send(ledger, relay.port, connections=2, messages_per_connection=3)
        assert report.exit_code == 0
        assert relay.most_open <= 2
        assert relay.connections >= 7


async def test_a_few_readers_do_not_open_many_connections(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        ledger = office(database, 2)
        async with Witness() as relay:
            await send(ledger, relay.port, connections=10)
        assert relay.connections <= 2


async def test_the_pace_is_kept(tmp_path: Path) -> None:
    clock = HurriedClock()
    with opened(tmp_path) as database:
        ledger = office(database, 21)
        async with Witness() as relay:
            report = await send(ledger, relay.port, clock=clock, gentleness=slow(0.5))
        assert report.exit_code == 0
        assert clock.monotonic() >= 20 / 0.5


async def test_a_slow_relay_has_few_intents_without_result(tmp_path: Path) -> None:
    most = 0
    with opened(tmp_path) as database:
        ledger = office(database, 30)

        def count_intents(verb: str, _recipient: str, _count: int) -> float | None:
            nonlocal most
            if verb == "DOT":
                (tally,) = ledger.tallies(ISSUE)
                most = max(most, tally.count(S.SUBMITTING))
                return 0.05
            return None

        async with Witness(count_intents) as relay:
            await send(ledger, relay.port, connections=2)
    assert 1 <= most <= 8  # four that two connections take, and what they use up during two turns


async def test_many_chunks_are_delivered_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freeze, "CHUNK", 4)
    with opened(tmp_path) as database:
        ledger = office(database, 30)
        async with Witness() as relay:
            report = await send(ledger, relay.port)
        assert report.count(S.ACCEPTED) == 30
        assert report.next_due is None
        assert set(relay.recipients.values()) == {1}


# --- Answers about one recipient ---


async def test_f6_a_refused_recipient_is_refused_and_others_go_on(tmp_path: Path) -> None:
    def refuse(verb: str, recipient: str, _: int) -> bytes | None:
        known = not (verb == "RCPT" and recipient.startswith("reader00003"))
        return None if known else b"550 5.1.1 no such user\r\n"

    with opened(tmp_path) as database:
        ledger = office(database, 8)
        async with Witness(refuse) as relay:
            report = await send(ledger, relay.port)
        assert standing(ledger, "reader00003") == (S.REFUSED, "550 5.1.1 no such user")
        assert (report.count(S.ACCEPTED), report.exit_code) == (7, 3)


async def test_f5_a_greylisted_recipient_is_tried_after_growing_pauses(
    tmp_path: Path,
) -> None:
    def greylist(verb: str, _: str, count: int) -> bytes | None:
        return b"450 4.7.1 come back later\r\n" if verb == "RCPT" and count < 5 else None

    clock = SwiftClock()
    pauses = []
    with opened(tmp_path) as database:
        ledger = office(database, 1)
        async with Witness(greylist) as relay:
            report = await send(ledger, relay.port, clock=clock)
            while report.next_due:
                assert report.exit_code == 3
                pauses.append(report.next_due - clock.now())
                clock.go_to(report.next_due - minutes(0.01))
                assert (await send(ledger, relay.port, clock=clock)).tallies == report.tallies
                clock.go_to(report.next_due)
                report = await send(ledger, relay.port, clock=clock)
        assert report.exit_code == 0
        assert len(pauses) == 4
        assert pauses == sorted(pauses)
        assert pauses[0] >= FIRST_PAUSE
        assert len({taken.message_id for taken in relay.whole}) == 1


async def test_f8_a_recipient_who_is_always_told_later_is_given_up(tmp_path: Path) -> None:
    clock = SwiftClock()
    with opened(tmp_path) as database:
        ledger = office(database, 1)
        async with Witness(lambda verb, *_: b"450 full\r\n" if verb == "RCPT" else None) as relay:
            report = await send(ledger, relay.port, clock=clock)
            while report.next_due:
                clock.go_to(report.next_due)
                report = await send(
                    ledger, relay.port, clock=clock, give_up_after=datetime.timedelta(days=2)
                )
        state, reason = standing(ledger, readers(1)[0])
        assert state is S.REFUSED
        assert re.fullmatch(r"gave up after 2\.\d+ days: 450 full", reason)


async def test_f24_an_address_beyond_ascii_is_refused_where_the_relay_cannot_take_it(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["почта", "boris"])
        ledger = frozen(database, "media")
        async with Witness(smtputf8=False) as relay:
            report = await send(ledger, relay.port)
        state, reason = standing(ledger, "почта")
        assert state is S.REFUSED
        assert reason.startswith("unsupported-address")
        assert (report.count(S.ACCEPTED), report.exit_code) == (1, 3)


async def test_an_address_beyond_ascii_is_mailed_where_the_relay_takes_it(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["почта"])
        ledger = frozen(database, "media")
        async with Witness() as relay:
            report = await send(ledger, relay.port)
        assert report.exit_code == 0
        assert [taken.recipient for taken in relay.accepted] == ["почта@example.org"]


async def test_f36_a_mail_that_cannot_be_made_is_refused_and_others_go_on(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as database:
        ledger = office(database, 4)
        with database.write() as connection:
            connection.execute(
                sa.update(deliveries)
                .where(deliveries.c.address_key == address("reader00002").key)
                .values(name="Eve\r\nBcc: all@example.org")
            )
        async with Witness() as relay:
            report = await send(ledger, relay.port)
        state, reason = standing(ledger, "reader00002")
        assert state is S.REFUSED
        assert "cannot be made" in reason
        assert (report.count(S.ACCEPTED), report.exit_code) == (3, 3)
