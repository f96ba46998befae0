"""Notices inside a transaction: asked for, tried, accounted for.

A Notice begins as the wish of a reader, written in the transaction that answers the request. Its
state moves as that of a Delivery does: `submitting` is the intent, durable before the first byte is
on the wire; what is found in it after a death has become unknown.
"""

import datetime
from collections.abc import Collection, Iterator
from typing import Any

import sqlalchemy as sa

from newsletter.address import Address
from newsletter.model.mailing import DeliveryState
from newsletter.model.notices import Notice, NoticeKind, Wish
from newsletter.store.tables import notices, subscribers

_S = DeliveryState
_WAITING = (_S.PENDING, _S.DEFERRED)
_LOST = "the program stopped before the answer of the relay was kept"


class Notices:
    """The Notices of an office inside one transaction; `digest` is that of an address's key."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, wish: Wish, digest: str, at: datetime.datetime) -> int:
        """Write what a reader asks for, to be seen to at once; return its number."""
        address = wish.address
        row = {
            "kind": wish.kind,
            "subscriber_id": wish.subscriber_id,
            "address_digest": digest,
            "local": address.local if address else "",
            "domain": address.domain if address else "",
            "shown": address.shown if address else "",
            "language": wish.language,
            "lists": " ".join(wish.lists),
            "words": wish.words,
            "wording": wish.wording,
            "network": wish.network,
            "state": _S.PENDING,
            "created_at": at,
            "due_at": at,
            "changed_at": at,
        }
        written = self._connection.execute(sa.insert(notices).values(row).returning(notices.c.id))
        return int(written.scalar_one())

    def find(self, number: int) -> Notice | None:
        """Return a Notice by its number."""
        row = self._connection.execute(_QUERY.where(notices.c.id == number)).one_or_none()
        return _notice(row) if row else None

    def mentions(self, digest: str) -> bool:
        """Whether a Notice still has the address with a keyed hash: nobody may be known by it."""
        found = sa.exists().where(notices.c.address_digest == digest, notices.c.local != "")
        return bool(self._connection.execute(sa.select(found)).scalar())

    def due(self, now: datetime.datetime, most: int) -> list[Notice]:
        """Return those whose turn it is, the oldest first."""
        query = (
            _QUERY.where(notices.c.state.in_(_WAITING), notices.c.due_at <= now)
            .order_by(notices.c.due_at, notices.c.id)
            .limit(most)
        )
        return [_notice(row) for row in self._connection.execute(query)]

    def next_due(self) -> datetime.datetime | None:
        """Return when the next one is due."""
        query = sa.select(sa.func.min(notices.c.due_at)).where(notices.c.state.in_(_WAITING))
        return self._connection.execute(query).scalar()

    def all(self, states: Collection[DeliveryState] = ()) -> Iterator[Notice]:
        """Yield all Notices in `states`, or in any, the newest first."""
        query = _QUERY.order_by(notices.c.id.desc())
        if states:
            query = query.where(notices.c.state.in_(states))
        for row in self._connection.execute(query):
            yield _notice(row)

    def counts(self) -> dict[DeliveryState, int]:
        """Return how many are in each state."""
        query = sa.select(notices.c.state, sa.func.count()).group_by(notices.c.state)
        return {DeliveryState(state): count for state, count in self._connection.execute(query)}

    def was_asked(self, digest: str, kind: NoticeKind, since: datetime.datetime, not_: int) -> bool:
        """Whether an address was written to for this since then, by another Notice than `not_`."""
        found = sa.exists().where(
            notices.c.address_digest == digest,
            notices.c.kind == kind,
            notices.c.created_at > since,
            notices.c.attempts > 0,
            notices.c.id != not_,
        )
        return bool(self._connection.execute(sa.select(found)).scalar())

    def intend(self, number: int, at: datetime.datetime, subscriber_id: int | None) -> bool:
        """Write the intent to send one; whether it still waited."""
        return self._move(
            number,
            _WAITING,
            state=_S.SUBMITTING,
            subscriber_id=subscriber_id,
            attempts=notices.c.attempts + 1,
            due_at=None,
            changed_at=at,
        )

    def skip(self, number: int, reason: str, at: datetime.datetime) -> bool:
        """Write that one is not sent, and why; its address is not needed any more."""
        return self._move(
            number,
            _WAITING,
            state=_S.SKIPPED,
            reason=reason,
            due_at=None,
            changed_at=at,
            **_FORGOTTEN,
        )

    def settle(
        self,
        notice: Notice,
        state: DeliveryState,
        at: datetime.datetime,
        *,
        reply: str,
        due_at: datetime.datetime | None,
    ) -> bool:
        """Write what trying one came to; `due_at` is set when it is tried again."""
        over = state not in _WAITING and notice.kind is not NoticeKind.CHANGE
        return self._move(
            notice.id,
            (_S.SUBMITTING,),
            state=state,
            # What a server says of somebody who was erased meanwhile is not kept.
            reply=sa.case(
                (notices.c.subscriber_id.is_(None) & (notices.c.local == ""), ""), else_=reply
            ),
            due_at=due_at,
            changed_at=at,
            **(_FORGOTTEN if over else {}),
        )

    def recover(self, at: datetime.datetime) -> int:
        """Let what a dead process was sending be unknown; return how many there were."""
        lost = (
            sa.update(notices)
            .where(notices.c.state == _S.SUBMITTING)
            .values(state=_S.UNKNOWN, reply=_LOST, changed_at=at)
        )
        return int(self._connection.execute(lost).rowcount)

    def done(self, number: int, at: datetime.datetime) -> bool:
        """Write that the reader did what a Notice asked for; false when that was done before."""
        done = (
            sa.update(notices)
            .where(notices.c.id == number, notices.c.done_at.is_(None))
            .values(done_at=at, **_FORGOTTEN)
        )
        return self._connection.execute(done).rowcount == 1

    def forget_before(self, moment: datetime.datetime) -> int:
        """Forget the addresses of those whose links have expired; return how many there were."""
        forgotten = (
            sa.update(notices)
            .where(notices.c.created_at < moment, notices.c.local != "")
            .where(notices.c.state.not_in(_WAITING))
            .values(**_FORGOTTEN)
        )
        return int(self._connection.execute(forgotten).rowcount)

    def _move(self, number: int, before: Collection[DeliveryState], **values: Any) -> bool:
        moved = (
            sa.update(notices)
            .where(notices.c.id == number, notices.c.state.in_(before))
            .values(values)
        )
        return self._connection.execute(moved).rowcount == 1


_ERASED = notices.c.subscriber_id.is_(None) & (notices.c.local == "")
"""What a server says of somebody who was erased meanwhile is not kept."""
_FORGOTTEN: dict[str, str] = {"local": "", "domain": "", "shown": "", "network": ""}
_OWN = {name: subscribers.c[name].label(f"own_{name}") for name in ("local", "domain", "shown")}
_QUERY = sa.select(notices, *_OWN.values()).outerjoin_from(
    notices, subscribers, subscribers.c.id == notices.c.subscriber_id
)


def _notice(row: sa.Row[Any]) -> Notice:
    return Notice(
        id=row.id,
        kind=NoticeKind(row.kind),
        subscriber_id=row.subscriber_id,
        address=_address(row),
        language=row.language,
        lists=tuple(row.lists.split()),
        words=row.words,
        wording=row.wording,
        network=row.network,
        state=DeliveryState(row.state),
        reason=row.reason,
        attempts=row.attempts,
        reply=row.reply,
        created_at=row.created_at,
        due_at=row.due_at,
        changed_at=row.changed_at,
        done_at=row.done_at,
    )


def _address(row: sa.Row[Any]) -> Address | None:
    """Return whom a Notice goes to: the address it was asked for, or the reader's own."""
    if row.local:
        return Address(row.local, row.domain, row.shown)
    if row.own_local and row.kind not in (NoticeKind.CHANGE, NoticeKind.CHANGED):
        return Address(row.own_local, row.own_domain, row.own_shown)
    return None
