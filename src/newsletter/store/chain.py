"""The chain of evidence: each Consent carries the digest of itself and of the one before it.

`append_consents` adds to the end, in the transaction of the caller; `breaks` reads the whole chain
and tells what was changed afterwards. The place of a Consent is its id, so two writers can never
follow the same one: the second finds the place taken.

A digest is SHA-256 over JSON (UTF-8, keys sorted, no blanks) of `action`, `address` (its keyed
hash), `at`, `language`, `list`, `previous`, `wording` and `words`. The last is in turn the SHA-256
over the JSON of `basis`, `network`, `salt` and `source`. So what an erasure has to take out of the
words can be taken out (`seal`): their digest stays, the salt goes, and the chain holds.
"""

import datetime
import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from newsletter.model.people import ConsentAction, SubscriptionState
from newsletter.store.rows import kept
from newsletter.store.tables import consents, lists, subscriptions

if TYPE_CHECKING:
    from newsletter.store.people import Evidence

BEGINNING = ""
"""What the first event has as the digest of the one before it."""

_SALT_OCTETS = 12
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is the same in all Consents that are appended at once."""

    action: str
    list_id: int
    basis: str
    source: str
    wording: str
    network: str
    at: datetime.datetime

    @classmethod
    def of(cls, evidence: "Evidence", list_id: int, action: str) -> "Words":
        """Return the words of `evidence` that somebody did `action` about a List."""
        return cls(
            action=action,
            list_id=list_id,
            basis=evidence.basis,
            source=evidence.source,
            wording=evidence.wording,
            network=evidence.network,
            at=evidence.at,
        )


class BreakKind(StrEnum):
    """What was done to the chain."""

    ALTERED = "altered"
    MISSING = "missing"
    REPLACED = "replaced"
    INSERTED = "inserted"
    MOVED = "moved"
    CUT = "cut"
    UNFOUNDED = "unfounded"


@dataclass(frozen=True, slots=True)
class Break:
    """One place where the chain does not hold, in words."""

    kind: BreakKind
    place: int
    what: str


@dataclass(frozen=True, slots=True)
class _End:
    """How far a walk has come: the place and the digest of the last event, and whose it follows."""

    place: int = 0
    digest: str = BEGINNING
    previous: str = BEGINNING


def digest_of(fields: Mapping[str, str]) -> str:
    """Return the SHA-256 of `fields` as JSON (UTF-8, keys sorted, no blanks)."""
    return _sha256(json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")))


def stamp(at: datetime.datetime) -> str:
    """Return a moment as digests have it: UTC, to the microsecond."""
    return at.astimezone(datetime.UTC).isoformat(timespec="microseconds")


def append_consents(
    connection: sa.Connection, people: Iterable[tuple[int | None, str, str]], words: Words
) -> None:
    """Append a Consent for each of `people`: subscriber, digest of the address, language."""
    link, last, previous = begin_links(connection, words)
    rows = []
    for place, (subscriber_id, address, language) in enumerate(people, start=last + 1):
        digest = link.digest(address, language, previous)
        rows.append((place, subscriber_id, address, language, previous, digest))
        previous = digest
    if rows:  # an import appends a million
        connection.exec_driver_sql(_appending(connection.dialect, words, link.salt), rows)


def begin_links(connection: sa.Connection, words: Words) -> tuple["Linker", int, str]:
    """Return what makes the digests of new events, and place and digest of the newest event."""
    name = connection.execute(sa.select(lists.c.name).where(lists.c.id == words.list_id)).scalar()
    link = Linker(words, str(name), secrets.token_urlsafe(_SALT_OCTETS))
    return link, *_end(connection)


def same_in_all(words: Words, salt: str) -> dict[str, Any]:
    """Return the columns that are the same in all events that are appended at once."""
    return {
        "list_id": words.list_id,
        "action": str(words.action),
        "basis": words.basis,
        "source": words.source,
        "wording": words.wording,
        "network": words.network,
        "at": words.at,
        "salt": salt,
        "sealed": "",
    }


_OWN = ("id", "subscriber_id", "address_digest", "language", "previous", "digest")
"""What differs in Consents that are appended at once, in the order of the table."""


def _appending(dialect: sa.Dialect, words: Words, salt: str) -> str:
    """Return the statement for rows of _OWN; what is the same in all of them stands in it."""
    same = same_in_all(words, salt) | {"at": kept(words.at)}
    values: dict[str, sa.ColumnElement[Any]] = {name: sa.bindparam(name, None) for name in _OWN} | {
        name: sa.literal(value, literal_execute=True) for name, value in same.items()
    }
    compiled = sa.insert(consents).values(values)
    return str(compiled.compile(dialect=dialect, compile_kwargs={"render_postcompile": True}))


def newest(connection: sa.Connection) -> tuple[int, str]:
    """Return how many events there are, and the digest of the last one."""
    return _end(connection)


def seal(connection: sa.Connection, ids: Iterable[int]) -> None:
    """Take the words out of Consents; their digest stays, so that the chain holds."""
    for place in ids:
        row = connection.execute(sa.select(consents).where(consents.c.id == place)).one()
        if not row.sealed:
            connection.execute(
                sa.update(consents)
                .where(consents.c.id == place)
                .values(sealed=_words(row), salt="", basis="", source="", network="")
            )


def count_sealed(connection: sa.Connection) -> int:
    """Return of how many Consents the words were taken out."""
    query = sa.select(sa.func.count()).select_from(consents).where(consents.c.sealed != "")
    return int(connection.execute(query).scalar_one())


def breaks(connection: sa.Connection, noted: str = "") -> Iterator[Break]:
    """Yield every place where the chain does not hold, from its beginning on.

    `noted` is a digest that was written down earlier: without one, nobody can see that the newest
    events were taken away, or that all of them were written anew.
    """
    query = (
        sa.select(consents, lists.c.name.label("list_name"))
        .outerjoin_from(consents, lists)
        .order_by(consents.c.id)
    )
    last, seen = _End(), noted in ("", BEGINNING)
    for row in connection.execute(query, execution_options={"yield_per": _AT_ONCE}):
        yield from _judge(connection, row, last)
        last = _End(row.id, row.digest, row.previous)
        seen = seen or row.digest == noted
    if not seen:
        yield Break(
            BreakKind.CUT,
            last.place + 1,
            f"no event has the digest {noted}: the end was cut off, or written anew",
        )


_SAYS = {
    SubscriptionState.ACTIVE: ConsentAction.GIVEN,
    SubscriptionState.ENDED: ConsentAction.WITHDRAWN,
}


def unfounded(connection: sa.Connection) -> Iterator[Break]:
    """Yield the Subscriptions that stand otherwise than the newest evidence about them says.

    So events that were taken from the end are missed, unless the Subscriptions were changed with
    them.
    """
    newest_action = (
        sa.select(consents.c.action)
        .where(
            consents.c.subscriber_id == subscriptions.c.subscriber_id,
            consents.c.list_id == subscriptions.c.list_id,
        )
        .order_by(consents.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = sa.func.coalesce(newest_action, "")
    expected = sa.case(_SAYS, value=subscriptions.c.state)
    query = (
        sa.select(subscriptions.c.subscriber_id, subscriptions.c.state, lists.c.name, found)
        .join_from(subscriptions, lists)
        .where(subscriptions.c.state.in_(_SAYS), found != expected)
        .order_by(subscriptions.c.id)
    )
    for number, state, name, action in connection.execute(query):
        said = f"the newest evidence says “{action}”" if action else "there is no evidence of it"
        what = f"the subscription of reader {number} to {name} is {state}, but {said}"
        yield Break(BreakKind.UNFOUNDED, newest(connection)[0], what)


def _judge(connection: sa.Connection, row: sa.Row[Any], last: _End) -> Iterator[Break]:
    """Yield what is wrong with an event, and with its place behind the `last` one."""
    if row.digest != event_digest(row):
        about = f"{row.at:%Y-%m-%d}, {row.action}, {row.list_name}"
        yield Break(BreakKind.ALTERED, row.id, f"event {row.id} ({about}) was altered")
    if row.id != last.place + 1:
        yield _missing(last.place + 1, row.id - 1)
    elif row.previous != last.digest:
        yield _out_of_line(connection, row, last)


def _missing(first: int, final: int) -> Break:
    events = f"event {first} is" if first == final else f"events {first} to {final} are"
    return Break(BreakKind.MISSING, first, f"{events} missing")


def _out_of_line(connection: sa.Connection, row: sa.Row[Any], last: _End) -> Break:
    """Return why an event does not follow the one that stands before it."""
    if row.previous == last.previous:
        return Break(BreakKind.INSERTED, last.place, f"event {last.place} was put in")
    query = sa.select(consents.c.id).where(consents.c.digest == row.previous).limit(1)
    found = connection.execute(query).scalar()
    if found is not None or row.previous == BEGINNING:
        where = f"behind event {found}" if found is not None else "at the beginning"
        return Break(BreakKind.MOVED, row.id, f"event {row.id} stood {where} once")
    return Break(
        BreakKind.REPLACED,
        last.place,
        f"event {last.place} is not the one that stood before event {row.id}",
    )


def event_digest(row: sa.Row[Any]) -> str:
    """Return the digest that an event should have: a row of `consents` with `list_name`."""
    return digest_of(
        {
            "action": row.action,
            "address": row.address_digest,
            "at": stamp(row.at),
            "language": row.language,
            "list": row.list_name or "",
            "previous": row.previous,
            "wording": row.wording,
            "words": row.sealed or _words(row),
        }
    )


def _words(row: sa.Row[Any]) -> str:
    return words_digest(row.basis, row.network, row.salt, row.source)


def words_digest(basis: str, network: str, salt: str, source: str) -> str:
    """Return the digest of what an erasure may take out of an event."""
    return digest_of({"basis": basis, "network": network, "salt": salt, "source": source})


class Linker:
    """Makes the digests of many events that differ in three fields only.

    It writes the same JSON as `event_digest`, in a third of the time: an import has a million.
    """

    def __init__(self, words: Words, list_name: str, salt: str) -> None:
        text = _json
        self.salt = salt
        covered = words_digest(words.basis, words.network, salt, words.source)
        self._begin = f'{{"action":{text(words.action)},"address":"'
        self._at = f'","at":{text(stamp(words.at))},"language":'
        self._list = f',"list":{text(list_name)},"previous":"'
        self._end = f'","wording":{text(words.wording)},"words":"{covered}"}}'
        self._languages: dict[str, str] = {}

    def digest(self, address: str, language: str, previous: str) -> str:
        """Return the digest of one event; `address` and `previous` are hexadecimal digits."""
        shown = self._languages.get(language)
        if shown is None:
            shown = self._languages[language] = f"{self._at}{_json(language)}{self._list}"
        text = f"{self._begin}{address}{shown}{previous}{self._end}"
        return hashlib.sha256(text.encode()).hexdigest()


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _end(connection: sa.Connection) -> tuple[int, str]:
    query = sa.select(consents.c.id, consents.c.digest).order_by(consents.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return (row.id, row.digest) if row else (0, BEGINNING)
