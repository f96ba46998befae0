"""The one way in which a Delivery changes its state, and the orders of the operator.

Every change is an UPDATE that names the states it starts from, so that a row which somebody else
has moved meanwhile stays as it is; which moves exist is said by TRANSITIONS alone. `due_at` is set
exactly while a Delivery is pending or deferred, and a chunk is due when the first of its
Deliveries is: whoever moves Deliveries lets `reckon_due` look at their chunks again.
"""

import datetime
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from newsletter.model.ledger import Resolution
from newsletter.model.mailing import TRANSITIONS, DeliveryState, Verdict
from newsletter.store.tables import attempts, chunks, deliveries, lists, mailings

OPEN = (DeliveryState.PENDING, DeliveryState.DEFERRED)
"""States in which a Delivery waits to be tried."""

OLDER_COPY = "the state is an older copy: it may have been sent since that was made"
"""The reason of whom only the operator can decide about, never a setting."""


def move(
    sources: Collection[DeliveryState],
    target: DeliveryState,
    *conditions: sa.ColumnElement[bool],
    due_at: object = None,
    **values: Any,
) -> sa.Update:
    """Return the statement that moves Deliveries; ValueError when there is no such move."""
    for source in sources:
        insist_on_move(source, target)
    if (target in OPEN) != (due_at is not None):
        raise ValueError(f"a Delivery that is {target} is due {due_at}")
    from_sources = sa.or_(*(deliveries.c.state == source for source in sources))  # fits executemany
    return (
        sa.update(deliveries)
        .where(from_sources, *conditions)
        .values(state=target, due_at=due_at, **values)
    )


def insist_on_move(source: DeliveryState, target: DeliveryState) -> None:
    """Raise ValueError when no Delivery may go from `source` to `target`."""
    if target not in TRANSITIONS[source]:
        raise ValueError(f"no Delivery goes from {source} to {target}")


def reckon_due(*conditions: sa.ColumnElement[bool], **values: Any) -> sa.Update:
    """Return the statement that sets when chunks are due, from the Deliveries in them."""
    earliest = (
        sa.select(sa.func.min(deliveries.c.due_at))
        .where(deliveries.c.chunk_id == chunks.c.id)
        .scalar_subquery()
    )
    return sa.update(chunks).where(*conditions).values(due_at=earliest, **values)


def mailings_of(issue: str, only: Collection[str] = ()) -> sa.Select[tuple[int]]:
    """Return the query for the ids of an issue's Mailings, or of those with a name in `only`."""
    query = sa.select(mailings.c.id).where(mailings.c.issue == issue)
    if only:
        segment = mailings.c.segment
        name = sa.case((segment == "", lists.c.name), else_=lists.c.name + "/" + segment)
        query = query.join(lists, lists.c.id == mailings.c.list_id).where(name.in_(only))
    return query


def resolve(
    connection: sa.Connection,
    issue: str,
    word: Resolution,
    now: datetime.datetime,
    only: Collection[str] = (),
    most_unknown: int | None = None,
) -> int:
    """Carry out the operator's word about the unknown Deliveries of an issue; return how many.

    Of a cancelled Mailing nothing is sent again: who is unknown stays so, or is taken for accepted.
    With `most_unknown`, nobody has decided about each: those are left alone of which more Attempts
    than that are unknown, or which an older copy of the state makes unknown.
    """
    ids = mailings_of(issue, only)
    conditions: list[sa.ColumnElement[bool]] = [deliveries.c.mailing_id.in_(ids)]
    if most_unknown is not None:
        conditions.append(_unknown_attempts() <= most_unknown)
        conditions.append(deliveries.c.reason != OLDER_COPY)
    if word is Resolution.RESEND:
        statement = move(
            (DeliveryState.UNKNOWN,),
            DeliveryState.PENDING,
            ~is_cancelled(),
            *conditions,
            reason="to be sent again",
            due_at=now,
            changed_at=now,
        )
    else:
        statement = move(
            (DeliveryState.UNKNOWN,),
            DeliveryState.ACCEPTED,
            *conditions,
            reason="accepted by the operator's word",
            changed_at=now,
        )
    count = connection.execute(statement).rowcount
    connection.execute(reckon_due(chunks.c.mailing_id.in_(ids)))
    return int(count)


def cancel(
    connection: sa.Connection, issue: str, now: datetime.datetime, only: Collection[str] = ()
) -> int:
    """Cancel what has not been submitted of an issue's Mailings; return how many Deliveries."""
    ids = mailings_of(issue, only)
    connection.execute(
        sa.update(mailings)
        .where(mailings.c.id.in_(ids), mailings.c.cancelled_at.is_(None))
        .values(cancelled_at=now, paused_at=None)
    )
    count = sweep_cancelled(connection, now, deliveries.c.mailing_id.in_(ids))
    connection.execute(reckon_due(chunks.c.mailing_id.in_(ids)))
    return count


def retry(
    connection: sa.Connection,
    issue: str,
    now: datetime.datetime,
    only: Collection[str] = (),
    matching: str = "",
) -> int:
    """Let refused Deliveries wait to be tried again; return how many.

    With `matching` only those whose reason holds these words, whatever the case. Who was refused in
    a Mailing that is cancelled stays refused.
    """
    ids = mailings_of(issue, only)
    statement = move(
        (DeliveryState.REFUSED,),
        DeliveryState.PENDING,
        ~is_cancelled(),
        deliveries.c.mailing_id.in_(ids),
        deliveries.c.reason.icontains(matching, autoescape=True),
        reason="to be tried again",
        due_at=now,
        deferred_since=None,
        changed_at=now,
    )
    count = connection.execute(statement).rowcount
    connection.execute(reckon_due(chunks.c.mailing_id.in_(ids)))
    return int(count)


def pause(
    connection: sa.Connection, issue: str, at: datetime.datetime | None, only: Collection[str] = ()
) -> int:
    """Pause an issue's Mailings, or with no moment let them go on; return how many changed."""
    statement = (
        sa.update(mailings)
        .where(
            mailings.c.id.in_(mailings_of(issue, only)),
            mailings.c.paused_at.is_(None) if at else mailings.c.paused_at.is_not(None),
            mailings.c.cancelled_at.is_(None),
        )
        .values(paused_at=at, paused_because="")
    )
    return int(connection.execute(statement).rowcount)


def sweep_cancelled(
    connection: sa.Connection, now: datetime.datetime, *conditions: sa.ColumnElement[bool]
) -> int:
    """Cancel those Deliveries of cancelled Mailings that wait, or wait again; return how many."""
    statement = move(
        OPEN,
        DeliveryState.CANCELLED,
        is_cancelled(),
        *conditions,
        reason="cancelled by the operator",
        changed_at=now,
    )
    return int(connection.execute(statement).rowcount)


def is_cancelled() -> sa.ColumnElement[bool]:
    """Return the condition that the Mailing of a Delivery was cancelled."""
    return sa.exists().where(
        mailings.c.id == deliveries.c.mailing_id, mailings.c.cancelled_at.is_not(None)
    )


def _unknown_attempts() -> sa.ScalarSelect[int]:
    return (
        sa.select(sa.func.count())
        .where(attempts.c.delivery_id == deliveries.c.id, attempts.c.verdict == Verdict.UNKNOWN)
        .scalar_subquery()
    )
