"""The relay: whether it can be reached, is secure, lets us in, and what it offers."""

import datetime
import math
from collections.abc import Iterator

from newsletter.doctor.clock import examine_clock
from newsletter.doctor.verdict import Verdict, cannot_tell, doubtful, fine, wrong
from newsletter.model.mailing import Scope
from newsletter.servers import Tls, is_loopback
from newsletter.smtp.relay import Relay
from newsletter.smtp.visit import Visit

_DAYS_LEFT = 14
_FAR = 0.3  # seconds there and back
_NEARLY = 0.9  # of the size that a relay takes
_USEFUL = ("pipelining", "chunking", "8bitmime", "smtputf8", "dsn", "size")
_MEGABYTE = 1_000_000


def examine_relay(visit: Visit, largest: int | None, now: datetime.datetime) -> Iterator[Verdict]:
    """Yield what a visit shows; `largest` is the biggest mail of late, in octets."""
    yield reachable(visit)
    if not visit.heard:
        return
    yield secured(visit)
    if visit.security:
        yield certificate(visit, now)
    yield login(visit)
    yield extensions(visit)
    yield size(visit, largest)
    yield distance(visit)
    if visit.ahead is not None:
        yield examine_clock(visit.ahead, "the relay")


def reachable(visit: Visit) -> Verdict:
    """Whether it answers and says EHLO; a bad certificate ends it here too."""
    if visit.heard:
        return fine("reachable", f"answers at {visit.address}" if visit.address else "answers")
    refusal = visit.refusal
    if refusal is None:
        return wrong("reachable", "does not answer", "ask whoever runs it")
    words = f"{refusal.code} {refusal.text}" if refusal.code else refusal.text
    if refusal.scope is Scope.POLICY:
        return wrong("reachable", words, "mend what it says: nothing is sent before")
    return wrong("reachable", words, _way_to(visit.relay))


def _way_to(relay: Relay) -> str:
    if is_loopback(relay.host):
        return f"to practise, start a server in another window: newsletter sink --port {relay.port}"
    return "see whether name and port in `relay` are right, and no firewall between"


def secured(visit: Visit) -> Verdict:
    """How the connection is secured; older versions of TLS are not spoken at all."""
    if visit.security:
        return fine("TLS", f"{visit.security.version}, {visit.relay.tls}")
    if visit.relay.tls is Tls.NONE and is_loopback(visit.relay.host):
        return fine("TLS", "none: the relay is on this computer")
    return wrong("TLS", "none", "write `tls=implicit` or `tls=starttls` in `relay`")


def certificate(visit: Visit, now: datetime.datetime) -> Verdict:
    """Whose certificate it is, and for how long it holds; that it is good, the visit has shown."""
    security = visit.security
    if security is None:
        return cannot_tell("certificate", "there is none")
    days = (security.expires_at - now).days
    names = ", ".join(security.names[:3]) + (" …" if len(security.names) > 3 else "")
    words = f"of {names}, by {security.issuer}; {days} days left"
    if days < _DAYS_LEFT:
        return doubtful("certificate", words, "ask whoever runs the relay to renew it in time")
    return fine("certificate", words)


def login(visit: Visit) -> Verdict:
    """Whether the password is taken."""
    if visit.refusal:
        return wrong(
            "login",
            visit.refusal.text,
            "see user and password in `relay_file` or NEWSLETTER_RELAY; try rarely, for servers "
            "lock accounts",
        )
    if visit.relay.username:
        return fine("login", f"as {visit.relay.username}")
    return fine("login", "none is set, and none was asked for so far")


def extensions(visit: Visit) -> Verdict:
    """What it understands, and what that means."""
    has = [each.upper() for each in _USEFUL if each in visit.extensions]
    lacks = [each.upper() for each in _USEFUL if each not in visit.extensions]
    words = f"offers {', '.join(has)}" if has else "offers none that we use"
    words += f"; not {', '.join(lacks)}" if has and lacks else ""
    if "pipelining" not in visit.extensions and visit.round_trip >= _FAR / 10:
        return doubtful(
            "extensions",
            words,
            "without PIPELINING each mail costs several round trips: a relay that is nearer, or "
            "more `connections`, is faster",
        )
    remark = ""
    if "smtputf8" not in visit.extensions:
        remark = "without SMTPUTF8, readers with letters beyond ASCII before the @ get no mail"
    return fine("extensions", words, remark)


def size(visit: Visit, largest: int | None) -> Verdict:
    """Whether the largest mail is within what it takes (RFC 1870)."""
    told = visit.extensions.get("size", "")
    limit = int(told) if told.isdecimal() else 0
    if not limit:
        return fine("size", "no limit is told")
    if largest is None:
        return cannot_tell("size", f"takes {_mb(limit)}; there is no issue to compare with")
    words = f"takes {_mb(limit)}; the largest mail of late has {_mb(largest)}"
    remedy = "make its pictures smaller (`picture_kb`), or put them on the web: `pictures: hosted`"
    if largest > limit:
        return wrong("size", words, remedy)
    if largest > limit * _NEARLY:
        return doubtful("size", words, remedy)
    return fine("size", words)


def distance(visit: Visit) -> Verdict:
    """How long a question and its answer take."""
    if math.isinf(visit.round_trip):
        return cannot_tell("distance", "the relay knows no EHLO, by which it is measured")
    words = f"{visit.round_trip * 1000:.0f} ms there and back"
    if visit.round_trip >= _FAR:
        return doubtful(
            "distance",
            words,
            "a relay that is nearer sends faster; CHUNKING helps, if it offers it",
        )
    return fine("distance", words)


def _mb(octets: int) -> str:
    if octets < _MEGABYTE:
        return f"{octets / 1000:.0f} kB"
    return f"{octets / _MEGABYTE:.3g} MB"
