"""Takes a Batch back: whose Subscriptions end, who is forgotten, which facts are as they were.

Nothing that a reader did since is touched: whoever unsubscribed, rests, was asked again or has
other facts by now stays as they are. `Undo.forecast` counts, `Undo.write` does it, in the
transaction of the caller; both ask with the same conditions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from newsletter.model.people import IMPORT_UNDONE, ConsentAction, SubscriptionState
from newsletter.store.batches import AT_ONCE, Append, BatchLine
from newsletter.store.tables import (
    FACTS,
    batch_facts,
    batches,
    consents,
    lists,
    metadata,
    subscribers,
    subscriptions,
)

if TYPE_CHECKING:
    from newsletter.store.people import Evidence

_OWN = frozenset({subscriptions, consents, batch_facts})


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoCounts:
    """What taking a Batch back comes to.

    `ended` Subscriptions end; `forgotten` are the people among them whom nobody else knows;
    `unsubscribed` and `touched` stay as they are, for the reader or somebody else did something
    since; `restored` get their facts back, `kept` keep those they have.
    """

    ended: int
    forgotten: int
    unsubscribed: int
    touched: int
    restored: int
    kept: int


class Undo:
    """The taking back of one Batch, inside a transaction."""

    def __init__(self, connection: sa.Connection, append: Append, batch: BatchLine) -> None:
        self._connection, self._append, self._batch = connection, append, batch
        self._at = sa.literal(batch.at, batches.c.at.type)
        listed = sa.select(lists.c.id).where(lists.c.name == batch.list)
        self._list_id = int(connection.execute(listed).scalar_one())

    def forecast(self) -> UndoCounts:
        """Return what `write` would do now."""
        begun = sa.select(sa.func.count()).select_from(subscriptions).join(subscribers)
        begun = begun.where(subscriptions.c.batch_id == self._batch.id)
        active = begun.where(subscriptions.c.state == SubscriptionState.ACTIVE)
        ended = self._count(active.where(~self._is_touched()))
        facts = sa.select(sa.func.count()).select_from(batch_facts).join(subscribers)
        facts = facts.where(batch_facts.c.batch_id == self._batch.id)
        restored = self._count(facts.where(self._has_our_facts()))
        return UndoCounts(
            ended=ended,
            forgotten=self._count(
                active.where(~self._is_touched(), self._is_ours(), ~self._is_known_elsewhere())
            ),
            unsubscribed=self._count(
                begun.where(subscriptions.c.state != SubscriptionState.ACTIVE)
            ),
            touched=self._count(active) - ended,
            restored=restored,
            kept=self._count(facts) - restored,
        )

    def write(self, withdrawn: "Evidence") -> None:
        """Take it back; `withdrawn` is what is written into the evidence of each reader."""
        self._end(withdrawn)
        self._restore(withdrawn)
        self._forget(withdrawn)
        self._connection.execute(
            sa.delete(batch_facts).where(batch_facts.c.batch_id == self._batch.id)
        )
        self._connection.execute(
            sa.update(batches).values(undone_at=withdrawn.at).where(batches.c.id == self._batch.id)
        )

    def _end(self, withdrawn: "Evidence") -> None:
        untouched = (
            sa.select(subscriptions.c.id)
            .join(subscribers)
            .where(
                subscriptions.c.batch_id == self._batch.id,
                subscriptions.c.state == SubscriptionState.ACTIVE,
                ~self._is_touched(),
            )
        )
        self._connection.execute(
            sa.update(subscriptions)
            .values(state=SubscriptionState.ENDED, reason=IMPORT_UNDONE, ended_at=withdrawn.at)
            .where(subscriptions.c.id.in_(untouched))
        )
        for page in self._ended(withdrawn):
            rows = ((row.id, row.address_digest, row.language) for row in page)
            self._append(rows, self._list_id, ConsentAction.WITHDRAWN, withdrawn)

    def _ended(self, withdrawn: "Evidence") -> Iterator[list[Any]]:
        """Yield whose Subscriptions were ended just now, many at once."""
        last = 0
        while True:
            query = (
                sa.select(subscribers.c.id, subscribers.c.address_digest, subscribers.c.language)
                .join(subscriptions)
                .where(subscribers.c.id > last, *self._ended_now(withdrawn))
                .order_by(subscribers.c.id)
                .limit(AT_ONCE)
            )
            page = list(self._connection.execute(query))
            if not page:
                return
            yield page
            last = page[-1].id

    def _restore(self, withdrawn: "Evidence") -> None:
        """Give people back the facts they had, if they still have those of the Batch."""
        before = {fact: batch_facts.c[fact] for fact in FACTS}
        self._connection.execute(
            sa.update(subscribers)
            .values(**before, updated_at=withdrawn.at)
            .where(
                batch_facts.c.subscriber_id == subscribers.c.id,
                batch_facts.c.batch_id == self._batch.id,
                self._has_our_facts(),
            )
        )

    def _forget(self, withdrawn: "Evidence") -> None:
        """Delete those whom nobody else knows; their evidence stays, known by its digest."""
        ended = (
            sa.select(subscribers.c.id)
            .join(subscriptions)
            .where(*self._ended_now(withdrawn), self._is_ours(), ~self._is_known_elsewhere())
        )
        self._connection.execute(
            sa.update(consents)
            .values(subscriber_id=None)
            .where(consents.c.subscriber_id.in_(ended))
        )
        self._connection.execute(
            sa.delete(subscriptions).where(subscriptions.c.subscriber_id.in_(ended))
        )
        without = ~sa.exists().where(subscriptions.c.subscriber_id == subscribers.c.id)
        self._connection.execute(
            sa.delete(subscribers).where(self._is_ours(), without, ~self._is_known_elsewhere())
        )

    def _count(self, query: sa.Select[Any]) -> int:
        return int(self._connection.execute(query).scalar_one())

    # --- Conditions ---

    def _ended_now(self, withdrawn: "Evidence") -> tuple[sa.ColumnElement[bool], ...]:
        return (
            subscriptions.c.batch_id == self._batch.id,
            subscriptions.c.reason == IMPORT_UNDONE,
            subscriptions.c.ended_at == withdrawn.at,
        )

    def _is_touched(self) -> sa.ColumnElement[bool]:
        """Whether anybody did anything about a Subscription or its reader since."""
        asked_again = sa.exists().where(
            consents.c.subscriber_id == subscribers.c.id,
            consents.c.list_id == subscriptions.c.list_id,
            consents.c.at > self._at,
        )
        return sa.or_(
            subscribers.c.updated_at > self._at,
            subscriptions.c.paused_until.is_not(None),
            asked_again,
        )

    def _is_ours(self) -> sa.ColumnElement[bool]:
        """Whether a subscriber came by this Batch."""
        return subscribers.c.batch_id == self._batch.id

    def _is_known_elsewhere(self) -> sa.ColumnElement[bool]:
        """Whether a subscriber is on another List, or anything else refers to them: a mail."""
        other = subscriptions.alias()
        referring = [
            sa.exists().where(column == subscribers.c.id)
            for table in metadata.sorted_tables
            if table not in _OWN
            for column in table.c
            if column.references(subscribers.c.id)
        ]
        return sa.or_(
            sa.exists().where(
                other.c.subscriber_id == subscribers.c.id, other.c.list_id != self._list_id
            ),
            *referring,
        )

    def _has_our_facts(self) -> sa.ColumnElement[bool]:
        """Whether nobody changed the facts since, nor the reader left."""
        since = subscriptions.alias()
        left = sa.exists().where(
            since.c.subscriber_id == subscribers.c.id,
            since.c.ended_at > self._at,
            since.c.reason != IMPORT_UNDONE,
        )
        return sa.and_(subscribers.c.updated_at == self._at, ~left)
