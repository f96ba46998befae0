"""All examinations, one thing after the other.

The relays come first, for without them nothing goes; then the domains, the web, this computer.
Each is examined when it is asked for, so that what was found can be shown meanwhile.
"""

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from newsletter.doctor.office import Faults, Premises, examine_office
from newsletter.doctor.ports import DnsSilent, Names, Web
from newsletter.doctor.relay import examine_relay
from newsletter.doctor.sender import Origin, examine_sender, reminders
from newsletter.doctor.verdict import Examined, Verdict, cannot_tell
from newsletter.doctor.web import examine_web
from newsletter.servers import is_loopback
from newsletter.smtp.relay import Relay
from newsletter.smtp.visit import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What is to be examined; `largest` is the biggest mail of late, in octets.

    `faults` are found already: settings that name no relay, or a key that cannot be used.
    """

    relays: Sequence[Relay]
    origin: Origin
    public_url: str
    unsubscribe_url: str
    premises: Premises
    largest: int | None
    faults: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruments:
    """With what it is examined; without `names` or `web`, that is not asked."""

    visit: Callable[[Relay], Visit]
    faults: Faults
    names: Names | None
    web: Web | None
    now: Callable[[], datetime.datetime]


def examine(office: Office, instruments: Instruments) -> Iterator[Examined]:
    """Yield what is found."""
    addresses: list[str] = []
    if office.faults:
        yield Examined("Settings", office.faults)
    for relay in office.relays:
        visit = instruments.visit(relay)
        addresses += _addresses(visit, instruments.names)
        verdicts = examine_relay(visit, office.largest, instruments.now())
        yield Examined(f"Relay {relay}", tuple(verdicts))
    origin = replace(office.origin, relay_addresses=tuple(dict.fromkeys(addresses)))
    yield Examined(f"Mail from {origin.from_address}", tuple(_sender(origin, instruments.names)))
    yield Examined("On the web", tuple(_web(office, instruments)))
    yield Examined("This computer", tuple(examine_office(office.premises, instruments.faults)))


def _sender(origin: Origin, names: Names | None) -> Iterator[Verdict]:
    if names is None:
        yield cannot_tell("DNS", "not asked (--offline)")
    else:
        yield from examine_sender(names, origin)
    yield from reminders(origin)


def _web(office: Office, instruments: Instruments) -> Iterator[Verdict]:
    if instruments.web is None:
        yield cannot_tell("web", "not asked (--offline)")
        return
    yield from examine_web(
        instruments.web, office.public_url, office.unsubscribe_url, instruments.now()
    )


def _addresses(visit: Visit, names: Names | None) -> list[str]:
    """Return every address of a relay that is known: the one that answered, and its others."""
    found = [visit.address] if visit.address else []
    host = visit.relay.host
    if names is None or is_loopback(host) or host == visit.address:
        return found
    try:
        return [*found, *names.addresses(host)]
    except DnsSilent:  # the examination of the domain tells that the DNS is silent
        return found
