"""What can be listed and told about people: everything here only reads.

Lists may be long: `everyone` streams, in the order in which people came. The search for a text is
done here and not in SQL, because SQLite knows no capital letters but those of ASCII.
"""

import datetime
import itertools
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from newsletter.address import Address
from newsletter.model.mailing import DeliveryState, ExclusionReason
from newsletter.model.people import Person, SubscriptionState, SuppressionReason
from newsletter.model.segment import Where
from newsletter.store import chain, erasure, requests
from newsletter.store.requests import RequestLine
from newsletter.store.segments import condition, count_people, count_reachable
from newsletter.store.tables import (
    attempts,
    consents,
    deliveries,
    exclusions,
    lists,
    mailings,
    notices,
    returned,
    subscribers,
    subscriptions,
    suppressions,
)

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleFilter:
    """Whom to list; what is empty does not matter. `where` is the condition of a Segment.

    `text` is looked for in address, name and organisation, `list` and `state` are met by one and
    the same Subscription.
    """

    list: str = ""
    state: SubscriptionState | None = None
    country: str = ""
    language: str = ""
    text: str = ""
    where: Where | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionLine:
    """One Subscription of somebody.

    `reason` says why it ended, `source` where it comes from; until `paused_until` the reader wants
    no mail.
    """

    list: str
    list_id: int
    state: SubscriptionState
    reason: str
    source: str
    since: datetime.datetime
    ended_at: datetime.datetime | None
    paused_until: datetime.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A subscriber with those Subscriptions that were asked about."""

    subscriber_id: int
    person: Person
    since: datetime.datetime
    subscriptions: tuple[SubscriptionLine, ...]
    suppressed: SuppressionReason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentLine:
    """One piece of evidence: mail asked for, consent given or withdrawn.

    `words_taken_out` says that an erasure has left no more than that.
    """

    list: str
    action: str
    basis: str
    source: str
    wording: str
    language: str
    network: str
    at: datetime.datetime
    words_taken_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionLine:
    """Why and since when an Address must not be mailed."""

    reason: SuppressionReason
    note: str
    at: datetime.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLine:
    """What became of one Issue for somebody; `reply` is the last word of the mail server."""

    issue: str
    list: str
    language: str
    state: DeliveryState
    reason: str
    attempts: int
    changed_at: datetime.datetime
    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionLine:
    """Why somebody was left out of one Issue."""

    issue: str
    list: str
    reason: ExclusionReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCount:
    """How many are on a List; `suppressed` are those among the active who must not be mailed."""

    list: str
    pending: int
    active: int
    ended: int
    suppressed: int


@dataclass(frozen=True, slots=True)
class SegmentCount:
    """How many people are in a Segment, and how many of them a send to each List would go to."""

    people: int
    reachable: Mapping[str, int]


class Roster:
    """Everything that is known about people, at one moment."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def addresses_of(self, digests: Sequence[str]) -> Iterator[Address]:
        """Yield the addresses with such keyed hashes, of subscribers and of mails."""
        for start in range(0, len(digests), _AT_ONCE):
            some = digests[start : start + _AT_ONCE]
            query = sa.union(
                *(
                    sa.select(table.c.local, table.c.domain, table.c.shown).where(
                        table.c.address_digest.in_(some), table.c.local != ""
                    )
                    for table in (subscribers, deliveries)
                )
            )
            for local, domain, shown in self._connection.execute(query):
                yield Address(local, domain, shown)

    def everyone(self, wanted: PeopleFilter) -> Iterator[Listed]:
        """Yield whom `wanted` asks for, in the order in which they came."""
        rows = self._connection.execute(_listing(wanted), execution_options={"yield_per": _AT_ONCE})
        for _, group in itertools.groupby(rows, key=lambda row: row.id):
            listed = _listed(list(group))
            if _holds(listed.person, wanted.text):
                yield listed

    def find(self, address_key: str) -> Listed | None:
        """Return the subscriber known by `address_key` with all Subscriptions, or none."""
        query = _listing(PeopleFilter()).where(subscribers.c.address_key == address_key)
        rows = self._connection.execute(query).all()
        return _listed(rows) if rows else None

    def addresses_like(self, address_key: str, limit: int = 2000) -> list[str]:
        """Return addresses that begin as `address_key` does or stand at the same domain."""
        start = sa.func.substr(subscribers.c.address_key, 1, 3) == address_key[:3]
        same_domain = subscribers.c.domain == address_key.rpartition("@")[2]
        query = sa.select(subscribers.c.shown).where(start | same_domain)
        return list(self._connection.execute(query.limit(limit)).scalars())

    def consents(
        self, address_digest: str, subscriber_id: int | None = None
    ) -> tuple[ConsentLine, ...]:
        """Return the evidence about a subscriber and about an address, oldest first.

        An address that no subscriber has (any more) is known by its digest alone.
        """
        known = consents.c.subscriber_id == (subscriber_id or 0)  # each has an index of its own
        nobody = consents.c.subscriber_id.is_(None) & (consents.c.address_digest == address_digest)
        query = (
            sa.select(consents, lists.c.name)
            .join_from(consents, lists)
            .where(known | nobody)
            .order_by(consents.c.id)
        )
        return tuple(
            ConsentLine(
                list=row.name,
                action=row.action,
                basis=row.basis,
                source=row.source,
                wording=row.wording,
                language=row.language,
                network=row.network,
                at=row.at,
                words_taken_out=bool(row.sealed),
            )
            for row in self._connection.execute(query)
        )

    def chain_end(self) -> tuple[int, str]:
        """Return how many events the chain of evidence has, and the digest of the last one."""
        return chain.newest(self._connection)

    def chain_breaks(self, noted: str = "") -> Iterator[chain.Break]:
        """Yield where the chain of evidence does not hold (see `chain.breaks`)."""
        return chain.breaks(self._connection, noted)

    def unfounded(self) -> Iterator[chain.Break]:
        """Yield the Subscriptions that no evidence stands behind (see `chain.unfounded`)."""
        return chain.unfounded(self._connection)

    def requests(self, address_digest: str = "") -> tuple[RequestLine, ...]:
        """Return what was done at readers' requests, or about one address, oldest first."""
        return tuple(requests.lines(self._connection, address_digest))

    def request_breaks(self) -> tuple[chain.Break, ...]:
        """Return where the chain of these records does not hold."""
        return tuple(requests.breaks(self._connection))

    def elsewhere(self, subscriber_id: int, address_digest: str) -> dict[str, list[dict[str, Any]]]:
        """Return what other tables than those above say about a subscriber, row by row.

        Notices may know an address that no subscriber has.
        """
        told = (subscriptions, consents, deliveries, exclusions, returned)
        found: dict[str, list[dict[str, Any]]] = {}
        for table, column in erasure.tables_about(subscribers):
            if table not in told:
                theirs = column == subscriber_id
                if table is notices:
                    theirs |= notices.c.address_digest == address_digest
                rows = self._connection.execute(sa.select(table).where(theirs))
                found.setdefault(table.name, []).extend(dict(row) for row in rows.mappings())
        return found

    def has_others_like(self, forms: Sequence[str]) -> bool:
        """Whether others have an address in which one of `forms` stands."""
        return erasure.others_like(self._connection, forms)

    def words_taken_out(self) -> int:
        """Return how many pieces of evidence an erasure took the words from."""
        return chain.count_sealed(self._connection)

    def suppression(self, address_digest: str) -> SuppressionLine | None:
        """Return why an address must not be mailed, or none if it may be."""
        query = sa.select(suppressions).where(suppressions.c.address_digest == address_digest)
        row = self._connection.execute(query).one_or_none()
        reason = SuppressionReason(row.reason) if row else None
        return SuppressionLine(reason=reason, note=row.note, at=row.at) if row and reason else None

    def deliveries(self, subscriber_id: int) -> tuple[DeliveryLine, ...]:
        """Return what became of every Issue for a subscriber, oldest first."""
        tried = attempts.alias()
        last = (
            sa.select(sa.func.max(tried.c.number))
            .where(tried.c.delivery_id == deliveries.c.id)
            .scalar_subquery()
        )
        query = (
            sa.select(
                deliveries, mailings.c.issue, lists.c.name.label("list_name"), *_REPLY_COLUMNS
            )
            .join_from(deliveries, mailings)
            .join(lists)
            .outerjoin(
                attempts,
                (attempts.c.delivery_id == deliveries.c.id) & (attempts.c.number == last),
            )
            .where(deliveries.c.subscriber_id == subscriber_id)
            .order_by(deliveries.c.id)
        )
        return tuple(_delivery(row) for row in self._connection.execute(query))

    def exclusions(self, subscriber_id: int) -> tuple[ExclusionLine, ...]:
        """Return the Issues that were frozen without a subscriber, oldest first."""
        query = (
            sa.select(mailings.c.issue, lists.c.name, exclusions.c.reason)
            .join_from(exclusions, mailings)
            .join(lists)
            .where(exclusions.c.subscriber_id == subscriber_id)
            .order_by(exclusions.c.id)
        )
        return tuple(
            ExclusionLine(issue=row.issue, list=row.name, reason=ExclusionReason(row.reason))
            for row in self._connection.execute(query)
        )

    def segments(
        self, wanted: Mapping[str, Where], now: datetime.datetime
    ) -> dict[str, SegmentCount]:
        """Return how many people are in each Segment, by its name."""
        people = count_people(self._connection, wanted)
        reachable = count_reachable(self._connection, wanted, now)
        return {name: SegmentCount(people[name], reachable[name]) for name in wanted}

    def counts(self) -> tuple[ListCount, ...]:
        """Return how many are on each List that anybody was ever on, by name."""
        state = subscriptions.c.state
        kept_out = sa.and_(state == SubscriptionState.ACTIVE, suppressions.c.id.is_not(None))
        query = (
            sa.select(
                lists.c.name,
                *(_sum(state == one).label(one.value) for one in SubscriptionState),
                _sum(kept_out).label("suppressed"),
            )
            .outerjoin_from(lists, subscriptions)
            .outerjoin(subscribers)
            .outerjoin(suppressions, _IS_SUPPRESSED)
            .group_by(lists.c.name)
            .order_by(lists.c.name)
        )
        return tuple(
            ListCount(
                list=row.name,
                pending=row.pending,
                active=row.active,
                ended=row.ended,
                suppressed=row.suppressed,
            )
            for row in self._connection.execute(query)
        )


def person_of(row: sa.Row[Any]) -> Person:
    """Return the Person in a row that has all columns of `subscribers`."""
    return Person(
        address=Address(row.local, row.domain, row.shown),
        name=row.name,
        language=row.language,
        country=row.country,
        organisation=row.organisation,
        organisation_type=row.organisation_type,
        topics=tuple(row.topics.split()),
    )


_IS_SUPPRESSED = suppressions.c.address_digest == subscribers.c.address_digest
_REPLY_COLUMNS = (attempts.c.code, attempts.c.enhanced, attempts.c.reply)


def _listing(wanted: PeopleFilter) -> sa.Select[Any]:
    """Return the query for a row a Subscription, and one for each subscriber who has none."""
    query = (
        sa.select(
            subscribers,
            lists.c.name.label("list_name"),
            subscriptions.c.list_id,
            subscriptions.c.state,
            subscriptions.c.reason,
            subscriptions.c.source,
            subscriptions.c.paused_until,
            subscriptions.c.created_at.label("subscribed_at"),
            subscriptions.c.ended_at,
            suppressions.c.reason.label("suppressed"),
        )
        .outerjoin_from(subscribers, subscriptions)
        .outerjoin(lists)
        .outerjoin(suppressions, _IS_SUPPRESSED)
        .order_by(subscribers.c.id, lists.c.name)
    )
    for column, value in (
        (lists.c.name, wanted.list),
        (subscriptions.c.state, wanted.state),
        (subscribers.c.country, wanted.country),
        (subscribers.c.language, wanted.language),
    ):
        if value:
            query = query.where(column == value)
    if wanted.where:
        query = query.where(condition(wanted.where))
    return query


def _listed(rows: Sequence[sa.Row[Any]]) -> Listed:
    first = rows[0]
    return Listed(
        subscriber_id=first.id,
        person=person_of(first),
        since=first.created_at,
        subscriptions=tuple(_subscription(row) for row in rows if row.state),
        suppressed=SuppressionReason(first.suppressed) if first.suppressed else None,
    )


def _subscription(row: sa.Row[Any]) -> SubscriptionLine:
    return SubscriptionLine(
        list=row.list_name,
        list_id=row.list_id,
        state=SubscriptionState(row.state),
        reason=row.reason,
        source=row.source,
        since=row.subscribed_at,
        ended_at=row.ended_at,
        paused_until=row.paused_until,
    )


def _delivery(row: sa.Row[Any]) -> DeliveryLine:
    parts = (str(row.code or ""), row.enhanced or "", row.reply or "")
    return DeliveryLine(
        issue=row.issue,
        list=row.list_name,
        language=row.language,
        state=DeliveryState(row.state),
        reason=row.reason,
        attempts=row.attempts,
        changed_at=row.changed_at,
        reply=" ".join(filter(None, parts)),
    )


def _holds(person: Person, text: str) -> bool:
    if not text:
        return True
    places = (person.address.shown, person.name, person.organisation)
    return any(_plain(text) in _plain(place) for place in places)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _sum(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)
