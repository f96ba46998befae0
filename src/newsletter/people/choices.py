"""What readers decide on the public pages, each in one transaction with its Consent beside it.

Readers' own choices go over all others: only they revive a Subscription that has ended. An address
that is suppressed stays so, whatever is pressed. To press a button twice changes nothing and is no
error.
"""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from newsletter.address import Address
from newsletter.model.leaving import PUBLIC_PAGE
from newsletter.model.notices import Notice, NoticeKind, Wish
from newsletter.model.people import ConsentAction, Person, SubscriptionState
from newsletter.store.people import Evidence, People, PeopleStore
from newsletter.store.roster import Listed

CONFIRMED = "confirmed by the link that was sent to the address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a reader was shown when a button was pressed: words, their version, their language.

    `network` is where the request came from.
    """

    words: str
    wording: str = ""
    language: str = ""
    network: str = ""

    def evidence(self, at: datetime.datetime, how: str = "") -> Evidence:
        """Return this as evidence; `how` says what was done besides."""
        basis = f"{self.words} ({how})" if self.words and how else self.words or how
        return Evidence(
            basis=basis,
            source=PUBLIC_PAGE,
            at=at,
            wording=self.wording,
            language=self.language,
            network=self.network,
        )


class Answer(StrEnum):
    """What became of something that was to be confirmed."""

    DONE = "done"
    BEFORE = "before"
    GONE = "gone"


def ask(store: PeopleStore, wish: Wish, at: datetime.datetime) -> int:
    """Write what somebody asks for; the same work whoever it is, known or not (B20).

    What comes of it is decided when the Notice is to be sent.
    """
    with store.write() as people:
        return add_wish(people, wish, at)


def add_wish(people: People, wish: Wish, at: datetime.datetime) -> int:
    """Write what a reader asks for or is to be told, in a transaction that is open."""
    key = wish.address.key if wish.address else people.readers.key_of(wish.subscriber_id or 0)
    return people.notices.add(wish, people.digest(key), at)


def confirm(store: PeopleStore, number: int, network: str, at: datetime.datetime) -> Answer:
    """Bring into force what a Notice asked to confirm, once; a welcome goes with it."""
    with store.write() as people:
        notice = people.notices.find(number)
        if notice is None or notice.kind is not NoticeKind.CONFIRM:
            return Answer.GONE
        person = _known(people, notice.subscriber_id)
        if person is None or notice.subscriber_id is None:
            return Answer.GONE
        if notice.done_at:
            return _standing(people, notice)
        if people.suppressed([person.address.key]):
            return Answer.GONE
        shown = Shown(
            words=notice.words, wording=notice.wording, language=notice.language, network=network
        )
        begun = _begin(people, notice.subscriber_id, person, notice.lists, shown, at, CONFIRMED)
        people.notices.done(number, at)
        if begun:
            _welcome(people, notice.subscriber_id, notice.language, begun, at)
        return Answer.DONE


def _standing(people: People, notice: Notice) -> Answer:
    """Return whether what was confirmed once is in force still."""
    for name in notice.lists:
        list_id = people.find_list(name)
        state = people.readers.state(notice.subscriber_id or 0, list_id or 0)
        if state is not SubscriptionState.ACTIVE:
            return Answer.GONE
    return Answer.BEFORE


def _begin(
    people: People,
    subscriber_id: int,
    person: Person,
    lists: Collection[str],
    shown: Shown,
    at: datetime.datetime,
    how: str = "",
) -> list[str]:
    """Bring Subscriptions into force with the consent given; return those that were not before."""
    begun = []
    for name in lists:
        list_id = people.add_list(name)
        if people.readers.activate(subscriber_id, list_id, PUBLIC_PAGE, at):
            given = shown.evidence(at, how)
            people.append_consents({subscriber_id: person}, list_id, ConsentAction.GIVEN, given)
            begun.append(name)
    return begun


def begin_at_once(
    people: People, subscriber_id: int, person: Person, notice: Notice, at: datetime.datetime
) -> None:
    """Bring into force what may be so without a confirmation; a welcome goes with it."""
    shown = Shown(
        words=notice.words,
        wording=notice.wording,
        language=notice.language,
        network=notice.network,
    )
    if begun := _begin(people, subscriber_id, person, notice.lists, shown, at):
        _welcome(people, subscriber_id, notice.language, begun, at)


def _welcome(
    people: People,
    subscriber_id: int,
    language: str,
    lists: Collection[str],
    at: datetime.datetime,
) -> None:
    wish = Wish(
        kind=NoticeKind.WELCOME,
        language=language,
        subscriber_id=subscriber_id,
        lists=tuple(lists),
    )
    add_wish(people, wish, at)


def _known(people: People, subscriber_id: int | None) -> Person | None:
    """Return a reader by number, or none when there is no such reader any more."""
    key = people.readers.key_of(subscriber_id or 0)
    found = people.known([key], None).get(key) if key else None
    return found.person if found else None


def find_reader(store: PeopleStore, subscriber_id: int) -> Listed | None:
    """Return a reader with all Subscriptions, or none when there is no such reader any more."""
    with store.read() as people:
        key = people.readers.key_of(subscriber_id)
        return people.roster.find(key) if key else None


def resubscribe(
    store: PeopleStore, subscriber_id: int, list_id: int, shown: Shown, at: datetime.datetime
) -> Answer:
    """Take back that somebody left, as they asked on the page that said so."""
    with store.write() as people:
        person = _known(people, subscriber_id)
        if person is None or people.suppressed([person.address.key]):
            return Answer.GONE
        name = people.readers.membership(subscriber_id, list_id).list
        if not name:
            return Answer.GONE
        begun = _begin(people, subscriber_id, person, [name], shown, at)
        return Answer.DONE if begun else Answer.BEFORE


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What somebody chose on the page of preferences.

    `lists` has every List that was on the page, and whether it is wanted. `topics` is none when the
    page had none. Subscriptions rest until `paused_until`, or stay as they are with `keep_pause`.
    """

    language: str
    lists: Mapping[str, bool]
    topics: tuple[str, ...] | None = None
    paused_until: datetime.datetime | None = None
    keep_pause: bool = False


def choose(
    store: PeopleStore,
    subscriber_id: int,
    choices: Choices,
    shown: Shown,
    at: datetime.datetime,
) -> Answer:
    """Write all that somebody chose; consents are given and withdrawn only where lists change."""
    with store.write() as people:
        person = _known(people, subscriber_id)
        if person is None:
            return Answer.GONE
        people.readers.choose(subscriber_id, at, language=choices.language, topics=choices.topics)
        wanted = [name for name, wish in choices.lists.items() if wish]
        if not people.suppressed([person.address.key]):
            _begin(people, subscriber_id, person, wanted, shown, at)
        for name, wish in choices.lists.items():
            list_id = people.find_list(name)
            if list_id is None:
                continue
            if not wish:
                withdrawn = shown.evidence(at)
                people.end_subscription(subscriber_id, list_id, PUBLIC_PAGE, withdrawn)
            elif not choices.keep_pause:
                people.pause_subscription(subscriber_id, list_id, choices.paused_until)
        return Answer.DONE


def change_address(store: PeopleStore, number: int, network: str, at: datetime.datetime) -> Answer:
    """Let a reader have the address to which a Notice was sent, once.

    Whoever has that address as a reader already takes over the Subscriptions instead. The former
    address is told, for it may have been somebody else's doing.
    """
    with store.write() as people:
        notice = people.notices.find(number)
        if notice is None or notice.kind is not NoticeKind.CHANGE:
            return Answer.GONE
        person, new = _known(people, notice.subscriber_id), notice.address
        if person is None or notice.subscriber_id is None:
            return Answer.GONE
        if notice.done_at:
            return Answer.BEFORE
        if new is None or people.suppressed([person.address.key, new.key]):
            return Answer.GONE
        other = people.known([new.key], None).get(new.key)
        if other and other.subscriber_id != notice.subscriber_id:
            _hand_over(people, notice, person, (other.subscriber_id, other.person), network, at)
        else:
            people.readers.move_to(notice.subscriber_id, new, people.digest(new.key), at)
        people.notices.done(number, at)
        told = Wish(
            kind=NoticeKind.CHANGED,
            language=person.language or notice.language,
            address=person.address,
            subscriber_id=notice.subscriber_id,
        )
        add_wish(people, told, at)
        return Answer.DONE


def _hand_over(
    people: People,
    notice: Notice,
    person: Person,
    heir: tuple[int, Person],
    network: str,
    at: datetime.datetime,
) -> None:
    """Give the Subscriptions in force to another reader, who is the same person."""
    listed = people.roster.find(person.address.key)
    shown = Shown(words="changed the address", language=notice.language, network=network)
    for line in listed.subscriptions if listed else ():
        if line.state is SubscriptionState.ACTIVE:
            _begin(people, *heir, [line.list], shown, at, CONFIRMED)
        withdrawn = shown.evidence(at)
        people.end_subscription(notice.subscriber_id or 0, line.list_id, PUBLIC_PAGE, withdrawn)


def asked_address(notice: Notice | None) -> Address | None:
    """Return the new address that a Notice is about, as long as it may be confirmed."""
    return notice.address if notice and not notice.done_at else None
