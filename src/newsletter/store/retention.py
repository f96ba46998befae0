"""Counts and removes what is older than an office keeps it; each rule is one part of a transaction.

What is taken out here has served: evidence of consent, suppressions, states and sums stay.
"""

import datetime
import itertools
from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from newsletter.model.mailing import FINAL, DeliveryState
from newsletter.model.people import SubscriptionState
from newsletter.store.erasure import GONE, detach, forget_deliveries
from newsletter.store.notices import Notices
from newsletter.store.tables import (
    attempts,
    batch_facts,
    batches,
    deliveries,
    exclusions,
    mailings,
    notices,
    returned,
    returns,
    subscribers,
    subscriptions,
)

_AT_ONCE = 500
_FACTS = ("name", "country", "organisation", "organisation_type", "topics")
_SAID_BY_SERVERS = (DeliveryState.REFUSED, DeliveryState.UNKNOWN, DeliveryState.ACCEPTED)


def remove_unconfirmed(
    connection: sa.Connection, before: datetime.datetime, *, only_count: bool
) -> int:
    """Remove Subscriptions that nobody confirmed, and whoever has nothing else to do with us."""
    waits = (subscriptions.c.state == SubscriptionState.PENDING) & (
        subscriptions.c.created_at < before
    )
    rows = connection.execute(
        sa.select(subscriptions.c.id, subscriptions.c.subscriber_id).where(waits)
    ).all()
    if only_count:
        return len(rows)
    Notices(connection).forget_before(before)  # their links have expired
    for some in _batches(row.id for row in rows):
        detach(connection, subscriptions, some)
        connection.execute(sa.delete(subscriptions).where(subscriptions.c.id.in_(some)))
    for some in _batches(row.subscriber_id for row in rows):
        _remove_strangers(connection, some)
    return len(rows)


def _remove_strangers(connection: sa.Connection, ids: list[int]) -> None:
    """Remove those of some subscribers who have no Subscription and never got anything."""
    theirs = (
        sa.exists().where(table.c.subscriber_id == subscribers.c.id)
        for table in (subscriptions, deliveries)
    )
    query = sa.select(subscribers.c.id).where(
        subscribers.c.id.in_(ids), *(~each for each in theirs)
    )
    found = list(connection.execute(query).scalars())
    if found:
        _hide_exclusions(connection, exclusions.c.subscriber_id.in_(found))
        detach(connection, subscribers, found)
        connection.execute(sa.delete(subscribers).where(subscribers.c.id.in_(found)))


def forget_answers(
    connection: sa.Connection, before: datetime.datetime, *, only_count: bool
) -> int:
    """Take out what mail servers said about mails that are over, also what they sent later."""
    said = (attempts.c.ended_at < before) & (attempts.c.reply != "")
    told = (returned.c.at < before) & ((returned.c.evidence != "") | (returned.c.address != ""))
    if only_count:
        return _count(connection, attempts, said) + _count(connection, returned, told)
    count = connection.execute(sa.update(attempts).where(said).values(reply="")).rowcount
    blank = sa.update(returned).where(told).values(evidence="", address="")
    count += connection.execute(blank).rowcount
    connection.execute(sa.update(returns).where(returns.c.arrived_at < before).values(evidence=""))
    connection.execute(sa.update(notices).where(notices.c.changed_at < before).values(reply=""))
    over = (
        (deliveries.c.changed_at < before)
        & deliveries.c.state.in_(_SAID_BY_SERVERS)
        & (deliveries.c.reason != "")
    )
    connection.execute(sa.update(deliveries).where(over).values(reason=""))
    return int(count)


def forget_facts(connection: sa.Connection, before: datetime.datetime, *, only_count: bool) -> int:
    """Take out the facts about those whose last Subscription ended so long ago."""
    recent = sa.exists().where(
        subscriptions.c.subscriber_id == subscribers.c.id,
        subscriptions.c.ended_at.is_(None) | (subscriptions.c.ended_at >= before),
    )
    had = sa.exists().where(subscriptions.c.subscriber_id == subscribers.c.id)
    known = sa.or_(*(subscribers.c[name] != "" for name in _FACTS))
    left = had & ~recent & known
    if only_count:
        return _count(connection, subscribers, left)
    blank = dict.fromkeys(_FACTS, "")
    return int(connection.execute(sa.update(subscribers).where(left).values(blank)).rowcount)


def forget_former_facts(
    connection: sa.Connection, before: datetime.datetime, *, only_count: bool
) -> int:
    """Take out what people were before an import that old: undoing it brings no facts back."""
    old = batch_facts.c.batch_id.in_(sa.select(batches.c.id).where(batches.c.at < before))
    if only_count:
        return _count(connection, batch_facts, old)
    return connection.execute(sa.delete(batch_facts).where(old)).rowcount


def forget_mails(connection: sa.Connection, before: datetime.datetime, *, only_count: bool) -> int:
    """Take out whom mails of old Mailings went to; what still waits is left alone."""
    old = sa.select(mailings.c.id).where(mailings.c.frozen_at < before)
    over = (
        deliveries.c.mailing_id.in_(old)
        & deliveries.c.state.in_(FINAL)
        & (deliveries.c.shown != GONE)
    )
    if only_count:
        return _count(connection, deliveries, over)
    _hide_exclusions(connection, exclusions.c.mailing_id.in_(old))
    return forget_deliveries(connection, over)


def _hide_exclusions(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> None:
    """Put the keyed hash in the place of the address of those who were left out."""
    digest = (
        sa.select(subscribers.c.address_digest)
        .where(subscribers.c.id == exclusions.c.subscriber_id)
        .scalar_subquery()
    )
    connection.execute(
        sa.update(exclusions)
        .where(condition, exclusions.c.subscriber_id.is_not(None))
        .values(address_key=digest, subscriber_id=None)
    )


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(ids)
    while some := list(itertools.islice(rest, _AT_ONCE)):
        yield some


def _count(connection: sa.Connection, table: sa.Table, condition: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(condition)
    return int(connection.execute(query).scalar_one())
