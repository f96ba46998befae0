"""Reports without a machine-readable part: the letters that mail servers write to people.

All of them do the same in other words: they name an address, and say what happened. So there is
one reader, not one for each program: in the part of a letter that is the server's own it looks for
lines that begin with an address, and takes the words around each for its reason.
"""

import re
from collections.abc import Iterator, Sequence

from newsletter.model.returns import Reported
from newsletter.returns.addresses import ADDRESS, addresses_in, said_about, tidy
from newsletter.returns.meaning import reported
from newsletter.returns.parts import Part
from newsletter.returns.words import marks, reason_in

_LOOKED_AT = 60_000
_LINES = 400
_REASON = 12  # lines that a reason has at most
_LINE = 500

_LEADS = re.compile(
    r"[\s>*\-•:|]{0,20}(?:(?:to|recipients?|address|user|rcpt|for|failed recipient|final-recipient|"
    r"original-recipient|получатель|адресат|кому|адрес|an|empfänger)\s?[:=]\s?(?:rfc822\s?;)?\s?)?"
    r"[\"'«“(\[]?(?:smtp:|mailto:|rfc822;)?\s?<?",
    re.IGNORECASE,
)
_NOT_RECIPIENT = re.compile(
    r"^\s*(from|sender|reply-to|return-path|contact|message-id|mail from|от|отправитель)\b",
    re.IGNORECASE,
)
_COMMAND = re.compile(r"rcpt to: ?<([^>\s]{3,254})>", re.IGNORECASE)


def read_letter(message: Part, *, delayed: bool) -> tuple[Reported, ...]:
    """Return whom a server's letter names, and what it says of each; nobody if it names nobody."""
    text = letter_of(message)
    named = [
        tidy(each)
        for each in re.split(r"[,\s]+", message.header("x-failed-recipients"))
        if "@" in each
    ]
    own = {
        tidy(each).lower()
        for each in ADDRESS.findall(f"{message.header('from')} {message.header('to')}")
    }
    found = _named_in(text, own)
    for each in named:
        found.setdefault(each, said_about(each, text))
    if named:  # what Exim names is all that failed
        found = {address: words for address, words in found.items() if _among(address, named)}
    if not found:
        found = _mentioned(text, message, own)
    failed = not delayed
    return tuple(reported(address, words, failed=failed) for address, words in found.items())


def letter_of(message: Part) -> str:
    """Return what the server itself wrote: text, without what it gives back."""
    first = next(
        (each for each in message.walk() if each.type == "text/plain" and not each.parts), None
    )
    if first is None:
        page = next(message.of_type("text/html"), None)
        text = (
            re.sub(r"<(br|/p|/tr|/div|/h\d)[^<>]{0,200}>", "\n", page.text, flags=re.IGNORECASE)
            if page
            else ""
        )
        text = re.sub(r"<[a-z/!][^<>]{0,2000}>", " ", text, flags=re.IGNORECASE)
        text = (
            text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&nbsp;", " ")
            .replace("&amp;", "&")
        )
    else:
        text = first.text
    kept: list[str] = []
    for line in text[:_LOOKED_AT].split("\n")[:_LINES]:
        if kept and marks("originals").match(line[:_LINE].strip("-=*_ >#\t").lower()):
            break
        kept.append(line[:_LINE])
    return "\n".join(kept)


def _named_in(text: str, own: set[str]) -> dict[str, str]:
    """Return the addresses that begin a line, each with the words that belong to it."""
    lines = text.split("\n")
    places = list(_places(lines, own))
    found: dict[str, str] = {}
    for index, (place, address, rest) in enumerate(places):
        until = places[index + 1][0] if index + 1 < len(places) else len(lines)
        words = " ".join([rest, *_reason(lines[place + 1 : until])])
        if reason_in(words) is None:  # it may stand before: "could not be delivered to these:"
            words = f"{words} {_before(lines, places[0][0])}".strip()
        kept = found.get(address)
        found[address] = words if kept is None or reason_in(kept) is None else kept
    return found


def _places(lines: Sequence[str], own: set[str]) -> Iterator[tuple[int, str, str]]:
    for place, line in enumerate(lines):
        if _NOT_RECIPIENT.match(line):
            continue
        lead = _LEADS.match(line)
        begun = lead.end() if lead else 0
        matched = ADDRESS.match(line, begun) or _COMMAND.search(line)
        if matched:
            address = tidy(matched[1])
            if address and address.lower() not in own:
                yield place, address, line[matched.end() :].lstrip(">:;,. )»”'\"-\t")


def _reason(lines: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for line in lines[:_REASON]:
        if not line.strip() and kept and reason_in(" ".join(kept)):
            break
        kept.append(line.strip())
    return kept


def _before(lines: Sequence[str], place: int) -> str:
    return " ".join(line.strip() for line in lines[max(0, place - 8) : place])


def _among(address: str, named: Sequence[str]) -> bool:
    return address.lower() in {each.lower() for each in named}


def _mentioned(text: str, message: Part, own: set[str]) -> dict[str, str]:
    """Return the only address that a letter mentions anywhere, else the one our mail went to."""
    others = [each for each in addresses_in(text) if each.lower() not in own]
    others = [each for each in others if not _is_about_servers(each)]
    if len(others) == 1:
        return {others[0]: text[:1500]}
    for original in message.given_back():
        to = addresses_in(original.header("to"))
        if len(to) == 1:
            return {to[0]: text[:1500]}
    to = addresses_in(_header_behind(message))
    return {to[0]: text[:1500]} if len(to) == 1 and not others else {}


def _is_about_servers(address: str) -> bool:
    local = address.partition("@")[0].lower()
    return local in ("postmaster", "mailer-daemon", "abuse", "hostmaster", "support", "helpdesk")


def _header_behind(message: Part) -> str:
    """Return the To of our own mail, where a letter gives it back as text."""
    first = next(message.of_type("text/plain"), None)
    found = (
        re.search(r"^>? ?to: ?(.{3,300})$", first.text, re.IGNORECASE | re.MULTILINE)
        if first
        else None
    )
    return found[1] if found else ""
