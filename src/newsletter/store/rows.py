"""Statements over many rows at once.

A statement that is carried out once for each row crosses between Python and the database as often,
and on each crossing another thread may take its turn; with the rows as parameters of one statement
it crosses once. To prepare a statement takes longer than to carry it out, so there are only a few
sizes of it, and what is left of one is filled with rows that fit nothing. The books of a send are
several times as fast by it.
"""

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import sqlalchemy as sa

_SIZES = (8, 32, 128)
_ROWS = "rows"

_Parameters = tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True)
class _Text:
    """A statement in each size, and its parameters before and behind the rows with defaults."""

    sql: dict[int, str]
    before: _Parameters
    behind: _Parameters


class RowsStatement:
    """A statement over rows with the columns `names`; the first of them must never be NULL."""

    def __init__(
        self, names: Sequence[str], build: Callable[[sa.Subquery], sa.ClauseElement]
    ) -> None:
        """Let `build` make the statement from the table of the rows."""
        self._names, self._build = tuple(names), build
        self._made: dict[str, _Text] = {}

    def run(
        self, connection: sa.Connection, rows: Sequence[Sequence[object]], **values: object
    ) -> Iterator[sa.CursorResult[Any]]:
        """Carry it out, with `values` for its other parameters; yield the result of each batch.

        Moments in `rows` are given as `kept` returns them.
        """
        text = self._made.get(connection.dialect.name) or self._make(connection.dialect)
        given = {
            name: kept(value) if isinstance(value, datetime.datetime) else value
            for name, value in values.items()
        }
        before, behind = (
            [given.get(*each) for each in part] for part in (text.before, text.behind)
        )
        for start in range(0, len(rows), _SIZES[-1]):
            batch = rows[start : start + _SIZES[-1]]
            size = next(size for size in _SIZES if size >= len(batch))
            filling = (None,) * (len(self._names) * (size - len(batch)))
            parameters = (*before, *chain.from_iterable(batch), *filling, *behind)
            yield connection.exec_driver_sql(text.sql[size], parameters)

    def count(
        self, connection: sa.Connection, rows: Sequence[Sequence[object]], **values: object
    ) -> int:
        """Carry it out; return how many rows of its table it changed."""
        return sum(result.rowcount for result in self.run(connection, rows, **values))

    def ids(
        self, connection: sa.Connection, rows: Sequence[Sequence[object]], **values: object
    ) -> frozenset[int]:
        """Carry it out; return the ids that it returns."""
        results = self.run(connection, rows, **values)
        return frozenset(chain.from_iterable(result.scalars() for result in results))

    def _make(self, dialect: sa.Dialect) -> _Text:
        compiled = self._build(self._table()).compile(
            dialect=dialect, compile_kwargs={"render_postcompile": True}
        )
        defaults = compiled.params
        names = list(compiled.positiontup or ())  # type: ignore[attr-defined]
        parameters = tuple((name, defaults[name]) for name in names)
        place = names.index(_ROWS)
        row = f"({', '.join('?' * len(self._names))})"
        sql = {
            size: str(compiled).replace("VALUES (?)", f"VALUES {', '.join([row] * size)}")
            for size in _SIZES
        }
        made = self._made[dialect.name] = _Text(sql, parameters[:place], parameters[place + 1 :])
        return made

    def _table(self) -> sa.Subquery:
        """Return the rows as a table; inside, its columns have the names that a database gives."""
        columns: list[sa.Label[Any]] = [
            sa.literal_column(f"column{place}").label(name)
            for place, name in enumerate(self._names, start=1)
        ]
        rows = sa.text(f"(VALUES (:{_ROWS}))").bindparams(sa.bindparam(_ROWS, None))
        return sa.select(*columns).select_from(rows).subquery("given")


def kept(value: datetime.datetime) -> str:
    """Return a moment as SQLite keeps it (see `tables.UtcTime`); ValueError without a zone."""
    if value.tzinfo is None:
        raise ValueError("a stored moment needs a time zone")
    return value.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def moment(text: str) -> datetime.datetime:
    """Return the moment that SQLite keeps so."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)
