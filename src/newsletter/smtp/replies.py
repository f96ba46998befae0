"""What a mail server's reply says: whom it is about, and what becomes of the Delivery.

`ReplyParser` cuts the bytes of a connection into replies, within bounds; `outcome_of` is a pure
function from stage, code and text to an Outcome. It decides in this order: 421, which is always
about the connection; words that are known (`answertable.py`), for providers speak of a used-up
quota with the codes of an unknown mailbox; the subject and detail of the enhanced code (RFC 3463);
the basic code (RFC 5321 4.2.2); the stage. A verdict follows from the first digit alone, but before
the dot a negative answer that is not about recipient or message releases the Delivery: nothing was
said about this recipient, and another attempt cannot make a second copy.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from newsletter.model.mailing import Outcome, Scope, Stage, Verdict
from newsletter.smtp.answers import About, Kind, known_answer

TEXT_LIMIT = 500
"""Characters of a reply that are kept."""

_KEPT_LINE = 1024  # octets of a line that are kept; the rest is read and dropped
_KEPT_REPLY = 4096
_ENDLESS = 1 << 20  # octets of one reply after which a server makes no sense
_LINE = re.compile(rb"([1-5]\d\d)(?:([ \t-])(.*))?", re.DOTALL)
_SHORT = re.compile(rb"([1-5]\d\d) ([ -~]{0,200})\r?")
_ENHANCED = re.compile(r"([245]\.(\d{1,3})\.(\d{1,3}))(?:\s+|$)")
_REPEATED = re.compile(r"(?<=\n)[245]\.\d{1,3}\.\d{1,3}[ \t]+")

_LOGIN = frozenset({530, 534, 535, 538})  # RFC 4954 6
_PROTOCOL = frozenset({500, 502, 503, 504})
_AFTER_DOT = {2: Verdict.ACCEPTED, 4: Verdict.DEFERRED, 5: Verdict.REFUSED}
_ABOUT = {
    Stage.MAIL: Scope.SENDER,
    Stage.RCPT: Scope.RECIPIENT,
    Stage.DATA: Scope.MESSAGE,
    Stage.BODY: Scope.MESSAGE,
    Stage.FINAL: Scope.MESSAGE,
}

# Details of the enhanced codes (RFC 3463, 6531, 7372 and the registry of IANA)
_SENDER_ADDRESS = frozenset({7, 8, 90})  # x.1.7, x.1.8; 5.1.90: a quota of Microsoft 365
_TOO_BIG = 4  # x.3.4
_TOO_LONG = 3  # x.2.3: too long for a mailbox, but of the whole message, as from a relay: for all
_UTF8 = frozenset({7, 8, 9, 10})  # x.6.7 ...
_OWN_RULES = frozenset({2, 13, 17, 18, *range(100, 200)})  # 5.7.2 ...: the recipient's own rules
_ANY_RULE = frozenset({0, 1})  # 5.7.0, 5.7.1: all that is forbidden and has no code of its own
_AUTHENTICATION = frozenset({*range(20, 28), *range(29, 33)})  # 4.7.26 ...: how we authenticate
_OUR_STANDING = frozenset({28, *range(500, 1000)})  # 4.7.28: mail flood; 4.7.500 ...: Microsoft's


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply of the server; of a long one `text` holds the beginning."""

    code: int
    text: str


class BadReply(Exception):
    """The server sent something that is not an SMTP reply."""


class ReplyParser:
    """Cuts bytes into replies, however they arrive; memory stays small whatever is sent."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._lines: list[bytes] = []
        self._kept = 0
        self._octets = 0

    def feed(self, data: bytes) -> Iterator[Reply]:
        """Yield each reply that `data` completes; raises BadReply."""
        *ends, rest = data.split(b"\n")
        for end in ends:
            reply = None if self._octets else _short_reply(end)
            if reply is None:
                self._grow(end)
                reply = self._end_line()
            if reply:
                yield reply
        self._grow(rest)

    def _grow(self, data: bytes) -> None:
        self._octets += len(data)
        if self._octets > _ENDLESS:
            raise BadReply("a reply without end")
        self._line += data[: max(0, _KEPT_LINE - len(self._line))]

    def _end_line(self) -> Reply | None:
        line = bytes(self._line).rstrip(b"\r")
        self._line.clear()
        found = _LINE.fullmatch(line)
        if not found:
            raise BadReply(f"not an SMTP reply: {decode_reply(line) or 'an empty line'}")
        if self._kept < _KEPT_REPLY:
            self._lines.append(found[3] or b"")
            self._kept += len(line)
        if found[2] == b"-":
            return None
        # When the lines of a reply disagree, the code of the last one counts.
        reply = Reply(int(found[1]), decode_reply(b"\n".join(self._lines)))
        self._lines, self._kept, self._octets = [], 0, 0
        return reply


@lru_cache(maxsize=64)  # most replies are "250 2.1.0 Ok" and its like
def _short_reply(line: bytes) -> Reply | None:
    """Return the Reply that a line is by itself; none when it is another kind of line."""
    found = _SHORT.fullmatch(line)
    return Reply(int(found[1]), decode_reply(found[2])) if found else None


def decode_reply(octets: bytes) -> str:
    """Return a server's words in printable characters, one line, at most TEXT_LIMIT.

    What is not UTF-8 is taken for Russian in one of its old code pages: most letters of a text are
    small, and small letters are the upper half in the one and the lower half in the other.
    """
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        upper = sum(octet >= 0xE0 for octet in octets)
        lower = sum(0xC0 <= octet < 0xE0 for octet in octets)
        text = octets.decode("cp1251" if upper >= lower else "koi8-r", errors="replace")
    return printable(_REPEATED.sub("", text))


def printable(text: str) -> str:
    """Return `text` in one line of printable characters, at most TEXT_LIMIT."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    shown = " ".join(text.split())
    return shown if len(shown) <= TEXT_LIMIT else f"{shown[: TEXT_LIMIT - 1]}…"


def outcome_of(stage: Stage, code: int, text: str) -> Outcome:
    """Return what a reply at `stage` means for the Delivery."""
    found = _ENHANCED.match(text)
    enhanced = found[1] if found else ""
    rest = text[found.end() :] if found else text
    if stage is Stage.FINAL and code // 100 == 2:  # the answer to nearly all that is sent
        verdict, scope = Verdict.ACCEPTED, Scope.RECIPIENT
    else:
        subject, detail = (int(found[2]), int(found[3])) if found else (0, 0)
        scope = _by_words(stage, code, enhanced, rest) or _scope(stage, code, subject, detail)
        verdict = _verdict(stage, code, scope)
    return Outcome(
        verdict=verdict,
        stage=stage,
        scope=scope,
        code=code,
        enhanced=enhanced,
        text=printable(rest),
    )


def _verdict(stage: Stage, code: int, scope: Scope) -> Verdict:
    family = code // 100
    if stage is Stage.FINAL:
        return _AFTER_DOT.get(family, Verdict.UNKNOWN)
    if stage is Stage.BODY and family == 2:
        # A yes before our dot: whoever says it ended the message elsewhere, and may have taken it.
        return Verdict.UNKNOWN
    if family not in (4, 5) or code in {421} | _PROTOCOL | _LOGIN or scope is Scope.SENDER:
        return Verdict.RELEASED
    if stage in (Stage.CONNECT, Stage.MAIL) and scope not in (Scope.RECIPIENT, Scope.MESSAGE):
        return Verdict.RELEASED
    return Verdict.DEFERRED if family == 4 else Verdict.REFUSED


def _by_words(stage: Stage, code: int, enhanced: str, text: str) -> Scope | None:
    """Return the scope that known words tell; none when codes and stage tell as much."""
    if code == 421 or code in _LOGIN or (answer := known_answer(code, enhanced, text)) is None:
        return None
    if answer.kind is Kind.BLOCKED and (code >= 500 or answer.about is About.RELAY):
        return Scope.POLICY
    if answer.kind is Kind.BUSY or stage is Stage.CONNECT:
        return Scope.CONNECTION
    if answer.about is About.RELAY or stage is Stage.MAIL:  # no recipient was named yet
        return Scope.SENDER
    return Scope.RECIPIENT


def _scope(stage: Stage, code: int, subject: int, detail: int) -> Scope:
    family = code // 100
    if code == 421 or family not in (4, 5):
        return Scope.CONNECTION
    if code in _LOGIN:
        return Scope.POLICY
    if code in _PROTOCOL and stage is not Stage.FINAL:
        return Scope.CONNECTION
    if stage is Stage.CONNECT:
        return Scope.POLICY if family == 5 or code == 454 else Scope.CONNECTION
    if code == 454:  # RFC 3207 4, 4954 4.7.0: login or TLS; Postfix: 4.7.1, no relaying for us
        return Scope.POLICY if subject == 7 else Scope.SENDER
    return _by_enhanced(stage, family, subject, detail) or _by_code(stage, code)


def _by_enhanced(stage: Stage, family: int, subject: int, detail: int) -> Scope | None:
    """Return the scope that subject and detail tell, or none when the stage tells more."""
    match subject, detail:
        case 1, _ if detail in _SENDER_ADDRESS or stage is Stage.MAIL:
            return Scope.SENDER
        case 2, _ if detail == _TOO_LONG and stage is not Stage.RCPT:
            return Scope.MESSAGE
        case 1 | 2, _:
            return Scope.SENDER if stage is Stage.MAIL else Scope.RECIPIENT
        case 3, _ if detail == _TOO_BIG:
            return Scope.MESSAGE
        case 3, _ if family == 4:
            return Scope.CONNECTION
        case 6, _:
            return Scope.RECIPIENT if detail in _UTF8 else Scope.MESSAGE
        case 7, _:
            return _by_policy(stage, family, detail)
    return None


def _by_policy(stage: Stage, family: int, detail: int) -> Scope:
    """Tell rules about us, which need the operator, from greylisting and the recipient's own.

    What is refused for now because of us, often our speed, is tried again: several in a row stop
    the send, one does not. So with a no whose code tells nothing: it may be one reader's rule.
    """
    if family == 4:
        if detail in _AUTHENTICATION:
            return Scope.POLICY
        is_about_us = stage is Stage.MAIL or detail in _OUR_STANDING
        return Scope.SENDER if is_about_us else Scope.RECIPIENT
    if stage is Stage.MAIL:
        return Scope.POLICY
    if detail in _ANY_RULE:
        return Scope.SENDER
    return Scope.RECIPIENT if detail in _OWN_RULES else Scope.POLICY


def _by_code(stage: Stage, code: int) -> Scope:
    if code == 452:  # insufficient storage
        return Scope.CONNECTION
    if code == 552 and stage is not Stage.RCPT:  # too much mail data
        return Scope.MESSAGE
    return _ABOUT[stage]
