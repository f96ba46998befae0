"""The ledger's part in sending: claim, intents, results, and putting right what a crash left.

A sender claims a chunk; nobody else touches its Deliveries until the claim is finished or, after
the sender's death, recovered. Before a mail is written to a relay its intent is here (state
`submitting`, an Attempt without verdict); after the reply its result. What dies in between is found
by `recover` and becomes unknown: it may have been accepted, and nobody is lost or mailed twice
unseen. Each function is one part of a transaction that `ledger.py` opens.
"""

import datetime
from collections.abc import Collection, Sequence

import sqlalchemy as sa

from newsletter.address import Address
from newsletter.model.ledger import Claim, Job, Result
from newsletter.model.mailing import DeliveryState, Scope, Stage, Verdict
from newsletter.model.people import SubscriptionState
from newsletter.store.moves import (
    OPEN,
    is_cancelled,
    mailings_of,
    move,
    reckon_due,
    sweep_cancelled,
)
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


def _jobs(connection: sa.Connection, chunk_id: int, now: datetime.datetime) -> tuple[Job, ...]:
    rows = connection.execute(
        sa.select(deliveries, mailings.c.list_id)
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


def skip_unwanted(
    connection: sa.Connection, ids: Collection[int], now: datetime.datetime
) -> frozenset[int]:
    """Skip those who ended their Subscription or were suppressed since freezing (invariant I4)."""
    suppressed = sa.exists().where(suppressions.c.address_digest == deliveries.c.address_digest)
    subscribed = sa.exists().where(
        mailings.c.id == deliveries.c.mailing_id,
        subscriptions.c.list_id == mailings.c.list_id,
        subscriptions.c.subscriber_id == deliveries.c.subscriber_id,
        subscriptions.c.state == SubscriptionState.ACTIVE,
    )
    statement = move(
        OPEN,
        DeliveryState.SKIPPED,
        deliveries.c.id.in_(ids),
        suppressed | ~subscribed,
        reason=sa.case((suppressed, "suppressed"), else_="unsubscribed"),
        changed_at=now,
    )
    return frozenset(connection.execute(statement.returning(deliveries.c.id)).scalars())


def begin(connection: sa.Connection, jobs: Sequence[Job], now: datetime.datetime) -> frozenset[int]:
    """Write the intents of those of `jobs` that still wait to be tried; return their ids."""
    statement = move(
        OPEN,
        DeliveryState.SUBMITTING,
        deliveries.c.id.in_([job.id for job in jobs]),
        ~is_cancelled(),
        attempts=deliveries.c.attempts + 1,
        changed_at=now,
    ).returning(deliveries.c.id, deliveries.c.attempts)
    begun = connection.execute(statement).all()
    if begun:
        connection.execute(
            sa.insert(attempts),
            [{"delivery_id": row.id, "number": row.attempts, "started_at": now} for row in begun],
        )
    return frozenset(row.id for row in begun)


def record(connection: sa.Connection, results: Sequence[Result], now: datetime.datetime) -> int:
    """Write what Attempts came to; return how many Deliveries moved by it.

    A Delivery that is in other hands since (its Attempt was given up by `recover`) does not move;
    its Attempt gets the late answer nevertheless.
    """
    if not results:
        return 0
    connection.execute(
        sa.update(attempts)
        .where(
            attempts.c.delivery_id == sa.bindparam("of_delivery"),
            attempts.c.number == sa.bindparam("of_number"),
        )
        .values(ended_at=now, **{name: sa.bindparam(f"new_{name}") for name in _OUTCOME}),
        [_attempt_values(result) for result in results],
    )
    by_state: dict[DeliveryState, list[Result]] = {}
    for result in results:
        by_state.setdefault(result.state, []).append(result)
    return sum(_settle(connection, state, group, now) for state, group in by_state.items())


_OUTCOME = ("verdict", "stage", "scope", "code", "enhanced", "reply")


def _attempt_values(result: Result) -> dict[str, object]:
    outcome = result.outcome
    return {
        "of_delivery": result.job.id,
        "of_number": result.job.number,
        "new_verdict": outcome.verdict,
        "new_stage": outcome.stage,
        "new_scope": outcome.scope,
        "new_code": outcome.code,
        "new_enhanced": outcome.enhanced,
        "new_reply": outcome.text,
    }


def _settle(
    connection: sa.Connection,
    state: DeliveryState,
    results: Sequence[Result],
    now: datetime.datetime,
) -> int:
    waits = state in OPEN
    since = now if state is DeliveryState.DEFERRED else None
    statement = move(
        (DeliveryState.SUBMITTING,),
        state,
        deliveries.c.id == sa.bindparam("of_id"),
        deliveries.c.attempts == sa.bindparam("of_number"),
        reason=sa.bindparam("new_reason"),
        due_at=sa.bindparam("new_due_at") if waits else None,
        deferred_since=sa.func.coalesce(
            deliveries.c.deferred_since, sa.literal(since, deliveries.c.deferred_since.type)
        ),
        changed_at=now,
    )
    rows = [
        {
            "of_id": result.job.id,
            "of_number": result.job.number,
            "new_reason": result.reason,
            **({"new_due_at": result.due_at} if waits else {}),
        }
        for result in results
    ]
    return int(connection.execute(statement, rows).rowcount)
