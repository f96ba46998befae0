"""The grammar of an SPF record (RFC 7208 4.6 and 12): its parts, or why nobody can follow it."""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """What a check comes to (RFC 7208 2.6); that the DNS is silent is an exception here."""

    PASS = "pass"  # noqa: S105 (a result, not a password)
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    PERMERROR = "permerror"


class BadRecord(Exception):
    """A record that no server can follow (permerror); its text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Term:
    """A mechanism: what it comes to when it matches; `bits` are for IPv4 and IPv6."""

    result: Result
    name: str
    value: str
    bits: tuple[int, int] = (32, 128)


@dataclass(frozen=True, slots=True)
class Record:
    """A record in its parts; `redirect` is empty when there is none."""

    terms: tuple[Term, ...]
    redirect: str = ""


_SIGNS = {"+": Result.PASS, "-": Result.FAIL, "~": Result.SOFTFAIL, "?": Result.NEUTRAL}
_MECHANISM = re.compile(r"([+?~-])?(all|include|a|mx|ptr|ip4|ip6|exists)([:/].*)?", re.IGNORECASE)
_MODIFIER = re.compile(r"([a-z][a-z0-9._-]*)=(.*)", re.IGNORECASE)
_BITS = r"(?:0|[1-9]\d{0,2})"
_CIDR = re.compile(rf"(.*?)(?:/({_BITS}))?(?://({_BITS}))?")
_MACROS = re.compile(r"(?:%\{[slodiphv]\d*r?[.+,/_=-]*\}|%[%_-]|[^%])*", re.IGNORECASE)
_TEXT_MACROS = re.compile(r"(?:%\{[slodiphcrtv]\d*r?[.+,/_=-]*\}|%[%_-]|[^%])*", re.IGNORECASE)
_DOMAIN_END = re.compile(
    r"(?:%\{[^}]*\}|\.(?:[a-z0-9]*[a-z][a-z0-9]*|[a-z0-9]+-[a-z0-9-]*[a-z0-9])\.?)\Z", re.IGNORECASE
)


def parse(text: str) -> Record:
    """Return the parts of a record; raises BadRecord."""
    terms: list[Term] = []
    modifiers: dict[str, str] = {}
    for word in filter(None, text.split(" ")[1:]):
        if not all("!" <= letter <= "~" for letter in word):
            raise BadRecord(f"“{word[:60]}” has letters that must not stand there")
        if found := _MECHANISM.fullmatch(word):
            result, name = _SIGNS[found[1] or "+"], found[2].lower()
            terms.append(_term(word, result, name, found[3] or ""))
        elif found := _MODIFIER.fullmatch(word):
            _add_modifier(modifiers, word, found[1].lower(), found[2])
        else:
            raise BadRecord(f"“{word[:60]}” is nothing that SPF knows")
    return Record(tuple(terms), modifiers.get("redirect", ""))


def _term(word: str, result: Result, name: str, rest: str) -> Term:
    if name in ("ip4", "ip6"):
        return _network(word, result, name, rest)
    value, bits = rest, (32, 128)
    if name in ("a", "mx"):
        value, bits = _with_bits(word, rest)
    if name == "all" and value:
        raise BadRecord(f"“{word[:60]}”: nothing may follow all")
    if value.startswith(":") and is_domain(value[1:]):
        return Term(result, name, value[1:], bits)
    if value or name in ("include", "exists"):
        raise BadRecord(f"“{word[:60]}” names no domain")
    return Term(result, name, "", bits)


def _network(word: str, result: Result, name: str, rest: str) -> Term:
    kind = ipaddress.IPv4Network if name == "ip4" else ipaddress.IPv6Network
    _, slash, bits = rest.partition("/")
    try:
        if not rest.startswith(":") or (slash and not re.fullmatch(_BITS, bits)):
            raise ValueError
        return Term(result, name, str(kind(rest[1:], strict=False)))
    except ValueError:
        raise BadRecord(f"“{word[:60]}” names no network") from None


def _with_bits(word: str, rest: str) -> tuple[str, tuple[int, int]]:
    found = _CIDR.fullmatch(rest)
    value, four, six = found.groups() if found else (rest, None, None)
    bits = (int(four or 32), int(six or 128))
    if bits[0] > 32 or bits[1] > 128:
        raise BadRecord(f"“{word[:60]}” has more bits than an address")
    return value, bits


def _add_modifier(modifiers: dict[str, str], word: str, name: str, value: str) -> None:
    if name in ("redirect", "exp"):
        if name in modifiers:
            raise BadRecord(f"“{word[:60]}”: {name}= may stand there once")
        if not is_domain(value):
            raise BadRecord(f"“{word[:60]}” names no domain")
    elif not _TEXT_MACROS.fullmatch(value):
        raise BadRecord(f"“{word[:60]}” has a percent sign without a macro")
    modifiers[name] = value


def is_domain(text: str) -> bool:
    """Whether `text` can be a domain here, macros and all: it ends like one."""
    return bool(_MACROS.fullmatch(text) and _DOMAIN_END.search(text))
