"""One reader as the public pages know them: by a number that a token carries.

Here are the facts; that a Consent goes with each change of a Subscription is the caller's part.
"""

import datetime
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from newsletter.address import Address
from newsletter.model.leaving import PUBLIC_PAGE
from newsletter.model.people import ConsentAction, SubscriptionState
from newsletter.store.engine import upsert
from newsletter.store.tables import consents, lists, subscribers, subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A reader and one List; `state` is none when there is no such Subscription.

    What is not known is empty: somebody may have been erased since the link was made.
    """

    list: str
    language: str
    state: SubscriptionState | None


class Readers:
    """What is asked and written about one reader, inside a transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def membership(self, subscriber_id: int, list_id: int) -> Membership:
        """Return how a reader stands to a List."""
        language = sa.select(subscribers.c.language).where(subscribers.c.id == subscriber_id)
        name = sa.select(lists.c.name).where(lists.c.id == list_id)
        state = sa.select(subscriptions.c.state).where(
            subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.list_id == list_id
        )
        row = self._connection.execute(
            sa.select(
                language.scalar_subquery().label("language"),
                name.scalar_subquery().label("name"),
                state.scalar_subquery().label("state"),
            )
        ).one()
        return Membership(
            list=row.name or "",
            language=row.language or "",
            state=SubscriptionState(row.state) if row.state else None,
        )

    def memberships(self, subscriber_id: int) -> list[int]:
        """Return the numbers of the Lists that somebody ever subscribed to."""
        query = sa.select(subscriptions.c.list_id).where(
            subscriptions.c.subscriber_id == subscriber_id
        )
        return list(self._connection.execute(query.order_by(subscriptions.c.list_id)).scalars())

    def key_of(self, subscriber_id: int) -> str:
        """Return the key of a reader's address; empty when there is no such reader."""
        query = sa.select(subscribers.c.address_key).where(subscribers.c.id == subscriber_id)
        return self._connection.execute(query).scalar() or ""

    def state(self, subscriber_id: int, list_id: int) -> SubscriptionState | None:
        """Return where a Subscription stands; none when there is no such one."""
        return self.membership(subscriber_id, list_id).state

    def came_back(
        self, subscriber_id: int, list_id: int, since: datetime.datetime, now: datetime.datetime
    ) -> bool:
        """Whether a reader gave consent on a public page after a moment.

        What lies in the future was given before the clock was set back, so before that moment.
        """
        found = sa.exists().where(
            consents.c.subscriber_id == subscriber_id,
            consents.c.list_id == list_id,
            consents.c.action == ConsentAction.GIVEN,
            consents.c.source == PUBLIC_PAGE,
            consents.c.at > since,
            consents.c.at <= now,
        )
        return bool(self._connection.execute(sa.select(found)).scalar())

    def ask_for(self, subscriber_id: int, list_id: int, source: str, at: datetime.datetime) -> None:
        """Write a Subscription that waits for its reader to confirm it; one that is there stays."""
        row = {
            "subscriber_id": subscriber_id,
            "list_id": list_id,
            "state": SubscriptionState.PENDING,
            "source": source,
            "created_at": at,
        }
        upsert(self._connection, subscriptions, [row], key=["subscriber_id", "list_id"])

    def activate(
        self, subscriber_id: int, list_id: int, source: str, at: datetime.datetime
    ) -> bool:
        """Bring a Subscription into force by its reader's own wish; whether it was not yet.

        It alone revives one that has ended.
        """
        if self.state(subscriber_id, list_id) is SubscriptionState.ACTIVE:
            return False
        row = {
            "subscriber_id": subscriber_id,
            "list_id": list_id,
            "state": SubscriptionState.ACTIVE,
            "reason": "",
            "source": source,
            "created_at": at,
            "ended_at": None,
            "paused_until": None,
        }
        upsert(
            self._connection,
            subscriptions,
            [row],
            key=["subscriber_id", "list_id"],
            update=["state", "reason", "source", "ended_at", "paused_until"],
        )
        return True

    def choose(
        self,
        subscriber_id: int,
        at: datetime.datetime,
        *,
        language: str,
        topics: Collection[str] | None = None,
    ) -> None:
        """Write in which language a reader wants mails and, if told, about what.

        From now on no import says otherwise.
        """
        values: dict[str, object] = {"language": language, "updated_at": at, "chosen_at": at}
        if topics is not None:
            values["topics"] = " ".join(sorted(topics))
        change = sa.update(subscribers).where(subscribers.c.id == subscriber_id).values(values)
        self._connection.execute(change)

    def move_to(
        self, subscriber_id: int, address: Address, digest: str, at: datetime.datetime
    ) -> None:
        """Write that a reader has a new address, which nobody else has."""
        change = (
            sa.update(subscribers)
            .where(subscribers.c.id == subscriber_id)
            .values(
                address_key=address.key,
                address_digest=digest,
                local=address.local,
                domain=address.domain,
                shown=address.shown,
                updated_at=at,
            )
        )
        self._connection.execute(change)
