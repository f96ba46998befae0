"""Segments in the database: a condition as one expression, and how many people meet it.

Every word of a condition goes to the database as a parameter; nothing that people write is SQL.
`folded` is a function that `engine.py` gives to SQLite, which knows no capitals but those of ASCII.
"""

import datetime
from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from newsletter.model.people import SubscriptionState
from newsletter.model.segment import (
    AllOf,
    AnyOf,
    Holds,
    Is,
    Joined,
    Not,
    OnList,
    Wants,
    Where,
)
from newsletter.store.tables import lists, subscribers, subscriptions, suppressions

Expression = sa.ColumnElement[bool]


def condition(where: Where) -> Expression:
    """Return `where` as an expression over a row of `subscribers`."""
    match where:
        case AllOf(parts):
            return sa.and_(sa.true(), *map(condition, parts))
        case AnyOf(parts):
            return sa.or_(sa.false(), *map(condition, parts))
        case Not(part):
            return sa.not_(condition(part))
        case Is("organisation_type", values):
            return _folded(subscribers.c.organisation_type).in_(values)
        case Is(fact, values):
            return subscribers.c[fact].in_(values)
        case Joined(moment, before):
            since = subscribers.c.created_at
            return since < moment if before else since >= moment
        case Wants(topics):
            framed = sa.literal(" ") + subscribers.c.topics + " "
            return _any(framed.contains(f" {each} ", autoescape=True) for each in topics)
    return _of_subscriptions(where)


def _of_subscriptions(where: Holds | OnList) -> Expression:
    on = subscriptions.alias()
    theirs = sa.exists().where(on.c.subscriber_id == subscribers.c.id)
    match where:
        case OnList(names):
            known = sa.select(lists.c.id).where(lists.c.name.in_(names))
            return theirs.where(on.c.list_id.in_(known), on.c.state == SubscriptionState.ACTIVE)
        case Holds("source", words):
            return theirs.where(_has(on.c.source, words))
        case Holds(_, words):
            return _has(subscribers.c.organisation, words)


def _has(column: sa.ColumnElement[str], words: Iterable[str]) -> Expression:
    return _any(_folded(column).contains(each, autoescape=True) for each in words)


def _folded(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    return sa.func.folded(column, type_=sa.Text)


def _any(conditions: Iterable[Expression]) -> Expression:
    return sa.or_(sa.false(), *conditions)


def count_people(connection: sa.Connection, wanted: Mapping[str, Where]) -> dict[str, int]:
    """Return how many subscribers meet each of `wanted`, by its name; all in one pass."""
    query = sa.select(*_sums(wanted)).select_from(subscribers)
    return dict(zip(wanted, connection.execute(query).one(), strict=True)) if wanted else {}


def count_reachable(
    connection: sa.Connection, wanted: Mapping[str, Where], now: datetime.datetime
) -> dict[str, dict[str, int]]:
    """Return how many a send would go to now, by the name of the Segment and of the List.

    These are Subscriptions in force that do not rest, of addresses that are not suppressed.
    """
    query = (
        sa.select(lists.c.name, *_sums(wanted))
        .join_from(subscriptions, subscribers)
        .join(lists, lists.c.id == subscriptions.c.list_id)
        .where(
            subscriptions.c.state == SubscriptionState.ACTIVE,
            sa.func.coalesce(subscriptions.c.paused_until <= now, sa.true()),
            ~sa.exists().where(suppressions.c.address_digest == subscribers.c.address_digest),
        )
        .group_by(lists.c.name)
        .order_by(lists.c.name)
    )
    found: dict[str, dict[str, int]] = {name: {} for name in wanted}
    for list_name, *counts in connection.execute(query) if wanted else ():
        for name, count in zip(wanted, counts, strict=True):
            found[name][list_name] = count
    return found


def _sums(wanted: Mapping[str, Where]) -> list[sa.Label[int]]:
    return [
        sa.func.coalesce(sa.func.sum(sa.case((condition(where), 1), else_=0)), 0).label(
            f"n{number}"
        )
        for number, where in enumerate(wanted.values())
    ]
