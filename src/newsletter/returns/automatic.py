"""Who wrote a message: a mail server that gives a mail back, a program that answers, or a person.

A person is never taken for a server: that a message speaks of failures does not make it a report.
What counts is its envelope, its headers (RFC 3834), who it is from, and how its subject begins.
"""

import re

from newsletter.returns.parts import Part
from newsletter.returns.words import marks

_PREFIXES = re.compile(r"\W{0,6}(?:(?:re|fwd?|отв|ответ|aw): ?){0,4}")
_AUTO_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-vacation")


def is_from_server(message: Part) -> bool:
    """Whether a mail server, not a person and not a reader's program, wrote a message."""
    sender = message.header("from")[:400].lower()
    local = _local(sender)
    empty = "<>" in message.header("return-path").replace(" ", "")
    daemon = bool(marks("daemons").fullmatch(local)) or bool(marks("names").search(sender))
    failure = bool(marks("failures").match(_subject(message)))
    if message.header("x-failed-recipients"):
        return True
    if is_answer(message) and not (daemon and failure):
        return False
    signs = (empty, daemon, failure, _is_automatic(message))
    return (daemon and (failure or empty or not message.header("subject"))) or sum(signs) >= 3


def is_delay(message: Part) -> bool:
    """Whether the subject of a server's message speaks of a delay alone."""
    return bool(marks("delays").search(_subject(message)))


def is_answer(message: Part) -> bool:
    """Whether a program answered in a reader's place: on leave, received, please confirm."""
    subject = _subject(message)
    said = message.header("auto-submitted").lower()
    if said.startswith("auto-replied") and not marks("failures").match(subject):
        return True
    if any(message.header(name) for name in _AUTO_HEADERS):
        return True
    if message.header("precedence").strip().lower() == "auto_reply":
        return True
    return bool(marks("answers").match(subject) or marks("challenges").search(subject))


def is_receipt(message: Part) -> bool:
    """Whether it says that a mail was read or deleted (RFC 8098)."""
    return any(message.of_type("message/disposition-notification"))


def _is_automatic(message: Part) -> bool:
    said = message.header("auto-submitted").strip().lower()
    return bool(said) and not said.startswith("no")


def _local(sender: str) -> str:
    found = re.search(r"<?([^\s<>@\"]{1,64})@", sender)
    return found[1] if found else sender.strip(' <>"')


def _subject(message: Part) -> str:
    """Return the subject in small letters, without what answers put before it."""
    small = " ".join(message.header("subject")[:400].split()).lower().replace("ё", "е")
    return small[_PREFIXES.match(small).end() :]  # type: ignore[union-attr]  # it may be empty
