"""A relay that hangs up, is busy, or does not want us: nobody is lost, nobody is burned."""

from pathlib import Path

import pytest

from newsletter.model.mailing import DeliveryState, Scope, Stage, Verdict
from newsletter.smtp.connection import Timeouts
from tests.mailing.sends import SwiftClock, office, send, standing
from tests.mailing.witness import DROP, Witness
from tests.store.office import (
    NOON,
    address,
    opened,
)

pytestmark = pytest.mark.slow

S = DeliveryState


async def test_f10_a_connection_lost_before_the_dot_releases_the_mail(tmp_path: Path) -> None:
    def hang_up(verb: str, recipient: str, count: int) -> bytes | None:
        return DROP if verb == "DATA" and count == 1 and recipient < "reader00003" else None

    with opened(tmp_path) as database:
        ledger = office(database, 8)
        async with Witness(hang_up, pipelining=False) as relay:
            report = await send(ledger, relay.port)
        assert report.exit_code == 0
        assert set(relay.recipients.values()) == {1}
        (story,) = ledger.stories(address("reader00001").key)
        assert [each.outcome and each.outcome.verdict for each in story.attempts] == [
            Verdict.RELEASED,
            Verdict.ACCEPTED,
        ]


async def test_f11_a_connection_lost_after_the_dot_is_unknown_and_held(tmp_path: Path) -> None:
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


async def test_f11_what_is_unknown_is_sent_once_more_if_the_office_says_so(tmp_path: Path) -> None:
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


async def test_f27_a_relay_that_is_not_there_stops_the_send_with_words(tmp_path: Path) -> None:
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


async def test_f1_a_busy_relay_is_given_pauses_and_everybody_gets_it(tmp_path: Path) -> None:
    clock = SwiftClock()

    def busy(verb: str, _: str, count: int) -> bytes | None:
        return b"421 4.3.2 too busy\r\n" if verb == "GREETING" and count in (2, 5, 6) else None

    with opened(tmp_path) as database:
        ledger = office(database, 30)
        async with Witness(busy) as relay:
            report = await send(ledger, relay.port, clock=clock, messages_per_connection=3)
        assert report.exit_code == 0
        assert clock.passed > 0


async def test_f26_a_relay_with_room_for_one_connection_gets_one(tmp_path: Path) -> None:
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


async def test_f4_a_sender_that_is_not_welcome_stops_the_send_and_burns_nobody(
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


async def test_f7_a_policy_answer_stops_at_once_and_loses_nobody(tmp_path: Path) -> None:
    policy = b"550 5.7.26 unauthenticated mail is not accepted\r\n"
    clock = SwiftClock()
    with opened(tmp_path) as database:
        ledger = office(database, 30)
        async with Witness(
            lambda verb, *_: policy if verb == "DOT" else None, pipelining=False
        ) as relay:
            report = await send(ledger, relay.port)
        assert report.exit_code == 4
        assert "5.7.26 unauthenticated mail" in str(report.stopped)
        assert report.count(S.PENDING) == 30
        assert len(relay.whole) <= 3
        async with Witness(pipelining=False) as mended:
            assert (await send(ledger, mended.port, clock=clock)).exit_code == 0
        assert len(mended.accepted) == 30


async def test_f7_one_mailbox_with_a_policy_of_its_own_does_not_bar_the_way(tmp_path: Path) -> None:
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


async def test_f10_one_mail_that_makes_the_relay_hang_up_keeps_nobody_else(
    tmp_path: Path,
) -> None:
    def hang_up(verb: str, recipient: str, _: int) -> bytes | None:
        return DROP if verb == "DATA" and recipient.startswith("reader00003") else None

    with opened(tmp_path) as database:
        ledger = office(database, 12)
        async with Witness(hang_up) as relay:
            report = await send(ledger, relay.port)
        assert (report.count(S.ACCEPTED), report.count(S.DEFERRED)) == (11, 1)
        assert report.stopped is None


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        ("MAIL", "552 5.3.4 message size exceeds fixed limit"),
        ("DATA", "554 not this one"),
        ("DOT", "552 5.3.4 too big"),
        ("DOT", "552 5.2.3 message length exceeds administrative limit"),
        ("DOT", "554 5.6.0 bad content"),
    ],
)
async def test_f15_a_refused_issue_stops_the_send_at_once_and_burns_nobody(
    tmp_path: Path, verb: str, said: str
) -> None:
    with opened(tmp_path) as database:
        ledger = office(database, 40)
        async with Witness(
            lambda asked, *_: f"{said}\r\n".encode() if asked == verb else None, pipelining=False
        ) as relay:
            report = await send(ledger, relay.port)
        assert report.exit_code == 4
        assert said in str(report.stopped)
        assert "does not take this issue" in str(report.stopped)
        assert report.count(S.PENDING) == 40
        assert len(relay.whole) <= 3
        async with Witness(pipelining=False) as mended:
            assert (await send(ledger, mended.port)).exit_code == 0
        assert len(mended.accepted) == 40


async def test_f24_an_issue_over_the_size_that_the_relay_names_is_not_even_offered(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as database:
        ledger = office(database, 12)
        async with Witness(size=500) as relay:
            report = await send(ledger, relay.port)
        assert report.exit_code == 4
        assert "the message is too big" in str(report.stopped)
        assert report.count(S.PENDING) == 12
        assert not relay.whole


async def test_f14_a_mail_that_is_refused_for_now_waits(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        ledger = office(database, 1)
        async with Witness(lambda verb, *_: b"450 later\r\n" if verb == "DOT" else None) as relay:
            report = await send(ledger, relay.port)
        assert (report.count(S.DEFERRED), report.stopped) == (1, None)


async def test_f12_a_relay_that_hangs_after_the_dot_leaves_an_unknown_and_its_words(
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
