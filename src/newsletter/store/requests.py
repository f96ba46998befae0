"""What was done at a reader's request, or to their data: a chain like that of the Consents.

Whose data it was is known by the keyed hash of the address alone, so a record outlives an erasure
and proves it.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from newsletter.store.chain import BEGINNING, Break, BreakKind, digest_of, stamp
from newsletter.store.tables import requests


class RequestKind(StrEnum):
    """What was done."""

    EXPORT = "export"
    ERASURE = "erasure"
    SEARCHED = "no-trace"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """One record: what was done, to whose data (a keyed hash), at whose word, and when."""

    number: int
    kind: RequestKind
    address_digest: str
    basis: str
    at: datetime.datetime
    digest: str


def append(
    connection: sa.Connection,
    kind: RequestKind,
    address_digest: str,
    basis: str,
    at: datetime.datetime,
) -> None:
    """Add a record to the end; `basis` must not name the address."""
    last = connection.execute(
        sa.select(requests.c.id, requests.c.digest).order_by(requests.c.id.desc()).limit(1)
    ).one_or_none()
    row = {
        "id": last.id + 1 if last else 1,
        "kind": kind,
        "address_digest": address_digest,
        "basis": basis,
        "at": at,
        "previous": last.digest if last else BEGINNING,
    }
    row["digest"] = _digest(row)
    connection.execute(sa.insert(requests).values(row))


def lines(connection: sa.Connection, address_digest: str = "") -> Iterator[RequestLine]:
    """Yield the records, about one address if it is given, oldest first."""
    query = sa.select(requests).order_by(requests.c.id)
    if address_digest:
        query = query.where(requests.c.address_digest == address_digest)
    for row in connection.execute(query):
        yield RequestLine(
            number=row.id,
            kind=RequestKind(row.kind),
            address_digest=row.address_digest,
            basis=row.basis,
            at=row.at,
            digest=row.digest,
        )


def breaks(connection: sa.Connection) -> Iterator[Break]:
    """Yield where the chain of these records does not hold."""
    place, previous = 0, BEGINNING
    for row in connection.execute(sa.select(requests).order_by(requests.c.id)).mappings():
        if row["digest"] != _digest(dict(row)):
            about = f"{row['at']:%Y-%m-%d}, {row['kind']}"
            yield Break(BreakKind.ALTERED, row["id"], f"request {row['id']} ({about}) was altered")
        if row["id"] != place + 1 or row["previous"] != previous:
            what = f"what stood before request {row['id']} was removed, replaced or moved"
            yield Break(BreakKind.MISSING, row["id"], what)
        place, previous = row["id"], row["digest"]


def _digest(row: dict[str, Any]) -> str:
    return digest_of(
        {
            "address": row["address_digest"],
            "at": stamp(row["at"]),
            "basis": row["basis"],
            "kind": row["kind"],
            "previous": row["previous"],
        }
    )
