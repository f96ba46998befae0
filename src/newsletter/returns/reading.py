"""Reads any message that came back, and says what it is: never an error, never for long.

What is certain comes first: a complaint (RFC 5965), a notification (RFC 3464), a receipt (RFC
8098). Then who wrote it: a mail server's letter is read for addresses and reasons, a program's
answer changes nothing. All else is somebody's mail, and for a person to read.
"""

from newsletter.model.returns import Report, Reported, ReportKind
from newsletter.returns.addresses import addresses_in
from newsletter.returns.automatic import (
    is_answer,
    is_delay,
    is_failure,
    is_from_server,
    is_handed_on,
    is_receipt,
    is_refusal,
)
from newsletter.returns.complaints import read_complaint
from newsletter.returns.letters import read_letter, says_failure
from newsletter.returns.notifications import read_notification
from newsletter.returns.pages import first_lines
from newsletter.returns.parts import ENVELOPE, Part, take_apart


def read_report(data: bytes) -> Report:
    """Return what the message in `data` says."""
    message = take_apart(data)
    kind, recipients, reporter, evidence = _judge(message)
    return Report(
        kind=kind,
        recipients=recipients,
        reporter=reporter or _reporter(message),
        message_id=_message_id(message),
        to=_to(message),
        evidence=evidence,
    )


def _judge(message: Part) -> tuple[ReportKind, tuple[Reported, ...], str, str]:
    if complaint := read_complaint(message):
        kind, told, reporter = complaint
        words = f"a report of feedback: {kind or 'of no kind'}"
        is_one = kind not in ("not-spam", "auth-failure", "dmarc")
        return ReportKind.COMPLAINT if is_one else ReportKind.OTHER, told, reporter, words
    if not is_handed_on(message) and (found := read_notification(message)):
        return (*found, "a delivery status notification")
    if is_refusal(message):
        return _letter(message)
    if is_receipt(message):
        return ReportKind.AUTO_REPLY, (), "", "a receipt: the mail was read, or deleted unread"
    if is_from_server(message):
        return _letter(message)
    if is_answer(message):
        return ReportKind.AUTO_REPLY, (), "", f"an automatic answer: {_subject(message)}"
    return ReportKind.OTHER, (), "", "neither a server nor a program wrote it"


def _letter(message: Part) -> tuple[ReportKind, tuple[Reported, ...], str, str]:
    delayed = is_delay(message)
    fails = delayed or is_failure(message)
    told = read_letter(message, delayed=delayed) if fails or says_failure(message) else ()
    if not told:
        return ReportKind.OTHER, (), "", f"a server's letter that names nobody: {_subject(message)}"
    kind = ReportKind.DELAY if delayed else ReportKind.BOUNCE
    return kind, told, "", f"a server's letter: {_subject(message)}"


def _reporter(message: Part) -> str:
    found = addresses_in(message.header("from"))
    return found[0].rpartition("@")[2] if found else ""


def _message_id(message: Part) -> str:
    """Return the Message-ID of our own mail, where the report gives it back."""
    for original in message.given_back():
        if found := original.header("message-id").strip():
            return found.strip("<>")[:255]
    return message.header("in-reply-to").strip().strip("<>")[:255]


def _to(message: Part) -> tuple[str, ...]:
    found = [each for name in ENVELOPE for each in addresses_in(message.header(name))]
    return tuple(dict.fromkeys(found))[:20]


def _subject(message: Part) -> str:
    first = " ".join(first_lines(message, 1))
    return " ".join(message.header("subject").split())[:120] or first[:60]
