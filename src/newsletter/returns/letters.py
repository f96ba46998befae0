"""Reports without a machine-readable part: the letters that mail servers write to people.

All of them do the same in other words: they name an address, and say what happened. So there is
one reader, not one for each program: in the part of a letter that is the server's own it looks for
lines that begin with an address, then for sentences about one, and takes the words around each for
its reason. What our own mail says of whom it went to comes last.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from newsletter.model.returns import Reported
from newsletter.returns.addresses import ADDRESS, addresses_in, loose, said_about, tidy
from newsletter.returns.meaning import reported
from newsletter.returns.pages import header_behind, letters_of
from newsletter.returns.parts import Part
from newsletter.returns.words import is_clear, marks

_REASON = 12  # lines that a reason has at most
_NAMED = 300
_WHOLE = 3_000  # letters of a text that are read for a reason that stands nowhere near

_WHO = (
    r"to|recipients?|addressee|address|users?|rcpt|for|mailbox|account|target|destination|"
    r"e-?mail|получатель|адресат|кому|адрес|пользователь|ящик|an|empfänger|adresse|destinataire|"
    r"destinatario|para|a"
)
_LEADS = re.compile(
    r"[\s>*\-•:|#.]{0,20}(?:\[?<?\d{1,3}[.)>\]]{1,3}\s{0,4})?(?:\(?expanded from:\s?)?"
    rf"(?:(?:[\w'()-]{{1,20}} ){{0,3}}(?:{_WHO})(?:\(s\)| address| name| to)?\s{{0,8}}[:=]"
    r"\s{0,20}(?:rfc822\s?;)?\s?)?"
    r"(?:[45]\d\d[ -](?:#?[45]\.\d{1,3}\.\d{1,3} )?)?"
    r"[\"'«“(\[]{0,2}(?:smtp:|mailto:|rfc822;\s?)?\s?<?\s?",
    re.IGNORECASE,
)
_QUOTED = re.compile(r'[\s<>*]{0,12}"[^"\n]{1,64}"@[\w.-]{3,255}')
_BRACKETS = re.compile(r"<([^<>\n]{3,254})>")
_SESSION = re.compile(r"\s*(?:<{2,3}|>{3}|<-{1,2}|-{1,2}>)[\s<]")
_LISTED = re.compile(
    r"[>\"')\]]{0,2}(?:\s?[,;]?\s(?:and|und|et|и)\s|\s?[,;]\s|\s)\s{0,4}[<\"'(\[]{0,2}"
    + ADDRESS.pattern
)
_LABELLED = re.compile(rf"(?<=[:=])\s{{1,8}}<?{ADDRESS.pattern}>?[.;,]?\s{{0,8}}$")
_NOT_RECIPIENT = re.compile(
    r"^\W{0,20}(?:(?:envelope|mail|return|your|original|the|x-[\w-]{1,20}) ){0,2}"
    r"(?:from|sender|reply-to|return-path|contact|message-?id|references|in-reply-to|subject|date|"
    r"by|via|cc|x-[\w-]{1,30}|received|originator|от|отправитель|тема|von|absender|betreff)"
    r"\b\s{0,8}[:=<(]|^\W{0,20}(?:mail from|sender|from|от)\b",
    re.IGNORECASE,
)
_HELP = re.compile(
    r"\b(?:contact|questions?|assistance|help|report\w*|forward\w*|write|notify|inquir\w*|support|"
    r"instead|new|moved|try|use|postmaster|administrator|complain\w*|abuse|обратитесь|сообщите|свяжитесь|пишите)\b[^.]{0,80}$",
    re.IGNORECASE,
)
_ENDS_IN_HELP = re.compile(
    r"(?:contact|notify|write to|reach \w{1,10} at|instead(?: to)?|address is|\b(?:use|try)|"
    r"please (?:forward|report|send|e-?mail|mail)\b.{0,40}|обратитесь к|пишите на)\W{0,8}$",
    re.IGNORECASE,
)
_TO = re.compile(r"\W{0,8}(?:to|кому|an|à|para|a)\s{0,4}:", re.IGNORECASE)
_SUMMARY = re.compile(
    r"\W{0,8}(?:subject|sent|date|from|тема|отправлено|дата|betreff|gesendet|objet|asunto)\s{0,4}:",
    re.IGNORECASE,
)
_COMMAND = re.compile(r"rcpt to: ?<([^>\s]{3,254})>", re.IGNORECASE)
_SPOKEN = re.compile(
    r"(?:\b(?:to|for|of|recipients?|addressee|users?|address(?:es)?|mailbox|account|unknown|named|rcpt|"
    r"адрес\w{0,3}|получател\w{0,3}|адресат\w{0,3}|ящик\w{0,3}|пользовател\w{0,3}|an|empfänger\w{0,2}|"
    r"adresse|à|destinataire|usuario|para|a|für)\b|[=(])[\s:=('\"<«\[]{1,8}(?=([^\s<>\"'«»()\[\]]{1,200}@))",
    re.IGNORECASE,
)
_EXPANDED = re.compile(r"\(expanded from: ?<?([^\s<>()]{3,254})>?\)", re.IGNORECASE)
_CODES = re.compile(r"[45]\d\d[ -](?:#?[45]\.\d{1,3}\.\d{1,3})?")
_SERVERS = frozenset(
    {
        "postmaster",
        "mailer-daemon",
        "abuse",
        "hostmaster",
        "support",
        "helpdesk",
        "noc",
        "webmaster",
    }
)


def read_letter(message: Part, *, delayed: bool) -> tuple[Reported, ...]:
    """Return whom a server's letter names, and what it says of each; nobody if it names nobody."""
    own = _own(message)
    texts = letters_of(message)
    found: Mapping[str, str] = {}
    for named in (_named_in, _spoken_of):
        found = next((each for text in texts if (each := named(text, own))), {})
        if found:
            break
    found = _as_failed(message, found, texts)
    if not found:
        found = _mentioned(message, texts, own)
    if len(found) == 1:
        found = {each: _with_subject(message, words) for each, words in found.items()}
    failed = not delayed
    return tuple(reported(address, words, failed=failed) for address, words in found.items())


def _with_subject(message: Part, words: str) -> str:
    """Return words, and the subject where that alone says why: "Returned mail: User unknown"."""
    subject = message.header("subject")[:300]
    ours = [each.header("subject").strip() for each in message.given_back()]
    ours.append(header_behind(message, "subject").strip())
    is_ours = any(each and each in subject for each in ours)
    return words if is_ours or is_clear(words) or not is_clear(subject) else f"{words} {subject}"


def _as_failed(message: Part, found: Mapping[str, str], texts: Sequence[str]) -> Mapping[str, str]:
    """Return what was found of those that Exim names in a header: it names all that failed."""
    header = message.header("x-failed-recipients")
    named = [tidy(each) for each in re.split(r"[,\s]+", header) if "@" in each]
    if not named:
        return found
    text = "\n".join(texts)
    said = {address.lower(): words for address, words in found.items()}
    return {
        each: said.get(each.lower()) or said_about(each, text)
        for each in dict.fromkeys(named[:_NAMED])
    }


def _own(message: Part) -> set[str]:
    """Return addresses that are no recipients: the server's, ours, and who sent our mail."""
    named = [message.header("from"), message.header("to"), header_behind(message, "from")]
    for original in message.given_back():
        named += [original.header(name) for name in ("from", "sender", "return-path", "reply-to")]
    found = {each.lower() for each in addresses_in(" ".join(named))}
    return found - {each.lower() for each in _aimed_at(message)}


def _aimed_at(message: Part) -> list[str]:
    """Return whom our own mail was to, where the report gives it back."""
    for original in message.given_back():
        if to := addresses_in(f"{original.header('to')} {original.header('cc')}"):
            return to
    return addresses_in(header_behind(message, "to"))


def _named_in(text: str, own: set[str]) -> dict[str, str]:
    """Return the addresses that begin a line, each with the words that belong to it."""
    lines = text.split("\n")
    places = list(_places(lines, own))[:_NAMED]
    lists = {address for place, address, _ in places if _is_list(lines, place)}
    found: dict[str, str] = {}
    for index, (place, address, rest) in enumerate(places):
        if lists and address not in lists:
            continue
        until = next((each for each, _, _ in places[index + 1 :] if each > place), len(lines))
        words = " ".join([rest, *_reason(lines[place + 1 : until])])
        if not is_clear(words):
            words = _elsewhere(words, lines, address, places[0][0])
        kept = found.get(address)
        found[address] = words if kept is None or not is_clear(kept) else kept
    return _unexpanded(text, found)


def _is_list(lines: Sequence[str], place: int) -> bool:
    """Whether a line lists who did not get the mail.

    It does not where the server only tells what it said to the next one, nor where it tells whom
    our mail was to: there its subject or its date stand beside.
    """
    if _COMMAND.search(lines[place]) or _SESSION.match(lines[place]):
        return False
    beside = [*lines[max(0, place - 2) : place], *lines[place + 1 : place + 3]]
    return not (_TO.match(lines[place]) and any(_SUMMARY.match(line) for line in beside))


def _elsewhere(words: str, lines: Sequence[str], address: str, first: int) -> str:
    """Return words with what else is said of an address: where it stands again, or before all.

    "could not be delivered to these:" stands before; the transcript of a session behind.
    """
    small = address.lower()
    places = [place for place, line in enumerate(lines) if small in line.lower()][:8]
    again = " ".join(" ".join(lines[place : place + 3]) for place in places)
    if is_clear(again):
        return f"{words} {again}".strip()
    before = " ".join(line.strip() for line in lines[max(0, first - 8) : first])
    behind = " ".join(lines[first:])[:_WHOLE]
    return f"{words} {behind if is_clear(behind) else before}".strip()


def _unexpanded(text: str, found: Mapping[str, str]) -> dict[str, str]:
    """Return addresses as we wrote them, where Sendmail tells what it made of them."""
    written = [tidy(each) for each in _EXPANDED.findall(text)]
    if not written or not set(written) & set(found):
        return dict(found)
    kept: dict[str, str] = {}
    lines = text.split("\n")
    for place, line in enumerate(lines):
        into = loose(line)
        behind = _EXPANDED.search(" ".join(lines[place + 1 : place + 4]))
        if into in found and behind and into not in written:
            kept[into] = ""
    return {address: words for address, words in found.items() if address not in kept}


def _places(lines: Sequence[str], own: set[str]) -> Iterator[tuple[int, str, str]]:
    before = ""
    for place, line in enumerate(lines):
        address, matched = _found_in(line)
        known = bool(address) and address.lower() not in own
        if matched and known and not _is_help(address, before, _ENDS_IN_HELP):
            yield place, address, _beside(line, matched)
            yield from ((place, each, "") for each in _others(line, matched.end(), own))
        before = line


def _found_in(line: str) -> tuple[str, re.Match[str] | None]:
    """Return the address that a line begins with, or ends with behind a label, and where."""
    if command := _COMMAND.search(line):
        return loose(command[1]), command
    if _NOT_RECIPIENT.match(line):
        return "", None
    lead = _LEADS.match(line)
    begun = lead.end() if lead else 0
    if found := ADDRESS.match(line, begun):
        return tidy(found[1]), found
    if (found := _LABELLED.search(line)) and not _HELP.search(line[: found.start()][-100:]):
        return tidy(found[1]), found
    if quoted := _QUOTED.match(line):
        return loose(quoted[0]), quoted
    if closed := _BRACKETS.match(line, max(0, line.rfind("<", 0, begun))):
        return loose(closed[1]), closed
    return "", None


def _others(line: str, place: int, own: set[str]) -> Iterator[str]:
    """Yield the addresses that a line lists behind the first."""
    while listed := _LISTED.match(line, place):
        place = listed.end()
        if (address := tidy(listed[1])) and address.lower() not in own:
            yield address


def _beside(line: str, matched: re.Match[str]) -> str:
    """Return what a line says of the address in it: behind it, and before it where that tells."""
    rest = line[matched.end() :].lstrip(">:;,. )»”'\"-\t")
    before = line[: matched.start()].strip(" <>\t")
    if is_clear(before):
        return f"{before} {rest}".strip()
    codes = _CODES.search(before)
    return f"{codes[0]} {rest}" if codes else rest


def _is_help(address: str, before: str, words: re.Pattern[str]) -> bool:
    """Whether an address is where to ask, not where a mail went."""
    return address.partition("@")[0].lower() in _SERVERS or bool(words.search(before[-100:]))


def _spoken_of(text: str, own: set[str]) -> dict[str, str]:
    """Return the addresses that sentences are about: "your mail to anna@example.org failed"."""
    found: dict[str, str] = {}
    for line in text.split("\n"):
        if _NOT_RECIPIENT.match(line):
            continue
        for spoken in _SPOKEN.finditer(line):
            address = loose(line[spoken.end() : spoken.end() + 260])
            if not address or not line.startswith(address[:3], spoken.end()):
                continue
            if address.lower() in own or _is_help(address, line[: spoken.start()], _HELP):
                continue
            behind = said_about(address, text)
            found.setdefault(address, behind if is_clear(behind) else text[:_WHOLE])
        if len(found) >= _NAMED:
            break
    return found


def _reason(lines: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for line in lines[:_REASON]:
        if not line.strip() and kept and is_clear(" ".join(kept)):
            break
        kept.append(line.strip())
    return kept


def _mentioned(message: Part, texts: Sequence[str], own: set[str]) -> dict[str, str]:
    """Return the only address that a letter mentions anywhere, else the one our mail went to."""
    text = "\n".join(texts)
    lines = (line for line in text.split("\n") if not _NOT_RECIPIENT.match(line))
    others = [each for each in addresses_in("\n".join(lines)) if each.lower() not in own]
    others = [each for each in others if each.partition("@")[0].lower() not in _SERVERS]
    aimed = [each for each in _aimed_at(message) if not _is_list_of(each, own)]
    sure = [each for each in others if each.lower() in {one.lower() for one in aimed}]
    for some in (sure, others, aimed):
        if len(some) == 1:
            return {some[0]: _around(some[0], text)}
    subject = [each for each in addresses_in(message.header("subject")) if each.lower() not in own]
    return {subject[0]: text[:_WHOLE]} if len(subject) == 1 else {}


def _is_list_of(address: str, own: set[str]) -> bool:
    """Whether an address is the list whose reports come to ours: news@ beside news-bounces@."""
    local, _, domain = address.lower().rpartition("@")
    ours = (each.rpartition("@") for each in own)
    return any(theirs == domain and local in name for name, _, theirs in ours)


def _around(address: str, text: str) -> str:
    """Return what stands around an address, where it says why; else how the text begins."""
    place = text.lower().find(address.lower())
    near = text[max(0, place - 300) : place + 600] if place >= 0 else ""
    return near if is_clear(near) else text[:_WHOLE]


def says_failure(message: Part) -> bool:
    """Whether a letter says that a mail did not arrive."""
    text = "\n".join(letters_of(message))
    small = " ".join(text[: 8 * _WHOLE].split()).lower().replace("’", "'")
    return bool(marks("losses").search(small))
