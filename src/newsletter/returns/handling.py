"""Handles what is in the spool, message by message: read, matched, decided on, written, put away.

All that one message does is one transaction, which also writes that it was handled; then it leaves
`new/`. Whatever dies in between, the next one finds it handled and only puts it away, so nothing is
lost and nothing counted twice (invariant I6).
"""

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from newsletter.model.judging import Action, Alarm, Judgement, Passage, Proof, Told
from newsletter.model.leaving import MAIL, Leave
from newsletter.model.people import SubscriptionState, SuppressionReason
from newsletter.model.returning import ReturnsSettings
from newsletter.model.returns import Reported, ReportKind
from newsletter.people.leaving import end_within
from newsletter.returns.deciding import judge
from newsletter.returns.events import Event, events_in, shelf_for
from newsletter.returns.meaning import reported
from newsletter.returns.spool import Kept, Shelf, Spool
from newsletter.returns.watching import alarms_of
from newsletter.returns.whom import about_in, is_erased, is_of_erased, is_same, key_of, mails_of
from newsletter.store.people import Evidence, People, PeopleStore
from newsletter.store.returns import Message, Note, Refusal, SentMail
from newsletter.tokens import KeyRing

COMPLAINT = "complaint"
"""Reason and source of what ends because a reader called a mail spam."""

_LATELY = datetime.timedelta(days=1)
_LOOKED_BACK = datetime.timedelta(days=60)
_OF_ITS_OWN = (ValueError, TypeError, LookupError, ArithmeticError, RecursionError)


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


def handle_all(
    desk: Desk,
    spool: Spool,
    now: Callable[[], datetime.datetime],
    touched: set[int],
    stop: Callable[[], bool],
) -> Iterator[Handled]:
    """Handle what waits in the spool until `stop` says so; yield what became of each message.

    Numbers of Mailings that something came back of are added to `touched`.
    """
    for kept in spool.waiting():
        if stop():
            return
        try:
            raw = kept.read()
        except FileNotFoundError:  # another process was faster
            continue
        except PermissionError as fault:
            handled = _stumbled(kept, fault)
        else:
            handled = _handle(desk, kept, raw, now(), touched)
        yield handled  # first of all: what is done is told, also where the disk takes nothing
        if handled.is_of_erased:
            spool.forget(kept)
        else:
            spool.put(kept, handled.shelf)


def _handle(
    desk: Desk, kept: Kept, raw: bytes, at: datetime.datetime, touched: set[int]
) -> Handled:
    try:
        events = list(events_in(kept, raw, desk.keys))
        shelf = shelf_for(events)
    except Exception as fault:  # noqa: BLE001  # one message may not keep all others waiting
        return _stumbled(kept, fault)
    try:
        with desk.store.write() as people:
            return _written(desk, people, events, shelf, at, touched)
    except _OF_ITS_OWN as fault:  # what the database cannot take, for one; its own faults go on
        return _stumbled(kept, fault)


def _stumbled(kept: Kept, fault: Exception) -> Handled:
    words = f"{kept.file.name}: {type(fault).__name__}: {fault}"
    return Handled(shelf=Shelf.UNREADABLE, fault=words)


def _written(
    desk: Desk,
    people: People,
    events: Sequence[Event],
    shelf: Shelf,
    at: datetime.datetime,
    touched: set[int],
) -> Handled:
    """Write what the events of a message come to, but for those that stand there already."""
    deeds, left, was_known, names_erased = [], 0, bool(events), False
    for event in events:
        mails = mails_of(people, event)
        about = about_in(people, event, mails)
        of_erased = is_of_erased(people, event, mails, about)
        names_erased |= of_erased
        shelf = Shelf.HANDLED if event.wish else shelf
        if people.returns.is_known(event.digest):
            continue
        was_known = False
        return_id = people.returns.add(_message(event, of_erased=of_erased), at)
        left += _end_by_mail(people, event.wish, event.at) if event.wish else 0
        for named, mail, proof in about:
            note = _judged(desk, people, event.report.kind, named, mail, proof)
            people.returns.note(return_id, note, at)
            _carry_out(people, note, at)
            touched.update([mail.mailing_id] if mail else [])
            deeds.append(_deed(note))
    return Handled(
        shelf=shelf,
        kinds=tuple(event.report.kind for event in events),
        deeds=tuple(deeds),
        left=left,
        was_known=was_known,
        is_of_erased=names_erased,
    )


def judge_refusals(desk: Desk, at: datetime.datetime, touched: set[int]) -> Iterator[Deed]:
    """Judge what relays refused in the dialogue, as if it had come back; yield what was done."""
    after = 0
    while True:
        with desk.store.read() as people:  # a look through a long list keeps no sender waiting
            if not people.returns.refusals(after, since=at - _LOOKED_BACK):
                return
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


def lately_touched(desk: Desk, at: datetime.datetime) -> set[int]:
    """Return the Mailings that something came back of a while ago.

    Whoever handled it may have died before the alarms were looked at.
    """
    with desk.store.read() as people:
        return people.returns.mailings_since(at - _LATELY)


def watch(desk: Desk, mailings: set[int], at: datetime.datetime) -> Iterator[Raised]:
    """Raise the alarms about Mailings that something came back of; pause them if that is wished.

    An alarm is raised once: whoever lets a send go on in spite of it is not asked again.
    """
    for mailing_id in sorted(mailings):
        with desk.store.read() as people:
            found = alarms_of(people.returns.counts(mailing_id), desk.limits)
        if not found:
            continue
        with desk.store.write() as people:
            new = [alarm for alarm in found if people.returns.raise_alarm(mailing_id, alarm, at)]
            paused = bool(new and desk.limits.pause) and people.returns.pause(
                mailing_id, new[0].words, at
            )
            issue = people.returns.issue_of(mailing_id) if new else ""
        yield from (Raised(issue, alarm, paused) for alarm in new)


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
        is_named=mail is not None and is_same(named.address, mail),
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
    digest = mail.address_digest if mail else people.digest(key_of(named.address))
    passages = _with(told, mail, people.returns.passages(digest)) if mail else []
    judgement = judge(told, passages, desk.limits.soft_issues)
    if mail and judgement.action in (Action.SUPPRESSED, Action.ENDED):
        judgement = _unless_void(people, mail, judgement)
    of_erased = is_erased(people, mail, named)
    return Note(
        mail=mail,
        address="" if of_erased else named.address,
        address_digest=digest,
        told=told,
        evidence="" if of_erased else named.evidence,
        judgement=judgement,
    )


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
    if judgement.action is Action.ENDED and _came_back(people, mail):
        words = "the reader wanted no more mail, but has subscribed anew since that one went out"
        return Judgement(action=Action.NONE, because=words)
    return judgement


def _came_back(people: People, mail: SentMail) -> bool:
    """Whether a complaint about a mail would end nothing but what the reader wished since."""
    reader = mail.subscriber_id or 0
    lines = people.readers.memberships(reader)
    ends = _lines_to_end(people, mail)
    is_over = all(people.readers.state(reader, line) is SubscriptionState.ENDED for line in ends)
    return is_over and len(ends) < len(lines)


def _lines_to_end(people: People, mail: SentMail) -> list[int]:
    """Return the Lists that a complaint about a mail ends: not one that the reader came back to."""
    if mail.subscriber_id is None:
        return []
    return [
        line
        for line in people.readers.memberships(mail.subscriber_id)
        if not people.returns.came_back(mail, line)
    ]


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
        for line in _lines_to_end(people, mail):
            people.end_subscription(mail.subscriber_id, line, COMPLAINT, withdrawn)


def _end_by_mail(people: People, wish: tuple[int, int], at: datetime.datetime) -> int:
    subscriber_id, list_id = wish
    leave = Leave(subscriber_id=subscriber_id, list_id=list_id, at=at, source=MAIL)
    return end_within(people, [leave])


def _deed(note: Note) -> Deed:
    return Deed(address=note.address, told=note.told, judgement=note.judgement)


def _message(event: Event, *, of_erased: bool) -> Message:
    return Message(
        digest=event.digest,
        form=event.form,
        kind=event.report.kind,
        reporter="" if of_erased else event.report.reporter,
        evidence="" if of_erased else event.report.evidence,
        arrived_at=event.at,
    )
