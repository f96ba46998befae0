"""Begins and ends the Subscriptions of one person, with the Consent given or withdrawn beside it.

Each function is one transaction. Who unsubscribed or is suppressed is never brought back by the
staff; ending what is over already changes nothing and is no error (RFC 8058 asks the same of a
second click).
"""

import datetime

from newsletter.address import Address
from newsletter.errors import NewsletterError, WrongUsage
from newsletter.model.people import Person, SubscriptionState, SuppressionReason
from newsletter.people.facts import merge
from newsletter.store.people import Evidence, PeopleStore

STAFF = "staff"
"""Reason and source of what people in the office do by hand."""


def add_person(
    store: PeopleStore,
    person: Person,
    *,
    list_name: str,
    basis: str,
    at: datetime.datetime,
    source: str = STAFF,
) -> bool:
    """Subscribe one person by hand; false when they subscribe already.

    Facts given of somebody who is known are written in either case. Whom the staff took off comes
    back; whoever left by their own choice does not.

    Raises NewsletterError when they unsubscribed before or are suppressed.
    """
    if not basis.strip():
        raise WrongUsage("no basis is given", "say in words how the person agreed to get mail")
    address = person.address
    with store.write() as people:
        if reason := people.suppressed([address.key]).get(address.key):
            raise NewsletterError(
                f"{address} must not be mailed: suppressed ({reason})",
                f"`newsletter subscribers show {address}` says since when and why",
            )
        list_id = people.add_list(list_name)
        known = people.known([address.key], list_id).get(address.key)
        if (
            known
            and known.state is SubscriptionState.ENDED
            and not people.take_back_removal(known.subscriber_id, list_id, STAFF)
        ):
            raise NewsletterError(
                f"{address} has unsubscribed from “{list_name}”, and that holds",
                "they can subscribe again themselves; nobody else can do it for them",
            )
        if known:
            found, (person, changes) = known.subscriber_id, merge(known.person, person)
            people.update_facts({found: person} if changes else {}, at)
            if known.state is SubscriptionState.ACTIVE:
                return False
        else:
            found = people.add_subscribers([person], at)[address.key]
        given = Evidence(basis=basis.strip(), source=source, at=at)
        people.subscribe({found: person}, list_id, given)
    return True


def end_subscription(
    store: PeopleStore,
    subscriber_id: int,
    list_id: int,
    *,
    reason: str,
    basis: str,
    source: str,
    at: datetime.datetime,
) -> bool:
    """End one Subscription; false when there is none or it is over already."""
    withdrawn = Evidence(basis=basis, source=source, at=at)
    with store.write() as people:
        return people.end_subscription(subscriber_id, list_id, reason, withdrawn)


def remove_person(
    store: PeopleStore,
    address: Address,
    *,
    at: datetime.datetime,
    list_name: str = "",
    basis: str = "taken off by the staff",
) -> tuple[str, ...]:
    """End the Subscription to one List, or to all; return the names of those that were ended.

    Raises NewsletterError when nobody has this address.
    """
    withdrawn = Evidence(basis=basis, source=STAFF, at=at)
    with store.write() as people:
        listed = people.roster.find(address.key)
        if listed is None:
            raise NewsletterError(
                f"{address} is not known", "`newsletter subscribers list` shows who is"
            )
        return tuple(
            each.list
            for each in listed.subscriptions
            if list_name in ("", each.list)
            and people.end_subscription(listed.subscriber_id, each.list_id, STAFF, withdrawn)
        )


def pause_person(
    store: PeopleStore,
    address: Address,
    *,
    until: datetime.datetime | None,
    list_name: str = "",
) -> tuple[str, ...]:
    """Let the Subscription to one List, or all of them, rest until a moment; none ends the rest.

    Returns the names of the Lists where that changes something. It is the reader's own wish: they
    stay subscribed, and issues that are frozen meanwhile are not for them. Raises NewsletterError
    when nobody has this address.
    """
    with store.write() as people:
        listed = people.roster.find(address.key)
        if listed is None:
            raise NewsletterError(
                f"{address} is not known", "`newsletter subscribers list` shows who is"
            )
        return tuple(
            each.list
            for each in listed.subscriptions
            if list_name in ("", each.list)
            and people.pause_subscription(listed.subscriber_id, each.list_id, until)
        )


def suppress_address(
    store: PeopleStore,
    address: Address,
    *,
    note: str,
    at: datetime.datetime,
    reason: SuppressionReason = SuppressionReason.MANUAL,
) -> bool:
    """See that `address` is never mailed again, on any List; false when that stood already."""
    with store.write() as people:
        return people.suppress(address.key, reason, note.strip(), at)
