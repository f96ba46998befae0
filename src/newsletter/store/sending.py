"""The ledger's part in sending: claim, intents, results, and putting right what a crash left.

A sender claims a chunk; nobody else touches its Deliveries until the claim is finished or, after
the sender's death, recovered. Before a mail is written to a relay its intent is here (the state
`submitting`, since when and which Attempt it is); after the reply the Attempt and what it came to.
What dies in between is found
by `recover` and becomes unknown: it may have been accepted, and nobody is lost or mailed twice
unseen. Each function is one part of a transaction that `ledger.py` opens.
"""

import datetime
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from newsletter.address import Address
from newsletter.model.ledger import Claim, Job, Result, Turn
from newsletter.model.mailing import DeliveryState, Scope, Stage, Verdict
from newsletter.model.people import SubscriptionState
from newsletter.store.moves import (
    OPEN,
    insist_on_move,
    mailings_of,
    move,
    reckon_due,
    sweep_cancelled,
)
from newsletter.store.rows import RowsStatement, kept, moment
from newsletter.store.tables import (
    attempts,
    chunks,
    deliveries,
    mailings,
    subscriptions,
    suppressions,
)

LEASE = datetime.timedelta(hours=1)
"""How long a silent sender keeps a claim: well over the slowest transaction (RFC 5321 4.5.3.2)."""

_NOW = sa.bindparam("now", type_=deliveries.c.changed_at.type)
_LOST = "the program stopped before the answer of the relay was kept"


def recover(connection: sa.Connection, now: datetime.datetime, *, alone: bool) -> int:
    """Free the claims of dead senders; return how many Deliveries became unknown.

    `alone` says that the caller is the only living sender; else a sender is dead when its lease
    has run out.
    """
    orphaned = [chunks.c.owner != ""]
    if not alone:
        orphaned.append(chunks.c.leased_until <= now)
    return _free(connection, now, *orphaned)


def take_back(connection: sa.Connection, owner: str, now: datetime.datetime) -> int:
    """Free the claims of a sender that has died; return how many Deliveries became unknown."""
    return _free(connection, now, chunks.c.owner == owner)


def _free(
    connection: sa.Connection, now: datetime.datetime, *orphaned: sa.ColumnElement[bool]
) -> int:
    ids = connection.execute(sa.select(chunks.c.id).where(*orphaned).with_for_update()).scalars()
    found = list(ids)
    cut_short = (deliveries.c.chunk_id.in_(found), deliveries.c.state == DeliveryState.SUBMITTING)
    # Nobody knows how far they came, so the worst is assumed: the last byte was written.
    lost = {
        "delivery_id": deliveries.c.id,
        "number": deliveries.c.attempts,
        "started_at": deliveries.c.changed_at,
        "ended_at": sa.literal(now, attempts.c.ended_at.type),
        "verdict": sa.literal(Verdict.UNKNOWN),
        "stage": sa.literal(Stage.FINAL),
        "scope": sa.literal(Scope.CONNECTION),
        "reply": sa.literal(_LOST),
    }
    ends = sa.select(*lost.values()).where(*cut_short)
    connection.execute(sa.insert(attempts).from_select(list(lost), ends))
    count = connection.execute(
        move(
            (DeliveryState.SUBMITTING,),
            DeliveryState.UNKNOWN,
            deliveries.c.chunk_id.in_(found),
            reason=_LOST,
            changed_at=now,
        )
    ).rowcount
    connection.execute(reckon_due(chunks.c.id.in_(found), owner="", leased_until=None))
    return int(count)


def claim(
    connection: sa.Connection,
    issue: str,
    only: Collection[str],
    owner: str,
    now: datetime.datetime,
) -> Claim | None:
    """Claim the chunk of an issue that has been due for longest; none when none is due."""
    row = connection.execute(
        sa.select(chunks.c.id, chunks.c.fence)
        .where(
            chunks.c.mailing_id.in_(mailings_of(issue, only)),
            chunks.c.owner == "",
            chunks.c.due_at <= now,
        )
        .order_by(chunks.c.due_at, chunks.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    connection.execute(
        sa.update(chunks)
        .where(chunks.c.id == row.id)
        .values(owner=owner, fence=row.fence + 1, leased_until=now + LEASE)
    )
    return Claim(chunk_id=row.id, fence=row.fence + 1, jobs=_jobs(connection, row.id, now))


_JOB = (
    *("id", "mailing_id", "chunk_id", "subscriber_id", "state", "name", "language", "attempts"),
    *("local", "domain", "shown", "variant"),
)
_DEFERRED_SINCE = sa.type_coerce(deliveries.c.deferred_since, sa.Text)  # none, for nearly all


def _jobs(connection: sa.Connection, chunk_id: int, now: datetime.datetime) -> tuple[Job, ...]:
    rows = connection.execute(
        sa.select(mailings.c.list_id, *(deliveries.c[name] for name in _JOB), _DEFERRED_SINCE)
        .join(mailings, mailings.c.id == deliveries.c.mailing_id)
        .where(
            deliveries.c.chunk_id == chunk_id,
            deliveries.c.state.in_(OPEN),
            deliveries.c.due_at <= now,
        )
        .order_by(deliveries.c.id)
    )
    return tuple(_job(tuple(row)) for row in rows.all())


_STATES = {state.value: state for state in DeliveryState}


def _job(row: tuple[Any, ...]) -> Job:
    """Return a row as a Job; to look up each value by its name would take longer than all else."""
    list_id, id_, mailing_id, chunk_id, subscriber_id, state = row[:6]
    name, language, tried, local, domain, shown, variant, deferred_since = row[6:]
    return Job(
        id=id_,
        mailing_id=mailing_id,
        chunk_id=chunk_id,
        list_id=list_id,
        subscriber_id=subscriber_id or 0,  # 0: erased meanwhile, so it will be skipped
        state=_STATES[state],
        address=Address(local, domain, shown),
        name=name,
        language=language,
        number=tried + 1,
        variant=variant,
        deferred_since=moment(deferred_since) if deferred_since else None,
    )


def hold(connection: sa.Connection, held: Claim, now: datetime.datetime) -> bool:
    """Renew the lease of a claim; whether it is still the caller's."""
    renewed = connection.execute(
        sa.update(chunks)
        .where(chunks.c.id == held.chunk_id, chunks.c.fence == held.fence, chunks.c.owner != "")
        .values(leased_until=now + LEASE)
    )
    return renewed.rowcount == 1


def intend(
    connection: sa.Connection, held: Claim, jobs: Sequence[Job], now: datetime.datetime
) -> Turn:
    """Write the intents of `jobs`, all of the claim `held`, that may go and are still wanted."""
    mailing = connection.execute(_MAILING, {"chunk_id": held.chunk_id}).one()
    if mailing.paused_at or mailing.cancelled_at:
        paused = not mailing.cancelled_at
        return Turn(frozenset(), frozenset(), paused=paused, because=mailing.paused_because)
    begun = begin(connection, jobs, mailing.list_id, now)
    left = {job.id for job in jobs} - begun
    return Turn(
        begun, skip_unwanted(connection, left, mailing.list_id, now) if left else frozenset()
    )


_MAILING = (
    sa.select(
        mailings.c.list_id,
        mailings.c.paused_at,
        mailings.c.paused_because,
        mailings.c.cancelled_at,
    )
    .join(chunks, chunks.c.mailing_id == mailings.c.id)
    .where(chunks.c.id == sa.bindparam("chunk_id"))
)


def finish(connection: sa.Connection, held: Claim, now: datetime.datetime) -> bool:
    """Give a claim back; whether it was still the caller's."""
    sweep_cancelled(connection, now, deliveries.c.chunk_id == held.chunk_id)
    given = connection.execute(
        reckon_due(
            chunks.c.id == held.chunk_id,
            chunks.c.fence == held.fence,
            chunks.c.owner != "",
            owner="",
            leased_until=None,
        )
    )
    return given.rowcount == 1


def postpone(connection: sa.Connection, due: Mapping[int, datetime.datetime]) -> None:
    """Set when Deliveries that wait may be tried, by their ids."""
    _POSTPONE.count(connection, [(id_, kept(moment)) for id_, moment in due.items()])


def _postpone(given: sa.Subquery) -> sa.ClauseElement:
    return (
        sa.update(deliveries)
        .where(deliveries.c.id == given.c.id, deliveries.c.state.in_(OPEN))
        .values(due_at=sa.type_coerce(given.c.due_at, deliveries.c.due_at.type))
    )


def begin(
    connection: sa.Connection, jobs: Sequence[Job], list_id: int, now: datetime.datetime
) -> frozenset[int]:
    """Write the intents of those of `jobs` that wait and are still wanted; return their ids.

    Not wanted are those who ended their Subscription to the List or were suppressed since freezing
    (invariant I4).
    """
    return _BEGIN.ids(connection, [(job.id,) for job in jobs], list_id=list_id, now=now)


def _begin(given: sa.Subquery) -> sa.ClauseElement:
    return move(
        OPEN,
        DeliveryState.SUBMITTING,
        deliveries.c.id.in_(sa.select(given.c.id)),
        ~_SUPPRESSED,
        _WANTED,
        attempts=deliveries.c.attempts + 1,
        changed_at=_NOW,
    ).returning(deliveries.c.id)


def skip_unwanted(
    connection: sa.Connection, ids: Collection[int], list_id: int, now: datetime.datetime
) -> frozenset[int]:
    """Skip those who are not wanted any more; return their ids."""
    return _SKIP.ids(connection, [(each,) for each in ids], list_id=list_id, now=now)


def _skip(given: sa.Subquery) -> sa.ClauseElement:
    return move(
        OPEN,
        DeliveryState.SKIPPED,
        deliveries.c.id.in_(sa.select(given.c.id)),
        _SUPPRESSED | ~_WANTED,
        reason=sa.case((_SUPPRESSED, "suppressed"), (_SUBSCRIBED, "paused"), else_="unsubscribed"),
        changed_at=_NOW,
    ).returning(deliveries.c.id)


_SUPPRESSED = sa.exists().where(suppressions.c.address_digest == deliveries.c.address_digest)
_SUBSCRIPTION = (
    subscriptions.c.list_id == sa.bindparam("list_id"),
    subscriptions.c.subscriber_id == deliveries.c.subscriber_id,
    subscriptions.c.state == SubscriptionState.ACTIVE,
)
_SUBSCRIBED = sa.exists().where(*_SUBSCRIPTION)
_WANTED = sa.exists().where(
    *_SUBSCRIPTION,
    subscriptions.c.paused_until.is_(None) | (subscriptions.c.paused_until <= _NOW),
)


def record(connection: sa.Connection, results: Sequence[Result], now: datetime.datetime) -> int:
    """Write what Attempts came to; return how many Deliveries moved by it.

    A Delivery that is in other hands since (its Attempt was given up by `recover`) does not move;
    its Attempt gets the late answer nevertheless.
    """
    for result in results:
        insist_on_move(DeliveryState.SUBMITTING, result.state)
    endings = [_ending(result) for result in results]
    _RECORD.count(connection, endings, now=now)
    moved = _SETTLE.count(connection, [_settlement(result) for result in results], now=now)
    if moved < len(results):
        _LATE.count(connection, endings, now=now)
    return moved


_ENDING = (
    *("delivery_id", "number", "verdict", "stage", "scope", "code", "enhanced", "reply"),
    "relay",
)


def _ending(result: Result) -> tuple[object, ...]:
    """Return the columns of _ENDING, in order."""
    outcome = result.outcome
    return (
        result.job.id,
        result.job.number,
        str(outcome.verdict),  # what is no string to the letter is looked at for long
        str(outcome.stage),
        str(outcome.scope),
        outcome.code,
        outcome.enhanced,
        outcome.text,
        result.relay,
    )


def _record(given: sa.Subquery) -> sa.ClauseElement:
    """Return the statement that keeps the Attempts of Deliveries that wait for them."""
    told = {name: given.c[name] for name in _ENDING} | {"reply": _unless_erased(given.c.reply)}
    ended = (
        sa.select(deliveries.c.changed_at, _NOW, *told.values())
        .join_from(given, deliveries, deliveries.c.id == given.c.delivery_id)
        .where(
            deliveries.c.attempts == given.c.number,
            deliveries.c.state == DeliveryState.SUBMITTING,
        )
    )
    return sa.insert(attempts).from_select(["started_at", "ended_at", *_ENDING], ended)


def _late(given: sa.Subquery) -> sa.ClauseElement:
    """Return the statement that keeps late answers: `recover` gave up those Attempts."""
    erased = sa.exists().where(
        deliveries.c.id == given.c.delivery_id, deliveries.c.subscriber_id.is_(None)
    )
    told: dict[str, sa.ColumnElement[Any]] = {name: given.c[name] for name in _ENDING[2:]}
    told["reply"] = sa.case((erased, ""), else_=given.c.reply)
    return (
        sa.update(attempts)
        .where(attempts.c.delivery_id == given.c.delivery_id, attempts.c.number == given.c.number)
        .values(ended_at=_NOW, **told)
    )


def _unless_erased(words: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Return the words of a server, which may quote an address that was erased meanwhile."""
    return sa.case((deliveries.c.subscriber_id.is_(None), ""), else_=words)


_SETTLEMENT = ("id", "number", "state", "reason", "due_at")


def _settlement(result: Result) -> tuple[object, ...]:
    """Return the columns of _SETTLEMENT, in order."""
    due_at = kept(result.due_at) if result.due_at else None
    return result.job.id, result.job.number, str(result.state), result.reason, due_at


def _settle(given: sa.Subquery) -> sa.ClauseElement:
    deferred = given.c.state == DeliveryState.DEFERRED
    return (
        sa.update(deliveries)
        .where(
            deliveries.c.id == given.c.id,
            deliveries.c.attempts == given.c.number,
            deliveries.c.state == DeliveryState.SUBMITTING,
        )
        .values(
            state=given.c.state,
            reason=_unless_erased(given.c.reason),
            due_at=sa.type_coerce(given.c.due_at, deliveries.c.due_at.type),
            deferred_since=sa.func.coalesce(
                deliveries.c.deferred_since, sa.case((deferred, _NOW), else_=sa.null())
            ),
            changed_at=_NOW,
        )
    )


_POSTPONE = RowsStatement(("id", "due_at"), _postpone)
_BEGIN, _SKIP = RowsStatement(("id",), _begin), RowsStatement(("id",), _skip)
_RECORD, _LATE = RowsStatement(_ENDING, _record), RowsStatement(_ENDING, _late)
_SETTLE = RowsStatement(_SETTLEMENT, _settle)
