"""A visit to a relay: what it says of itself, without any mail."""

import datetime
import email.utils
import math
import ssl

import pytest
import trustme

from newsletter.model.mailing import Scope
from newsletter.servers import Tls
from newsletter.smtp.relay import Relay
from newsletter.smtp.visit import Visit, visit
from tests.smtp.certificates import client_context, server_context
from tests.smtp.client import PATIENT
from tests.smtp.fault_server import FaultServer


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(organization_name="Example Authority")


async def visited(
    server: FaultServer,
    tls: Tls = Tls.NONE,
    login: tuple[str, str] = ("", ""),
    authority: trustme.CA | None = None,
) -> Visit:
    context = client_context(authority) if authority else ssl.create_default_context()
    return await visit(Relay("127.0.0.1", server.port, tls, *login), PATIENT, context)


async def test_it_notes_what_is_offered_and_how_far_it_is_and_sends_nothing() -> None:
    async with FaultServer(extensions=("PIPELINING", "SIZE 1000", "AUTH PLAIN")) as server:
        found = await visited(server)
    assert (found.heard, found.refusal, found.address) == (True, None, "127.0.0.1")
    assert found.extensions["size"] == "1000"
    assert {"pipelining", "auth"} <= found.extensions.keys()
    assert 0 < found.round_trip < 20
    assert found.security is None
    assert server.verbs == ["EHLO", "QUIT"]


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
async def test_it_notes_the_certificate(authority: trustme.CA, tls: Tls) -> None:
    expires = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=30)
    async with FaultServer(
        extensions=("STARTTLS", "SIZE 5"),
        tls=server_context(authority, not_after=expires),
        implicit=tls is Tls.IMPLICIT,
    ) as server:
        found = await visited(server, tls, authority=authority)
    assert found.security
    assert found.security.version.startswith("TLSv1.")
    assert found.security.names == ("127.0.0.1",)
    assert found.security.issuer == "Example Authority"
    assert abs(found.security.expires_at - expires) < datetime.timedelta(seconds=2)


async def test_a_refused_login_does_not_hide_the_rest() -> None:
    async with FaultServer(
        {"AUTH": [b"535 5.7.8 no\r\n"]}, extensions=("AUTH PLAIN", "SIZE 7")
    ) as server:
        found = await visited(server, login=("user", "secret"))
    assert found.heard
    assert found.extensions["size"] == "7"
    assert found.refusal
    assert (found.refusal.scope, found.refusal.code) == (Scope.POLICY, 535)
    assert "secret" not in str(found)


async def test_a_good_login_is_no_refusal() -> None:
    async with FaultServer(extensions=("AUTH PLAIN",)) as server:
        found = await visited(server, login=("user", "secret"))
    assert (found.heard, found.refusal) == (True, None)


async def test_a_certificate_that_is_not_trusted_ends_it(authority: trustme.CA) -> None:
    async with FaultServer(tls=server_context(authority), implicit=True) as server:
        found = await visited(server, Tls.IMPLICIT)
    assert not found.heard
    assert found.refusal
    assert "cannot be trusted" in found.refusal.text


async def test_a_closed_port_is_said() -> None:
    async with FaultServer() as server:
        port = server.port
    found = await visit(Relay("127.0.0.1", port, Tls.NONE), PATIENT)
    assert (found.heard, found.round_trip) == (False, math.inf)
    assert found.refusal
    assert found.refusal.scope is Scope.CONNECTION


@pytest.mark.parametrize(
    ("greeting", "hours"),
    [
        ("220 mail.example.org ESMTP Sendmail 8.17; {}", 2),
        ("220 mail.example.org Microsoft ESMTP MAIL Service ready at {}", -3),
        ("220 mail.example.org ESMTP", None),
        ("220 mail.example.org ESMTP; Tue, 31 Feb 2026 12:00:00 +0000", None),
    ],
)
async def test_the_clock_of_a_relay_is_read_from_its_greeting(
    greeting: str, hours: int | None
) -> None:
    told = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=hours or 0)
    line = f"{greeting.format(email.utils.format_datetime(told))}\r\n".encode()
    async with FaultServer({"GREETING": [line]}) as server:
        ahead = (await visited(server)).ahead
    assert (ahead and round(ahead / datetime.timedelta(hours=1))) == hours
