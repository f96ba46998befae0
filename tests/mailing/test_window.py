"""A send with several whole mails in flight on each connection: nobody lost, nobody twice."""

from pathlib import Path

import pytest

from newsletter.mailing.deliver import DeliverySettings, Route, Surroundings, deliver
from newsletter.model.mailing import DeliveryState
from newsletter.servers import Tls
from newsletter.smtp.exchange import Manner
from newsletter.smtp.relay import Relay
from newsletter.smtp.transport import SmtpTransport
from tests.mailing.sends import PATIENT, SwiftClock, office
from tests.mailing.witness import DROP, Answers, Witness
from tests.store.office import ISSUE, KEYS, opened

pytestmark = pytest.mark.slow
S = DeliveryState
WINDOW, CONNECTIONS = 6, 2


def route(relay: Witness) -> Route:
    transport = SmtpTransport(
        Relay("127.0.0.1", relay.port, Tls.NONE),
        PATIENT,
        in_flight=WINDOW,
        manner=Manner.CHUNKED,
    )
    return Route(transport=transport, connections=CONNECTIONS)


def every(number: int, verb: str, answer: bytes) -> Answers:
    """Answer like that whenever `verb` comes for the `number`th, twice as many ... time."""
    count = 0

    def answers(asked: str, _recipient: str, _count: int) -> bytes | None:
        nonlocal count
        count += asked == verb
        return answer if asked == verb and count % number == 0 else None

    return answers


@pytest.mark.parametrize(
    ("answers", "undecided"),
    [
        (lambda *_: None, 0),
        (every(23, "MAIL", b"421 4.7.0 enough for one connection\r\n"), 0),
        (every(23, "RCPT", b"450 4.2.0 later\r\n"), 0),
        (every(17, "MAIL", b"452 4.3.1 out of space\r\n"), 0),
        (every(29, "DOT", DROP), 3 * WINDOW),
    ],
    ids=["calm", "421 at MAIL", "450 at RCPT", "452 at MAIL", "lost behind the last octet"],
)
async def test_a_window_of_mails_loses_and_repeats_nobody(
    tmp_path: Path, answers: Answers, undecided: int
) -> None:
    clock = SwiftClock()
    with opened(tmp_path) as database:
        ledger = office(database, 80)
        async with Witness(answers, chunking=True) as relay:
            report = await deliver(
                *(ledger, [route(relay)], KEYS, ISSUE),
                DeliverySettings(faults_in_a_row=50),
                Surroundings(clock=clock),
            )
            for _ in range(3):
                if report.next_due:
                    clock.go_to(report.next_due)
                    report = await deliver(
                        *(ledger, [route(relay)], KEYS, ISSUE),
                        DeliverySettings(faults_in_a_row=50),
                        Surroundings(clock=clock),
                    )
    accepted, unknown = report.count(S.ACCEPTED), report.count(S.UNKNOWN)
    assert accepted + unknown == 80
    assert unknown <= undecided
    whole = {taken.recipient for taken in relay.whole}
    assert accepted <= len(whole) <= accepted + unknown
    assert set(relay.recipients.values()) == {1}
