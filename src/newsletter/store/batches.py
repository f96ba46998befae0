"""Batches: what one import wrote, kept so that it can be taken back.

A Subscription knows the Batch it began with, a subscriber the one they came by; facts that a Batch
changed are kept as they were. `Batches.write` writes everything that an Intake found, in the
transaction of the caller.
"""

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from newsletter.model.people import (
    LEFT_ELSEWHERE,
    ConsentAction,
    RowOutcome,
    SubscriptionState,
    SuppressionReason,
)
from newsletter.store import chain
from newsletter.store.engine import upsert
from newsletter.store.intake import judged, may_change, staged
from newsletter.store.linking import append_for_new
from newsletter.store.tables import (
    FACTS,
    batch_facts,
    batches,
    lists,
    subscribers,
    subscriptions,
    suppressions,
)

if TYPE_CHECKING:
    from newsletter.store.people import Evidence

AT_ONCE = 10_000
_ADDRESS = ("address_key", "address_digest", "local", "domain", "shown")

Rows = Iterable[tuple[int | None, str, str]]
Append = Callable[[Rows, int, ConsentAction, "Evidence"], None]
"""Appends Consents: subscriber, digest of the address and language of each; list, action, how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLine:
    """One Batch: what was imported, on which grounds, and what came of it (rows by outcome)."""

    id: int
    list: str
    file: str
    digest: str
    basis: str
    counts: Mapping[str, int]
    at: datetime.datetime
    undone_at: datetime.datetime | None


class Batches:
    """The Batches inside one transaction."""

    def __init__(self, connection: sa.Connection, append: Append) -> None:
        self._connection = connection
        self._append = append

    def all(self) -> tuple[BatchLine, ...]:
        """Return every Batch, the newest first."""
        query = sa.select(batches, lists.c.name).join_from(batches, lists)
        rows = self._connection.execute(query.order_by(batches.c.id.desc()))
        return tuple(_line(row) for row in rows)

    def find(self, batch_id: int) -> BatchLine | None:
        """Return one Batch, or none."""
        query = (
            sa.select(batches, lists.c.name)
            .join_from(batches, lists)
            .where(batches.c.id == batch_id)
        )
        row = self._connection.execute(query).one_or_none()
        return _line(row) if row else None

    def columns_for(self, headings: str) -> tuple[datetime.datetime, dict[str, str]] | None:
        """Return when a table with such headings was last imported, and what was said of them.

        An import that was taken back does not count: the columns may have been why.
        """
        query = (
            sa.select(batches.c.at, batches.c.columns)
            .where(batches.c.headings == headings, batches.c.undone_at.is_(None))
            .order_by(batches.c.id.desc())
            .limit(1)
        )
        row = self._connection.execute(query).one_or_none()
        return (row.at, row.columns) if row else None

    def write(
        self,
        list_id: int,
        counts: Mapping[RowOutcome, int],
        *,
        file: str,
        digest: str,
        given: "Evidence",
        left: "Evidence",
        barred_for: SuppressionReason,
        headings: str = "",
        columns: Mapping[str, str] | None = None,
    ) -> int:
        """Write a Batch and all that an Intake judged; return its id.

        `left` is the evidence about those who left elsewhere; `barred_for` is why others are
        suppressed; `headings` and `columns` are for `columns_for`.
        """
        batch_id = self._connection.execute(
            sa.insert(batches)
            .values(
                list_id=list_id,
                file=file,
                digest=digest,
                basis=given.basis,
                counts={str(outcome): count for outcome, count in counts.items()},
                at=given.at,
                headings=headings,
                columns=dict(columns or {}),
            )
            .returning(batches.c.id)
        ).scalar_one()
        self._change_facts(batch_id, given.at)
        self._add_new(list_id, batch_id, given)
        if counts.get(RowOutcome.SUBSCRIBED):
            self._subscribe_known(list_id, batch_id, given)
        if counts.get(RowOutcome.LEFT):
            self._end(list_id, batch_id, left)
        if counts.get(RowOutcome.BARRED):
            self._suppress(barred_for, given)
        return int(batch_id)

    def _change_facts(self, batch_id: int, at: datetime.datetime) -> None:
        """Keep the facts of those who are known as they were, and write what is new."""
        changed = (
            judged.c.changes > 0,
            judged.c.outcome.in_((RowOutcome.SUBSCRIBED, RowOutcome.CHANGED)),
        )
        kept = (
            sa.select(subscribers.c.id, sa.literal(batch_id), *(subscribers.c[f] for f in FACTS))
            .join(judged, judged.c.subscriber_id == subscribers.c.id)
            .where(*changed)
        )
        names = ["subscriber_id", "batch_id", *FACTS]
        if not self._connection.execute(sa.insert(batch_facts).from_select(names, kept)).rowcount:
            return
        new: dict[str, Any] = {
            fact: sa.case(
                (sa.and_(staged.c[fact] != "", may_change(fact, subscribers)), staged.c[fact]),
                else_=subscribers.c[fact],
            )
            for fact in FACTS
        }
        self._connection.execute(
            sa.update(subscribers)
            .values(**new, updated_at=at)
            .where(
                judged.c.subscriber_id == subscribers.c.id,
                staged.c.number == judged.c.number,
                *changed,
            )
        )

    def _add_new(self, list_id: int, batch_id: int, given: "Evidence") -> None:
        last = self._add_subscribers(RowOutcome.NEW, FACTS, batch_id, given.at)
        self._begin(
            sa.select(subscribers.c.id).where(subscribers.c.id > last).order_by(subscribers.c.id),
            list_id,
            batch_id,
            given,
        )
        words = chain.Words.of(given, list_id, ConsentAction.GIVEN)
        append_for_new(self._connection, last, words)

    def _add_subscribers(
        self,
        outcome: RowOutcome,
        facts: Iterable[str],
        batch_id: int,
        at: datetime.datetime,
    ) -> int:
        """Write the people of rows that came to `outcome`, and return the last id before them."""
        newest = sa.select(sa.func.coalesce(sa.func.max(subscribers.c.id), 0))
        last = int(self._connection.execute(newest).scalar_one())
        copied = (*_ADDRESS, *facts)
        when = sa.literal(at, subscribers.c.created_at.type)
        rows = (
            sa.select(*(staged.c[name] for name in copied), sa.literal(batch_id), when, when)
            .join(judged, judged.c.number == staged.c.number)
            .where(judged.c.outcome == outcome, judged.c.subscriber_id.is_(None))
            .order_by(staged.c.number)
        )
        names = [*copied, "batch_id", "created_at", "updated_at"]
        self._connection.execute(sa.insert(subscribers).from_select(names, rows))
        return last

    def _begin(
        self, people: sa.Select[Any], list_id: int, batch_id: int, given: "Evidence"
    ) -> None:
        ids = people.subquery()
        rows = sa.select(
            ids.c[0],
            sa.literal(list_id),
            sa.literal(SubscriptionState.ACTIVE),
            sa.literal(given.source),
            sa.literal(batch_id),
            sa.literal(given.at, subscriptions.c.created_at.type),
        )
        names = ["subscriber_id", "list_id", "state", "source", "batch_id", "created_at"]
        self._connection.execute(sa.insert(subscriptions).from_select(names, rows))

    def _subscribe_known(self, list_id: int, batch_id: int, given: "Evidence") -> None:
        """Bring into force what was asked for or taken back, begin the rest."""
        ids = sa.select(judged.c.subscriber_id).where(judged.c.outcome == RowOutcome.SUBSCRIBED)
        self._connection.execute(
            sa.update(subscriptions)
            .values(state=SubscriptionState.ACTIVE, reason="", ended_at=None, batch_id=batch_id)
            .where(subscriptions.c.subscriber_id.in_(ids), subscriptions.c.list_id == list_id)
        )
        there = sa.select(subscriptions.c.subscriber_id).where(subscriptions.c.list_id == list_id)
        self._begin(ids.where(judged.c.subscriber_id.not_in(there)), list_id, batch_id, given)
        self._append_for(RowOutcome.SUBSCRIBED, list_id, ConsentAction.GIVEN, given)

    def _end(self, list_id: int, batch_id: int, left: "Evidence") -> None:
        """Write that people left elsewhere, so that nobody brings them back."""
        self._add_subscribers(RowOutcome.LEFT, (), batch_id, left.at)
        known = (
            sa.select(subscribers.c.id)
            .join(staged, staged.c.address_key == subscribers.c.address_key)
            .where(staged.c.number == judged.c.number)
        )
        self._connection.execute(
            sa.update(judged)
            .values(subscriber_id=known.scalar_subquery())
            .where(judged.c.outcome == RowOutcome.LEFT, judged.c.subscriber_id.is_(None))
        )
        ids = sa.select(judged.c.subscriber_id).where(judged.c.outcome == RowOutcome.LEFT)
        rows = [
            {
                "subscriber_id": each,
                "list_id": list_id,
                "state": SubscriptionState.ENDED,
                "reason": LEFT_ELSEWHERE,
                "source": left.source,
                "created_at": left.at,
                "ended_at": left.at,
                "paused_until": None,
            }
            for each in self._connection.execute(ids).scalars()
        ]
        for start in range(0, len(rows), AT_ONCE):
            upsert(
                self._connection,
                subscriptions,
                rows[start : start + AT_ONCE],
                key=["subscriber_id", "list_id"],
                update=["state", "reason", "ended_at", "paused_until"],
            )
        self._append_for(RowOutcome.LEFT, list_id, ConsentAction.WITHDRAWN, left)

    def _suppress(self, reason: SuppressionReason, given: "Evidence") -> None:
        rows = (
            sa.select(
                staged.c.address_digest,
                sa.literal(reason),
                sa.literal(given.source),
                sa.literal(given.at, suppressions.c.at.type),
            )
            .join(judged, judged.c.number == staged.c.number)
            .where(judged.c.outcome == RowOutcome.BARRED)
            .order_by(staged.c.number)
        )
        names = ["address_digest", "reason", "note", "at"]
        self._connection.execute(sa.insert(suppressions).from_select(names, rows))

    def _append_for(
        self, outcome: RowOutcome, list_id: int, action: ConsentAction, evidence: "Evidence"
    ) -> None:
        people = (
            sa.select(
                judged.c.number,
                subscribers.c.id,
                subscribers.c.address_digest,
                subscribers.c.language,
            )
            .join(subscribers, subscribers.c.id == judged.c.subscriber_id)
            .where(judged.c.outcome == outcome)
        )
        for page in self._pages(people, judged.c.number, 0):
            self._append(((row[1], row[2], row[3]) for row in page), list_id, action, evidence)

    def _pages(
        self, query: sa.Select[Any], key: sa.ColumnElement[Any], last: int
    ) -> Iterator[list[Any]]:
        """Yield rows many at once, in the order of their first column, behind `last`."""
        while True:
            found = self._connection.execute(query.where(key > last).order_by(key).limit(AT_ONCE))
            page = list(found.cursor.fetchall())  # numbers and texts as they are
            found.close()
            if not page:
                return
            yield page
            last = page[-1][0]


def _line(row: sa.Row[Any]) -> BatchLine:
    return BatchLine(
        id=row.id,
        list=row.name,
        file=row.file,
        digest=row.digest,
        basis=row.basis,
        counts=row.counts,
        at=row.at,
        undone_at=row.undone_at,
    )
