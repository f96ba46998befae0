"""A relay that lets nobody in: how it greets, TLS, the login, the way there.

Whatever it is, nobody was mailed and nobody is burned; nothing secret goes over a line that is not
secure, and a password that is refused is tried once.
"""

import datetime
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from newsletter.model.mailing import DeliveryState
from newsletter.servers import Tls
from newsletter.smtp.relay import Relay
from newsletter.smtp.transport import SmtpTransport
from tests.mailing.sends import PATIENT, SwiftClock, office, send
from tests.mailing.witness import Witness
from tests.smtp.certificates import OldServer, client_context, server_context
from tests.smtp.fault_server import FaultServer, Script
from tests.store.office import ISSUE, opened

pytestmark = pytest.mark.slow

S = DeliveryState
OURS, STRANGERS = trustme.CA(), trustme.CA()
YESTERDAY = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Door:
    """How a relay receives us, the words for it, and the last that it hears of us."""

    id: str
    words: str
    heard: Sequence[str]
    script: Script | None = None
    offers: Sequence[str] = ("STARTTLS", "AUTH PLAIN LOGIN")
    tls: Tls = Tls.STARTTLS
    certificate: Callable[[], ssl.SSLContext] = lambda: server_context(OURS)


DOORS = [
    Door(
        id="F20 STARTTLS is not offered",
        offers=("AUTH PLAIN",),
        words="offers no STARTTLS, and nothing is sent in clear",
        heard=["EHLO"],
    ),
    Door(
        id="F20 454 at STARTTLS",
        script={"STARTTLS": [b"454 4.7.0 TLS not available\r\n"]},
        words="454 4.7.0 TLS not available",
        heard=["EHLO", "STARTTLS"],
    ),
    Door(
        id="F22 the certificate has expired",
        certificate=lambda: server_context(OURS, not_after=YESTERDAY),
        words="certificate has expired",
        heard=["EHLO", "STARTTLS"],
    ),
    Door(
        id="F22 the certificate is of another",
        certificate=lambda: server_context(OURS, "other.example.org"),
        words="is not valid for",
        heard=["EHLO", "STARTTLS"],
    ),
    Door(
        id="F22 the certificate is of an unknown authority",
        certificate=lambda: server_context(STRANGERS),
        words="cannot be trusted",
        heard=[],
        tls=Tls.IMPLICIT,
    ),
    Door(
        id="F23 535 at the login",
        script={"AUTH": [b"535 5.7.8 wrong password\r\n"]},
        words="refused the login: wrong password",
        heard=["EHLO", "STARTTLS", "EHLO", "AUTH"],
    ),
    Door(
        id="F23 454 at the login",
        script={"AUTH": [b"454 4.7.0 not now\r\n"]},
        words="refused the login: not now",
        heard=["EHLO", "STARTTLS", "EHLO", "AUTH"],
    ),
    Door(
        id="F23 no login is offered",
        offers=("STARTTLS",),
        words="offers no login that we know",
        heard=["EHLO", "STARTTLS", "EHLO"],
    ),
]


def entering(port: int, tls: Tls) -> SmtpTransport:
    relay = Relay("127.0.0.1", port, tls, "office", "hunter2")
    return SmtpTransport(relay, PATIENT, "office.example.org", client_context(OURS))


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.id)
async def test_a_door_that_stays_shut_is_tried_once_and_nobody_is_touched(
    door: Door, tmp_path: Path
) -> None:
    """Several connections are wanted; each script would let the second one in."""
    clock = SwiftClock()
    with opened(tmp_path) as database:
        ledger = office(database, 8)
        async with FaultServer(
            door.script,
            extensions=door.offers,
            tls=door.certificate(),
            implicit=door.tls is Tls.IMPLICIT,
        ) as server:
            report = await send(ledger, entering(server.port, door.tls), clock=clock, connections=4)
        assert server.verbs == door.heard
        assert report.exit_code == 4
        assert door.words in str(report.stopped)
        assert f"newsletter resume {ISSUE}" in str(report.stopped)
        assert "hunter2" not in str(report.stopped)
        assert report.count(S.PENDING) == 8
        assert not any(story.attempts for story in ledger.stories("reader00001@example.org"))
        async with Witness() as mended:
            assert (await send(ledger, mended.port, clock=clock)).exit_code == 0
        assert set(mended.recipients.values()) == {1}
        assert len(mended.accepted) == 8


async def test_f21_what_is_slipped_in_behind_starttls_is_thrown_away(tmp_path: Path) -> None:
    """Who is on the line offers a login that gives the password away; the relay another one."""
    injected = b"220 go on\r\n250-evil.example.org\r\n250 AUTH PLAIN\r\n235 2.7.0 welcome\r\n"
    with opened(tmp_path) as database:
        ledger = office(database, 3)
        async with FaultServer(
            {"STARTTLS": [injected], "AUTH": [b"334 PDFAZXhhbXBsZS5vcmc+\r\n"]},
            extensions=("STARTTLS", "AUTH CRAM-MD5"),
            tls=server_context(OURS),
        ) as server:
            report = await send(ledger, entering(server.port, Tls.STARTTLS), connections=1)
        assert server.commands[:4][-1] == b"AUTH CRAM-MD5"
        assert b"PLAIN" not in b"".join(server.commands)
        assert report.count(S.PENDING) == 3


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_f22_a_relay_with_an_outdated_tls_stops_the_send(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        ledger = office(database, 8)
        with OldServer(OURS) as server:
            report = await send(ledger, entering(server.port, Tls.IMPLICIT), connections=4)
        assert server.visits == 1
        assert report.exit_code == 4
        assert "nothing below TLS 1.2 is used" in str(report.stopped)
        assert report.count(S.PENDING) == 8
