"""The ledger's part in sending: claim, intents, results, and putting right what a crash left.

A sender claims a chunk; nobody else touches its Deliveries until the claim is finished or, after
the sender's death, recovered. Before a mail is written to a relay its intent is here (state
`submitting`, an Attempt without verdict); after the reply its result. What dies in between is found
by `recover` and becomes unknown: it may have been accepted, and nobody is lost or mailed twice
unseen. Each function is one part of a transaction that `ledger.py` opens.
"""

import datetime
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from newsletter.address import Address
from newsletter.model.ledger import Claim, Job, Result
from newsletter.model.mailing import DeliveryState, Scope, Stage, Verdict
from newsletter.model.people import SubscriptionState
from newsletter.store.moves import (
    OPEN,
    insist_on_move,
    is_cancelled,
    mailings_of,
    move,
    reckon_due,
    sweep_cancelled,
)
from newsletter.store.rows import ROWS, as_rows, given_ids, given_rows
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
    ids = connection.execute(sa.select(chunks.c.id).where(*orphaned).with_for_update()).scalars()
    found = list(ids)
    cut_short = sa.select(deliveries.c.id).where(
        deliveries.c.chunk_id.in_(found), deliveries.c.state == DeliveryState.SUBMITTING
    )
    # Nobody knows how far they came, so the worst is assumed: the last byte was written.
    connection.execute(
        sa.update(attempts)
        .where(attempts.c.delivery_id.in_(cut_short), attempts.c.verdict == "")
        .values(
            verdict=Verdict.UNKNOWN,
            stage=Stage.FINAL,
            scope=Scope.CONNECTION,
            reply=_LOST,
            ended_at=now,
        )
    )
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
    *("id", "mailing_id", "chunk_id", "subscriber_id", "state", "local", "domain", "shown"),
    *("name", "language", "attempts", "deferred_since"),
)


def _jobs(connection: sa.Connection, chunk_id: int, now: datetime.datetime) -> tuple[Job, ...]:
    rows = connection.execute(
        sa.select(*(deliveries.c[name] for name in _JOB), mailings.c.list_id)
        .join(mailings, mailings.c.id == deliveries.c.mailing_id)
        .where(
            deliveries.c.chunk_id == chunk_id,
            deliveries.c.state.in_(OPEN),
            deliveries.c.due_at <= now,
        )
        .order_by(deliveries.c.id)
    )
    return tuple(
        Job(
            id=row.id,
            mailing_id=row.mailing_id,
            chunk_id=row.chunk_id,
            list_id=row.list_id,
            subscriber_id=row.subscriber_id or 0,  # 0: erased meanwhile, so it will be skipped
            state=DeliveryState(row.state),
            address=Address(row.local, row.domain, row.shown),
            name=row.name,
            language=row.language,
            number=row.attempts + 1,
            deferred_since=row.deferred_since,
        )
        for row in rows
    )


def hold(connection: sa.Connection, held: Claim, now: datetime.datetime) -> bool:
    """Renew the lease of a claim; whether it is still the caller's."""
    renewed = connection.execute(
        sa.update(chunks)
        .where(chunks.c.id == held.chunk_id, chunks.c.fence == held.fence, chunks.c.owner != "")
        .values(leased_until=now + LEASE)
    )
    return renewed.rowcount == 1


def is_paused(connection: sa.Connection, held: Claim) -> bool:
    """Whether the operator has paused the Mailing that a claim belongs to."""
    return bool(connection.execute(_PAUSED, {"chunk_id": held.chunk_id}).first())


_PAUSED = (
    sa.select(mailings.c.id)
    .join(chunks, chunks.c.mailing_id == mailings.c.id)
    .where(chunks.c.id == sa.bindparam("chunk_id"), mailings.c.paused_at.is_not(None))
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
    connection.execute(_POSTPONE, {ROWS: as_rows(due.items())})


def _postpone() -> sa.Executable:
    given = given_rows("postponed", {"id": sa.BigInteger(), "due_at": deliveries.c.due_at.type})
    return (
        sa.update(deliveries)
        .where(deliveries.c.id == given.c.id, deliveries.c.state.in_(OPEN))
        .values(due_at=given.c.due_at)
    )


def skip_unwanted(
    connection: sa.Connection, ids: Collection[int], now: datetime.datetime
) -> frozenset[int]:
    """Skip those who ended their Subscription or were suppressed since freezing (invariant I4)."""
    values = {ROWS: as_rows([each] for each in ids), "now": now}
    return frozenset(connection.execute(_SKIP, values).scalars())


def _skip() -> sa.Executable:
    suppressed = sa.exists().where(suppressions.c.address_digest == deliveries.c.address_digest)
    subscribed = sa.exists().where(
        mailings.c.id == deliveries.c.mailing_id,
        subscriptions.c.list_id == mailings.c.list_id,
        subscriptions.c.subscriber_id == deliveries.c.subscriber_id,
        subscriptions.c.state == SubscriptionState.ACTIVE,
    )
    return move(
        OPEN,
        DeliveryState.SKIPPED,
        deliveries.c.id.in_(given_ids()),
        suppressed | ~subscribed,
        reason=sa.case((suppressed, "suppressed"), else_="unsubscribed"),
        changed_at=_NOW,
    ).returning(deliveries.c.id)


def begin(connection: sa.Connection, jobs: Sequence[Job], now: datetime.datetime) -> frozenset[int]:
    """Write the intents of those of `jobs` that still wait to be tried; return their ids."""
    values = {ROWS: as_rows([job.id] for job in jobs), "now": now}
    begun = frozenset(connection.execute(_BEGIN, values).scalars())
    if begun:
        connection.execute(_INTEND, {ROWS: as_rows([each] for each in begun), "now": now})
    return begun


def _begin() -> sa.Executable:
    return move(
        OPEN,
        DeliveryState.SUBMITTING,
        deliveries.c.id.in_(given_ids()),
        ~is_cancelled(),
        attempts=deliveries.c.attempts + 1,
        changed_at=_NOW,
    ).returning(deliveries.c.id)


def _intend() -> sa.Executable:
    begun = sa.select(deliveries.c.id, deliveries.c.attempts, _NOW).where(
        deliveries.c.id.in_(given_ids())
    )
    return sa.insert(attempts).from_select(["delivery_id", "number", "started_at"], begun)


def record(connection: sa.Connection, results: Sequence[Result], now: datetime.datetime) -> int:
    """Write what Attempts came to; return how many Deliveries moved by it.

    A Delivery that is in other hands since (its Attempt was given up by `recover`) does not move;
    its Attempt gets the late answer nevertheless.
    """
    if not results:
        return 0
    for result in results:
        insist_on_move(DeliveryState.SUBMITTING, result.state)
    values = {ROWS: as_rows(map(_values, results)), "now": now}
    connection.execute(_RECORD, values)
    return int(connection.execute(_SETTLE, values).rowcount)


_RESULT: dict[str, sa.types.TypeEngine[Any]] = {
    "delivery_id": sa.BigInteger(),
    "number": sa.Integer(),
    "verdict": sa.Text(),
    "stage": sa.Text(),
    "scope": sa.Text(),
    "code": sa.Integer(),
    "enhanced": sa.Text(),
    "reply": sa.Text(),
    "state": sa.Text(),
    "reason": sa.Text(),
    "due_at": deliveries.c.due_at.type,
    "relay": sa.Text(),
}
_OUTCOME = ("verdict", "stage", "scope", "code", "enhanced", "reply", "relay")


def _values(result: Result) -> tuple[object, ...]:
    """Return the columns of _RESULT, in order."""
    outcome = result.outcome
    return (
        result.job.id,
        result.job.number,
        outcome.verdict,
        outcome.stage,
        outcome.scope,
        outcome.code,
        outcome.enhanced,
        outcome.text,
        result.state,
        result.reason,
        result.due_at,
        result.relay,
    )


def _record() -> sa.Executable:
    given = given_rows("result", _RESULT)
    return (
        sa.update(attempts)
        .where(attempts.c.delivery_id == given.c.delivery_id, attempts.c.number == given.c.number)
        .values(ended_at=_NOW, **{name: given.c[name] for name in _OUTCOME})
    )


def _settle() -> sa.Executable:
    given = given_rows("result", _RESULT)
    deferred = given.c.state == DeliveryState.DEFERRED
    return (
        sa.update(deliveries)
        .where(
            deliveries.c.id == given.c.delivery_id,
            deliveries.c.attempts == given.c.number,
            deliveries.c.state == DeliveryState.SUBMITTING,
        )
        .values(
            state=given.c.state,
            reason=given.c.reason,
            due_at=given.c.due_at,
            deferred_since=sa.func.coalesce(
                deliveries.c.deferred_since, sa.case((deferred, _NOW), else_=sa.null())
            ),
            changed_at=_NOW,
        )
    )


# Made once: to put a statement together takes longer than to carry it out.
_POSTPONE, _SKIP, _BEGIN, _INTEND = _postpone(), _skip(), _begin(), _intend()
_RECORD, _SETTLE = _record(), _settle()
