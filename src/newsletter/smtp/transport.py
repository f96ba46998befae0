"""Opening a connection to the relay: greeting, EHLO, TLS, login; or an Outcome that says why not.

Nothing is sent in clear to another machine, certificates are always verified, and the password is
tried once, for servers lock accounts that fail. A network fault is about the connection and may
pass; a refused login or a bad certificate is a matter of policy and needs the operator. Whatever
goes wrong here, no recipient was touched: every verdict is `released`.
"""

import asyncio
import math
import os
import re
import socket
import ssl
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import aiosmtplib

from newsletter.model.mailing import Outcome, Scope, Stage, Verdict
from newsletter.servers import Tls
from newsletter.smtp.connection import SmtpConnection, Timeouts
from newsletter.smtp.dialect import Dialect
from newsletter.smtp.exchange import Manner
from newsletter.smtp.relay import Relay
from newsletter.smtp.replies import decode_reply, outcome_of, printable
from newsletter.smtp.window import Window
from newsletter.tls import secure_context

_TCP_INFO: int = getattr(socket, "TCP_INFO", -1)
_TCPI_RTT = 68  # where `tcpi_rtt` begins in `struct tcp_info` (linux/tcp.h)
_FAR = 0.005  # seconds for a command and its reply, from which on one at a time is slow
_NO_CALL = re.compile(r"\[Errno (\d+)\] Connect call failed")  # asyncio, for each address
_LOGINS = ("plain", "login", "cram-md5")  # inside TLS the simplest is the most reliable
_TOO_OLD = "it seems to know old versions alone, and nothing below TLS 1.2 is used"
_OTHER_WAY = "is it tls=starttls instead of tls=implicit, or the other way round?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeted:
    """What is known of a relay when all was said but the login.

    `greeting` are the words with which it began, `extensions` keywords in small letters with their
    parameters, `round_trip` is in seconds.
    """

    greeting: str
    address: str
    extensions: Mapping[str, str]
    channel: ssl.SSLObject | None
    round_trip: float


class _Refused(Exception):
    """The relay cannot be used as it is set up."""


class SmtpTransport:
    """A relay to which connections can be opened."""

    def __init__(
        self,
        relay: Relay,
        timeouts: Timeouts | None = None,
        local_hostname: str = "",
        tls_context: ssl.SSLContext | None = None,
        *,
        in_flight: int = 4,
        manner: Manner | None = None,
        on_greeted: Callable[[Greeted], None] | None = None,
    ) -> None:
        """Use `relay`; without `local_hostname` we are named by our address (RFC 5321 4.1.3).

        `in_flight` messages at most go over one connection at the same time; `manner` is how, else
        the best one for what the relay offers and how far it is. `on_greeted` hears of each
        greeting before the login, so that a refused password hides nothing.
        """
        self._relay = relay
        self._timeouts = timeouts or Timeouts()
        self._local_hostname = local_hostname
        self._given_context = tls_context
        self._manner = manner
        self._on_greeted = on_greeted
        self._window = Window(in_flight)
        self._round_trip = math.inf  # the shortest one seen

    async def connect(self) -> SmtpConnection | Outcome:
        """Open a connection, or say why there is none."""
        smtp = aiosmtplib.SMTP(
            hostname=self._relay.host,
            port=self._relay.port,
            local_hostname=self._local_hostname or "localhost",  # else it asks the DNS in a thread
            timeout=self._timeouts.greeting,
            use_tls=self._relay.tls is Tls.IMPLICIT,
            start_tls=False,  # never by itself: it goes on in clear when the relay offers none
            tls_context=None if self._relay.tls is Tls.NONE else self._context,
        )
        try:
            await self._prepare(smtp)
            return self._adopt(smtp)
        except (aiosmtplib.SMTPException, OSError, UnicodeError, _Refused) as fault:
            smtp.close()
            return self._failed(fault)
        except BaseException:
            smtp.close()
            raise

    @cached_property
    def _context(self) -> ssl.SSLContext:
        """Certificates of the system, or those named by SSL_CERT_FILE; made once, it is slow."""
        return self._given_context or secure_context()

    async def _prepare(self, smtp: aiosmtplib.SMTP) -> None:
        began = await smtp.connect()
        await self._greet(smtp)
        if self._relay.tls is Tls.STARTTLS:
            if not smtp.supports_extension("starttls"):
                raise _Refused("the relay offers no STARTTLS, and nothing is sent in clear")
            await smtp.starttls()
            await self._greet(smtp)  # what was offered before TLS does not count (RFC 3207 4.2)
        if self._on_greeted:
            self._on_greeted(self._greeted(smtp, began.message))
        if self._relay.username:
            await self._log_in(smtp)

    def _greeted(self, smtp: aiosmtplib.SMTP, greeting: str) -> Greeted:
        peer = smtp.get_transport_info("peername")
        channel = smtp.get_transport_info("ssl_object")
        return Greeted(
            greeting=printable(greeting),
            address=str(peer[0]) if peer else "",
            extensions=dict(smtp.esmtp_extensions),
            channel=channel if isinstance(channel, ssl.SSLObject) else None,
            round_trip=self._round_trip,
        )

    async def _greet(self, smtp: aiosmtplib.SMTP) -> None:
        name = self._local_hostname or _address_literal(smtp)
        began = time.monotonic()
        try:
            await smtp.ehlo(hostname=name)
            took = time.monotonic() - began
            self._round_trip = min(self._round_trip, took, _of_the_kernel(smtp))
        except aiosmtplib.SMTPHeloError:
            if not smtp.is_connected:
                raise
            await smtp.helo(hostname=name)

    async def _log_in(self, smtp: aiosmtplib.SMTP) -> None:
        offered = [way for way in _LOGINS if way in smtp.server_auth_methods]
        if not offered:
            raise _Refused("the relay offers no login that we know (PLAIN, LOGIN, CRAM-MD5)")
        ways: dict[str, Callable[[str, str], Awaitable[object]]] = {
            "plain": smtp.auth_plain,
            "login": smtp.auth_login,
            "cram-md5": smtp.auth_crammd5,
        }
        await ways[offered[0]](self._relay.username, self._relay.password)

    def _adopt(self, smtp: aiosmtplib.SMTP) -> SmtpConnection:
        """Take the transport from aiosmtplib, which has done its part."""
        transport = smtp.transport
        if not isinstance(transport, asyncio.Transport):
            raise aiosmtplib.SMTPServerDisconnected("the relay closed the connection")
        dialect = Dialect.of(smtp.esmtp_extensions)
        manner = self._manner or self._best_manner(dialect)
        return SmtpConnection(transport, dialect, manner, self._timeouts, self._window)

    def _best_manner(self, dialect: Dialect) -> Manner:
        """Return how to speak to a relay that understands `dialect`.

        Nearby, several messages in flight gain nothing, and each of them can become unknown.
        """
        if not dialect.pipelining:
            return Manner.LOCK_STEP
        is_far = self._round_trip >= _FAR
        return Manner.CHUNKED if dialect.chunking and is_far else Manner.PIPELINED

    def _failed(self, fault: Exception) -> Outcome:
        """Return the Outcome for a connection that did not come about."""
        if isinstance(fault, aiosmtplib.SMTPResponseException) and fault.code >= 100:
            return _answered(fault)
        if isinstance(fault, _Refused):
            return _released(Scope.POLICY, str(fault))
        reason = fault.__cause__ or fault
        host = self._relay.host
        if isinstance(reason, ssl.SSLCertVerificationError):
            why = reason.verify_message
            return _released(Scope.POLICY, f"the certificate of {host} cannot be trusted: {why}")
        if isinstance(reason, ssl.SSLError):
            why = (reason.reason or str(reason)).replace("_", " ").lower()
            hint = _TOO_OLD if "protocol" in why else _OTHER_WAY
            return _released(Scope.POLICY, f"no TLS with {host}: {why}; {hint}")
        if isinstance(fault, TimeoutError):
            why = f"no answer within {self._timeouts.greeting:g} seconds"
        else:
            why = _in_words(reason)
        return _released(Scope.CONNECTION, f"no connection to {self._relay}: {why}")


def _answered(fault: aiosmtplib.SMTPResponseException) -> Outcome:
    """Return what a negative reply to the greeting, EHLO, STARTTLS or login means."""
    words = decode_reply(fault.message.encode("utf-8", "surrogateescape"))
    outcome = outcome_of(Stage.CONNECT, fault.code, words)
    if isinstance(fault, aiosmtplib.SMTPAuthenticationError) and fault.code != 421:
        text = f"the relay refused the login: {outcome.text}"
        return replace(outcome, scope=Scope.POLICY, text=text)
    return outcome


def _released(scope: Scope, text: str) -> Outcome:
    return Outcome(verdict=Verdict.RELEASED, stage=Stage.CONNECT, scope=scope, text=printable(text))


def _in_words(reason: BaseException) -> str:
    """Return what went wrong; of several addresses that were tried, what went wrong with each."""
    numbers = dict.fromkeys(map(int, _NO_CALL.findall(str(reason))))
    if numbers:
        return ", ".join(map(os.strerror, numbers))
    return (isinstance(reason, OSError) and reason.strerror) or str(reason) or "it was lost"


def _of_the_kernel(smtp: aiosmtplib.SMTP) -> float:
    """Return the round trip as the kernel measures it, in seconds; infinite if it does not tell.

    A program that has to wait for the processor takes every server for a distant one.
    """
    raw = smtp.get_transport_info("socket")
    try:
        told = raw.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _TCPI_RTT + 4)
        microseconds = int.from_bytes(told[_TCPI_RTT:], sys.byteorder)
    except (AttributeError, OSError):  # not TCP, or another system than Linux
        return math.inf
    return microseconds / 1e6 if microseconds else math.inf


def _address_literal(smtp: aiosmtplib.SMTP) -> str:
    """Return our own address as the relay may see it (RFC 5321 4.1.3)."""
    host = str(smtp.get_transport_info("sockname")[0])
    return f"[IPv6:{host.partition('%')[0]}]" if ":" in host else f"[{host}]"
