"""Opening a connection: greeting, names, TLS, login; and what is said when there is none."""

import asyncio
import datetime
import socket
import ssl
from base64 import b64decode
from collections.abc import Sequence

import aiosmtplib
import pytest
import trustme

from newsletter.model.mailing import Outcome, Scope, Stage, Verdict
from newsletter.servers import Tls
from newsletter.smtp.connection import SmtpConnection, Timeouts
from newsletter.smtp.relay import Relay
from newsletter.smtp.transport import SmtpTransport
from tests.smtp.certificates import OldServer, client_context, server_context
from tests.smtp.client import PATIENT, SHORT, submit
from tests.smtp.fault_server import Break, FaultServer, Script


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


async def open_(
    server: FaultServer,
    tls: Tls = Tls.NONE,
    *,
    login: tuple[str, str] = ("", ""),
    context: ssl.SSLContext | None = None,
    name: str = "office.example.org",
    timeouts: Timeouts = PATIENT,
) -> SmtpConnection | Outcome:
    relay = Relay("127.0.0.1", server.port, tls, *login)
    return await SmtpTransport(relay, timeouts, name, context).connect()


async def works(connection: SmtpConnection | Outcome) -> bool:
    assert isinstance(connection, SmtpConnection), connection
    outcome = await submit(connection)
    await connection.close()
    return outcome.verdict is Verdict.ACCEPTED


def refused(outcome: SmtpConnection | Outcome, scope: Scope, words: str) -> bool:
    assert isinstance(outcome, Outcome)
    assert (outcome.verdict, outcome.stage) == (Verdict.RELEASED, Stage.CONNECT)
    assert words in outcome.text
    assert outcome.text.isprintable()
    return outcome.scope is scope


@pytest.mark.parametrize(
    ("script", "scope", "words"),
    [
        pytest.param(
            {"GREETING": [b"421 4.3.2 too busy\r\n", Break.DROP]},
            Scope.CONNECTION,
            "too busy",
            id="F1 421 as a greeting",
        ),
        pytest.param(
            {"GREETING": [Break.HANG]},
            Scope.CONNECTION,
            "no answer within 0.3 seconds",
            id="F2 no greeting",
        ),
        pytest.param(
            {"GREETING": [Break.DROP]},
            Scope.CONNECTION,
            "no connection to 127.0.0.1:",
            id="F2 drop in place of a greeting",
        ),
        pytest.param(
            {"GREETING": [Break.RESET]},
            Scope.CONNECTION,
            "no connection to 127.0.0.1:",
            id="F2 reset in place of a greeting",
        ),
        pytest.param(
            {"GREETING": [b"SSH-2.0-OpenSSH_9.2\r\n"]},
            Scope.CONNECTION,
            "SSH-2.0",
            id="F3 the greeting of another protocol",
        ),
        pytest.param(
            {"GREETING": [b"554 5.7.1 we do not know you\r\n"]},
            Scope.POLICY,
            "we do not know you",
            id="F3 554 as a greeting",
        ),
        pytest.param(
            {"EHLO": [b"421 4.7.0 too fast\r\n", Break.DROP]},
            Scope.CONNECTION,
            "too fast",
            id="F1 421 at EHLO",
        ),
        pytest.param(
            {"EHLO": [Break.HANG]},
            Scope.CONNECTION,
            "no answer within 0.3 seconds",
            id="F2 hang at EHLO",
        ),
        pytest.param(
            {"EHLO": [b"550 no\r\n"], "HELO": [b"550 no to you\r\n"]},
            Scope.POLICY,
            "no to you",
            id="F3 no to EHLO and to HELO",
        ),
        pytest.param(
            {"GREETING": ["554 не знаем вас\r\n".encode("cp1251")]},
            Scope.POLICY,
            "не знаем вас",
            id="F19 a greeting in cp1251",
        ),
    ],
)
async def test_a_connection_that_does_not_come_about_is_explained(
    script: Script, scope: Scope, words: str
) -> None:
    async with FaultServer(script) as server:
        timeouts = SHORT if Break.HANG in next(iter(script.values())) else PATIENT
        assert refused(await open_(server, timeouts=timeouts), scope, words)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])  # the second has two addresses
async def test_f27_a_closed_port_is_explained(host: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        relay = Relay(host, free.getsockname()[1], Tls.NONE)
        outcome = await SmtpTransport(relay, PATIENT).connect()
    assert refused(outcome, Scope.CONNECTION, f"no connection to {relay}: Connection refused")


async def test_f27_a_name_that_is_not_found_is_explained() -> None:
    relay = Relay("relay.invalid", 465, Tls.IMPLICIT)
    assert refused(await SmtpTransport(relay, PATIENT).connect(), Scope.CONNECTION, "relay.invalid")


async def test_f3_an_old_server_is_greeted_the_old_way() -> None:
    async with FaultServer({"EHLO": [b"502 5.5.1 what?\r\n"]}) as server:
        assert await works(await open_(server))
    assert server.verbs[:2] == ["EHLO", "HELO"]


async def test_without_a_name_of_our_own_we_are_named_by_our_address() -> None:
    async with FaultServer() as server:
        assert await works(await open_(server, name=""))
    assert server.commands[0] == b"EHLO [127.0.0.1]"


async def test_starttls_secures_before_anything_else(authority: trustme.CA) -> None:
    context = server_context(authority)
    async with FaultServer(extensions=("STARTTLS", "SMTPUTF8"), tls=context) as server:
        connection = await open_(server, Tls.STARTTLS, context=client_context(authority))
        assert await works(connection)
    assert server.verbs[:4] == ["EHLO", "STARTTLS", "EHLO", "MAIL"]


async def test_implicit_tls_secures_from_the_first_octet(authority: trustme.CA) -> None:
    context = server_context(authority)
    async with FaultServer(tls=context, implicit=True) as server:
        connection = await open_(server, Tls.IMPLICIT, context=client_context(authority))
        assert await works(connection)
    assert server.verbs == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]


async def test_the_certificates_of_the_system_count_by_default(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = server_context(authority)
    with authority.cert_pem.tempfile() as file:
        monkeypatch.setenv("SSL_CERT_FILE", file)
        async with FaultServer(tls=context, implicit=True) as server:
            assert await works(await open_(server, Tls.IMPLICIT))


async def test_the_dot_is_told_apart_over_tls_too(authority: trustme.CA) -> None:
    context = server_context(authority)
    for stage, verdict in (("RCPT", Verdict.RELEASED), ("DOT", Verdict.UNKNOWN)):
        async with FaultServer({stage: [Break.RESET]}, tls=context, implicit=True) as server:
            connection = await open_(server, Tls.IMPLICIT, context=client_context(authority))
            assert isinstance(connection, SmtpConnection)
            outcome = await submit(connection)
            assert outcome.verdict is verdict
            await connection.close()


@pytest.mark.parametrize(
    ("script", "extensions", "words"),
    [
        ({}, ("SMTPUTF8",), "offers no STARTTLS, and nothing is sent in clear"),
        ({"STARTTLS": [b"454 4.7.0 not now\r\n"]}, ("STARTTLS",), "not now"),
    ],
)
async def test_f20_without_starttls_nothing_goes_on_in_clear(
    script: Script, extensions: Sequence[str], words: str
) -> None:
    async with FaultServer(script, extensions=extensions) as server:
        outcome = await open_(server, Tls.STARTTLS, login=("user", "secret"))
        assert refused(outcome, Scope.POLICY, words)
    assert set(server.verbs) <= {"EHLO", "STARTTLS"}


async def test_f21_what_is_slipped_in_behind_starttls_does_not_count(
    authority: trustme.CA,
) -> None:
    context = server_context(authority)
    injected = b"220 go on\r\n250-evil.example.org\r\n250 AUTH PLAIN\r\n"
    async with FaultServer(
        {"STARTTLS": [injected]}, extensions=("STARTTLS",), tls=context
    ) as server:
        outcome = await open_(
            server, Tls.STARTTLS, login=("user", "secret"), context=client_context(authority)
        )
        assert isinstance(outcome, Outcome)
    assert "AUTH" not in server.verbs


@pytest.mark.parametrize(
    ("name", "expired", "trusted", "words"),
    [
        ("127.0.0.1", True, True, "certificate has expired"),
        ("other.example.org", False, True, "is not valid for"),
        ("127.0.0.1", False, False, "certificate"),
    ],
)
@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
async def test_f22_a_bad_certificate_stops_before_any_mail(
    authority: trustme.CA, tls: Tls, name: str, expired: bool, trusted: bool, words: str
) -> None:
    yesterday = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    server_side = server_context(authority, name, yesterday if expired else None)
    client_side = client_context(authority if trusted else trustme.CA())
    async with FaultServer(
        extensions=("STARTTLS",), tls=server_side, implicit=tls is Tls.IMPLICIT
    ) as server:
        outcome = await open_(server, tls, context=client_side, login=("user", "secret"))
        assert refused(outcome, Scope.POLICY, "the certificate of 127.0.0.1 cannot be trusted: ")
        assert refused(outcome, Scope.POLICY, words)
    assert set(server.verbs) <= {"EHLO", "STARTTLS"}


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_f22_an_outdated_tls_is_refused(authority: trustme.CA) -> None:
    with OldServer(authority) as server:
        relay = Relay("127.0.0.1", server.port, Tls.IMPLICIT)
        outcome = await SmtpTransport(relay, PATIENT, "", client_context(authority)).connect()
    assert refused(outcome, Scope.POLICY, "nothing below TLS 1.2 is used")


async def test_a_server_without_tls_is_told_from_a_dead_one() -> None:
    async with FaultServer() as server:
        outcome = await open_(server, Tls.IMPLICIT)
        assert refused(outcome, Scope.POLICY, "is it tls=starttls instead of tls=implicit")


@pytest.mark.parametrize(
    ("offer", "way"),
    [
        ("AUTH CRAM-MD5 LOGIN PLAIN", b"AUTH PLAIN "),
        ("AUTH CRAM-MD5 LOGIN", b"AUTH LOGIN "),
        ("AUTH CRAM-MD5", b"AUTH CRAM-MD5"),
    ],
)
async def test_the_simplest_login_that_is_offered_is_taken(offer: str, way: bytes) -> None:
    async with FaultServer(extensions=(offer,)) as server:
        await open_(server, login=("office", "secret"))
    assert server.commands[1].startswith(way)


async def test_a_login_opens_the_connection() -> None:
    async with FaultServer(extensions=("AUTH PLAIN",)) as server:
        assert await works(await open_(server, login=("office@example.org", "пароль")))
    proof = b64decode(server.commands[1].removeprefix(b"AUTH PLAIN "))
    assert proof == "\0office@example.org\0пароль".encode()


@pytest.mark.parametrize(
    ("offer", "script", "words"),
    [
        ("AUTH PLAIN LOGIN CRAM-MD5", {"AUTH": [b"535 5.7.8 no\r\n"]}, "refused the login: no"),
        ("AUTH PLAIN", {"AUTH": [b"454 4.7.0 later\r\n"]}, "refused the login: later"),
        ("AUTH PLAIN", {"AUTH": [b"503 5.5.1 what\r\n"]}, "refused the login: what"),
        ("AUTH GSSAPI", {}, "offers no login that we know"),
        ("SIZE 1000", {}, "offers no login that we know"),
    ],
)
async def test_f23_a_refused_login_stops_after_one_attempt(
    offer: str, script: Script, words: str
) -> None:
    async with FaultServer(script, extensions=(offer,)) as server:
        outcome = await open_(server, login=("user", "hunter2"))
        assert refused(outcome, Scope.POLICY, words)
        assert "hunter2" not in str(outcome)
    assert server.verbs.count("AUTH") <= 1
    assert "MAIL" not in server.verbs


async def test_giving_up_while_connecting_leaves_nothing_open() -> None:
    async with FaultServer({"GREETING": [Break.HANG]}) as server:
        task = asyncio.create_task(open_(server))
        await server.reached("GREETING")
        await asyncio.sleep(
            0.05
        )  # wait_for of Python 3.11 may lose a cancellation while connecting
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_aiosmtplib_hands_over_a_transport_that_takes_another_protocol() -> None:
    """The contract we rely on: `SMTP.transport` is an asyncio.Transport; set_protocol moves it."""
    async with FaultServer() as server:
        smtp = aiosmtplib.SMTP(hostname="127.0.0.1", port=server.port, start_tls=False)
        await smtp.connect()
        transport = smtp.transport
        assert isinstance(transport, asyncio.Transport)
        got = asyncio.get_running_loop().create_future()

        class Listener(asyncio.Protocol):
            def data_received(self, data: bytes) -> None:
                got.set_result(data)

        transport.set_protocol(Listener())
        transport.write(b"RSET\r\n")
        assert await got == b"250 2.0.0 ok\r\n"
        transport.abort()
