"""A visit to a relay that hands over no mail: what it is like, for `newsletter doctor`.

The visit takes the way of every send (`transport.py`): greeting, TLS, login. What was heard is
noted before the login, so that a refused password does not hide the rest.
"""

import datetime
import email.utils
import math
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from newsletter.model.mailing import Outcome
from newsletter.smtp.connection import Timeouts
from newsletter.smtp.relay import Relay
from newsletter.smtp.transport import Greeted, SmtpTransport

PATIENCE = Timeouts(greeting=20, mail=20, rcpt=20, data=20, block=20, final=20)
"""Somebody waits at the terminal."""

_DATE = re.compile(
    r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d ([+-]\d{4}|GMT|UTC?)\b"
)


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

    `extensions` are keywords in small letters with their parameters; `round_trip` is in seconds,
    `ahead` is how far the relay's clock is ahead of ours, where its greeting tells the time.
    """

    relay: Relay
    refusal: Outcome | None = None
    heard: bool = False
    address: str = ""
    extensions: Mapping[str, str] = field(default_factory=dict)
    security: Security | None = None
    round_trip: float = math.inf
    ahead: datetime.timedelta | None = None


async def visit(
    relay: Relay, timeouts: Timeouts = PATIENCE, tls_context: ssl.SSLContext | None = None
) -> Visit:
    """Visit `relay`: connect, secure, log in, and go."""
    found = Visit(relay=relay)

    def note(greeted: Greeted) -> None:
        nonlocal found
        found = Visit(
            relay=relay,
            heard=True,
            address=greeted.address,
            extensions=greeted.extensions,
            security=_security(greeted.channel) if greeted.channel else None,
            round_trip=greeted.round_trip,
            ahead=_ahead(greeted.greeting, datetime.datetime.now(datetime.UTC)),
        )

    transport = SmtpTransport(relay, timeouts, tls_context=tls_context, on_greeted=note)
    connection = await transport.connect()
    if isinstance(connection, Outcome):
        return replace(found, refusal=connection)
    await connection.close()
    return found


def _ahead(greeting: str, now: datetime.datetime) -> datetime.timedelta | None:
    """Return how far the clock of a relay is ahead of ours; none when its greeting tells no time.

    Sendmail, Exchange and others end it with a date as in a mail; no standard asks for it.
    """
    found = _DATE.search(greeting)
    try:
        told = email.utils.parsedate_to_datetime(found.group()) if found else None
    except ValueError:  # the 31st of February
        return None
    return told - now if told and told.tzinfo else None


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
