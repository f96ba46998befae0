"""Takes an import back: first what that would come to, then all of it or nothing."""

import datetime

from newsletter.errors import NewsletterError
from newsletter.model.people import RowOutcome
from newsletter.store.batches import BatchLine
from newsletter.store.people import Evidence, PeopleStore
from newsletter.store.undo import UndoCounts

__all__ = ["BatchLine", "UndoCounts", "apply_undo", "later_batches", "list_batches", "plan_undo"]


def list_batches(store: PeopleStore) -> tuple[BatchLine, ...]:
    """Return every import that changed anything, the newest first."""
    with store.read() as people:
        return people.batches.all()


def plan_undo(store: PeopleStore, batch_id: int) -> tuple[BatchLine, UndoCounts | None]:
    """Return a Batch and what taking it back would come to; none if that was done before.

    Raises NewsletterError when there is no such Batch.
    """
    with store.read() as people:
        batch = people.batches.find(batch_id)
        if batch is None:
            raise NewsletterError(
                f"there is no import {batch_id}", "`newsletter subscribers batches` shows them"
            )
        return batch, None if batch.undone_at else people.undo(batch).forecast()


def later_batches(store: PeopleStore, batch: BatchLine) -> tuple[BatchLine, ...]:
    """Return the imports that came later and found people on the List already.

    Which people that were is not kept, so who was in both goes with the first.
    """
    return tuple(
        each
        for each in list_batches(store)
        if each.list == batch.list
        and each.id > batch.id
        and not each.undone_at
        and any(each.counts.get(outcome) for outcome in (RowOutcome.UNCHANGED, RowOutcome.CHANGED))
    )


def apply_undo(store: PeopleStore, batch_id: int, at: datetime.datetime) -> UndoCounts | None:
    """Take a Batch back and return what that came to; none if it was done before."""
    withdrawn = Evidence(basis="import undone", source=f"undo of import {batch_id}", at=at)
    with store.write() as people:
        batch = people.batches.find(batch_id)
        if batch is None or batch.undone_at:
            return None
        undo = people.undo(batch)
        counts = undo.forecast()
        undo.write(withdrawn)
        return counts
