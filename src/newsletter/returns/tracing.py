"""Finds in what came back the marks that our mails carry: who it is about, and what shows that.

Every mail has a return path of its own with a token (`bounces+token@…`), a Message-ID with a seal,
and links with tokens. None can be guessed, so whoever sends one back had our mail. They are looked
for where they are surest first: in whom the report was sent to, then anywhere in it.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from newsletter.model.judging import Proof
from newsletter.returns.automatic import is_from_server
from newsletter.returns.parts import ENVELOPE, Part
from newsletter.tokens import KeyRing, Purpose, from_local_part, from_url

_TOKEN = re.compile(r"\+([a-z2-7]{26,60})(?:@|=40)", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"([a-z0-9][a-z0-9.-]{0,80})\.(\d{1,12})\.([0-9a-f]{12})@")
_LINK = re.compile(r"/([\w-]{24,80})(?![\w-])")
_DAEMON = re.compile(r"mailer-?daemon|postmaster@", re.IGNORECASE)
_WISH = "unsubscribe"
_TEXT = 400_000  # letters that are looked through
_TRIED = 200  # marks that may be ours
_MANY = 50  # deliveries that one message may be about


@dataclass(frozen=True, slots=True)
class Trace:
    """What a message is about: a Delivery, or somebody's Subscription (two numbers, else 0)."""

    proof: Proof
    delivery_id: int = 0
    subscriber_id: int = 0
    list_id: int = 0


def traces_in(
    texts: Iterable[str], keys: KeyRing, seal_of: Callable[[str, int], str]
) -> list[Trace]:
    """Return what the texts of a message are about, the surest first; each once.

    `seal_of` returns the seal of the Message-ID for an issue and the number of a Delivery.
    """
    found: dict[Trace, None] = {}
    for each in _readings(list(texts), keys, seal_of):
        found.setdefault(each)
        if len(found) >= _MANY:
            break
    return list(found)


def wish_to_leave(message: Part, keys: KeyRing) -> tuple[int, int] | None:
    """Return whose Subscription a mail ends that was sent to an address for that (RFC 2369 3.2)."""
    for text in (value for name in ENVELOPE for value in message.headers.get(name, ())):
        for token in _TOKEN.findall(text)[:_MANY]:
            numbers = keys.verify(Purpose.UNSUBSCRIBE, from_local_part(token))
            if numbers and len(numbers) == 2:
                return numbers[0], numbers[1]
    return None


def is_of_person(message: Part) -> bool:
    """Whether a reader, or a mail program in their name, may have written a mail.

    One that wants no answer is a program's own (RFC 3834 3.1.7, 3.3), unless it says in so many
    words what our links have it say.
    """
    if is_from_server(message) or _DAEMON.search(message.header("from")):
        return False
    said = message.header("auto-submitted").strip().lower()
    by_itself = message.header("return-path").strip() == "<>" or said not in ("", "no")
    return not by_itself or message.header("subject").strip().lower() == _WISH


def _readings(
    texts: list[str], keys: KeyRing, seal_of: Callable[[str, int], str]
) -> Iterator[Trace]:
    for token in _some(_TOKEN, texts):
        numbers = keys.verify(Purpose.RETURN, from_local_part(token[0]))
        if numbers:
            yield Trace(Proof.RETURN_PATH, delivery_id=numbers[0])
    for issue, number, seal in _some(_MESSAGE_ID, texts):
        if seal == seal_of(issue, int(number)):
            yield Trace(Proof.MESSAGE_ID, delivery_id=int(number))
    for token in _some(_LINK, texts):
        numbers = keys.verify(Purpose.UNSUBSCRIBE, from_url(token[0]))
        if numbers and len(numbers) == 2:
            yield Trace(Proof.LINK, subscriber_id=numbers[0], list_id=numbers[1])


def _some(pattern: re.Pattern[str], texts: list[str]) -> Iterator[tuple[str, ...]]:
    """Yield what a pattern finds, each once, and not more than somebody may make us try."""
    seen: set[tuple[str, ...]] = set()
    for text in texts:
        for found in pattern.finditer(text):
            if found.groups() not in seen:
                seen.add(found.groups())
                yield tuple(found.groups())
            if len(seen) >= _TRIED:
                return


def texts_of(message: Part) -> Iterator[str]:
    """Yield the headers and texts of a message in which a mark of ours may stand.

    Whom it was sent to comes first.
    """
    left = _TEXT
    for name in ENVELOPE:
        yield from message.headers.get(name, ())
    for part in message.walk():
        for text in (*(each for every in part.headers.values() for each in every), _body(part)):
            yield text[:left]
            left -= len(text)
            if left <= 0:
                return


def _body(part: Part) -> str:
    return "" if part.parts or not part.type.startswith(("text/", "message/")) else part.text
