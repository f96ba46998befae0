"""Readers who leave by their own choice: written at once, or kept in the journal until they can be.

Many who leave at the same time share one transaction. To leave twice changes nothing and is no
error (RFC 8058 asks for that of a second click), so whatever dies in between is done once more.
"""

import datetime
from collections.abc import Sequence

from newsletter.errors import DatabaseFault
from newsletter.model.leaving import PUBLIC_PAGE, Leave
from newsletter.model.notices import NoticeKind, Wish
from newsletter.people.choices import add_wish
from newsletter.store.journal import Journal
from newsletter.store.people import Evidence, People, PeopleStore


def end_all(store: PeopleStore, leaves: Sequence[Leave]) -> None:
    """End the Subscriptions of all who leave now, in one transaction; raises DatabaseFault.

    They leave at the moment of the last of them. Who pressed the button on the page is told by a
    mail; who let the mail program do it wants none.
    """
    groups: dict[tuple[int, str], list[Leave]] = {}
    for leave in leaves:
        groups.setdefault((leave.list_id, leave.source), []).append(leave)
    with store.write() as people:
        for group in groups.values():
            _end(people, group)


def end_late(store: PeopleStore, leaves: Sequence[Leave]) -> None:
    """End the Subscriptions of those who left a while ago, each at the moment it happened.

    Who has come back since by their own wish stays.
    """
    with store.write() as people:
        end_within(people, leaves)


def end_within(people: People, leaves: Sequence[Leave]) -> int:
    """Do that in the transaction of the caller; return how many Subscriptions it was."""
    now = datetime.datetime.now(tz=datetime.UTC)
    return sum(
        _end(people, [leave])
        for leave in leaves
        if not people.readers.came_back(leave.subscriber_id, leave.list_id, leave.at, now)
    )


def _end(people: People, leaves: Sequence[Leave]) -> int:
    """End the Subscriptions of those who leave one List in one way; return how many it was."""
    last = max(leaves, key=lambda leave: leave.at)
    withdrawn = Evidence(basis=last.basis, source=last.source, at=last.at)
    ids = {leave.subscriber_id for leave in leaves}
    ended = people.end_subscriptions(ids, last.list_id, last.source, withdrawn)
    count = len(ended)
    for leave in leaves if last.source == PUBLIC_PAGE else ():
        if ended.pop(leave.subscriber_id, None):
            _say_goodbye(people, leave)
    return count


def _say_goodbye(people: People, leave: Leave) -> None:
    left = people.readers.membership(leave.subscriber_id, leave.list_id)
    wish = Wish(
        kind=NoticeKind.GOODBYE,
        language=left.language,
        subscriber_id=leave.subscriber_id,
        lists=(left.list,),
    )
    add_wish(people, wish, leave.at)


def end_or_keep(store: PeopleStore | None, journal: Journal, leaves: Sequence[Leave]) -> bool:
    """End the Subscriptions of all who leave, or keep `leaves` in the journal; both are durable.

    Without a `store` there is no database at the moment. Returns whether all stands in the
    database. Raises NewsletterError when neither can be written.
    """
    if store:
        try:
            end_all(store, leaves)
        except DatabaseFault:
            pass
        else:
            if store.is_in_place:
                return True
    journal.add(leaves)
    return False


def settle(store: PeopleStore, journal: Journal) -> int:
    """End the Subscriptions of those in the journal; return how many there were.

    Raises DatabaseFault when it still cannot be done; nothing is forgotten then.
    """
    if journal.is_empty():
        return 0
    return journal.take(lambda leaves: end_late(store, leaves))
