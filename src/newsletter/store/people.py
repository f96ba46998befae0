"""People inside a transaction: who is known, who subscribes, who must not be mailed.

`PeopleStore` opens the transactions; `People` reads and writes in one. Nothing here decides: that
an ended Subscription is not revived and a suppressed Address not added is the caller's part, which
sees both in `known` and `suppressed`. Consents are only appended, to the chain of `chain.py`.
"""

import contextlib
import datetime
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from newsletter.address import Address
from newsletter.model.people import (
    IMPORT_UNDONE,
    ConsentAction,
    Person,
    SubscriptionState,
    SuppressionReason,
)
from newsletter.store import chain, erasure, requests
from newsletter.store.batches import Batches, BatchLine
from newsletter.store.engine import Apart, Database, upsert
from newsletter.store.intake import Intake
from newsletter.store.notices import Notices
from newsletter.store.readers import Readers
from newsletter.store.requests import RequestKind
from newsletter.store.returns import Returns
from newsletter.store.roster import Roster, person_of
from newsletter.store.tables import FACTS, lists, subscribers, subscriptions, suppressions
from newsletter.store.undo import Undo
from newsletter.tokens import KeyRing


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How and when somebody asked for mail, gave consent or withdrew it.

    `basis` is what the person was told or did, in words; `source` what recorded it: the import of
    a file, a public page, one click, the staff. `wording` is the version of the words that were
    shown and `language` theirs (by default the person's); `network` is where the request came
    from, cut so that it names no single computer.
    """

    basis: str
    source: str
    at: datetime.datetime
    wording: str = ""
    language: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A subscriber as the database has them; `state` is that of the Subscription asked about."""

    subscriber_id: int
    person: Person
    state: SubscriptionState | None


class _Transactions:
    """Opens transactions on the people of an office; `keys` make the digests of addresses."""

    def __init__(self, database: Database | Apart, keys: KeyRing) -> None:
        self._transactions = database
        self._keys = keys

    @contextlib.contextmanager
    def read(self) -> Iterator["People"]:
        """Yield the people as they are at one moment."""
        with self._transactions.read() as connection:
            yield People(connection, self._keys)

    @contextlib.contextmanager
    def write(self) -> Iterator["People"]:
        """Yield the people in a transaction that is rolled back on any error."""
        with self._transactions.write() as connection:
            yield People(connection, self._keys)


class PeopleStore(_Transactions):
    """The people of an office, for whoever comes."""

    def __init__(self, database: Database, keys: KeyRing) -> None:
        super().__init__(database, keys)
        self._database = database

    def apart(self) -> "PeopleApart":
        """Return the people on a connection of its own, for an Intake; it is to be closed."""
        return PeopleApart(self._database.apart(), self._keys)

    def alone_at(self, work: str) -> contextlib.AbstractContextManager[bool]:
        """Hold the right to do `work`; whether it was free."""
        return self._database.alone_at(work)

    @property
    def is_in_place(self) -> bool:
        """Whether what is written here is kept; see `Database.is_in_place`."""
        return self._database.is_in_place

    def empty_log(self) -> bool:
        """Leave nothing in the log of the database; see `Database.empty_log`."""
        return self._database.empty_log()

    def insist_nobody_sends(self) -> None:
        """Raise NewsletterError while a process delivers from this database."""
        with self._database.sole_sender():
            return

    def compact(self) -> None:
        """Leave nothing of what was deleted in the database; see `Database.compact`."""
        self._database.compact()


class PeopleApart(_Transactions):
    """The people of an office on one connection, which an Intake needs."""

    def __init__(self, connection: Apart, keys: KeyRing) -> None:
        super().__init__(connection, keys)
        self._connection = connection

    @property
    def is_as_read(self) -> bool:
        """Whether nobody has written since the last `read`; to be asked inside a transaction."""
        return self._connection.is_as_read

    def close(self) -> None:
        """Close the connection; what was temporary is gone."""
        self._connection.close()


class People:
    """The people of an office inside one transaction."""

    def __init__(self, connection: sa.Connection, keys: KeyRing) -> None:
        self._connection = connection
        self._keys = keys

    @property
    def roster(self) -> Roster:
        """What can be listed and told about them."""
        return Roster(self._connection)

    @property
    def readers(self) -> Readers:
        """What the public pages ask about one reader."""
        return Readers(self._connection)

    @property
    def notices(self) -> Notices:
        """The mails to single readers about what they asked for."""
        return Notices(self._connection)

    @property
    def returns(self) -> Returns:
        """What came back."""
        return Returns(self._connection)

    @property
    def intake(self) -> Intake:
        """The rows of a file beside them; only in a store that is `apart`."""
        return Intake(self._connection, self._keys.digester())

    @property
    def batches(self) -> Batches:
        """What imports wrote."""
        return Batches(self._connection, self._append)

    def undo(self, batch: BatchLine) -> Undo:
        """Return what takes a Batch back."""
        return Undo(self._connection, self._append, batch)

    def digest(self, key: str) -> str:
        """Return the keyed hash of the address with `key`, which suppressions are known by."""
        return self._keys.digest(key)

    # --- What is known ---

    def find_list(self, name: str) -> int | None:
        """Return the id of the List `name`, or none when nobody was ever put on it."""
        query = sa.select(lists.c.id).where(lists.c.name == name)
        return self._connection.execute(query).scalar()

    def known(self, keys: Collection[str], list_id: int | None) -> dict[str, Known]:
        """Return who is known by which of `keys`, with the Subscription to `list_id`."""
        on_list = sa.and_(
            subscriptions.c.subscriber_id == subscribers.c.id,
            subscriptions.c.list_id == (list_id or 0),  # no list has the id 0
        )
        query = (
            sa.select(subscribers, subscriptions.c.state)
            .outerjoin_from(subscribers, subscriptions, on_list)
            .where(subscribers.c.address_key.in_(keys))
        )
        return {row.address_key: _known(row) for row in self._connection.execute(query)}

    def suppressed(self, keys: Collection[str]) -> dict[str, SuppressionReason]:
        """Return which of `keys` must not be mailed, and why."""
        key_of = {self.digest(key): key for key in keys}
        query = sa.select(suppressions.c.address_digest, suppressions.c.reason).where(
            suppressions.c.address_digest.in_(key_of)
        )
        rows = self._connection.execute(query)
        return {key_of[row.address_digest]: SuppressionReason(row.reason) for row in rows}

    # --- What is written ---

    def add_list(self, name: str) -> int:
        """Return the id of the List `name`; write the List if it is not there."""
        upsert(self._connection, lists, [{"name": name}], key=["name"])
        query = sa.select(lists.c.id).where(lists.c.name == name)
        return int(self._connection.execute(query).scalar_one())

    def add_subscribers(self, people: Sequence[Person], at: datetime.datetime) -> dict[str, int]:
        """Write `people` who are not known yet; return the ids of all by the key of the address."""
        rows = [
            {
                **_facts(person),
                "address_key": person.address.key,
                "address_digest": self.digest(person.address.key),
                "local": person.address.local,
                "domain": person.address.domain,
                "shown": person.address.shown,
                "created_at": at,
                "updated_at": at,
            }
            for person in people
        ]
        upsert(self._connection, subscribers, rows, key=["address_key"])
        query = sa.select(subscribers.c.address_key, subscribers.c.id).where(
            subscribers.c.address_key.in_([row["address_key"] for row in rows])
        )
        return {row.address_key: row.id for row in self._connection.execute(query)}

    def update_facts(self, people: Mapping[int, Person], at: datetime.datetime) -> None:
        """Write the facts of `people`, who are known by these ids; addresses stay as they are."""
        if not people:
            return
        new: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in FACTS}
        statement = (
            sa.update(subscribers)
            .where(subscribers.c.id == sa.bindparam("subscriber_id"))
            .values(**new, updated_at=at)
        )
        rows = [
            {"subscriber_id": subscriber_id}
            | {f"new_{name}": value for name, value in _facts(person).items()}
            for subscriber_id, person in people.items()
        ]
        self._connection.execute(statement, rows)

    def subscribe(self, people: Mapping[int, Person], list_id: int, given: Evidence) -> None:
        """Write Subscriptions of `people` (by their ids) to `list_id`, with the consent given.

        A pending Subscription comes into force; one that has ended stays ended.
        """
        if not people:
            return
        rows = [
            {
                "subscriber_id": subscriber_id,
                "list_id": list_id,
                "state": SubscriptionState.ACTIVE,
                "source": given.source,
                "created_at": given.at,
            }
            for subscriber_id in people
        ]
        self._connection.execute(
            sa.update(subscriptions)
            .values(state=SubscriptionState.ACTIVE)
            .where(
                subscriptions.c.subscriber_id.in_(people),
                subscriptions.c.list_id == list_id,
                subscriptions.c.state == SubscriptionState.PENDING,
            )
        )
        upsert(self._connection, subscriptions, rows, key=["subscriber_id", "list_id"])
        self.append_consents(people, list_id, ConsentAction.GIVEN, given)

    def take_back_removal(self, subscriber_id: int, list_id: int, reason: str) -> bool:
        """Let a Subscription that ended for `reason` be in force again; whether there was one."""
        taken_back = self._connection.execute(
            sa.update(subscriptions)
            .values(state=SubscriptionState.ACTIVE, reason="", ended_at=None)
            .where(
                subscriptions.c.subscriber_id == subscriber_id,
                subscriptions.c.list_id == list_id,
                subscriptions.c.state == SubscriptionState.ENDED,
                subscriptions.c.reason == reason,
            )
        )
        return taken_back.rowcount > 0

    def pause_subscription(
        self, subscriber_id: int, list_id: int, until: datetime.datetime | None
    ) -> bool:
        """Let a Subscription that is not over rest until a moment, or rest no more; whether it did.

        It stays in force, so this is no matter of Consent.
        """
        changed = self._connection.execute(
            sa.update(subscriptions)
            .values(paused_until=until)
            .where(
                subscriptions.c.subscriber_id == subscriber_id,
                subscriptions.c.list_id == list_id,
                subscriptions.c.state != SubscriptionState.ENDED,
                subscriptions.c.paused_until.is_distinct_from(until),
            )
        )
        return changed.rowcount > 0

    def end_subscription(
        self, subscriber_id: int, list_id: int, reason: str, withdrawn: Evidence
    ) -> bool:
        """Write that a Subscription is over and why, with the consent withdrawn.

        Returns false and writes nothing when there is no such Subscription or it is over already.
        """
        return bool(self.end_subscriptions([subscriber_id], list_id, reason, withdrawn))

    def end_subscriptions(
        self, subscriber_ids: Collection[int], list_id: int, reason: str, withdrawn: Evidence
    ) -> dict[int, Person]:
        """End the Subscriptions of several people to one List; return those it was not over for.

        One that was over only because an import was taken back ends by their word now: otherwise
        the next import would bring them in again.
        """
        ended = self._connection.execute(
            sa.update(subscriptions)
            .values(
                state=SubscriptionState.ENDED,
                reason=reason,
                ended_at=withdrawn.at,
                paused_until=None,
            )
            .where(
                subscriptions.c.subscriber_id.in_(subscriber_ids),
                subscriptions.c.list_id == list_id,
                (subscriptions.c.state != SubscriptionState.ENDED)
                | (subscriptions.c.reason == IMPORT_UNDONE),
            )
            .returning(subscriptions.c.subscriber_id)
        )
        ids = list(ended.scalars())
        if not ids:
            return {}
        query = sa.select(subscribers).where(subscribers.c.id.in_(ids)).order_by(subscribers.c.id)
        people = {row.id: person_of(row) for row in self._connection.execute(query)}
        self.append_consents(people, list_id, ConsentAction.WITHDRAWN, withdrawn)
        return people

    def suppress(
        self, key: str, reason: SuppressionReason, note: str, at: datetime.datetime
    ) -> bool:
        """Write that the address with `key` must never be mailed; false if that stood already."""
        if self.suppressed([key]):
            return False
        row = {"address_digest": self.digest(key), "reason": reason, "note": note, "at": at}
        upsert(self._connection, suppressions, [row], key=["address_digest"])
        return True

    def allow(self, key: str) -> None:
        """Let the address with `key` be mailed again; that this may be is the caller's part."""
        self._connection.execute(
            sa.delete(suppressions).where(suppressions.c.address_digest == self.digest(key))
        )

    def keep_out(self, rows: Iterable[tuple[str, str, str, datetime.datetime]]) -> int:
        """Enter suppressions of another database of this office; return how many were new.

        A row is the digest of an address, the reason, a note and since when.
        """
        names = ("address_digest", "reason", "note", "at")
        query = sa.select(suppressions.c.address_digest)
        known = set(self._connection.execute(query).scalars())
        new = [dict(zip(names, row, strict=True)) for row in rows if row[0] not in known]
        upsert(self._connection, suppressions, new, key=["address_digest"])
        return len(new)

    def former_addresses(self, subscriber_id: int) -> dict[str, Address | None]:
        """Return the addresses that a person had before, by their keyed hashes."""
        return dict(erasure.former_addresses(self._connection, subscriber_id))

    def erase(self, key: str, forms: Sequence[str]) -> erasure.Erased:
        """Take out all that is known by an address, and the address where texts quote it."""
        query = sa.select(subscribers.c.id).where(subscribers.c.address_key == key)
        found = self._connection.execute(query).scalar()
        return erasure.erase(self._connection, found, self.digest(key), forms)

    def keep(self, rule: Callable[..., int], before: datetime.datetime, only_count: bool) -> int:
        """Let a rule of `retention.py` remove, or count, what is older; return how much."""
        return rule(self._connection, before, only_count=only_count)

    def note_request(self, kind: RequestKind, key: str, basis: str, at: datetime.datetime) -> None:
        """Record what was done about the address with `key`; `basis` must not name it."""
        requests.append(self._connection, kind, self.digest(key), basis, at)

    def note_former(self, address_digest: str, basis: str, at: datetime.datetime) -> None:
        """Record the erasure of an address that a person had before, and keep it out."""
        self.keep_out([(address_digest, SuppressionReason.ERASED, "", at)])
        requests.append(self._connection, RequestKind.ERASURE, address_digest, basis, at)

    def append_consents(
        self,
        people: Mapping[int, Person],
        list_id: int,
        action: ConsentAction,
        evidence: Evidence,
    ) -> None:
        """Append to the chain what `people` (by their ids) did about the List `list_id`."""
        events = (
            (each, self.digest(person.address.key), evidence.language or person.language)
            for each, person in people.items()
        )
        self._append(events, list_id, action, evidence)

    def _append(
        self,
        people: Iterable[tuple[int | None, str, str]],
        list_id: int,
        action: ConsentAction,
        evidence: Evidence,
    ) -> None:
        """Append a Consent for each of `people`: subscriber, digest of the address, language."""
        words = chain.Words.of(evidence, list_id, action)
        chain.append_consents(self._connection, people, words)


def _facts(person: Person) -> dict[str, str]:
    return {name: getattr(person, name) for name in FACTS} | {"topics": " ".join(person.topics)}


def _known(row: sa.Row[Any]) -> Known:
    state = SubscriptionState(row.state) if row.state else None
    return Known(row.id, person_of(row), state)
