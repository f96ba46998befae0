"""Delivery status notifications (RFC 3464, RFC 6533): what they say of each recipient."""

import re
from collections.abc import Iterator, Mapping

from newsletter.model.returns import Reported, ReportKind
from newsletter.returns.addresses import addresses_in, said_about, typed
from newsletter.returns.automatic import is_delay
from newsletter.returns.codes import is_general
from newsletter.returns.meaning import is_bare, reported
from newsletter.returns.pages import letters_of
from newsletter.returns.parts import Part, headers_in
from newsletter.returns.words import is_clear

TYPES = ("message/delivery-status", "message/global-delivery-status")
_GOOD = frozenset({"delivered", "relayed", "expanded"})
_RECIPIENTS = 1_000
_TYPE = re.compile(r"^[\w-]{1,20}\s?;\s?")
# What PowerMTA makes of an answer, in words of ours.
_CATEGORIES = {
    "bad-mailbox": "no such mailbox",
    "inactive-mailbox": "mailbox disabled",
    "bad-domain": "no such domain",
    "quota-issues": "over quota",
    "spam-related": "spam",
    "policy-related": "policy rejection",
    "virus-related": "virus",
    "relaying-issues": "relaying denied",
    "message-expired": "message expired",
}
_NAMES_ONE = re.compile(r"^(?:original|final)-recipient[ \t]*:", re.IGNORECASE | re.MULTILINE)
_FINAL = re.compile(r"^final-recipient[ \t]*:", re.IGNORECASE | re.MULTILINE)
_TELLS = re.compile(r"^(?:action|status)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_AROUND = 3000  # letters of the text for people that are read with an address


def read_notification(message: Part) -> tuple[ReportKind, tuple[Reported, ...], str] | None:
    """Return kind, recipients and reporter of a notification; none when it is none."""
    statuses = [each for each in message.own() if each.type in TYPES]
    if not statuses:
        return None
    letter = "\n".join(letters_of(message))[:_AROUND]
    reporter = ""
    told: dict[str, Reported] = {}
    actions: set[str] = set()
    for status in statuses:
        for group in _groups(status):
            reporter = reporter or _name_of(_field(group, "reporting-mta"))
            action = _field(group, "action").partition(" ")[0].strip().lower().rstrip(";")
            address = _address(group)
            if not address or len(told) >= _RECIPIENTS:
                continue
            actions.add(action)
            if action in _GOOD:
                continue
            told[address.lower()] = _recipient(group, address, action, letter)
    if not told and actions and actions <= _GOOD:
        return ReportKind.OTHER, (), reporter
    if not told:
        return None
    late = actions <= {"delayed", *_GOOD} or (actions == {""} and is_delay(message))
    kind = ReportKind.DELAY if late else ReportKind.BOUNCE
    return kind, tuple(told.values()), reporter


def _recipient(
    group: Mapping[str, tuple[str, ...]], address: str, action: str, letter: str
) -> Reported:
    diagnosis = _field(group, "diagnostic-code")
    words = _TYPE.sub("", diagnosis)
    failed = {"failed": True, "delayed": False}.get(action)
    status = _field(group, "status")
    if failed is None and status[:1] in "45":
        failed = status[:1] == "5"
    if not is_clear(words):
        words = f"{words} {_besides(group)}".strip()
    if is_bare(words) or (not is_clear(words) and is_general(status)):
        words = f"{words} {said_about(address, letter)}".strip()
    return reported(address, words, status, failed=failed)


def _besides(group: Mapping[str, tuple[str, ...]]) -> str:
    """Return what fields of a mailer's own say, such as `X-Supplementary-Info: < #5.1.1>`."""
    category = _CATEGORIES.get(_field(group, "x-powermta-bouncecategory"), "")
    others = [_field(group, name) for name in group if name.startswith("x-supplementary")]
    return " ".join((category, *others)).strip()


def _groups(status: Part) -> Iterator[Mapping[str, tuple[str, ...]]]:
    """Yield the groups of fields: the first is about the message, each other about a recipient.

    Empty lines part them, and some servers write too many or too few of these: what says nothing of
    whom it is about belongs to a recipient of whom nothing was said yet.
    """
    waiting: list[str] = []
    for block in re.split(r"\n[ \t]*\n", status.text):
        for piece in _one_by_one(block):
            names, tells = _NAMES_ONE.search(piece), _TELLS.search(piece)
            if waiting and names:
                yield headers_in("\n".join(waiting)).headers
                waiting = []
            if waiting or (names and not tells):
                waiting.append(piece.strip("\n"))
            elif piece.strip():
                yield headers_in(piece).headers
    if waiting:
        yield headers_in("\n".join(waiting)).headers


def _one_by_one(block: str) -> Iterator[str]:
    """Yield a block of fields, or its parts where it names several recipients."""
    begins = [found.start() for found in _NAMES_ONE.finditer(block)]
    if len(_FINAL.findall(block)) < 2:
        yield block
        return
    cuts = [0]
    for place in begins[1:]:
        if _TELLS.search(block, cuts[-1], place):
            cuts.append(place)
    for begun, end in zip(cuts, [*cuts[1:], len(block)], strict=True):
        yield block[begun:end]


def _field(group: Mapping[str, tuple[str, ...]], name: str) -> str:
    return group.get(name, ("",))[0].strip()


def _address(group: Mapping[str, tuple[str, ...]]) -> str:
    """Return whom a group is about, as we wrote it (RFC 3464 2.3.1)."""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        if found := typed(_field(group, name)):
            return found
    loose = addresses_in(_field(group, "final-recipient"))
    return loose[0] if loose else ""


def _name_of(value: str) -> str:
    """Return the name in a field such as `dns; mx.example.org`."""
    _, sign, name = value.partition(";")
    return (name if sign else value).strip()[:255]
