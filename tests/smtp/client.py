"""What the tests of connections share: time limits, a mail or two, and how to connect."""

import asyncio

from newsletter.mailing.ports import Connection, Transport
from newsletter.model.mailing import Outcome
from newsletter.model.message import Parcel
from newsletter.servers import Tls
from newsletter.smtp.connection import SmtpConnection, Timeouts
from newsletter.smtp.exchange import Manner
from newsletter.smtp.relay import Relay
from newsletter.smtp.transport import SmtpTransport
from tests.smtp.fault_server import FaultServer

SENDER, READER = "bounces+token@example.org", "anna@example.com"
PATIENT = Timeouts(greeting=20, mail=20, rcpt=20, data=20, block=20, final=20, quit=20)
SHORT = Timeouts(greeting=0.3, mail=0.3, rcpt=0.3, data=0.3, block=0.3, final=0.3, quit=0.3)
MAIL = b"From: a@example.org\r\nTo: anna@example.com\r\n\r\na dot .\r\nlast\r\n"
LONG = MAIL + b"x" * 70 + b"\r\n" + (b"y" * 74 + b"\r\n") * 4000  # more than one block


async def connected(
    server: FaultServer,
    timeouts: Timeouts = PATIENT,
    manner: Manner | None = None,
    in_flight: int = 4,
) -> SmtpConnection:
    relay = Relay("127.0.0.1", server.port, Tls.NONE)
    transport: Transport = SmtpTransport(
        relay, timeouts, "office.example.org", in_flight=in_flight, manner=manner
    )
    connection = await transport.connect()
    assert isinstance(connection, SmtpConnection), connection
    return connection


def parcel(
    message: bytes = MAIL, recipient: str = READER, *, sender: str = SENDER, utf8: bool = False
) -> Parcel:
    return Parcel(sender=sender, recipient=recipient, message=message, utf8=utf8)


def told(connection: Connection, handed_over: Parcel) -> "asyncio.Future[Outcome]":
    """Hand a mail over; what it comes to is in the future."""
    outcome = asyncio.get_running_loop().create_future()
    connection.submit(handed_over, outcome.set_result)
    return outcome


async def submit(connection: Connection, message: bytes = MAIL) -> Outcome:
    return await told(connection, parcel(message))


async def settled(connection: SmtpConnection, *, usable: bool) -> None:
    """Give the end of a connection the time to be noticed."""
    for _ in range(100):
        if usable or not connection.usable:
            return
        await asyncio.sleep(0.01)


def leap(seconds: float) -> None:
    """Let the clock of the running event loop be `seconds` later at once."""
    loop = asyncio.get_running_loop()
    time = loop.time
    loop.time = lambda: time() + seconds  # type: ignore[method-assign]
