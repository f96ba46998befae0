"""What came back, inside a transaction: messages, what each says of whom, alarms.

A message counts once, known by the digest of its octets; a row of `returned` is written in the
transaction that carries out what it decides (invariant I6). Reports to people are in
`returnviews.py`.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from newsletter.address import Address
from newsletter.model.judging import (
    Alarm,
    Judgement,
    Passage,
    Proof,
    ProviderCount,
    Told,
)
from newsletter.model.leaving import PUBLIC_PAGE
from newsletter.model.mailing import DeliveryState
from newsletter.model.people import ConsentAction
from newsletter.model.providers import provider_of
from newsletter.model.returns import SCOPES, ReportKind, ReturnReason, ReturnScope
from newsletter.store import returnviews
from newsletter.store.moves import OPEN
from newsletter.store.tables import (
    alarms,
    attempts,
    consents,
    deliveries,
    mailings,
    returned,
    returns,
)

_S = DeliveryState
_WENT_OUT = (_S.ACCEPTED, _S.REFUSED, _S.UNKNOWN)
_LOOKED_BACK = 20  # issues; more never add up
_ABOUT_US = [each for each in ReturnReason if SCOPES[each] is ReturnScope.SENDER]
_AT_ONCE = 500
_LATEST = 1_000
_NO_OPT_OUT = [~returned.c.evidence.icontains(word) for word in ("unsubscribe", "opt-out")]
"""To leave at a provider is no complaint, though it is told in the same way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMail:
    """A Delivery that something came back for; without an Address when that was erased.

    `changed_at` is when it was handed over, or given up.
    """

    id: int
    mailing_id: int
    issue: str
    list_id: int
    subscriber_id: int | None
    address: Address | None
    address_digest: str
    changed_at: datetime.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A Delivery that the relay refused in the dialogue, with its last words."""

    mail: SentMail
    words: str
    status: str
    gave_up: bool
    at: datetime.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that came back, as it is kept."""

    digest: str
    form: str
    kind: ReportKind
    reporter: str
    evidence: str
    arrived_at: datetime.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a message says of one address, and what was done."""

    mail: SentMail | None
    address: str
    address_digest: str
    told: Told
    evidence: str
    judgement: Judgement


class Returns:
    """What came back, inside one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    # --- What it is about ---

    def is_known(self, digest: str) -> bool:
        """Whether a message was handled before."""
        found = sa.exists().where(returns.c.digest == digest)
        return bool(self._connection.execute(sa.select(found)).scalar())

    def mails(self, ids: Collection[int]) -> dict[int, SentMail]:
        """Return the Deliveries with these numbers, as far as there are such."""
        rows = self._connection.execute(_MAILS.where(deliveries.c.id.in_(ids)))
        return {row.id: _mail(row) for row in rows}

    def latest_mail(
        self, address_digest: str, before: datetime.datetime, *, list_id: int = 0
    ) -> SentMail | None:
        """Return the last Delivery to an address that went out before a moment."""
        known = sa.select(mailings.c.id)  # makes use of the index, which begins with the Mailing
        query = _MAILS.where(
            deliveries.c.mailing_id.in_(known),
            deliveries.c.address_digest == address_digest,
            deliveries.c.state.in_(_WENT_OUT),
            mailings.c.frozen_at <= before,
        )
        if list_id:
            query = query.where(mailings.c.list_id == list_id)
        row = self._connection.execute(query.order_by(mailings.c.frozen_at.desc()).limit(1)).first()
        return _mail(row) if row else None

    def latest_mail_to(
        self, subscriber_id: int, list_id: int, before: datetime.datetime
    ) -> SentMail | None:
        """Return the last Delivery to a subscriber by a List that went out before a moment."""
        query = _MAILS.where(
            deliveries.c.subscriber_id == subscriber_id,
            mailings.c.list_id == list_id,
            deliveries.c.state.in_(_WENT_OUT),
            mailings.c.frozen_at <= before,
        )
        row = self._connection.execute(query.order_by(mailings.c.frozen_at.desc()).limit(1)).first()
        return _mail(row) if row else None

    def passages(self, address_digest: str) -> list[Passage]:
        """Return the issues that went to an address, the latest first, and what was told of each.

        What the operator took back counts no more.
        """
        query = (
            sa.select(deliveries.c.id, mailings.c.issue, mailings.c.frozen_at)
            .join_from(deliveries, mailings)
            .where(
                deliveries.c.mailing_id.in_(sa.select(mailings.c.id)),
                deliveries.c.address_digest == address_digest,
                deliveries.c.state.in_(_WENT_OUT),
            )
            .order_by(mailings.c.frozen_at.desc(), deliveries.c.id.desc())
            .limit(_LOOKED_BACK)
        )
        rows = self._connection.execute(query).all()
        told = self._told([row.id for row in rows])
        return [
            Passage(issue=row.issue, at=row.frozen_at, told=tuple(told[row.id])) for row in rows
        ]

    def _told(self, ids: Collection[int]) -> dict[int, list[Told]]:
        found: dict[int, list[Told]] = defaultdict(list)
        query = sa.select(returned).where(
            returned.c.delivery_id.in_(ids), returned.c.undone_at.is_(None)
        )
        for row in self._connection.execute(query.order_by(returned.c.id)):
            found[row.delivery_id].append(_told(row))
        return found

    def came_back(self, mail: SentMail, list_id: int) -> bool:
        """Whether whom a mail went to left a List and came back, by their own wish, since then."""
        given, withdrawn = consents.alias(), consents.alias()
        left = sa.exists().where(
            withdrawn.c.subscriber_id == mail.subscriber_id,
            withdrawn.c.list_id == list_id,
            withdrawn.c.action == ConsentAction.WITHDRAWN,
            withdrawn.c.id < given.c.id,
        )
        found = sa.exists().where(
            given.c.subscriber_id == mail.subscriber_id,
            given.c.list_id == list_id,
            given.c.action == ConsentAction.GIVEN,
            given.c.source == PUBLIC_PAGE,
            given.c.at > mail.changed_at,
            left,
        )
        return bool(self._connection.execute(sa.select(found)).scalar())

    def was_taken_back(self, mail: SentMail) -> bool:
        """Whether the operator took back what was done because of a Delivery."""
        found = sa.exists().where(
            returned.c.delivery_id == mail.id, returned.c.undone_at.is_not(None)
        )
        return bool(self._connection.execute(sa.select(found)).scalar())

    def refusals(self, after: int, *, since: datetime.datetime) -> list[Refusal]:
        """Return some Deliveries that a relay refused since then and nobody has judged.

        They begin behind a number; none are left when there are none.
        """
        judged = sa.exists().where(
            returned.c.delivery_id == deliveries.c.id, returned.c.proof == Proof.DIALOGUE
        )
        query = (
            _MAILS.add_columns(
                deliveries.c.reason,
                attempts.c.reply,
                attempts.c.enhanced,
                attempts.c.code,
                attempts.c.ended_at,
            )
            .join(
                attempts,
                (attempts.c.delivery_id == deliveries.c.id)
                & (attempts.c.number == deliveries.c.attempts),
            )
            .where(
                deliveries.c.state == _S.REFUSED,
                deliveries.c.changed_at >= since,
                deliveries.c.id > after,
                ~judged,
            )
            .order_by(deliveries.c.id)
            .limit(_AT_ONCE)
        )
        return [_refusal(row) for row in self._connection.execute(query)]

    # --- What is written ---

    def add(self, message: Message, at: datetime.datetime) -> int:
        """Write that a message was handled; return its number."""
        row = {
            "digest": message.digest,
            "form": message.form,
            "kind": message.kind,
            "reporter": message.reporter,
            "evidence": message.evidence,
            "arrived_at": message.arrived_at,
            "handled_at": at,
        }
        written = self._connection.execute(sa.insert(returns).values(row).returning(returns.c.id))
        return int(written.scalar_one())

    def note(self, return_id: int | None, note: Note, at: datetime.datetime) -> None:
        """Write what a message, or none for the dialogue, says of an address, and what was done."""
        told = note.told
        row = {
            "return_id": return_id,
            "delivery_id": note.mail.id if note.mail else None,
            "subscriber_id": note.mail.subscriber_id if note.mail else None,
            "address_digest": note.address_digest,
            "address": note.address,
            "kind": told.kind,
            "permanent": told.permanent,
            "status": told.status,
            "reason": told.reason,
            "is_named": told.is_named,
            "complained": told.complained,
            "evidence": note.evidence,
            "proof": told.proof,
            "action": note.judgement.action,
            "because": note.judgement.because,
            "at": at,
        }
        self._connection.execute(sa.insert(returned).values(row))

    def take_back(self, address_digest: str, reason: str, at: datetime.datetime) -> int:
        """Let what was told of an address so far count no more; return how much that is."""
        statement = (
            sa.update(returned)
            .where(returned.c.address_digest == address_digest, returned.c.undone_at.is_(None))
            .values(undone_at=at, undone_because=reason)
        )
        return int(self._connection.execute(statement).rowcount)

    # --- When too much comes back ---

    def mailings_since(self, moment: datetime.datetime) -> set[int]:
        """Return the Mailings that the latest of what came back since a moment is of."""
        latest = sa.select(returned.c.delivery_id, returned.c.at)
        last = latest.order_by(returned.c.id.desc()).limit(_LATEST).subquery()
        query = sa.select(deliveries.c.mailing_id).join_from(last, deliveries)
        query = query.where(last.c.at >= moment).distinct()
        return set(self._connection.execute(query).scalars())

    def counts(self, mailing_id: int) -> list[ProviderCount]:
        """Return what came back of a Mailing, by provider of mailboxes."""
        mails = self._by_provider(
            sa.select(deliveries.c.domain, sa.func.count()).where(
                deliveries.c.mailing_id == mailing_id, deliveries.c.state.in_(_WENT_OUT)
            )
        )
        is_bounce = returned.c.kind == ReportKind.BOUNCE
        for_us = self._told_of(mailing_id, is_bounce, returned.c.reason.in_(_ABOUT_US))
        nobody = self._told_of(
            mailing_id, is_bounce, returned.c.reason == ReturnReason.UNKNOWN_USER
        )
        complained = self._told_of(mailing_id, returned.c.complained.is_(True), *_NO_OPT_OUT)
        return [
            ProviderCount(
                provider=provider,
                mails=max(count, for_us[provider], nobody[provider], complained[provider]),
                refused_for_us=for_us[provider],
                unknown_users=nobody[provider],
                complaints=complained[provider],
            )
            for provider, count in sorted(mails.items())
        ]

    def _told_of(self, mailing_id: int, *conditions: sa.ColumnElement[bool]) -> dict[str, int]:
        query = (
            sa.select(deliveries.c.domain, sa.func.count(deliveries.c.id.distinct()))
            .join_from(returned, deliveries)
            .where(deliveries.c.mailing_id == mailing_id, returned.c.proof != "", *conditions)
        )
        return self._by_provider(query)

    def _by_provider(self, query: sa.Select[Any]) -> dict[str, int]:
        found: dict[str, int] = defaultdict(int)
        for domain, count in self._connection.execute(query.group_by(deliveries.c.domain)):
            found[provider_of(domain)] += count
        return found

    def raise_alarm(self, mailing_id: int, alarm: Alarm, at: datetime.datetime) -> bool:
        """Write an alarm about a Mailing; false when it was raised before."""
        row = {
            "mailing_id": mailing_id,
            "rule": alarm.rule,
            "provider": alarm.provider,
            "count": alarm.count,
            "mails": alarm.mails,
            "at": at,
        }
        key = ("mailing_id", "rule", "provider")
        found = sa.exists().where(*(alarms.c[name] == row[name] for name in key))
        if self._connection.execute(sa.select(found)).scalar():
            return False
        self._connection.execute(sa.insert(alarms).values(row))
        return True

    def pause(self, mailing_id: int, because: str, at: datetime.datetime) -> bool:
        """Let nothing more of a Mailing go in which somebody waits; whether that changed it."""
        waits = sa.exists().where(
            deliveries.c.mailing_id == mailing_id, deliveries.c.state.in_((*OPEN, _S.SUBMITTING))
        )
        paused = self._connection.execute(
            sa.update(mailings)
            .where(
                mailings.c.id == mailing_id,
                mailings.c.paused_at.is_(None),
                mailings.c.cancelled_at.is_(None),
                waits,
            )
            .values(paused_at=at, paused_because=because)
        )
        return paused.rowcount > 0

    # --- What can be told ---

    def of_issue(self, issue: str) -> returnviews.IssueReturns:
        """Return what came back of an issue."""
        return returnviews.issue_returns(self._connection, issue)

    def about(self, address_digest: str) -> tuple[returnviews.ReturnLine, ...]:
        """Return what came back for an address, the earliest first."""
        return tuple(returnviews.lines_about(self._connection, address_digest))

    def suppressed_by(self, issue: str, provider: str = "") -> list[str]:
        """Return the addresses not written to any more because of an issue, or at a provider."""
        return returnviews.suppressed_by(self._connection, issue, provider)

    def issue_of(self, mailing_id: int) -> str:
        """Return the issue of a Mailing."""
        query = sa.select(mailings.c.issue).where(mailings.c.id == mailing_id)
        return str(self._connection.execute(query).scalar_one())


_MAILS: sa.Select[Any] = sa.select(
    deliveries.c.id,
    deliveries.c.mailing_id,
    deliveries.c.subscriber_id,
    deliveries.c.local,
    deliveries.c.domain,
    deliveries.c.shown,
    deliveries.c.address_digest,
    deliveries.c.changed_at,
    mailings.c.issue,
    mailings.c.list_id,
).join_from(deliveries, mailings)


def _mail(row: sa.Row[Any]) -> SentMail:
    return SentMail(
        id=row.id,
        mailing_id=row.mailing_id,
        issue=row.issue,
        list_id=row.list_id,
        subscriber_id=row.subscriber_id,
        address=Address(row.local, row.domain, row.shown) if row.local else None,
        address_digest=row.address_digest,
        changed_at=row.changed_at,
    )


def _refusal(row: sa.Row[Any]) -> Refusal:
    return Refusal(
        mail=_mail(row),
        words=f"{row.code or ''} {row.reply}".strip(),
        status=row.enhanced,
        gave_up=row.reason.startswith("gave up"),
        at=row.ended_at,
    )


def _told(row: sa.Row[Any]) -> Told:
    return Told(
        kind=ReportKind(row.kind),
        reason=ReturnReason(row.reason),
        permanent=row.permanent,
        status=row.status,
        proof=Proof(row.proof),
        is_named=row.is_named,
        complained=row.complained,
    )
