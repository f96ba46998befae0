"""A visit to a relay that hands over no mail: what it is like, for `newsletter doctor`.

The visit takes the way of every send (`transport.py`): greeting, TLS, login. What was heard is
noted before the login, so that a refused password does not hide the rest.
"""

import datetime
import math
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiosmtplib

from newsletter.model.mailing import Outcome
from newsletter.smtp.connection import SmtpConnection, Timeouts
from newsletter.smtp.relay import Relay
from newsletter.smtp.transport import SmtpTransport

PATIENCE = Timeouts(greeting=20, mail=20, rcpt=20, data=20, block=20, final=20)
"""Somebody waits at the terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """How a connection is secured; `names` are those of the certificate."""

    version: str
    names: tuple[str, ...]
    issuer: str
    expires_at: datetime.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What was found; `refusal` says why the visit ended early, `heard` whether EHLO was answered.

    `extensions` are keywords in small letters with their parameters; `round_trip` is in seconds.
    """

    relay: Relay
    refusal: Outcome | None = None
    heard: bool = False
    address: str = ""
    extensions: Mapping[str, str] = field(default_factory=dict)
    security: Security | None = None
    round_trip: float = math.inf


async def visit(
    relay: Relay, timeouts: Timeouts = PATIENCE, tls_context: ssl.SSLContext | None = None
) -> Visit:
    """Visit `relay`: connect, secure, log in, and go."""
    visitor = _Visitor(relay, timeouts, tls_context=tls_context)
    connection = await visitor.connect()
    if isinstance(connection, Outcome):
        return visitor.told(refusal=connection)
    await connection.close()
    return visitor.told(refusal=None)


class _Visitor(SmtpTransport):
    """A transport that notes what it hears."""

    _noted: Visit | None = None

    async def _log_in(self, smtp: aiosmtplib.SMTP) -> None:
        self._note(smtp)
        await super()._log_in(smtp)

    def _adopt(self, smtp: aiosmtplib.SMTP) -> SmtpConnection:
        self._note(smtp)
        return super()._adopt(smtp)

    def told(self, refusal: Outcome | None) -> Visit:
        """Return what was noted, and how the visit ended."""
        noted = self._noted
        if noted is None:
            return Visit(relay=self._relay, refusal=refusal)
        return Visit(
            relay=noted.relay,
            refusal=refusal,
            heard=True,
            address=noted.address,
            extensions=noted.extensions,
            security=noted.security,
            round_trip=self._round_trip,
        )

    def _note(self, smtp: aiosmtplib.SMTP) -> None:
        peer = smtp.get_transport_info("peername")
        channel = smtp.get_transport_info("ssl_object")
        self._noted = Visit(
            relay=self._relay,
            address=str(peer[0]) if peer else "",
            extensions=dict(smtp.esmtp_extensions),
            security=_security(channel) if isinstance(channel, ssl.SSLObject) else None,
        )


def _security(channel: ssl.SSLObject) -> Security | None:
    """Return what TLS says of a server; its certificate was verified before."""
    certificate = channel.getpeercert()
    if not certificate:
        return None
    names = [str(entry[1]) for entry in certificate.get("subjectAltName", ())]
    common = _parts(certificate.get("subject", ())).get("commonName")
    issuer = _parts(certificate.get("issuer", ()))
    expires = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    return Security(
        version=channel.version() or "TLS",
        names=tuple(names or ([common] if common else [])),
        issuer=issuer.get("organizationName") or issuer.get("commonName") or "an unnamed authority",
        expires_at=datetime.datetime.fromtimestamp(expires, datetime.UTC),
    )


def _parts(name: object) -> dict[str, str]:
    """Return the parts of a distinguished name, as `getpeercert` nests them."""
    if not isinstance(name, tuple):
        return {}
    return {str(key): str(value) for group in name for key, value in group}
