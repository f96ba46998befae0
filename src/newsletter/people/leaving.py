"""Readers who leave by their own choice: written at once, or kept in the journal until they can be.

Many who leave at the same time share one transaction. To leave twice changes nothing and is no
error (RFC 8058 asks for that of a second click), so whatever dies in between is done once more.
"""

from collections.abc import Sequence

from newsletter.errors import DatabaseFault
from newsletter.model.leaving import PUBLIC_PAGE, Leave
from newsletter.model.notices import NoticeKind, Wish
from newsletter.people.choices import add_wish
from newsletter.store.journal import Journal
from newsletter.store.people import Evidence, People, PeopleStore


def end_all(store: PeopleStore, leaves: Sequence[Leave]) -> None:
    """End the Subscriptions of all who leave, in one transaction; raises DatabaseFault.

    Who has come back since by their own wish stays. Who pressed the button on the page is told by
    a mail; who let the mail program do it wants none.
    """
    with store.write() as people:
        for leave in leaves:
            subscriber_id, list_id = leave.subscriber_id, leave.list_id
            if people.readers.came_back(subscriber_id, list_id, leave.at):
                continue
            withdrawn = Evidence(basis=leave.basis, source=leave.source, at=leave.at)
            ended = people.end_subscription(subscriber_id, list_id, leave.source, withdrawn)
            if ended and leave.source == PUBLIC_PAGE:
                _say_goodbye(people, leave)


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
            return True
    journal.add(leaves)
    return False


def settle(store: PeopleStore, journal: Journal) -> int:
    """End the Subscriptions of those in the journal; return how many there were.

    Raises DatabaseFault when it still cannot be done; nothing is forgotten then.
    """
    if journal.is_empty():
        return 0
    return journal.take(lambda leaves: end_all(store, leaves))
