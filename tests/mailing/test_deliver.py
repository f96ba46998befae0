"""Delivering over real connections: who gets what, and what happens when a relay misbehaves."""

import asyncio
import datetime
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.errors import NewsletterError
from newsletter.mailing.decide import FIRST_PAUSE
from newsletter.mailing.deliver import DeliverySettings, deliver
from newsletter.mailing.progress import Progress
from newsletter.model.mailing import DeliveryState, Scope, Stage, Verdict
from newsletter.smtp.connection import Timeouts
from newsletter.store import freeze
from newsletter.store.engine import Database
from newsletter.store.ledger import Ledger
from newsletter.store.tables import deliveries
from tests.mailing.sends import HurriedClock, SwiftClock, relay_at, send, standing
from tests.mailing.witness import DROP, Witness
from tests.store.office import (
    ISSUE,
    KEYS,
    NOON,
    address,
    frozen,
    minutes,
    opened,
    readers,
    subscribe,
)

S = DeliveryState


def office(database: Database, count: int) -> Ledger:
    subscribe(database, "media", readers(count))
    return frozen(database, "media")


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
                ledger, relay_at(relay.port), KEYS, ISSUE, DeliverySettings(), only=["media"]
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
            report = await send(ledger, relay.port, clock=clock, messages_per_second=0.5)
        assert report.exit_code == 0
        assert clock.monotonic() >= 20 / 0.5


async def test_no_more_intents_than_twice_the_connections(tmp_path: Path) -> None:
    most = 0
    with opened(tmp_path) as database:
        ledger = office(database, 30)

        def count_intents(verb: str, _recipient: str, _count: int) -> None:
            nonlocal most
            if verb == "DOT":
                (tally,) = ledger.tallies(ISSUE)
                most = max(most, tally.count(S.SUBMITTING))

        async with Witness(count_intents) as relay:
            await send(ledger, relay.port, connections=2)
    assert 1 <= most <= 4


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


async def test_a_refused_recipient_is_refused_and_others_go_on(tmp_path: Path) -> None:
    def refuse(verb: str, recipient: str, _: int) -> bytes | None:
        known = not (verb == "RCPT" and recipient.startswith("reader00003"))
        return None if known else b"550 5.1.1 no such user\r\n"

    with opened(tmp_path) as database:
        ledger = office(database, 8)
        async with Witness(refuse) as relay:
            report = await send(ledger, relay.port)
        assert standing(ledger, "reader00003") == (S.REFUSED, "550 5.1.1 no such user")
        assert (report.count(S.ACCEPTED), report.exit_code) == (7, 3)


async def test_a_greylisted_recipient_is_tried_again_after_growing_pauses(tmp_path: Path) -> None:
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


async def test_a_recipient_who_is_always_told_later_is_given_up(tmp_path: Path) -> None:
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


async def test_an_address_beyond_ascii_is_refused_where_the_relay_cannot_take_it(
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


async def test_a_mail_that_cannot_be_made_is_refused_and_others_go_on(tmp_path: Path) -> None:
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


# --- Answers about us, and lost connections ---


async def test_a_connection_lost_before_the_dot_releases_the_mail(tmp_path: Path) -> None:
    def hang_up(verb: str, recipient: str, count: int) -> bytes | None:
        return DROP if verb == "DATA" and count == 1 and recipient < "reader00003" else None

    with opened(tmp_path) as database:
        ledger = office(database, 8)
        async with Witness(hang_up) as relay:
            report = await send(ledger, relay.port)
        assert report.exit_code == 0
        assert set(relay.recipients.values()) == {1}
        (story,) = ledger.stories(address("reader00001").key)
        assert [each.outcome and each.outcome.verdict for each in story.attempts] == [
            Verdict.RELEASED,
            Verdict.ACCEPTED,
        ]


async def test_a_connection_lost_after_the_dot_is_unknown_and_held(tmp_path: Path) -> None:
    def hang_up(verb: str, recipient: str, _: int) -> bytes | None:
        return DROP if verb == "DOT" and recipient.startswith("reader00001") else None

    with opened(tmp_path) as database:
        ledger = office(database, 5)
        async with Witness(hang_up) as relay:
            report = await send(ledger, relay.port)
            assert (report.count(S.ACCEPTED), report.count(S.UNKNOWN)) == (4, 1)
            assert report.exit_code == 3
            again = await send(ledger, relay.port)
        assert again.tallies == report.tallies
        assert len(relay.whole) == 5


async def test_what_is_unknown_is_sent_once_more_if_the_office_says_so(tmp_path: Path) -> None:
    def hang_up(verb: str, recipient: str, count: int) -> bytes | None:
        stubborn = recipient.startswith("reader00002")
        shy = recipient.startswith("reader00001") and count == 1
        return DROP if verb == "DOT" and (stubborn or shy) else None

    with opened(tmp_path) as database:
        ledger = office(database, 5)
        async with Witness(hang_up) as relay:
            report = await send(ledger, relay.port, resend_unknown=True)
            await send(ledger, relay.port, resend_unknown=True)
        assert (report.count(S.ACCEPTED), report.count(S.UNKNOWN)) == (4, 1)
        assert standing(ledger, "reader00002")[0] is S.UNKNOWN
        copies = [taken for taken in relay.whole if taken.recipient.startswith("reader00002")]
        assert len(copies) == 2
        assert len({taken.message_id for taken in copies}) == 1


async def test_a_relay_that_is_not_there_stops_the_send_with_words(tmp_path: Path) -> None:
    clock = SwiftClock()
    with opened(tmp_path) as database:
        ledger = office(database, 8)
        async with Witness() as relay:
            pass
        report = await send(ledger, relay.port, clock=clock)
        assert report.exit_code == 4
        assert "no connection" in str(report.stopped)
        assert "newsletter resume 2015-1" in str(report.stopped)
        assert report.count(S.PENDING) == 8
        assert clock.passed > 1
        assert [list(story.attempts) for story in ledger.stories(address("reader00001").key)] == [
            []
        ]


async def test_a_busy_relay_is_given_pauses_and_everybody_gets_it(tmp_path: Path) -> None:
    clock = SwiftClock()

    def busy(verb: str, _: str, count: int) -> bytes | None:
        return b"421 4.3.2 too busy\r\n" if verb == "GREETING" and count in (2, 5, 6) else None

    with opened(tmp_path) as database:
        ledger = office(database, 30)
        async with Witness(busy) as relay:
            report = await send(ledger, relay.port, clock=clock, messages_per_connection=3)
        assert report.exit_code == 0
        assert clock.passed > 0


async def test_a_relay_with_room_for_one_connection_gets_one(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        ledger = office(database, 40)
        relay = Witness()
        relay.answers = lambda verb, *_: (
            b"421 4.7.0 too many\r\n" if verb == "GREETING" and relay.open > 1 else None
        )
        async with relay:
            report = await send(ledger, relay.port, connections=4)
        assert report.exit_code == 0
        assert set(relay.recipients.values()) == {1}


async def test_a_sender_that_is_not_welcome_stops_the_send_and_burns_nobody(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as database:
        ledger = office(database, 30)
        async with Witness(
            lambda verb, *_: b"451 4.3.0 try again\r\n" if verb == "MAIL" else None
        ) as relay:
            report = await send(ledger, relay.port)
        assert report.exit_code == 4
        assert "451 4.3.0 try again" in str(report.stopped)
        assert report.count(S.PENDING) + report.count(S.DEFERRED) == 30
        assert not relay.whole


async def test_a_policy_answer_stops_at_once_and_loses_nobody(tmp_path: Path) -> None:
    policy = b"550 5.7.26 unauthenticated mail is not accepted\r\n"
    clock = SwiftClock()
    with opened(tmp_path) as database:
        ledger = office(database, 30)
        async with Witness(lambda verb, *_: policy if verb == "DOT" else None) as relay:
            report = await send(ledger, relay.port)
        assert report.exit_code == 4
        assert "5.7.26 unauthenticated mail" in str(report.stopped)
        assert report.count(S.PENDING) == 30
        assert len(relay.whole) <= 3
        async with Witness() as mended:
            assert (await send(ledger, mended.port, clock=clock)).exit_code == 0
        assert len(mended.accepted) == 30


async def test_one_mailbox_with_a_policy_of_its_own_does_not_bar_the_way(tmp_path: Path) -> None:
    def picky(verb: str, recipient: str, _: int) -> bytes | None:
        refused = verb == "DOT" and recipient.startswith("reader00003")
        return b"550 5.7.26 not from you\r\n" if refused else None

    with opened(tmp_path) as database:
        ledger = office(database, 12)
        async with Witness(picky) as relay:
            for _ in range(3):
                assert (await send(ledger, relay.port, connections=1)).exit_code == 4
            report = await send(ledger, relay.port, connections=1)
        assert (report.count(S.ACCEPTED), report.count(S.DEFERRED)) == (11, 1)
        assert report.exit_code == 3


async def test_one_mail_that_makes_the_relay_hang_up_does_not_keep_others(tmp_path: Path) -> None:
    def hang_up(verb: str, recipient: str, _: int) -> bytes | None:
        return DROP if verb == "DATA" and recipient.startswith("reader00003") else None

    with opened(tmp_path) as database:
        ledger = office(database, 12)
        async with Witness(hang_up) as relay:
            report = await send(ledger, relay.port)
        assert (report.count(S.ACCEPTED), report.count(S.DEFERRED)) == (11, 1)
        assert report.stopped is None


async def test_a_mail_that_nobody_takes_does_not_burn_the_list(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        ledger = office(database, 40)
        async with Witness(
            lambda verb, *_: b"552 5.3.4 too big\r\n" if verb == "DOT" else None
        ) as relay:
            report = await send(ledger, relay.port)
        assert report.exit_code == 4
        assert "too big" in str(report.stopped)
        assert report.count(S.REFUSED) <= 8
        assert report.count(S.PENDING) >= 32


# --- Stopping ---


async def test_a_stop_finishes_what_is_in_hand_and_hands_the_rest_back(tmp_path: Path) -> None:
    stop = asyncio.Event()
    with opened(tmp_path) as database:
        ledger = office(database, 50)

        def stop_at_ten(verb: str, _: str, __: int) -> float | None:
            if verb == "DOT" and len(relay.whole) == 10:
                stop.set()
            return 0.05 if verb == "DOT" else None

        relay = Witness(stop_at_ten)
        async with relay:
            report = await send(ledger, relay.port, stop=stop)
            assert report.exit_code == 4
            assert "stopped at your word" in str(report.stopped)
            assert 10 <= report.count(S.ACCEPTED) == len(relay.accepted) <= 13
            assert report.count(S.PENDING) == 50 - report.count(S.ACCEPTED)
            stop.clear()
            assert (await send(ledger, relay.port)).exit_code == 0
        assert set(relay.recipients.values()) == {1}


async def test_who_does_not_answer_in_time_after_a_stop_is_unknown(tmp_path: Path) -> None:
    stop = asyncio.Event()

    def never(verb: str, _: str, __: int) -> float | None:
        if verb == "DOT":
            stop.set()
            return 60.0
        return None

    with opened(tmp_path) as database:
        ledger = office(database, 5)
        async with Witness(never) as relay:
            report = await send(
                ledger,
                relay.port,
                stop=stop,
                connections=1,
                grace=datetime.timedelta(seconds=0.1),
            )
        assert report.exit_code == 4
        assert (report.count(S.UNKNOWN), report.count(S.PENDING)) == (1, 4)


async def test_a_stop_does_not_wait_for_a_relay_that_does_not_greet(tmp_path: Path) -> None:
    stop = asyncio.Event()

    def silent(verb: str, _: str, __: int) -> float | None:
        stop.set()
        return 60.0

    with opened(tmp_path) as database:
        ledger = office(database, 5)
        async with Witness(silent) as relay:
            report = await asyncio.wait_for(send(ledger, relay.port, stop=stop), timeout=20)
        assert report.count(S.PENDING) == 5


async def test_two_senders_do_not_share_a_state(tmp_path: Path) -> None:
    with opened(tmp_path) as database, opened(tmp_path) as other:
        ledger = office(database, 3)
        with other.sole_sender():
            async with Witness() as relay:
                with pytest.raises(NewsletterError, match="is delivering from here already"):
                    await send(ledger, relay.port)
        assert relay.connections == 0


async def test_a_full_disk_stops_before_the_next_mail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = 0
    turn = Ledger.turn

    def fails(self: Ledger, *arguments: object) -> object:
        nonlocal turns
        turns += 1
        if turns > 4:
            raise NewsletterError("state.db: database or disk is full", "make room")
        return turn(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Ledger, "turn", fails)
    with opened(tmp_path) as database:
        ledger = office(database, 50)
        async with Witness() as relay:
            with pytest.raises(NewsletterError, match="disk is full"):
                await send(ledger, relay.port)
            monkeypatch.setattr(Ledger, "turn", turn)
            taken = len(relay.accepted)
            assert taken < 30
            report = await send(ledger, relay.port)
        assert set(relay.recipients.values()) == {1}
        assert report.count(S.ACCEPTED) + report.count(S.UNKNOWN) == 50


async def test_a_mistake_of_the_program_is_raised_and_the_mail_in_hand_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from newsletter.smtp.connection import SmtpConnection

    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    with opened(tmp_path) as database:
        ledger = office(database, 5)
        async with Witness() as relay:
            with monkeypatch.context() as patch:
                patch.setattr(SmtpConnection, "submit", broken)
                with pytest.raises(ZeroDivisionError):
                    await send(ledger, relay.port, connections=1)
            (tally,) = ledger.tallies(ISSUE)
            assert (tally.count(S.UNKNOWN), tally.count(S.PENDING)) == (1, 4)
            assert (await send(ledger, relay.port)).count(S.ACCEPTED) == 4


async def test_an_issue_that_cannot_be_made_into_a_mail_is_told_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("Subject: holds a line break")

    monkeypatch.setattr("newsletter.mailing.clerk.compile_message", broken)
    with opened(tmp_path) as database:
        ledger = office(database, 3)
        async with Witness() as relay:
            with pytest.raises(NewsletterError, match=r"\(en\) cannot be made .* line break"):
                await send(ledger, relay.port)
        assert not relay.whole
        assert ledger.tallies(ISSUE)[0].by_state == {S.PENDING: 3}


# --- Progress ---


async def test_progress_counts_everybody_and_ends_where_the_report_does(tmp_path: Path) -> None:
    seen: list[Progress] = []

    def mixed(verb: str, recipient: str, _: int) -> bytes | None:
        if verb == "RCPT" and recipient.startswith("reader00001"):
            return b"550 5.1.1 no\r\n"
        return b"450 later\r\n" if verb == "RCPT" and recipient.startswith("reader00002") else None

    with opened(tmp_path) as database:
        ledger = office(database, 20)
        clock = HurriedClock()
        async with Witness(mixed) as relay:
            await send(ledger, relay.port, seen=seen, clock=clock, messages_per_second=0.5)
    assert {each.total for each in seen} == {20}
    last = seen[-1]
    assert (last.accepted, last.refused, last.deferred, last.pending) == (18, 1, 1, 0)
    assert [each.accepted for each in seen] == sorted(each.accepted for each in seen)
    middle = next(each for each in seen if each.accepted > 10)
    assert 0 < middle.rate <= 0.6
    assert middle.seconds_left is not None


async def test_trouble_with_the_relay_is_shown_while_it_lasts(tmp_path: Path) -> None:
    seen: list[Progress] = []
    with opened(tmp_path) as database:
        ledger = office(database, 3)
        async with Witness() as relay:
            relay.answers = lambda verb, _, count: (
                b"421 4.3.2 busy\r\n" if verb == "GREETING" and count == 1 else None
            )
            await send(ledger, relay.port, seen=seen, connections=1)
    assert any("421 4.3.2 busy" in each.note for each in seen)
    assert seen[-1].note == ""


async def test_a_relay_that_hangs_after_the_dot_leaves_an_unknown_and_its_words(
    tmp_path: Path,
) -> None:
    patience = Timeouts(greeting=9, mail=9, rcpt=9, data=9, block=9, final=0.2, quit=0.2)

    def hang(verb: str, recipient: str, _: int) -> float | None:
        return 30.0 if verb == "DOT" and recipient.startswith("reader00000") else None

    with opened(tmp_path) as database:
        ledger = office(database, 4)
        async with Witness(hang) as relay:
            report = await send(ledger, relay.port, timeouts=patience)
        assert (report.count(S.ACCEPTED), report.count(S.UNKNOWN)) == (3, 1)
        (story,) = ledger.stories(address("reader00000").key)
        outcome = story.attempts[0].outcome
        assert outcome is not None
        assert (outcome.stage, outcome.scope) == (Stage.FINAL, Scope.CONNECTION)
        assert story.standing.changed_at >= NOON
