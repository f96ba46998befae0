"""Whom an event is about: which mail of ours came back, and what shows that."""

from collections.abc import Sequence

from newsletter.address import parse_address
from newsletter.model.judging import Proof
from newsletter.model.people import SuppressionReason
from newsletter.model.returns import Reported, ReportKind, ReturnReason
from newsletter.returns.events import Event
from newsletter.store.people import People
from newsletter.store.returns import SentMail

About = Sequence[tuple[Reported, SentMail | None, Proof]]


def about_in(
    people: People, event: Event, mails: Sequence[tuple[SentMail, Proof]]
) -> list[tuple[Reported, SentMail | None, Proof]]:
    """Return what an event says of whom, about which mail, and what shows that."""
    told = event.report.recipients
    if not told and event.report.kind is ReportKind.COMPLAINT:  # nobody is named; our mark names
        told = tuple(_complaint(mail) for mail, _ in mails if _is_of_one(mails))
    return [(named, *_mail_about(people, event, named, mails)) for named in told]


def _is_of_one(mails: Sequence[tuple[SentMail, Proof]]) -> bool:
    """Whether mails went to one reader: among several nobody can tell who complained."""
    return len({mail.address_digest for mail, _ in mails}) == 1


def is_of_erased(
    people: People, event: Event, mails: Sequence[tuple[SentMail, Proof]], about: About
) -> bool:
    """Whether an event is about somebody who was erased: then nothing of it may be kept.

    A letter stays: whoever writes anew wants an answer.
    """
    if event.wish:
        return not people.readers.key_of(event.wish[0])
    if event.report.kind is ReportKind.OTHER:
        return False
    forgotten = any(mail.address is None for mail, _ in mails)
    return forgotten or any(is_erased(people, mail, named) for named, mail, _ in about)


def _mail_about(
    people: People, event: Event, named: Reported, mails: Sequence[tuple[SentMail, Proof]]
) -> tuple[SentMail | None, Proof]:
    """Return the mail that an event is about for one whom it names, and what shows that.

    A link leads to a reader, who may have another address by now: it shows nothing of one that is
    not theirs.
    """
    if own := [each for each in mails if is_same(named.address, each[0])]:
        return own[0]
    if len(mails) == 1 and (named.complained or mails[0][1] is not Proof.LINK):
        return mails[0]
    if event.by_provider and not mails:
        digest = people.digest(key_of(named.address))
        if mail := people.returns.latest_mail(digest, event.at):
            return mail, Proof.PROVIDER
    return None, Proof.NONE


def mails_of(people: People, event: Event) -> list[tuple[SentMail, Proof]]:
    """Return the mails that traces lead to, each once, with the surest proof."""
    numbers = [each.delivery_id for each in event.traces if each.delivery_id]
    known = people.returns.mails(numbers)
    found: dict[int, tuple[SentMail, Proof]] = {}
    for trace in event.traces:
        mail = known.get(trace.delivery_id)
        if trace.subscriber_id and not found:
            mail = people.returns.latest_mail_to(trace.subscriber_id, trace.list_id, event.at)
        if mail:
            found.setdefault(mail.id, (mail, trace.proof))
    return list(found.values())


def is_same(address: str, mail: SentMail) -> bool:
    """Whether an address as a report writes it is the one that a mail went to.

    Servers write their own name behind the @ at times: anna@mx1.example.org for anna@example.org.
    """
    if mail.address is None:
        return False
    try:
        key = parse_address(address).key
    except ValueError:
        return False
    if key == mail.address.key:
        return True
    local, _, domain = key.rpartition("@")
    known, _, home = mail.address.key.rpartition("@")
    return local == known and domain.endswith(f".{home}")


def _complaint(mail: SentMail) -> Reported:
    return Reported(
        address=str(mail.address or ""),
        permanent=True,
        status="",
        reason=ReturnReason.UNKNOWN,
        evidence="the complaint names nobody; the mail is known by its mark",
        complained=True,
    )


def is_erased(people: People, mail: SentMail | None, named: Reported) -> bool:
    """Whether whom a report is about was erased: then nothing of it may be kept."""
    if mail and mail.address is None:
        return True
    key = key_of(named.address)
    return people.suppressed([key]).get(key) is SuppressionReason.ERASED


def key_of(address: str) -> str:
    """Return by what an address is known, also one that is none."""
    try:
        return parse_address(address).key
    except ValueError:
        return address.casefold()
