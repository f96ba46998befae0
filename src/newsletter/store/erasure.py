"""Takes an address, and all that was known of a person, out of the database.

What is left: the keyed hash of the address (who must not be mailed; what the evidence is about),
the states of deliveries and thus all sums, and evidence without words that quote the address.

`erase` is one transaction's part and may be carried out again: what is gone is gone. Whatever table
refers to a subscriber is seen to, also one that is younger than this module: what cannot be without
them is deleted, the rest loses the reference. Afterwards every text in every table is looked
through for the address, for staff and mail servers quote it.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from newsletter.address import Address
from newsletter.model.mailing import DeliveryState
from newsletter.store import chain
from newsletter.store.tables import (
    attempts,
    consents,
    deliveries,
    exclusions,
    mailings,
    metadata,
    notices,
    subscribers,
)

GONE = "(erased)"
"""What stands where an address stood."""

_OWN = (deliveries, exclusions, subscribers)
_ADDRESSES = ("address_key", "local", "domain", "shown")
_FROZEN = "renderings"


@dataclass(slots=True)
class Erased:
    """What went; `frozen` names the issues whose own words have the address in them.

    `former` are addresses that the person had before, as far as mails went there.
    """

    person: bool = False
    deliveries: int = 0
    exclusions: int = 0
    evidence: int = 0
    quotes: int = 0
    frozen: tuple[str, ...] = ()
    former: tuple[Address, ...] = ()
    rows: dict[str, int] = field(default_factory=dict)


def erase(
    connection: sa.Connection, subscriber_id: int | None, digest: str, forms: Sequence[str]
) -> Erased:
    """Take everything out about the person with an address; `forms` are ways to write it.

    Evidence about them that says their name loses its words, too.
    """
    zero_what_goes(connection)
    erased = Erased(person=subscriber_id is not None)
    erased.deliveries = _blank_deliveries(connection, subscriber_id, digest)
    _blank_notices(connection, subscriber_id, digest)
    erased.exclusions = _blank_exclusions(connection, subscriber_id, digest, forms)
    if subscriber_id is not None:
        erased.evidence += _seal_names(connection, subscriber_id)
        detach(connection, subscribers, [subscriber_id], erased.rows)
        connection.execute(sa.delete(subscribers).where(subscribers.c.id == subscriber_id))
    mask = mask_of(forms)
    for table in metadata.sorted_tables:
        if table.name not in (_FROZEN, subscribers.name):
            _sweep(connection, table, forms, mask, erased)
    erased.frozen = _frozen(connection, forms)
    return erased


def zero_what_goes(connection: sa.Connection) -> None:
    """Let the database write zeros where something stood that is deleted from here on."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


def mask_of(forms: Collection[str]) -> Callable[[str], str]:
    """Return what puts GONE where an address stands in a text, in whatever case.

    A longer address that ends or begins with the same letters is another one and stays.
    """
    letters = r"[\w.!#$%&'*+/=?^`{|}~-]"
    either = "|".join(sorted(map(re.escape, forms), key=len, reverse=True))
    pattern = re.compile(rf"(?<!{letters})(?:{either})(?![\w-]|\.\w)", re.IGNORECASE)
    return lambda text: pattern.sub(GONE, text)


def detach(
    connection: sa.Connection,
    table: sa.Table,
    ids: Collection[int],
    counts: dict[str, int] | None = None,
) -> None:
    """Let nothing refer to rows of `table`: a reference that may be empty is, the rest goes."""
    for other, column in tables_about(table):
        if column.nullable:
            changed = sa.update(other).where(column.in_(ids)).values({column.name: None})
            connection.execute(changed)
            continue
        if "id" in other.c:
            query = sa.select(other.c.id).where(column.in_(ids))
            found = list(connection.execute(query).scalars())
            if not found:
                continue
            detach(connection, other, found, counts)
        gone = connection.execute(sa.delete(other).where(column.in_(ids))).rowcount
        if counts is not None and gone:
            counts[other.name] = counts.get(other.name, 0) + gone


def former_addresses(
    connection: sa.Connection, subscriber_id: int
) -> Iterator[tuple[str, Address | None]]:
    """Yield the addresses that a person had before: keyed hashes, and as written if a mail went.

    One that is somebody else's by now is theirs.
    """
    taken = sa.select(subscribers.c.address_digest)
    for table in (deliveries, consents):
        digest = table.c.address_digest
        theirs = (table.c.subscriber_id == subscriber_id, digest.not_in(taken))
        query = sa.select(digest).where(*theirs).distinct()
        for found in list(connection.execute(query).scalars()):
            written = sa.select(deliveries.c.local, deliveries.c.domain, deliveries.c.shown).where(
                deliveries.c.subscriber_id == subscriber_id,
                deliveries.c.address_digest == found,
                deliveries.c.local != "",
            )
            row = connection.execute(written.limit(1)).one_or_none()
            yield found, Address(row.local, row.domain, row.shown) if row else None


def _blank_deliveries(connection: sa.Connection, subscriber_id: int | None, digest: str) -> int:
    """Take address and servers' words out of the Deliveries to a person; the states stay.

    They may have had another address when some of these went out.
    """
    known = sa.select(mailings.c.id)  # makes use of the index, which begins with the Mailing
    theirs = deliveries.c.mailing_id.in_(known) & (deliveries.c.address_digest == digest)
    if subscriber_id is not None:
        theirs |= deliveries.c.subscriber_id == subscriber_id
    ids = list(connection.execute(sa.select(deliveries.c.id).where(theirs)).scalars())
    forget_deliveries(connection, deliveries.c.id.in_(ids))
    return len(ids)


def forget_deliveries(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> int:
    """Take out of Deliveries whom they went to and what servers said; the states stay."""
    ids = sa.select(deliveries.c.id).where(condition)
    connection.execute(
        sa.update(attempts)
        .where(attempts.c.delivery_id.in_(ids), attempts.c.reply != "")
        .values(reply="")
    )
    blank = dict.fromkeys((*_ADDRESSES, "name", "reason"), "") | {"shown": GONE}
    done = connection.execute(
        sa.update(deliveries)
        .where(condition, deliveries.c.shown != GONE)
        .values(subscriber_id=None, **blank)
    )
    return int(done.rowcount)


def _blank_notices(connection: sa.Connection, subscriber_id: int | None, digest: str) -> None:
    """Take everything personal out of the Notices to it; those that wait are not sent."""
    theirs = notices.c.address_digest == digest
    if subscriber_id is not None:
        theirs |= notices.c.subscriber_id == subscriber_id
    waits = theirs & notices.c.state.in_((DeliveryState.PENDING, DeliveryState.DEFERRED))
    skipped = {"state": DeliveryState.SKIPPED, "reason": "erased", "due_at": None}
    connection.execute(sa.update(notices).where(waits).values(skipped))
    personal = ("local", "domain", "shown", "words", "network", "reply")
    blank: dict[str, str | None] = {**dict.fromkeys(personal, ""), "subscriber_id": None}
    connection.execute(sa.update(notices).where(theirs).values(blank))


def _seal_names(connection: sa.Connection, subscriber_id: int) -> int:
    """Take the words out of the evidence about somebody where these say their name."""
    name = connection.execute(
        sa.select(subscribers.c.name).where(subscribers.c.id == subscriber_id)
    ).scalar_one()
    rows = connection.execute(sa.select(consents).where(consents.c.subscriber_id == subscriber_id))
    named = [
        row.id
        for row in rows
        if name and name.casefold() in f"{row.basis}\n{row.source}".casefold()
    ]
    chain.seal(connection, named)
    return len(named)


def _blank_exclusions(
    connection: sa.Connection, subscriber_id: int | None, digest: str, forms: Sequence[str]
) -> int:
    theirs: sa.ColumnElement[bool] = exclusions.c.address_key.in_(forms)
    if subscriber_id is not None:
        theirs |= exclusions.c.subscriber_id == subscriber_id
    blank = sa.update(exclusions).where(theirs).values(address_key=digest, subscriber_id=None)
    return int(connection.execute(blank).rowcount)


# --- Texts that quote an address ---


def _sweep(
    connection: sa.Connection,
    table: sa.Table,
    forms: Sequence[str],
    mask: Callable[[str], str],
    erased: Erased,
) -> None:
    """Take the address out of every text in a table; evidence loses its words, and still holds."""
    columns = [
        column
        for column in table.columns
        if isinstance(column.type, sa.Text | sa.JSON)
        and not (table in _OWN and column.name in _ADDRESSES)
    ]
    keys = list(table.primary_key.columns)
    for row in _quoting(connection, table, [*keys, *columns], columns, forms):
        masked = {column.name: _masked(getattr(row, column.name), mask) for column in columns}
        changed = {name: value for name, value in masked.items() if value != getattr(row, name)}
        if not changed:
            continue
        if table is consents:
            chain.seal(connection, [row.id])
            erased.evidence += 1
            continue
        is_it = sa.and_(*(key == getattr(row, key.name) for key in keys))
        connection.execute(sa.update(table).where(is_it).values(changed))
        erased.quotes += 1


def _masked(value: Any, mask: Callable[[str], str]) -> Any:
    """Return a text, or what JSON holds, without the address."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {mask(key): _masked(inner, mask) for key, inner in value.items()}
    return [_masked(inner, mask) for inner in value] if isinstance(value, list) else value


def _quoting(
    connection: sa.Connection,
    table: sa.Table,
    shown: Sequence[sa.Column[Any]],
    columns: Sequence[sa.Column[Any]],
    forms: Sequence[str],
) -> list[sa.Row[Any]]:
    """Return the rows in which one of `columns` may have the address."""
    if not columns:
        return []
    whole: sa.ColumnElement[str] = sa.literal("")
    for column in columns:
        whole = whole + sa.func.coalesce(sa.cast(column, sa.Text), "") + "\n"
    lowered = sa.func.lower(whole)
    holds = sa.or_(*(_contains(connection, lowered, form) for form in forms))
    return list(connection.execute(sa.select(*shown).select_from(table).where(holds)))


def _contains(
    connection: sa.Connection, text: sa.ColumnElement[str], form: str
) -> sa.ColumnElement[bool]:
    """Return whether a text that the database made small has `form`, made small in that way."""
    if connection.dialect.name == "sqlite":  # its lower() knows the letters of ASCII only
        return sa.func.instr(text, _small(form)) > 0
    return sa.func.strpos(text, form.lower()) > 0


def _small(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def _frozen(connection: sa.Connection, forms: Sequence[str]) -> tuple[str, ...]:
    """Return the issues whose own words, which everybody got, have the address in them."""
    table = metadata.tables[_FROZEN]
    lowered = sa.func.lower(sa.cast(table.c.content, sa.Text))
    holds = sa.or_(*(_contains(connection, lowered, form) for form in forms))
    query = sa.select(mailings.c.issue).join(table).where(holds).distinct()
    return tuple(connection.execute(query.order_by(mailings.c.issue)).scalars())


def others_like(connection: sa.Connection, forms: Sequence[str]) -> bool:
    """Whether another person has an address in which this one stands: xanna@… and anna@…."""
    for table in (subscribers, deliveries, exclusions):
        lowered = sa.func.lower(table.c.address_key)
        holds = sa.or_(*(_contains(connection, lowered, form) for form in forms))
        if connection.execute(sa.select(sa.literal(1)).where(holds).limit(1)).scalar():
            return True
    return False


def tables_about(table: sa.Table) -> Iterator[tuple[sa.Table, sa.Column[Any]]]:
    """Yield each table that refers to rows of `table`, and the column by which it does."""
    for other in metadata.sorted_tables:
        for column in other.columns:
            if any(key.column.table is table for key in column.foreign_keys):
                yield other, column
