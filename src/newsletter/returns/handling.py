"""Handles what is in the spool, message by message: read, matched, decided on, written, put away.

All that one message does is one transaction, which also writes that it was handled; then it leaves
`new/`. Whatever dies in between, the next one finds it handled and only puts it away, so nothing is
lost and nothing counted twice (invariant I6).
"""

import datetime
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from newsletter.address import parse_address
from newsletter.message.recipient import seal_of
from newsletter.model.judging import Action, Alarm, Judgement, Passage, Proof, Told
from newsletter.model.leaving import MAIL, Leave
from newsletter.model.people import SuppressionReason
from newsletter.model.returning import ReturnsSettings
from newsletter.model.returns import Report, Reported, ReportKind, ReturnReason
from newsletter.people.leaving import end_within
from newsletter.returns.deciding import judge
from newsletter.returns.meaning import reported
from newsletter.returns.parts import take_apart
from newsletter.returns.providers.reading import read_posted
from newsletter.returns.reading import read_report
from newsletter.returns.spool import Kept, Shelf, Spool
from newsletter.returns.tracing import Trace, texts_of, traces_in, wish_to_leave
from newsletter.returns.watching import alarms_of
from newsletter.store.people import Evidence, People, PeopleStore
from newsletter.store.returns import Message, Note, Refusal, SentMail
from newsletter.tokens import KeyRing

COMPLAINT = "complaint"
"""Reason and source of what ends because a reader called a mail spam."""

MAIL_FORM = "eml"
_LOOKED_BACK = datetime.timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What was done about one address, and why."""

    address: str
    told: Told
    judgement: Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """What became of one message; `was_known` says that it had been handled before.

    `kinds` are what it is, one for each thing that it tells. `left` is how many Subscriptions it
    ended because somebody wrote to the address for that; `is_of_erased`: it names
    somebody who was erased; `fault` is what the reader stumbled over.
    """

    shelf: Shelf
    kinds: tuple[ReportKind, ...] = ()
    deeds: tuple[Deed, ...] = ()
    left: int = 0
    was_known: bool = False
    is_of_erased: bool = False
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm about an issue that nobody has had before; `paused` says that its send was."""

    issue: str
    alarm: Alarm
    paused: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """Where what comes back is handled: the people, the keys of our marks, and the limits."""

    store: PeopleStore
    keys: KeyRing
    limits: ReturnsSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """One thing that a message tells: a mail tells one, a provider's post may tell many."""

    digest: str
    report: Report
    at: datetime.datetime
    traces: tuple[Trace, ...] = ()
    wish: tuple[int, int] | None = None
    by_provider: bool = False


def shelf_of(raw: bytes) -> Shelf:
    """Return where a mail belongs once it was looked at."""
    if not take_apart(raw).headers:
        return Shelf.UNREADABLE
    return Shelf.LETTERS if read_report(raw).kind is ReportKind.OTHER else Shelf.HANDLED


def handle_all(
    desk: Desk, spool: Spool, now: Callable[[], datetime.datetime], touched: set[int]
) -> Iterator[Handled]:
    """Handle what waits in the spool, and yield what became of each message.

    Numbers of Mailings that something came back of are added to `touched`.
    """
    for kept in spool.waiting():
        try:
            raw = kept.read()
        except FileNotFoundError:  # another process was faster
            continue
        handled = _handle(desk, kept, raw, now(), touched)
        if handled.is_of_erased:
            spool.forget(kept)
        else:
            spool.put(kept, handled.shelf)
        yield handled


def _handle(
    desk: Desk, kept: Kept, raw: bytes, at: datetime.datetime, touched: set[int]
) -> Handled:
    try:
        events = list(_events(desk, kept, raw))
        shelf = _shelf(kept, raw, events)
    except Exception as fault:  # noqa: BLE001  # one message may not keep all others waiting
        return Handled(shelf=Shelf.UNREADABLE, fault=f"{type(fault).__name__}: {fault}")
    deeds, left, was_known, is_of_erased = [], 0, bool(events), False
    with desk.store.write() as people:
        for event in events:
            if people.returns.is_known(event.digest):
                continue
            was_known = False
            return_id = people.returns.add(_message(kept.form, event), at)
            if event.wish:
                left += _end_by_mail(people, event.wish, event.at)
                shelf = Shelf.HANDLED
            for note in _notes(desk, people, event):
                people.returns.note(return_id, note, at)
                _carry_out(people, note, at)
                touched.update([note.mail.mailing_id] if note.mail else [])
                deeds.append(_deed(note))
                is_of_erased |= note.address == ""
    return Handled(
        shelf=shelf,
        kinds=tuple(event.report.kind for event in events),
        deeds=tuple(deeds),
        left=left,
        was_known=was_known,
        is_of_erased=is_of_erased,
    )


def _shelf(kept: Kept, raw: bytes, events: Sequence[_Event]) -> Shelf:
    if kept.form == MAIL_FORM:
        return shelf_of(raw)
    strange = any(event.report.kind is ReportKind.OTHER for event in events)
    return Shelf.LETTERS if strange else Shelf.HANDLED


def _events(desk: Desk, kept: Kept, raw: bytes) -> Iterator[_Event]:
    """Yield what a message tells."""

    def traces(texts: Iterable[str]) -> tuple[Trace, ...]:
        return tuple(traces_in(texts, desk.keys, lambda *mark: seal_of(desk.keys, *mark)))

    if kept.form == MAIL_FORM:
        message, report = take_apart(raw), read_report(raw)
        leaves = report.kind is ReportKind.OTHER
        yield _Event(
            digest=kept.digest,
            report=report,
            at=kept.arrived_at,
            traces=traces(texts_of(message)),
            wish=wish_to_leave(message, desk.keys) if leaves else None,
        )
        return
    for posted in read_posted(kept.form, raw):
        if posted.routine:
            continue
        given = [value for _, value in posted.headers]
        yield _Event(
            digest=hashlib.sha256(posted.event_id.encode()).hexdigest(),
            report=posted.report,
            at=min(posted.at or kept.arrived_at, kept.arrived_at),
            traces=traces([*given, *posted.message_ids]),
            by_provider=True,
        )


def judge_refusals(desk: Desk, at: datetime.datetime, touched: set[int]) -> Iterator[Deed]:
    """Judge what relays refused in the dialogue, as if it had come back; yield what was done."""
    after = 0
    while True:
        deeds = []
        with desk.store.write() as people:
            found = people.returns.refusals(after, since=at - _LOOKED_BACK)
            for refusal in found:
                note = _judged_refusal(desk, people, refusal)
                people.returns.note(None, note, refusal.at)
                _carry_out(people, note, at)
                touched.add(refusal.mail.mailing_id)
                deeds.append(_deed(note))
        yield from deeds
        if not found:
            return
        after = found[-1].mail.id


def watch(desk: Desk, mailings: set[int], at: datetime.datetime) -> Iterator[Raised]:
    """Raise the alarms about Mailings that something came back of; pause them if that is wished.

    An alarm is raised once: whoever lets a send go on in spite of it is not asked again.
    """
    for mailing_id in sorted(mailings):
        with desk.store.write() as people:
            found = alarms_of(people.returns.counts(mailing_id), desk.limits)
            new = [alarm for alarm in found if people.returns.raise_alarm(mailing_id, alarm, at)]
            paused = bool(new and desk.limits.pause) and people.returns.pause(
                mailing_id, new[0].words, at
            )
            issue = people.returns.issue_of(mailing_id) if new else ""
        yield from (Raised(issue, alarm, paused) for alarm in new)


# --- Whom it is about ---


def _notes(desk: Desk, people: People, event: _Event) -> Iterator[Note]:
    """Yield what an event says of whom, and what is to be done."""
    mails = _mails(people, event.traces)
    told = event.report.recipients
    if not told and event.report.kind is ReportKind.COMPLAINT:  # nobody is named; our mark names
        told = tuple(_complaint(mail) for mail, _ in mails)
    for named in told:
        mail, proof = _mail_about(people, event, named, mails)
        yield _judged(desk, people, event.report.kind, named, mail, proof)


def _mail_about(
    people: People, event: _Event, named: Reported, mails: Sequence[tuple[SentMail, Proof]]
) -> tuple[SentMail | None, Proof]:
    """Return the mail that an event is about for one whom it names, and what shows that."""
    if own := [each for each in mails if _is_same(named.address, each[0])]:
        return own[0]
    if len(mails) == 1:
        return mails[0]
    if event.by_provider and not mails:
        digest = people.digest(_key(named.address))
        if mail := people.returns.latest_mail(digest, event.at):
            return mail, Proof.PROVIDER
    return None, Proof.NONE


def _mails(people: People, traces: Sequence[Trace]) -> list[tuple[SentMail, Proof]]:
    """Return the mails that traces lead to, each once, with the surest proof."""
    known = people.returns.mails([each.delivery_id for each in traces if each.delivery_id])
    found: dict[int, tuple[SentMail, Proof]] = {}
    for trace in traces:
        mail = known.get(trace.delivery_id)
        if trace.subscriber_id and not found:
            mail = people.returns.latest_mail_to(trace.subscriber_id, trace.list_id)
        if mail:
            found.setdefault(mail.id, (mail, trace.proof))
    return list(found.values())


def _is_same(address: str, mail: SentMail) -> bool:
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


# --- What is done ---


def _judged(
    desk: Desk,
    people: People,
    kind: ReportKind,
    named: Reported,
    mail: SentMail | None,
    proof: Proof,
) -> Note:
    told = Told(
        kind=kind,
        reason=named.reason,
        permanent=named.permanent,
        status=named.status,
        proof=proof,
        is_named=mail is not None and _is_same(named.address, mail),
        complained=named.complained,
    )
    return _note(desk, people, told, mail, named)


def _judged_refusal(desk: Desk, people: People, refusal: Refusal) -> Note:
    address = str(refusal.mail.address or "")
    named = reported(address, refusal.words, refusal.status, failed=True)
    told = Told(
        kind=ReportKind.BOUNCE,
        reason=named.reason,
        permanent=named.permanent and not refusal.gave_up,
        status=named.status,
        proof=Proof.DIALOGUE,
    )
    return _note(desk, people, told, refusal.mail, named)


def _note(desk: Desk, people: People, told: Told, mail: SentMail | None, named: Reported) -> Note:
    digest = mail.address_digest if mail else people.digest(_key(named.address))
    passages = _with(told, mail, people.returns.passages(digest)) if mail else []
    judgement = judge(told, passages, desk.limits.soft_issues)
    if mail and judgement.action in (Action.SUPPRESSED, Action.ENDED):
        judgement = _unless_void(people, mail, judgement)
    is_erased = _is_erased(people, mail, named)
    return Note(
        mail=mail,
        address="" if is_erased else named.address,
        address_digest=digest,
        told=told,
        evidence="" if is_erased else named.evidence,
        judgement=judgement,
    )


def _is_erased(people: People, mail: SentMail | None, named: Reported) -> bool:
    """Whether whom a report is about was erased: then nothing of it may be kept."""
    if mail and mail.address is None:
        return True
    key = _key(named.address)
    return people.suppressed([key]).get(key) is SuppressionReason.ERASED


def _key(address: str) -> str:
    try:
        return parse_address(address).key
    except ValueError:
        return address.casefold()


def _with(told: Told, mail: SentMail, passages: Sequence[Passage]) -> list[Passage]:
    """Return the issues up to the one that is told of, with what is told now."""
    issues = [passage.issue for passage in passages]
    if mail.issue not in issues:  # what came back is of no issue that counts
        return []
    since = list(passages[issues.index(mail.issue) :])
    since[0] = replace(since[0], told=(*since[0].told, told))
    return since


def _unless_void(people: People, mail: SentMail, judgement: Judgement) -> Judgement:
    """Return a judgement, or why it is not carried out."""
    if mail.address is None:
        return Judgement(action=Action.NONE, because="the reader was erased meanwhile")
    if judgement.action is Action.SUPPRESSED and people.returns.was_taken_back(mail):
        words = f"{judgement.because}; but you took that back for this issue"
        return Judgement(action=Action.COUNTED, because=words)
    return judgement


def _carry_out(people: People, note: Note, at: datetime.datetime) -> None:
    mail, action = note.mail, note.judgement.action
    if mail is None or mail.address is None:
        return
    if action is Action.SUPPRESSED:
        because = f"{note.judgement.because} ({mail.issue})"
        people.suppress(mail.address.key, SuppressionReason.HARD_BOUNCE, because, at)
    elif action is Action.ENDED and mail.subscriber_id is not None:
        basis = f"complained about {mail.issue}: {note.evidence}"
        withdrawn = Evidence(basis=basis, source=COMPLAINT, at=at)
        for line in people.readers.memberships(mail.subscriber_id):
            people.end_subscription(mail.subscriber_id, line, COMPLAINT, withdrawn)


def _end_by_mail(people: People, wish: tuple[int, int], at: datetime.datetime) -> int:
    subscriber_id, list_id = wish
    leave = Leave(subscriber_id=subscriber_id, list_id=list_id, at=at, source=MAIL)
    return end_within(people, [leave])


def _deed(note: Note) -> Deed:
    return Deed(address=note.address, told=note.told, judgement=note.judgement)


def _message(form: str, event: _Event) -> Message:
    return Message(
        digest=event.digest,
        form=form,
        kind=event.report.kind,
        reporter=event.report.reporter,
        evidence=event.report.evidence,
        arrived_at=event.at,
    )
