"""What the ledger tells: how many stand where, who they are, and what happened to one of them."""

import datetime
from collections.abc import Collection

import sqlalchemy as sa

from newsletter.model.ledger import AttemptRecord, Sent, Standing, Story
from newsletter.model.mailing import (
    DeliveryState,
    ExclusionReason,
    Outcome,
    Scope,
    Stage,
    Tally,
    Verdict,
)
from newsletter.store.moves import mailings_of
from newsletter.store.tables import (
    attempts,
    chunks,
    deliveries,
    exclusions,
    lists,
    mailings,
    subscribers,
)


def issues(connection: sa.Connection) -> list[str]:
    """Return the issues that were ever frozen, the latest first."""
    latest = sa.func.max(mailings.c.id)
    query = sa.select(mailings.c.issue).group_by(mailings.c.issue).order_by(latest.desc())
    return list(connection.execute(query).scalars())


def tallies(connection: sa.Connection, issue: str) -> list[Tally]:
    """Return the sums of each Mailing of an issue, in the order of freezing."""
    rows = connection.execute(
        sa.select(mailings, lists.c.name.label("list"))
        .join(lists, lists.c.id == mailings.c.list_id)
        .where(mailings.c.issue == issue)
        .order_by(mailings.c.id)
    )
    return [_tally(connection, row) for row in rows.all()]


def _tally(connection: sa.Connection, mailing: sa.Row[tuple[object, ...]]) -> Tally:
    by_state: dict[DeliveryState, int] = {}
    by_language: dict[str, int] = {}
    by_variant: dict[str, int] = {}
    of_mailing = deliveries.c.mailing_id == mailing.id
    columns = (deliveries.c.state, deliveries.c.language, deliveries.c.variant)
    for state, language, variant, count in connection.execute(
        sa.select(*columns, sa.func.count())
        .where(of_mailing)
        .group_by(*columns)
        .order_by(deliveries.c.language, deliveries.c.variant)
    ):
        by_state[DeliveryState(state)] = by_state.get(DeliveryState(state), 0) + count
        by_language[language] = by_language.get(language, 0) + count
        if variant:
            by_variant[variant] = by_variant.get(variant, 0) + count
    left_out = connection.execute(
        sa.select(exclusions.c.reason, sa.func.count())
        .where(exclusions.c.mailing_id == mailing.id)
        .group_by(exclusions.c.reason)
    ).all()
    return Tally(
        issue=mailing.issue,
        list=mailing.list,
        segment=mailing.segment,
        candidates=mailing.candidates,
        excluded=sum(count for _, count in left_out),
        by_state=by_state,
        by_language=by_language,
        exclusions={ExclusionReason(reason): count for reason, count in left_out},
        frozen_at=mailing.frozen_at,
        next_due=_next_due(connection, mailing.id),
        paused_at=mailing.paused_at,
        paused_because=mailing.paused_because,
        by_variant=by_variant,
    )


def _next_due(connection: sa.Connection, mailing_id: int) -> datetime.datetime | None:
    query = sa.select(sa.func.min(chunks.c.due_at)).where(chunks.c.mailing_id == mailing_id)
    return connection.execute(query).scalar()


def delivery_page(
    connection: sa.Connection,
    issue: str,
    states: Collection[DeliveryState],
    *,
    after: int,
    size: int,
) -> list[tuple[int, Standing]]:
    """Return a page of those in `states` (all, when empty), each with its id, from `after` on."""
    query = _deliveries().where(
        deliveries.c.mailing_id.in_(mailings_of(issue)), deliveries.c.id > after
    )
    if states:
        query = query.where(deliveries.c.state.in_(states))
    rows = connection.execute(query.order_by(deliveries.c.id).limit(size))
    return [(row.id, _standing(row)) for row in rows]


def exclusion_page(
    connection: sa.Connection, issue: str, *, after: int, size: int
) -> list[tuple[int, Standing]]:
    """Return a page of those who were left out, each with its id, from `after` on."""
    query = _exclusions().where(
        exclusions.c.mailing_id.in_(mailings_of(issue)), exclusions.c.id > after
    )
    rows = connection.execute(query.order_by(exclusions.c.id).limit(size))
    return [(row.id, _left_out(row)) for row in rows]


def stories(connection: sa.Connection, address_key: str) -> list[Story]:
    """Return what became of an Address in every Mailing that it was a Candidate of."""
    known = sa.select(mailings.c.id)  # makes use of the indexes, which begin with the Mailing
    mailed = connection.execute(
        _deliveries()
        .where(deliveries.c.mailing_id.in_(known), _is_of(connection, address_key))
        .order_by(deliveries.c.id)
    ).all()
    left_out = connection.execute(
        _exclusions()
        .where(exclusions.c.mailing_id.in_(known), exclusions.c.address_key == address_key)
        .order_by(exclusions.c.id)
    ).all()
    return [
        *(
            Story(issue=row.issue, standing=_standing(row), attempts=_attempts(connection, row))
            for row in mailed
        ),
        *(Story(issue=row.issue, standing=_left_out(row), attempts=()) for row in left_out),
    ]


def _is_of(connection: sa.Connection, address_key: str) -> sa.ColumnElement[bool]:
    """Return the condition for the Deliveries to an Address, which an index knows by its digest.

    Those to an Address that no Subscriber has any more are looked for one by one.
    """
    query = sa.select(subscribers.c.address_digest).where(subscribers.c.address_key == address_key)
    digest = connection.execute(query).scalar()
    by_key: sa.ColumnElement[bool] = deliveries.c.address_key == address_key
    by_digest: sa.ColumnElement[bool] = deliveries.c.address_digest == digest
    return by_key if digest is None else by_digest


def sent_since(
    connection: sa.Connection, since: datetime.datetime, *, by_domain: bool
) -> list[Sent]:
    """Return the Attempts that ended since then, minute by minute, the earliest first."""
    minute = sa.cast(sa.extract("epoch", attempts.c.ended_at), sa.BigInteger) // 60
    domain = deliveries.c.domain if by_domain else sa.literal("")
    query = (
        sa.select(minute.label("minute"), attempts.c.relay, domain.label("domain"), sa.func.count())
        .where(attempts.c.ended_at > since, attempts.c.relay != "")
        .group_by("minute", attempts.c.relay, "domain")
        .order_by("minute")
    )
    if by_domain:
        query = query.join(deliveries, deliveries.c.id == attempts.c.delivery_id)
    return [
        Sent(datetime.datetime.fromtimestamp((minute + 1) * 60, datetime.UTC), relay, domain, count)
        for minute, relay, domain, count in connection.execute(query)
    ]


def _deliveries() -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(deliveries, mailings.c.issue, lists.c.name.label("list"))
        .join(mailings, mailings.c.id == deliveries.c.mailing_id)
        .join(lists, lists.c.id == mailings.c.list_id)
    )


def _exclusions() -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(
            exclusions,
            mailings.c.issue,
            mailings.c.frozen_at,
            lists.c.name.label("list"),
            subscribers.c.shown,
            subscribers.c.name,
            subscribers.c.language,
        )
        .join(mailings, mailings.c.id == exclusions.c.mailing_id)
        .join(lists, lists.c.id == mailings.c.list_id)
        .join(subscribers, subscribers.c.id == exclusions.c.subscriber_id, isouter=True)
    )


def _standing(row: sa.Row[tuple[object, ...]]) -> Standing:
    return Standing(
        list=row.list,
        address=row.shown,
        name=row.name,
        language=row.language,
        state=DeliveryState(row.state),
        exclusion=None,
        reason=row.reason,
        due_at=row.due_at,
        changed_at=row.changed_at,
    )


def _left_out(row: sa.Row[tuple[object, ...]]) -> Standing:
    return Standing(
        list=row.list,
        address=row.shown or row.address_key,  # the Subscriber may have gone since
        name=row.name or "",
        language=row.language or "",
        state=None,
        exclusion=ExclusionReason(row.reason),
        reason=row.reason,
        due_at=None,
        changed_at=row.frozen_at,
    )


def _attempts(
    connection: sa.Connection, delivery: sa.Row[tuple[object, ...]]
) -> tuple[AttemptRecord, ...]:
    rows = connection.execute(
        sa.select(attempts).where(attempts.c.delivery_id == delivery.id).order_by(attempts.c.number)
    )
    ended = [
        AttemptRecord(
            number=row.number,
            started_at=row.started_at,
            ended_at=row.ended_at,
            outcome=_outcome(row),
            relay=row.relay,
        )
        for row in rows
    ]
    if delivery.state != DeliveryState.SUBMITTING:
        return tuple(ended)
    under_way = AttemptRecord(
        number=delivery.attempts, started_at=delivery.changed_at, ended_at=None, outcome=None
    )
    return (*ended, under_way)


def _outcome(row: sa.Row[tuple[object, ...]]) -> Outcome:
    return Outcome(
        verdict=Verdict(row.verdict),
        stage=Stage(row.stage),
        scope=Scope(row.scope),
        code=row.code,
        enhanced=row.enhanced,
        text=row.reply,
    )
