"""What can be told about what came back: everything here only reads."""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from newsletter.model.judging import Action, AlarmRule, Proof
from newsletter.model.mailing import DeliveryState
from newsletter.model.providers import provider_of
from newsletter.model.returns import ReportKind, ReturnReason
from newsletter.store.moves import mailings_of
from newsletter.store.tables import alarms, deliveries, mailings, returned, subscribers

_S = DeliveryState
_WENT_OUT = (_S.ACCEPTED, _S.REFUSED, _S.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    """One thing that came back for somebody; the operator may have taken back what it did."""

    issue: str
    address: str
    kind: ReportKind
    reason: ReturnReason
    permanent: bool | None
    status: str
    evidence: str
    proof: Proof
    action: Action
    because: str
    at: datetime.datetime
    undone_at: datetime.datetime | None
    undone_because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnCount:
    """For how many mails of an issue a provider sent back the same thing."""

    provider: str
    kind: ReportKind
    reason: ReturnReason
    action: Action
    mails: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmLine:
    """An alarm that was raised about an issue, with the numbers of that moment."""

    rule: AlarmRule
    provider: str
    count: int
    mails: int
    at: datetime.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueReturns:
    """What came back of an issue: `came_back` of `mails` that went out."""

    issue: str
    mails: int
    came_back: int
    counts: tuple[ReturnCount, ...]
    alarms: tuple[AlarmLine, ...]


def issue_returns(connection: sa.Connection, issue: str) -> IssueReturns:
    """Return what came back of an issue; what is most comes first."""
    ids = mailings_of(issue)
    went_out = deliveries.c.mailing_id.in_(ids) & deliveries.c.state.in_(_WENT_OUT)
    back = sa.select(sa.func.count(deliveries.c.id.distinct())).join_from(returned, deliveries)
    return IssueReturns(
        issue=issue,
        mails=_count(connection, sa.select(sa.func.count(deliveries.c.id)).where(went_out)),
        came_back=_count(connection, back.where(deliveries.c.mailing_id.in_(ids))),
        counts=tuple(_counts(connection, ids)),
        alarms=tuple(_alarms(connection, ids)),
    )


def lines_about(connection: sa.Connection, address_digest: str) -> Iterator[ReturnLine]:
    """Yield what came back for an address, the earliest first."""
    query = _LINES.where(returned.c.address_digest == address_digest)
    for row in connection.execute(query.order_by(returned.c.id)):
        yield _line(row)


def suppressed_by(connection: sa.Connection, issue: str, provider: str) -> list[str]:
    """Return the addresses not written to any more because of an issue; at a provider, or all."""
    query = (
        sa.select(subscribers.c.shown, subscribers.c.domain)
        .join_from(returned, deliveries)
        .join(subscribers, subscribers.c.address_digest == returned.c.address_digest)
        .where(
            deliveries.c.mailing_id.in_(mailings_of(issue)),
            returned.c.action == Action.SUPPRESSED,
            returned.c.undone_at.is_(None),
        )
        .distinct()
        .order_by(subscribers.c.shown)
    )
    wanted = provider_of(provider) if provider else ""
    return [
        shown for shown, domain in connection.execute(query) if wanted in ("", provider_of(domain))
    ]


def _counts(connection: sa.Connection, ids: sa.Select[tuple[int]]) -> list[ReturnCount]:
    names = ("kind", "reason", "action")
    keys = [returned.c[name] for name in names]
    query = (
        sa.select(deliveries.c.domain, *keys, sa.func.count(deliveries.c.id.distinct()))
        .join_from(returned, deliveries)
        .where(deliveries.c.mailing_id.in_(ids))
        .group_by(deliveries.c.domain, *keys)
    )
    found: Counter[tuple[str, ReportKind, ReturnReason, Action]] = Counter()
    rows: Iterable[Any] = connection.execute(query)
    for domain, kind, reason, action, count in rows:
        key = (provider_of(domain), ReportKind(kind), ReturnReason(reason), Action(action))
        found[key] += count
    return [
        ReturnCount(provider=provider, kind=kind, reason=reason, action=action, mails=mails)
        for (provider, kind, reason, action), mails in sorted(
            found.items(), key=lambda each: (-each[1], each[0])
        )
    ]


def _alarms(connection: sa.Connection, ids: sa.Select[tuple[int]]) -> Iterator[AlarmLine]:
    query = sa.select(alarms, alarms.c.count.label("number")).where(alarms.c.mailing_id.in_(ids))
    for row in connection.execute(query.order_by(alarms.c.id)):
        yield AlarmLine(
            rule=AlarmRule(row.rule),
            provider=row.provider,
            count=row.number,
            mails=row.mails,
            at=row.at,
        )


_LINES: sa.Select[Any] = (
    sa.select(returned, mailings.c.issue)
    .outerjoin_from(returned, deliveries, returned.c.delivery_id == deliveries.c.id)
    .outerjoin(mailings, deliveries.c.mailing_id == mailings.c.id)
)


def _line(row: sa.Row[Any]) -> ReturnLine:
    return ReturnLine(
        issue=row.issue or "",
        address=row.address,
        kind=ReportKind(row.kind),
        reason=ReturnReason(row.reason),
        permanent=row.permanent,
        status=row.status,
        evidence=row.evidence,
        proof=Proof(row.proof),
        action=Action(row.action),
        because=row.because,
        at=row.at,
        undone_at=row.undone_at,
        undone_because=row.undone_because,
    )


def _count(connection: sa.Connection, query: sa.Select[Any]) -> int:
    return int(connection.execute(query).scalar_one())
