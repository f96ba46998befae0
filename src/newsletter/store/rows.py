"""Many rows as one parameter of a statement.

A statement that is carried out once for each row crosses between Python and the database as often,
and on each crossing another thread may take its turn; with the rows as one JSON text it crosses
once. That makes the books of a send several times as fast.
"""

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

ROWS = "rows"
"""The name of the parameter."""


def given_rows(name: str, columns: Mapping[str, sa.types.TypeEngine[Any]]) -> sa.Subquery:
    """Return the rows that `as_rows` packs, as a table `name` with these `columns`, in order."""
    row = sa.func.json_each(sa.bindparam(ROWS, type_=sa.Text)).table_valued("value")
    picked = (
        sa.type_coerce(sa.func.json_extract(row.c.value, f"$[{place}]"), kind).label(column)
        for place, (column, kind) in enumerate(columns.items())
    )
    return sa.select(*picked).subquery(name)


def given_ids() -> sa.Select[tuple[int]]:
    """Return the query for ids that `as_rows` packs, one in each row."""
    return sa.select(given_rows("given", {"id": sa.BigInteger()}).c.id)


def as_rows(rows: Iterable[Sequence[object]]) -> str:
    """Return `rows` as the value of the parameter."""
    return json.dumps(list(rows), ensure_ascii=False, separators=(",", ":"), default=_moment)


def _moment(value: object) -> str:
    """Return a moment as SQLite keeps it (see `tables.UtcTime`)."""
    if not isinstance(value, datetime.datetime) or value.tzinfo is None:
        raise TypeError(f"{value!r} cannot be given as part of a row")
    return value.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
