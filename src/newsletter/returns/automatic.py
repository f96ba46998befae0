"""Who wrote a message: a mail server that gives a mail back, a program that answers, or a person.

A person is never taken for a server: that a message speaks of failures does not make it a report.
What counts is its envelope, its headers (RFC 3834), who it is from, and how its subject and its
text begin; no one of these is enough, for each is missing or misleading somewhere.
"""

import re

from newsletter.model.returns import GONE, ReturnReason
from newsletter.returns.pages import first_lines, header_behind, letters_of
from newsletter.returns.parts import Part
from newsletter.returns.words import marks, reason_in

_PREFIXES = re.compile(
    r"\W{0,6}(?:(?:re|fwd?|отв|ответ|пересл|aw|wg|tr|rv|sv|vs)(?:\[\d\])?: ?){0,4}"
)
_AUTO_HEADERS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoreply-from",
    "x-auto-reply",
    "x-auto-reply-from",
    "x-auto-response-suppress",
    "x-vacation",
    "x-list-administrivia",
)
_DAEMON = re.compile(r"mail(?:er)?[-_.]?daemon|postmaster|mail delivery", re.IGNORECASE)
_PROGRAM = re.compile(r"mail(?:er)?[-_.]?daemon", re.IGNORECASE)
_PLAIN = (GONE - {ReturnReason.MOVED}) | {ReturnReason.MAILBOX_FULL}
_SURE = 3
"""How many signs a server's letter has: two of who wrote it, or one of these and what it says."""


def is_from_server(message: Part) -> bool:
    """Whether a mail server, not a person and not a reader's program, wrote a message."""
    if message.header("x-failed-recipients"):
        return True
    _, answered = _subject(message)
    failure = is_failure(message)
    name, path = _name(message), _path(message)
    author = name + max(0, path)
    if _is_of_list(message) and author < 2:
        return False
    begins = begins_as_report(message)
    sure = (author >= 2 and failure) or (name == 2 and begins)
    if is_answer(message) and (_is_named_answer(message) or not sure):
        return False
    nameless = not message.header("subject").strip()
    report = _is_report(message)
    if path < 0 and not report:  # somebody wants answers to it; no report does (RFC 3464 2)
        return name == 2 and (failure or begins) and not answered and _gives_back(message)
    if path == 0 and name < 2 and not report:
        # A stranger's name, or that of an office: the mail itself must leave no doubt.
        if answered or not (failure and begins):
            return False
        first = any(marks("openings").search(line) for line in first_lines(message, 3))
        return (first and _gives_back(message)) or (name == 1 and _is_clear(message))
    if path == 0 and not (begins or report) and not _PROGRAM.match(_local(message)):
        return failure and _is_clear(message)  # postmasters are people too
    return author + failure + 2 * begins + report + nameless + _is_automatic(message) >= _SURE


def is_handed_on(message: Part) -> bool:
    """Whether somebody hands on or discusses a report that is in a message."""
    _, answered = _subject(message)
    return (answered or _is_of_list(message)) and not _is_report(message) and _name(message) < 2


def is_failure(message: Part) -> bool:
    """Whether the subject of a server's letter begins as that of a report does."""
    subject, answered = _subject(message)
    tells = marks("failures").match(subject)
    if not tells and _name(message) == 2:  # a server may begin as it likes
        tells = marks("losses").search(subject)
    return bool(tells) and not answered


def begins_as_report(message: Part) -> bool:
    """Whether the text begins as that of a report does."""
    return any(marks("openings").search(line) for line in first_lines(message))


def is_delay(message: Part) -> bool:
    """Whether a server's letter speaks of a delay alone."""
    subject, _ = _subject(message)
    text = " ".join("\n".join(letters_of(message))[:3000].split()).lower().replace("’", "'")
    if marks("delays").search(subject):
        return not marks("gone").search(text)
    return bool(marks("waits").search(text)) and not marks("ends").search(text)


def is_answer(message: Part) -> bool:
    """Whether a program answered in a reader's place: on leave, received, please confirm."""
    subject, answered = _subject(message)
    said = message.header("auto-submitted").strip().lower()
    if said.startswith("auto-replied") and not marks("failures").match(subject):
        return True
    if any(message.header(name) for name in _AUTO_HEADERS[:-1] if name in message.headers):
        return not marks("failures").match(subject) or _name(message) + _path(message) < 1
    program = marks("lists").fullmatch(_local(message)) and not _is_of_list(message)
    if message.header("x-list-administrivia") or program:
        return not marks("failures").match(subject)
    if message.header("precedence").strip().lower() == "auto_reply":
        return True
    if marks("challenges").search(subject):
        return True
    if marks("answers").match(subject):
        return not answered or _is_automatic(message)
    if not marks("absences").match(subject):
        return False
    bulk = message.header("precedence").strip().lower() in ("bulk", "junk")
    sure = _is_automatic(message) or _path(message) > 0 or (bulk and not _is_of_list(message))
    return sure or _names_ours(subject) or _will_answer(message)


def _is_named_answer(message: Part) -> bool:
    """Whether the subject says so, and no mail server wrote it under its own name."""
    subject, _ = _subject(message)
    named = marks("answers").match(subject) or marks("absences").match(subject)
    return bool(named) and not _DAEMON.search(message.header("from"))


def is_receipt(message: Part) -> bool:
    """Whether it says that a mail was read or deleted (RFC 8098)."""
    return any(each.type == "message/disposition-notification" for each in message.own())


def is_refusal(message: Part) -> bool:
    """Whether a receipt says that the mail was refused: so do filters of readers (RFC 5429 2.1)."""
    said = message.header("auto-submitted").lower()
    subject, _ = _subject(message)
    return is_receipt(message) and ("reject" in said or subject.startswith("rejected:"))


def _name(message: Part) -> int:
    """Return 2 for the name of a mail server, 1 for one that offices and programs also have."""
    sender = message.header("from")[:400].lower()
    local = _local(message)
    shown = sender.partition("<")[0]
    if marks("daemons").fullmatch(local) or marks("names").search(shown):
        return 2
    if not sender.strip(' <>"'):
        return 2
    return int(bool(marks("offices").fullmatch(local) or marks("titles").search(shown)))


def _path(message: Part) -> int:
    """Return 2 for an empty envelope sender, 1 for a server's, 0 for none known, else -1."""
    if message.header("x-envelope-from").replace(" ", "") == "<>":
        return 2
    path = message.header("return-path").strip().lower()
    if not path:
        return 0
    if path.replace(" ", "") in ("<>", '<"">'):
        return 2
    if _DAEMON.search(path):
        return 1
    return 0 if path.strip("<> ") in message.header("from").lower() else -1


def _is_clear(message: Part) -> bool:
    """Whether a letter says in a server's words what is wrong with a mailbox or a domain."""
    said = [reason_in(text) for text in letters_of(message)]
    return any(each and not each.vague and each.reason in _PLAIN for each in said)


def _is_report(message: Part) -> bool:
    is_type = message.type == "multipart/report"
    return is_type and message.parameters.get("report-type", "").lower() == "delivery-status"


def _gives_back(message: Part) -> bool:
    """Whether a mail is given back, and no report that somebody else got."""
    for original in message.given_back():
        return not _DAEMON.search(original.header("from")) and not _is_report(original)
    return bool(header_behind(message, "(?:received|return-path|message-id)"))


def _is_automatic(message: Part) -> bool:
    said = message.header("auto-submitted").strip().lower()
    return bool(said) and not said.startswith("no")


def _is_of_list(message: Part) -> bool:
    """Whether a list or a newsletter sent it to many; no report says that (RFC 2919, RFC 2369)."""
    return any(message.header(name) for name in ("list-id", "list-post", "list-unsubscribe"))


def _will_answer(message: Part) -> bool:
    """Whether the text speaks to everybody who writes: who stands in, when there is an answer."""
    lines = " ".join(first_lines(message, 12)).replace("’", "'").replace("ё", "е")
    return bool(marks("promises").search(lines))


def _names_ours(subject: str) -> bool:
    """Whether a subject goes on behind a colon with that of the mail that it answers."""
    return bool(re.search(r"^[^:]{3,60}: ?\S", subject)) or " re: " in subject


def _local(message: Part) -> str:
    sender = message.header("from")[:400].lower()
    found = re.search(r"<?([^\s<>@\"():]{1,64})@", sender)
    return found[1] if found else sender.partition("<")[0].partition("(")[0].strip(' <>"')


def _subject(message: Part) -> tuple[str, bool]:
    """Return the subject in small letters without what answers put before it, and if they did."""
    small = " ".join(message.header("subject")[:400].split()).lower().replace("ё", "е")
    begun = _PREFIXES.match(small).end()  # type: ignore[union-attr]  # it may be empty
    return small[begun:], bool(re.search(r"\w", small[:begun]))
