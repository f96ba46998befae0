"""Servers that others wrote: Postfix, and its smtp-sink that can be told to go wrong."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.address import parse_address
from newsletter.message.compile import compile_message
from newsletter.model.mailing import Outcome, Scope, Stage, Verdict
from newsletter.servers import Tls
from newsletter.smtp.connection import SmtpConnection, Timeouts
from newsletter.smtp.relay import Relay
from newsletter.smtp.transport import SmtpTransport
from tests.message import samples, signing
from tests.message.witnesses import opendkim
from tests.smtp.client import parcel, told
from tests.smtp.foreign import mail_server, smtp_sink

pytestmark = pytest.mark.slow
SHORT = Timeouts(mail=5, rcpt=5, data=5, block=5, final=5, quit=1)


async def connected(port: int) -> SmtpConnection:
    """Connect as soon as the server is up."""
    transport = SmtpTransport(Relay("127.0.0.1", port, Tls.NONE), SHORT, "office.example.org")
    connection: SmtpConnection | Outcome = await transport.connect()
    for _ in range(200):
        if isinstance(connection, SmtpConnection):
            return connection
        await asyncio.sleep(0.05)
        connection = await transport.connect()
    raise AssertionError(connection)


def mail(address: str = "anna@example.com", *, utf8: bool = False) -> bytes:
    rendering = samples.rendering(text=".\n..\nFrom here\n[[greeting]]\n")
    reader = replace(samples.recipient(), address=parse_address(address))
    return compile_message(rendering, samples.head()).build(reader, utf8=utf8)


@pytest.mark.parametrize(
    ("options", "verdict", "stage", "scope"),
    [
        ([], Verdict.ACCEPTED, Stage.FINAL, Scope.RECIPIENT),
        (["-r", "mail"], Verdict.RELEASED, Stage.MAIL, Scope.CONNECTION),
        (["-r", "rcpt"], Verdict.DEFERRED, Stage.RCPT, Scope.CONNECTION),
        (["-r", "."], Verdict.DEFERRED, Stage.FINAL, Scope.CONNECTION),
        (["-f", "rcpt", "-B", "550 5.1.1 no"], Verdict.REFUSED, Stage.RCPT, Scope.RECIPIENT),
        (["-f", "."], Verdict.REFUSED, Stage.FINAL, Scope.MESSAGE),
        (["-q", "mail"], Verdict.RELEASED, Stage.MAIL, Scope.CONNECTION),
        (["-q", "rcpt"], Verdict.RELEASED, Stage.RCPT, Scope.CONNECTION),
        (["-q", "data"], Verdict.RELEASED, Stage.DATA, Scope.CONNECTION),
        (["-q", "."], Verdict.UNKNOWN, Stage.FINAL, Scope.CONNECTION),
        (["-Q", "rcpt"], Verdict.RELEASED, Stage.RCPT, Scope.CONNECTION),
        (["-Q", "."], Verdict.DEFERRED, Stage.FINAL, Scope.CONNECTION),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
async def test_smtp_sink_goes_wrong(
    options: list[str], verdict: Verdict, stage: Stage, scope: Scope
) -> None:
    async with smtp_sink(*options) as port:
        connection = await connected(port)
        outcome = await told(connection, parcel(mail()))
        await connection.close()
    assert (outcome.verdict, outcome.stage, outcome.scope) == (verdict, stage, scope)


@pytest.fixture
def postfix() -> Iterator[tuple[int, Path]]:
    """Run a Postfix with two mailboxes; give its port and the folder of its mail."""
    with mail_server({"message_size_limit": "200000"}) as server:
        yield server.port, server.mail


async def delivered(folder: Path) -> bytes:
    """Wait for the one message that Postfix puts into the mailbox `folder`."""
    for _ in range(200):
        messages = await asyncio.to_thread(lambda: [f.read_bytes() for f in folder.glob("new/*")])
        if messages:
            return messages[0]
        await asyncio.sleep(0.05)
    raise AssertionError(f"nothing in {folder}")


async def test_postfix_delivers_what_was_handed_over(postfix: tuple[int, Path]) -> None:
    port, mailboxes = postfix
    connection = await connected(port)
    for mailbox, address, utf8 in (
        ("anna", "anna@example.com", False),
        ("почта", "почта@example.com", True),
    ):
        message = mail(address, utf8=utf8)
        outcome = await told(connection, parcel(message, address, utf8=utf8))
        assert (outcome.verdict, outcome.enhanced) == (Verdict.ACCEPTED, "2.0.0")
        # Postfix puts its own lines in front and ends lines as files do; the rest is untouched.
        received = await delivered(mailboxes / mailbox)
        assert received.startswith(b"Return-Path: <bounces+token@example.org>\n")
        assert received.endswith(message.replace(b"\r\n", b"\n"))
    await connection.close()


async def test_signatures_hold_behind_postfix(postfix: tuple[int, Path], tmp_path: Path) -> None:
    port, mailboxes = postfix
    connection = await connected(port)
    files: list[Path] = []
    for mailbox, address, utf8 in (
        ("anna", "anna@example.com", False),
        ("почта", "почта@example.com", True),
    ):
        reader = replace(samples.named(samples.NAMES[6]), address=parse_address(address))
        message = signing.signed(samples.rendering()).build(reader, utf8=utf8)
        outcome = await told(connection, parcel(message, address, utf8=utf8))
        assert outcome.verdict is Verdict.ACCEPTED
        received = await delivered(mailboxes / mailbox)
        assert signing.verdicts(received) == [True, True]
        files.append(tmp_path / f"{len(files)}.eml")
        files[-1].write_bytes(received)
    await connection.close()
    said = await asyncio.to_thread(opendkim, tmp_path, signing.signer().records, files)
    assert list(said.values()) == [["pass rsa-sha256", "pass ed25519-sha256"]] * 2


async def test_postfix_says_no_and_goes_on(postfix: tuple[int, Path]) -> None:
    connection = await connected(postfix[0])
    outcomes = [
        await told(connection, parcel(message, address))
        for address, message in (
            ("nobody@example.com", mail()),
            ("anna@example.net", mail()),
            ("anna@example.com", mail() * 200),
            ("anna@example.com", mail()),
        )
    ]
    await connection.close()
    assert [(outcome.verdict, outcome.scope, outcome.stage) for outcome in outcomes] == [
        (Verdict.REFUSED, Scope.RECIPIENT, Stage.RCPT),
        (Verdict.RELEASED, Scope.SENDER, Stage.RCPT),
        (Verdict.REFUSED, Scope.MESSAGE, Stage.LOCAL),
        (Verdict.ACCEPTED, Scope.RECIPIENT, Stage.FINAL),
    ]
    assert outcomes[0].enhanced == "5.1.1"
