"""Decide about Notices that are due, and what trying to send one came to.

What readers ask for is written as it comes, whoever they are; here is found out who they are. So
neither the answer of a page nor its time tells whether an address is known (B20).
"""

import datetime
import random
from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.mailing.decide import ABOUT_US, next_pause, words
from newsletter.model.leaving import PUBLIC_PAGE
from newsletter.model.mailing import DeliveryState, Outcome, Scope, Verdict
from newsletter.model.notices import CONFIRM_WITHIN, ONCE_IN, Notice, NoticeKind
from newsletter.model.people import ConsentAction, Person, SubscriptionState
from newsletter.model.settings import ListSettings
from newsletter.people.choices import begin_at_once
from newsletter.store.people import Evidence, People, PeopleStore

_ONCE_A_DAY = {
    NoticeKind.CONFIRM: "asked within a day",
    NoticeKind.CHANGE: "asked within a day",
    NoticeKind.GOODBYE: "told within a day",
}
"""What strangers can bring about: by the form, or by a link in a mail that was passed on (B19)."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Where a Notice stands after an Attempt, and when it is tried again."""

    state: DeliveryState
    due_at: datetime.datetime | None


def begin_due(
    store: PeopleStore,
    lists: Mapping[str, ListSettings],
    now: datetime.datetime,
    most: int = 10,
) -> list[Notice]:
    """Return Notices that are to be sent now; their intents are durable.

    Others that are due are skipped, with the reason.
    """
    with store.write() as people:
        people.notices.forget_before(now - CONFIRM_WITHIN)
        begun = [each for each in people.notices.due(now, most) if _begin(people, each, lists, now)]
        return [found for each in begun if (found := people.notices.find(each.id))]


def are_due(store: PeopleStore, now: datetime.datetime) -> bool:
    """Whether any Notice is to be sent or skipped now."""
    with store.read() as people:
        due = people.notices.next_due()
        return due is not None and due <= now


def _begin(
    people: People, notice: Notice, lists: Mapping[str, ListSettings], now: datetime.datetime
) -> bool:
    """Write the intent to send a Notice, or why it is not sent; whether it is."""
    address = notice.address
    if address is None:
        reason = "the reader is not known any more"
    elif people.suppressed([address.key]):
        reason = "suppressed"
    elif notice.kind in _ONCE_A_DAY and people.notices.was_asked(
        people.digest(address.key), notice.kind, now - ONCE_IN, notice.id
    ):
        reason = _ONCE_A_DAY[notice.kind]
    elif notice.kind is NoticeKind.CONFIRM:
        subscriber_id, reason = _ask_reader(people, notice, lists, now)
        if not reason:
            return people.notices.intend(notice.id, now, subscriber_id)
    else:
        return people.notices.intend(notice.id, now, notice.subscriber_id)
    people.notices.skip(notice.id, reason, now)
    return False


def _ask_reader(
    people: People, notice: Notice, lists: Mapping[str, ListSettings], now: datetime.datetime
) -> tuple[int, str]:
    """Write down who asks for what; return their number, and why they are not asked back."""
    if notice.address is None:
        return 0, "the reader is not known any more"
    key = notice.address.key
    known = people.known([key], None).get(key)
    person = known.person if known else Person(address=notice.address, language=notice.language)
    number = known.subscriber_id if known else people.add_subscribers([person], now)[key]
    if notice.attempts:
        return number, ""
    list_ids = {name: people.add_list(name) for name in notice.lists if name in lists}
    states = {name: people.readers.state(number, id_) for name, id_ in list_ids.items()}
    wanted = [name for name, state in states.items() if state is not SubscriptionState.ACTIVE]
    if not wanted:
        return number, "subscribed already"
    if all(lists[name].opt_in == "single" and states[name] is None for name in wanted):
        begin_at_once(people, number, person, notice, now)
        return number, "no confirmation is asked for"
    asked = Evidence(
        basis=notice.words,
        source=PUBLIC_PAGE,
        at=notice.created_at,
        wording=notice.wording,
        language=notice.language,
        network=notice.network,
    )
    for name in wanted:
        people.readers.ask_for(number, list_ids[name], PUBLIC_PAGE, now)
        people.append_consents({number: person}, list_ids[name], ConsentAction.ASKED, asked)
    return number, ""


def settle(
    notice: Notice,
    outcome: Outcome,
    now: datetime.datetime,
    give_up_after: datetime.timedelta,
    chance: random.Random,
) -> Settled:
    """Return what an Attempt to send a Notice came to: a pure function.

    What is said about the relay or the message is no word about the reader: it is tried again.
    """
    if outcome.verdict is Verdict.ACCEPTED:
        return Settled(DeliveryState.ACCEPTED, None)
    if outcome.verdict is Verdict.UNKNOWN:
        return Settled(DeliveryState.UNKNOWN, None)
    about_us = outcome.scope in (*ABOUT_US, Scope.MESSAGE)
    waited = now - notice.created_at
    if (outcome.verdict is Verdict.REFUSED and not about_us) or waited >= give_up_after:
        return Settled(DeliveryState.REFUSED, None)
    if outcome.verdict is Verdict.RELEASED and about_us:
        pause = datetime.timedelta(seconds=30) * min(2**notice.attempts, 64)
        return Settled(DeliveryState.DEFERRED, now + pause * (1 + chance.random() / 4))
    return Settled(DeliveryState.DEFERRED, now + next_pause(waited, chance))


def reply_of(outcome: Outcome) -> str:
    """Return what a relay said, in one line; empty when it accepted."""
    return "" if outcome.verdict is Verdict.ACCEPTED else words(outcome)
