"""One reader as the public pages ask about them: known by a number that a token carries."""

from dataclasses import dataclass

import sqlalchemy as sa

from newsletter.model.people import SubscriptionState
from newsletter.store.tables import lists, subscribers, subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A reader and one List; `state` is none when there is no such Subscription.

    What is not known is empty: somebody may have been erased since the link was made.
    """

    list: str
    language: str
    state: SubscriptionState | None


class Readers:
    """Questions about one reader, inside a transaction."""

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
