"""The ledger of sends: what `mailing/` asks of the database, one transaction for each method.

Everything is durable when a method returns and nothing is kept when it raises, so a process may die
between any two of them. `freeze.py`, `sending.py`, `moves.py` and `accounts.py` hold the parts.
"""

import datetime
import os
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import sqlalchemy as sa

from newsletter.errors import DatabaseFault, Stopped
from newsletter.model.ledger import (
    Claim,
    Draft,
    Job,
    Letter,
    Resolution,
    Result,
    Sent,
    Standing,
    Story,
    Turn,
)
from newsletter.model.mailing import DeliveryState, Tally
from newsletter.store import accounts, freeze, generation, letters, moves, sending
from newsletter.store.engine import Database

_PAGE = 500


class Ledger:
    """The ledger in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._owner = f"{os.getpid()}-{secrets.token_hex(4)}"

    def freeze(
        self, issue: str, drafts: Sequence[Draft], now: datetime.datetime, *, keep: bool = True
    ) -> list[Tally]:
        """Freeze `drafts`, all or none, and return their sums; only try it when not `keep`."""
        with self._database.write() as connection:
            for draft in drafts:
                freeze.freeze(connection, issue, draft, now)
            names = {draft.name for draft in drafts}
            found = [each for each in accounts.tallies(connection, issue) if each.name in names]
            freeze.insist_on_readers(drafts, found)
            if not keep:
                connection.rollback()
        return found

    def try_freeze(
        self, issue: str, drafts: Sequence[Draft], now: datetime.datetime
    ) -> Iterator[tuple[Draft, Job]]:
        """Yield the Deliveries that freezing `drafts` would give, and keep nothing."""
        with self._database.write() as connection:
            try:
                for draft in drafts:
                    freeze.freeze(connection, issue, draft, now)
                    only = (draft.name,)
                    while claim := sending.claim(connection, issue, only, self._owner, now):
                        yield from ((draft, job) for job in claim.jobs)
            finally:
                connection.rollback()

    def letter(self, mailing_id: int, language: str, variant: str = "") -> Letter:
        """Return what was frozen for a Mailing in a language and a variant."""
        with self._database.read() as connection:
            return letters.load(connection, mailing_id, language, variant)

    @property
    def owner(self) -> str:
        """The name by which this process claims."""
        return self._owner

    @contextmanager
    def sole_sender(self) -> Iterator[int]:
        """Hold the right to deliver, by the descriptor; NewsletterError when another does."""
        with self._database.sole_sender() as right:
            generation.grow(self._database)
            try:
                yield right
            finally:
                with suppress(DatabaseFault):  # all that was sent is written down
                    generation.grow(self._database)

    def hold_older_copy(self, now: datetime.datetime) -> bool:
        """Whether the database is older than what was sent from here; hold who waits in it then."""
        if not generation.is_older_copy(self._database):
            return False
        with self._database.sole_sender():
            with self._database.write() as connection:
                generation.doubt(connection, now)
            generation.grow(self._database)
        return True

    def restored_at(self) -> datetime.datetime | None:
        """Return when an older copy was last put in the place of the database, if ever."""
        with self._database.read() as connection:
            return generation.restored_at(connection)

    def recover(self, now: datetime.datetime, *, alone: bool = True) -> int:
        """Put right what dead senders left; return how many Deliveries became unknown."""
        with self._database.write() as connection:
            return sending.recover(connection, now, alone=alone)

    def take_back(self, owner: str, now: datetime.datetime) -> int:
        """Put right what one sender left that has died; return how many became unknown."""
        with self._database.write() as connection:
            return sending.take_back(connection, owner, now)

    def claim(
        self, issue: str, now: datetime.datetime, *, only: Collection[str] = ()
    ) -> Claim | None:
        """Claim Deliveries of an issue (Mailings in `only`) that are due; none if none are."""
        with self._database.write() as connection:
            return sending.claim(connection, issue, only, self._owner, now)

    def turn(
        self,
        results: Sequence[Result],
        held: Claim | None,
        jobs: Sequence[Job],
        now: datetime.datetime,
    ) -> Turn:
        """Write `results`, then the intents of `jobs`, which belong to the claim `held`.

        Raises Stopped, with the results written, when another sender has taken over.
        """
        turn = Turn(frozenset(), frozenset())
        with self._database.write() as connection:
            ours = sending.record(connection, results, now) == len(results)
            if held is not None and jobs and ours:
                ours = sending.hold(connection, held, now)
                if ours:
                    turn = sending.intend(connection, held, jobs, now)
        _insist(ours)
        return turn

    def postpone(self, due: Mapping[int, datetime.datetime]) -> None:
        """Set when Deliveries that wait may be tried, by their ids."""
        with self._database.write() as connection:
            sending.postpone(connection, due)

    def sent_since(self, since: datetime.datetime, *, by_domain: bool) -> list[Sent]:
        """Return the Attempts that ended since then, minute by minute, the earliest first."""
        with self._database.read() as connection:
            return accounts.sent_since(connection, since, by_domain=by_domain)

    def finish(self, held: Claim, now: datetime.datetime) -> None:
        """Give a claim back; Stopped when another sender has taken over."""
        with self._database.write() as connection:
            ours = sending.finish(connection, held, now)
        _insist(ours)

    def resolve(
        self,
        issue: str,
        word: Resolution,
        now: datetime.datetime,
        *,
        only: Collection[str] = (),
        most_unknown: int | None = None,
    ) -> int:
        """Carry out the operator's word about what is unknown; return how many Deliveries moved."""
        with self._database.write() as connection:
            return moves.resolve(connection, issue, word, now, only, most_unknown)

    def cancel(self, issue: str, now: datetime.datetime, *, only: Collection[str] = ()) -> int:
        """Cancel what has not been submitted; return how many Deliveries."""
        with self._database.write() as connection:
            return moves.cancel(connection, issue, now, only)

    def retry(
        self,
        issue: str,
        now: datetime.datetime,
        *,
        only: Collection[str] = (),
        matching: str = "",
    ) -> int:
        """Let refused Deliveries wait to be tried again; return how many."""
        with self._database.write() as connection:
            return moves.retry(connection, issue, now, only, matching)

    def pause(self, issue: str, at: datetime.datetime | None) -> int:
        """Pause an issue's Mailings, or with no moment let them go on; return how many changed."""
        with self._database.write() as connection:
            return moves.pause(connection, issue, at)

    def issues(self) -> list[str]:
        """Return the issues that were ever frozen, the latest first."""
        with self._database.read() as connection:
            return accounts.issues(connection)

    def tallies(self, issue: str) -> list[Tally]:
        """Return the sums of each Mailing of an issue."""
        with self._database.read() as connection:
            return accounts.tallies(connection, issue)

    def standings(self, issue: str, states: Collection[DeliveryState] = ()) -> Iterator[Standing]:
        """Yield those in `states`, or every Delivery, page by page: a list may be long."""
        return self._pages(
            lambda connection, after: accounts.delivery_page(
                connection, issue, states, after=after, size=_PAGE
            )
        )

    def exclusions(self, issue: str) -> Iterator[Standing]:
        """Yield those who were left out of an issue, with the reason."""
        return self._pages(
            lambda connection, after: accounts.exclusion_page(
                connection, issue, after=after, size=_PAGE
            )
        )

    def stories(self, address_key: str) -> list[Story]:
        """Return what became of an Address in every Mailing that it was a Candidate of."""
        with self._database.read() as connection:
            return accounts.stories(connection, address_key)

    def _pages(
        self, page_after: Callable[[sa.Connection, int], list[tuple[int, Standing]]]
    ) -> Iterator[Standing]:
        last = 0
        while True:
            with self._database.read() as connection:
                page = page_after(connection, last)
            if not page:
                return
            yield from (standing for _, standing in page)
            last = page[-1][0]


def _insist(ours: bool) -> None:
    if not ours:
        raise Stopped(
            "another process has taken over what this one was sending",
            "let it finish, then look at `newsletter status`",
        )
