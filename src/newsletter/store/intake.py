"""The rows of a file beside the people who are known: what each comes to, and the writing of all.

An Intake works on a connection of its own (`engine.Apart`), in temporary tables: `staged` has the
people as the file has them, `repeats` the rows about somebody in another row, `judged` what
becomes of each. Order: `begin`, `add` for every batch of rows, `end`, then the counts. In another
transaction, which may come much later, `judge`, for somebody may have unsubscribed meanwhile. What
becomes of rows is found out while others are still being read, but for repeats, which only the end
of a file shows. Rows only go through SQLite, so a million of them take little memory.

The rules stand in `_outcome`: whoever unsubscribed or is suppressed stays out; of two rows about
the same person the first counts, but one that says they have left counts before all others.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from newsletter.model.people import IMPORT_UNDONE, RowOutcome, Standing, SubscriptionState
from newsletter.store.tables import CHOSEN, FACTS, subscribers, subscriptions, suppressions

Digest = Callable[[str], str]
"""Makes the keyed hash of the key of an address."""

_apart = sa.MetaData()


def _temporary(name: str, *columns: sa.Column[Any]) -> sa.Table:
    number = sa.Column("number", sa.Integer, primary_key=True)
    return sa.Table(name, _apart, number, *columns, prefixes=["TEMPORARY"])


READ = ("number", "again", "address_key", "local", "domain", "shown", *FACTS, "standing")
"""The columns of a row for `Intake.add`, in their order.

`again` is 1 where a row before may have the same key: all rows that repeat one have it.
"""
STAGED = (*READ, "address_digest")

staged = _temporary(
    "staged",
    sa.Column("again", sa.Integer),
    *(sa.Column(name, sa.Text) for name in STAGED[2:]),
)
repeats = _temporary("repeats", sa.Column("first", sa.Integer))
judged = _temporary(
    "judged",
    sa.Column("outcome", sa.Text),
    sa.Column("subscriber_id", sa.Integer),
    sa.Column("changes", sa.Integer),  # a bit for each of FACTS
)

_AT_ONCE = 8000
_KNOWN = subscribers.alias("known")
_ON_LIST = subscriptions.alias("on_list")
_JOINING = (RowOutcome.SUBSCRIBED, RowOutcome.CHANGED)


@dataclass(frozen=True, slots=True)
class Shown:
    """A row to show: what the file says of somebody, and what is known of them (by fact)."""

    number: int
    address: str
    given: Mapping[str, str]
    known: Mapping[str, str] | None
    first: int
    suppressed: str


class Intake:
    """The rows of one file in the database."""

    def __init__(self, connection: sa.Connection, digest: Digest) -> None:
        self._connection, self._digest = connection, digest
        self._list_id: int | None = None
        self._waiting = 0

    def begin(self, list_id: int | None) -> None:
        """Make the temporary tables, empty; the rows are for a List that may not be there yet."""
        for table in (staged, repeats, judged):
            self._connection.execute(sa.schema.DropTable(table, if_exists=True))
            self._connection.execute(sa.schema.CreateTable(table))
        self._list_id, self._waiting = list_id, 0

    def add(self, rows: list[tuple[Any, ...]]) -> None:
        """Take in rows with the columns READ, in the order of their numbers."""
        digest, key = self._digest, READ.index("address_key")
        statement = str(sa.insert(staged).compile(dialect=self._connection.dialect))
        self._connection.exec_driver_sql(statement, [(*row, digest(row[key])) for row in rows])
        self._waiting += len(rows)
        if self._waiting >= _AT_ONCE:
            self._judge_next()

    def end(self) -> None:
        """Find out about the last rows, and who is in more than one."""
        self._judge_next()
        self._mark_repeats()

    def judge(self, list_id: int | None) -> None:
        """Find out anew what becomes of each row on a List that may not be there yet."""
        for table in (judged, repeats):
            self._connection.execute(sa.delete(table))
        self._list_id = list_id
        self.end()

    def _judge_next(self) -> None:
        """Find out what becomes of the rows behind those of which it is known."""
        known = sa.select(sa.func.coalesce(sa.func.max(judged.c.number), 0)).scalar_subquery()
        rows = (
            sa.select(
                staged.c.number,
                _outcome(),
                _KNOWN.c.id,
                sum((_changed(fact, 1 << bit) for bit, fact in enumerate(FACTS)), sa.literal(0)),
            )
            .select_from(_beside(self._list_id))
            .where(staged.c.number > known)
            .order_by(staged.c.number)
        )
        columns = [column.name for column in judged.c]
        self._connection.execute(sa.insert(judged).from_select(columns, rows))
        self._waiting = 0

    def _mark_repeats(self) -> None:
        self._find_repeats()
        those = judged.c.number.in_(sa.select(repeats.c.number))
        self._connection.execute(
            sa.update(judged).values(outcome=RowOutcome.DUPLICATE).where(those)
        )

    def _find_repeats(self) -> None:
        """Mark all rows about somebody but the one that counts."""
        twice = sa.select(staged.c.address_key).where(staged.c.again == 1)
        order = (_RANK.desc(), staged.c.number)
        ranked = (
            sa.select(
                staged.c.number,
                sa.func.row_number()
                .over(partition_by=staged.c.address_key, order_by=order)
                .label("place"),
                sa.func.first_value(staged.c.number)
                .over(partition_by=staged.c.address_key, order_by=order)
                .label("first"),
            )
            .where(staged.c.address_key.in_(twice))
            .subquery()
        )
        others = sa.select(ranked.c.number, ranked.c.first).where(ranked.c.place > 1)
        self._connection.execute(sa.insert(repeats).from_select(["number", "first"], others))

    # --- What was found ---

    def counts(self) -> dict[RowOutcome, int]:
        """Return how many rows came to what."""
        totals = [
            sa.func.coalesce(sa.func.sum(sa.case((judged.c.outcome == each, 1), else_=0)), 0)
            for each in RowOutcome
        ]
        found = self._connection.execute(sa.select(*totals)).one()
        return {each: count for each, count in zip(RowOutcome, found, strict=True) if count}

    def changed(self) -> dict[str, int]:
        """Return how many people get each fact anew."""
        totals = [
            sa.func.sum(judged.c.changes.bitwise_and(1 << bit) / (1 << bit))
            for bit in range(len(FACTS))
        ]
        query = sa.select(*totals).where(judged.c.outcome.in_(_JOINING), judged.c.changes > 0)
        found = self._connection.execute(query).one()
        return {fact: int(count) for fact, count in zip(FACTS, found, strict=True) if count}

    def shown(self, outcome: RowOutcome, limit: int) -> Iterator[Shown]:
        """Yield the first rows that came to `outcome`."""
        query = (
            sa.select(
                staged,
                repeats.c.first,
                suppressions.c.reason,
                judged.c.subscriber_id,
                _KNOWN.c.chosen_at,
                *(_KNOWN.c[fact].label(f"known_{fact}") for fact in FACTS),
            )
            .join_from(judged, staged, staged.c.number == judged.c.number)
            .outerjoin(repeats, repeats.c.number == staged.c.number)
            .outerjoin(suppressions, _IS_SUPPRESSED)
            .outerjoin(_KNOWN, _KNOWN.c.id == judged.c.subscriber_id)
            .where(judged.c.outcome == outcome)
            .order_by(judged.c.number)
            .limit(limit)
        )
        for row in self._connection.execute(query).mappings():
            known = {fact: row[f"known_{fact}"] for fact in FACTS}
            own = CHOSEN if row["chosen_at"] else frozenset()
            yield Shown(
                row["number"],
                row["shown"],
                {fact: "" if fact in own else row[fact] for fact in FACTS},
                known if row["subscriber_id"] is not None else None,
                row["first"] or 0,
                row["reason"] or "",
            )


_IS_SUPPRESSED = suppressions.c.address_digest == staged.c.address_digest
_RANK = sa.case(
    (staged.c.standing == Standing.BARRED, 2), (staged.c.standing == Standing.LEFT, 1), else_=0
)


def _changed(fact: str, bit: int) -> sa.ColumnElement[int]:
    """Return `bit` where the file says something new about somebody who is known."""
    given = staged.c[fact]
    new = sa.and_(given != "", given != _KNOWN.c[fact], may_change(fact, _KNOWN))
    return sa.case((new, bit), else_=0)


def may_change(fact: str, known: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a file may say otherwise: not where the reader has chosen."""
    return known.c.chosen_at.is_(None) if fact in CHOSEN else sa.true()


def _beside(list_id: int | None) -> sa.FromClause:
    """Return the rows with who is known by their address, and how they stand on the List."""
    return (
        sa.outerjoin(staged, suppressions, _IS_SUPPRESSED)
        .outerjoin(_KNOWN, _KNOWN.c.address_key == staged.c.address_key)
        .outerjoin(
            _ON_LIST,
            sa.and_(
                _ON_LIST.c.subscriber_id == _KNOWN.c.id,
                _ON_LIST.c.list_id == (list_id or 0),  # no list has the id 0
            ),
        )
    )


def _outcome() -> sa.ColumnElement[str]:
    """Return what becomes of a row, if no other one is about the same person."""
    has_left = sa.and_(
        _ON_LIST.c.state == SubscriptionState.ENDED, _ON_LIST.c.reason != IMPORT_UNDONE
    )
    changes = sa.or_(*(_changed(fact, 1) > 0 for fact in FACTS))
    return sa.case(
        (suppressions.c.id.is_not(None), RowOutcome.SUPPRESSED),
        (staged.c.standing == Standing.BARRED, RowOutcome.BARRED),
        (has_left, RowOutcome.UNSUBSCRIBED),
        (staged.c.standing == Standing.LEFT, RowOutcome.LEFT),
        (_KNOWN.c.id.is_(None), RowOutcome.NEW),
        (sa.func.coalesce(_ON_LIST.c.state, "") != SubscriptionState.ACTIVE, RowOutcome.SUBSCRIBED),
        (changes, RowOutcome.CHANGED),
        else_=RowOutcome.UNCHANGED,
    )
