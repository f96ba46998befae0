"""The Consents of a whole import: their digests are made while the database writes those before.

Each digest needs the one before it, so they are made one after the other, in Python; what SQLite
does needs no Python. With two processors both happen at once. The database is only ever used by
one thread at a time, and all that it is told goes the same way as everything else in the
transaction: an error, or a kill, leaves nothing of it.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa

from newsletter.store import chain
from newsletter.store.tables import consents, subscribers

AT_ONCE = 10_000
_DIGITS = 64

_Page = Sequence[tuple[int, str, str]]


def append_for_new(connection: sa.Connection, last: int, words: chain.Words) -> None:
    """Append a Consent for each subscriber with an id above `last`, in the order of ids."""
    link, place, previous = chain.begin_links(connection, words)
    statement = _appending(words, link.salt)
    with ThreadPoolExecutor(max_workers=1) as database:
        page = database.submit(_read, connection, last).result()
        written: Future[Any] | None = None
        while page:
            following = database.submit(_read, connection, page[-1][0])
            digests = [previous.rjust(_DIGITS)]  # the first event of all has nothing before it
            for _, address, language in page:
                previous = link.digest(address, language, previous)
                digests.append(previous)
            if written:
                written.result()
            first, final = page[0][0], page[-1][0]
            values = {
                "first": first,
                "final": final,
                "place": place + 1,
                "digests": "".join(digests).encode(),
            }
            written = database.submit(connection.execute, statement, values)
            place += len(page)
            page = following.result()
        if written:
            written.result()


def _read(connection: sa.Connection, last: int) -> _Page:
    """Return the next people behind the id `last`, and what a digest needs of each.

    Their ids follow one another, as those of people who came together do: SQLite numbers them so.
    """
    query = (
        sa.select(subscribers.c.id, subscribers.c.address_digest, subscribers.c.language)
        .where(subscribers.c.id > last)
        .order_by(subscribers.c.id)
        .limit(AT_ONCE)
    )
    found = connection.execute(query)
    page: _Page = found.cursor.fetchall()  # numbers and texts as they are
    found.close()
    while page and page[-1][0] - page[0][0] >= len(page):
        page = page[: len(page) // 2]
    return page


def _appending(words: chain.Words, salt: str) -> sa.Insert:
    """Return the statement for one page, whose digests are given one behind the other."""
    first = sa.bindparam("first", type_=sa.Integer)
    nth = subscribers.c.id - first
    digests = sa.bindparam("digests", type_=sa.LargeBinary)
    values: dict[str, Any] = {
        "id": sa.bindparam("place", type_=sa.Integer) + nth,
        "subscriber_id": subscribers.c.id,
        "address_digest": subscribers.c.address_digest,
        "language": subscribers.c.language,
        "previous": sa.func.trim(_digest(digests, nth)),
        "digest": _digest(digests, nth + 1),
    } | {
        name: sa.literal(value, consents.c[name].type)
        for name, value in chain.same_in_all(words, salt).items()
    }
    page = (
        sa.select(*values.values())
        .where(subscribers.c.id.between(first, sa.bindparam("final")))
        .order_by(subscribers.c.id)
    )
    return sa.insert(consents).from_select(list(values), page)


def _digest(digests: sa.BindParameter[bytes], place: sa.ColumnElement[int]) -> Any:
    return sa.cast(sa.func.substr(digests, place * _DIGITS + 1, _DIGITS), sa.Text)
