"""Sender Policy Framework (RFC 7208): may this address hand over mail for that domain?

`check_host` answers it as a receiving server does; `survey` walks a whole record and counts what a
server may have to look up. Both take the DNS through `ports.Names` and let DnsSilent through.
"""

import ipaddress
import re
from dataclasses import dataclass

from newsletter.doctor.ports import Names
from newsletter.doctor.spfrecord import BadRecord, Record, Result, Term, parse

__all__ = ["BadRecord", "Record", "Result", "Tally", "check_host", "parse", "records_of", "survey"]

MOST_LOOKUPS = 10  # RFC 7208 4.6.4
MOST_VOID = 2
_MOST_HOSTS = 10
_FAR_TOO_MANY = 50
_LONGEST_NAME = 253

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_MACRO = re.compile(r"%(?:\{([slodiphv])(\d*)(r?)([.+,/_=-]*)\}|([%_-]))", re.IGNORECASE)


@dataclass(slots=True)
class Tally:
    """What was looked up so far; `void` is what was not there."""

    lookups: int = 0
    void: int = 0


@dataclass(frozen=True, slots=True)
class _Question:
    names: Names
    address: Address
    sender: str
    tally: Tally
    most_lookups: int = MOST_LOOKUPS
    most_void: int = MOST_VOID


def records_of(names: Names, domain: str) -> tuple[str, ...]:
    """Return the SPF records of `domain` (RFC 7208 4.5); more than one is a fault."""
    return tuple(
        text
        for text in names.texts(domain)
        if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")
    )


def check_host(names: Names, address: str, domain: str, sender: str = "") -> Result:
    """Return whether `address` may hand over mail of `domain` (RFC 7208 4)."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if not _is_name(domain):
        return Result.NONE
    try:
        return _check(_Question(names, found, sender or f"postmaster@{domain}", Tally()), domain)
    except BadRecord:
        return Result.PERMERROR


def survey(names: Names, domain: str) -> Tally:
    """Return what a server has to look up when nothing in the record matches; raises BadRecord."""
    nobody = ipaddress.ip_address("203.0.113.255")  # RFC 5737 3: an address that nobody has
    tally = Tally()
    sender = f"postmaster@{domain}"
    _check(_Question(names, nobody, sender, tally, _FAR_TOO_MANY, _FAR_TOO_MANY), domain)
    return tally


def _check(question: _Question, domain: str) -> Result:
    found = records_of(question.names, domain)
    if not found:
        return Result.NONE
    if len(found) > 1:
        raise BadRecord(f"{domain} has {len(found)} records, and one is allowed")
    record = parse(found[0])
    for term in record.terms:
        if _matches(question, term, domain):
            return term.result
    if not record.redirect or any(term.name == "all" for term in record.terms):
        return Result.NEUTRAL
    target = _expand(question, record.redirect, domain)
    _look_up(question, f"redirect={target}")
    result = _check(question, target)
    if result is Result.NONE:
        raise BadRecord(f"redirect={target} leads to a domain without a record")
    return result


def _matches(question: _Question, term: Term, domain: str) -> bool:
    if term.name == "all":
        return True
    if term.name in ("ip4", "ip6"):
        network = ipaddress.ip_network(term.value)
        return network.version == question.address.version and question.address in network
    target = _expand(question, term.value, domain) if term.value else domain
    _look_up(question, f"{term.name}:{target}")
    match term.name:
        case "include":
            return _includes(question, target)
        case "a":
            return _is_near(question, _addresses(question, target), term)
        case "mx":
            hosts = _mail_hosts(question, target)
            return any(_is_near(question, _addresses(question, host), term) for host in hosts)
        case "exists":
            return bool(_addresses(question, target, version=4))
    return any(_is_below(name, target) for name in _own_names(question))


def _includes(question: _Question, target: str) -> bool:
    result = _check(question, target) if _is_name(target) else Result.NONE
    if result is Result.NONE:
        raise BadRecord(f"include:{target} names a domain without a record")
    return result is Result.PASS


def _mail_hosts(question: _Question, target: str) -> tuple[str, ...]:
    hosts = question.names.mail_hosts(target) if _is_name(target) else ()
    _note_void(question, hosts, target)
    if len(hosts) > _MOST_HOSTS:
        raise BadRecord(f"mx:{target} has {len(hosts)} hosts, and {_MOST_HOSTS} are allowed")
    return tuple(host for host in hosts if host)


def _own_names(question: _Question) -> list[str]:
    """Return the names of the address that lead back to it (RFC 7208 5.5)."""
    pointers = question.names.pointers(str(question.address))[:_MOST_HOSTS]
    _note_void(question, pointers, str(question.address))
    return [
        name
        for name in pointers
        if question.address in map(ipaddress.ip_address, question.names.addresses(name))
    ]


def _is_below(name: str, domain: str) -> bool:
    return f".{name}".lower().endswith(f".{domain.lower()}")


def _addresses(question: _Question, host: str, version: int = 0) -> list[Address]:
    """Return the addresses of a host, of the kind that is asked about."""
    version = version or question.address.version
    texts = question.names.addresses(host) if _is_name(host) else ()
    found = [each for each in map(ipaddress.ip_address, texts) if each.version == version]
    _note_void(question, found, host)
    return found


def _is_near(question: _Question, addresses: list[Address], term: Term) -> bool:
    bits = term.bits[0] if question.address.version == 4 else term.bits[1]
    networks = (ipaddress.ip_network(f"{each}/{bits}", strict=False) for each in addresses)
    return any(question.address in network for network in networks)


def _look_up(question: _Question, what: str) -> None:
    question.tally.lookups += 1
    if question.tally.lookups > question.most_lookups:
        raise BadRecord(f"more than {question.most_lookups} look-ups, with {what}")


def _note_void(question: _Question, found: object, name: str) -> None:
    question.tally.void += not found
    if question.tally.void > question.most_void:
        raise BadRecord(f"too many names that are not there, such as {name}")


def _is_name(text: str) -> bool:
    labels = text.rstrip(".").split(".")
    return len(labels) > 1 and all(0 < len(label) < 64 for label in labels)


# --- Macros (RFC 7208 7) ---


def _expand(question: _Question, text: str, domain: str) -> str:
    """Return the domain that `text` comes to, cut from the left to what the DNS takes."""
    filled = _MACRO.sub(lambda found: _filled(question, found, domain), text).rstrip(".").lower()
    while len(filled) > _LONGEST_NAME:
        filled = filled.partition(".")[2]
    return filled


def _filled(question: _Question, found: re.Match[str], domain: str) -> str:
    if found[5]:
        return {"%": "%", "_": " ", "-": "%20"}[found[5]]
    value = _value(question, found[1].lower(), domain)
    parts = re.split(f"[{re.escape(found[4] or '.')}]", value)
    ordered = parts[::-1] if found[3] else parts
    count = int(found[2] or 0)
    if found[2] and not count:
        raise BadRecord(f"“{found[0]}” takes no part of the name")
    return ".".join(ordered[-count:] if count else ordered)


def _value(question: _Question, letter: str, domain: str) -> str:
    address = question.address
    local, _, after = question.sender.rpartition("@")
    match letter:
        case "s":
            return question.sender
        case "l":
            return local
        case "d":
            return domain
        case "i" if address.version == 4:
            return str(address)
        case "i":
            return ".".join(address.exploded.replace(":", ""))
        case "v":
            return "in-addr" if address.version == 4 else "ip6"
        case "p":
            own = _own_names(question)
            exact = [name for name in own if name == domain.lower()]
            below = [name for name in own if _is_below(name, domain)]
            return next(iter((*exact, *below, *own)), "unknown")
    return after  # o, and h: what a relay says at EHLO is not known here
