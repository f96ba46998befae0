"""Takes over from a database that is put aside who must not be mailed any more.

Readers' own choices win over any copy: whoever left, or is on the do-not-mail list, in the database
that was used until now stays out of the older one that takes its place.
"""

import datetime
import itertools
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from newsletter.address import Address
from newsletter.model.people import SubscriptionState
from newsletter.store.people import Evidence, People, PeopleStore
from newsletter.store.rows import moment

_SOURCE = "restore"
_BASIS = "had left, or was taken off, after the backup was made that was put back"
_ENDED = """
SELECT l.name, p.address_key, s.reason, s.ended_at FROM subscriptions s
JOIN subscribers p ON p.id = s.subscriber_id JOIN lists l ON l.id = s.list_id
WHERE s.state = 'ended' ORDER BY l.id, p.id
"""
_KEYS = "SELECT value FROM office WHERE key = 'keys'"
_SUPPRESSED = "SELECT address_digest, reason, note, at FROM suppressions"
_ERASED = "SELECT address_digest FROM requests WHERE kind = 'erasure'"
_MANY = 500


@dataclass(frozen=True, slots=True)
class Carried:
    """How many Subscriptions were ended, and how many Suppressions entered."""

    ended: int = 0
    suppressed: int = 0


def carry_over(used: sqlite3.Connection, store: PeopleStore, fingerprint: str) -> Carried | None:
    """Keep those out of `store` who are out in the database `used`, in one transaction.

    None when that one cannot be read, or belongs to other keys: then nothing was carried over.
    """
    try:
        if used.execute(_KEYS).fetchone() != (fingerprint,):
            return None
        ended = [
            (str(name), str(key), str(reason), moment(at))
            for name, key, reason, at in used.execute(_ENDED)
        ]
        suppressed = [(*row[:3], moment(row[3])) for row in used.execute(_SUPPRESSED)]
    except sqlite3.DatabaseError:
        return None
    with store.write() as people:
        return Carried(_end(people, ended), people.keep_out(suppressed))


def _end(people: People, ended: list[tuple[str, str, str, datetime.datetime]]) -> int:
    count = 0
    for name, group in itertools.groupby(ended, key=lambda row: row[0]):
        list_id = people.find_list(name)
        for rows in _by_many(group) if list_id is not None else ():
            known = people.known([key for _, key, _, _ in rows], list_id)
            for _, key, reason, at in rows:
                found = known.get(key)
                if list_id is None or found is None or found.state in (None, _OUT):
                    continue
                withdrawn = Evidence(basis=_BASIS, source=_SOURCE, at=at)
                people.end_subscription(found.subscriber_id, list_id, reason, withdrawn)
                count += 1
    return count


def erased_in(used: sqlite3.Connection, store: PeopleStore) -> list[Address]:
    """Return whom `store` still knows though they were erased from the database `used`.

    A database of an older program, or one that cannot be read, knows of no erasures.
    """
    try:
        digests = [str(digest) for (digest,) in used.execute(_ERASED)]
    except sqlite3.DatabaseError:
        return []
    with store.read() as people:
        return list(people.roster.addresses_of(digests))


_OUT = SubscriptionState.ENDED


def _by_many(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while some := list(itertools.islice(rows, _MANY)):
        yield some
