"""A relay that hangs up, is busy, or does not want us: nobody is lost, nobody is burned."""

import collections
import dataclasses
import email
import email.policy
import math
from pathlib import Path

import pytest

from newsletter.mailing.clock import SystemClock
from newsletter.model.mailing import DeliveryState, Scope, Stage, Verdict
from newsletter.servers import Tls
from newsletter.smtp.connection import Timeouts
from newsletter.smtp.relay import Relay
from newsletter.smtp.transport import SmtpTransport
from tests.mailing.sends import PATIENT, SwiftClock, office, send, slow, standing
from tests.mailing.witness import DROP, Witness
from tests.smtp.fault_server import Action, Break, FaultServer, Script
from tests.store.office import NOON, address, frozen, opened, subscribe

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


@pytest.mark.parametrize(
    "script",
    [
        pytest.param({"GREETING": [b"SSH-2.0-OpenSSH_9.2\r\n"]}, id="F3 garbage as a greeting"),
        pytest.param({"EHLO": [b"502 5.5.1 what?\r\n"]}, id="F3 no EHLO, but HELO"),
        pytest.param({"GREETING": [Break.DROP]}, id="F2 no greeting"),
        pytest.param({"GREETING": [b"421 4.3.2 busy\r\n", Break.DROP]}, id="F1 421 as a greeting"),
    ],
)
async def test_a_greeting_that_went_wrong_once_keeps_nobody(script: Script, tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        ledger = office(database, 3)
        async with FaultServer(script) as server:
            report = await send(ledger, server.port)
        assert (report.exit_code, len(server.messages)) == (0, 3)


async def test_f7_a_no_without_a_reason_to_all_stops_the_send_after_a_few_in_a_row(
    tmp_path: Path,
) -> None:
    asked = 0

    def blocked(verb: str, _recipient: str, _count: int) -> bytes | None:
        nonlocal asked
        asked += verb == "RCPT"
        return b"550 5.7.1 blocked\r\n" if verb == "RCPT" and asked > 5 else None

    with opened(tmp_path) as database:
        ledger = office(database, 40)
        async with Witness(blocked, pipelining=False) as relay:
            report = await send(ledger, relay.port, connections=1, faults_in_a_row=6)
        assert report.exit_code == 4
        assert "550 5.7.1 blocked" in str(report.stopped)
        assert asked == 5 + 6
        assert (report.count(S.ACCEPTED), report.count(S.PENDING)) == (5, 35)


async def test_f7_a_no_without_a_reason_to_one_reader_stops_nothing(tmp_path: Path) -> None:
    def members_only(verb: str, recipient: str, _: int) -> bytes | None:
        refused = verb == "RCPT" and recipient.startswith("reader00003")
        return b"550 5.7.1 members only\r\n" if refused else None

    with opened(tmp_path) as database:
        ledger = office(database, 12)
        async with Witness(members_only) as relay:
            report = await send(ledger, relay.port)
        assert (report.count(S.ACCEPTED), report.count(S.DEFERRED)) == (11, 1)
        assert (report.stopped, report.exit_code) == (None, 3)
        assert standing(ledger, "reader00003") == (S.DEFERRED, "550 5.7.1 members only")


async def test_f24_to_a_relay_without_8bitmime_goes_ascii_alone(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna"], language="ru")
        ledger = frozen(database, "media")
        async with FaultServer(extensions=()) as server:
            report = await send(ledger, server.port)
        assert report.exit_code == 0
        assert b"BODY=" not in b"".join(server.commands)
        (octets,) = server.messages
        assert octets.isascii()
        mail = email.message_from_bytes(octets, policy=email.policy.default)
        assert mail["Subject"] == "Новости МОТ"


@pytest.mark.parametrize("how", Break)
async def test_f25_what_was_accepted_stays_so_when_the_goodbye_fails(
    how: Break, tmp_path: Path
) -> None:
    impatient = dataclasses.replace(PATIENT, quit=0.2)
    with opened(tmp_path) as database:
        ledger = office(database, 3)
        async with FaultServer({"QUIT": [how]}) as server:
            report = await send(ledger, server.port, connections=1, timeouts=impatient)
        assert (report.exit_code, report.count(S.ACCEPTED)) == (0, 3)
        assert server.verbs.count("EHLO") == 1
        assert len(server.messages) == 3


@pytest.mark.parametrize("goodbye", [DROP, b"421 4.7.0 enough for one connection\r\n"])
async def test_f26_a_relay_that_ends_each_connection_after_a_few_mails_gets_all(
    goodbye: bytes, tmp_path: Path
) -> None:
    """A polite relay says so before the next mail; a rude one is simply gone."""
    begun: dict[int, int] = collections.defaultdict(int)

    def few(verb: str, _recipient: str, _count: int) -> bytes | None:
        begun[relay.connections] += verb == "MAIL"
        return goodbye if verb == "MAIL" and begun[relay.connections] > 3 else None

    with opened(tmp_path) as database:
        ledger = office(database, 14)
        async with Witness(few) as relay:
            report = await send(ledger, relay.port, connections=1)
        assert report.exit_code == 0
        assert set(relay.recipients.values()) == {1}
        assert relay.connections >= 5


async def test_f26_a_connection_that_was_closed_while_idle_is_opened_anew(tmp_path: Path) -> None:
    idle: list[Action] = [b"250 2.0.0 taken\r\n", 0.05, b"421 4.4.2 idle too long\r\n", Break.DROP]
    with opened(tmp_path) as database:
        ledger = office(database, 3)
        async with FaultServer({"DOT": idle}) as server:
            report = await send(
                ledger, server.port, clock=SystemClock(), connections=1, gentleness=slow(2)
            )
        assert (report.exit_code, len(server.messages)) == (0, 3)
        assert server.verbs.count("EHLO") == 2


class Outage(SwiftClock):
    """A clock by which a relay is away for so long, from when it has accepted a few mails."""

    def __init__(self, relay: Witness, seconds: float) -> None:
        super().__init__()
        self._relay, self._seconds = relay, seconds
        self._since: float | None = None

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        if self._since is None and len(self._relay.accepted) >= 5:
            self._since = self.passed
            await self._relay.stop()
        elif self._since is not None and self.passed - self._since >= self._seconds:
            self._seconds = math.inf
            await self._relay.start()


async def test_f27_a_relay_that_is_away_for_a_minute_is_waited_for(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        ledger = office(database, 20)
        async with Witness() as relay:
            clock = Outage(relay, 60)
            report = await send(
                ledger, relay.port, clock=clock, connections=1, messages_per_connection=2
            )
        assert clock.passed >= 60
        assert report.exit_code == 0
        assert set(relay.recipients.values()) == {1}
        assert len(relay.accepted) == 20


async def test_f27_a_name_that_is_not_found_stops_the_send_and_touches_nobody(
    tmp_path: Path,
) -> None:
    clock = SwiftClock()
    with opened(tmp_path) as database:
        ledger = office(database, 8)
        nowhere = SmtpTransport(Relay("relay.invalid", 465, Tls.IMPLICIT), PATIENT)
        report = await send(ledger, nowhere, clock=clock)
        assert report.exit_code == 4
        assert "relay.invalid" in str(report.stopped)
        assert report.count(S.PENDING) == 8
        assert clock.passed > 1
        async with Witness() as found:
            assert (await send(ledger, found.port, clock=clock)).exit_code == 0


async def test_a_relay_that_goes_away_for_good_is_given_up_after_some_tries(
    tmp_path: Path,
) -> None:
    def go_away(verb: str, *_: object) -> bytes | None:
        if len(relay.accepted) < 10:
            return None
        return {"GREETING": b"421 4.3.2 closing down\r\n", "MAIL": DROP}.get(verb)

    relay = Witness(go_away)
    with opened(tmp_path) as database:
        ledger = office(database, 40)
        async with relay:
            report = await send(ledger, relay.port)
    assert report.exit_code == 4
    assert "421 4.3.2 closing down" in str(report.stopped)
    assert report.count(S.ACCEPTED) == len(relay.accepted)
