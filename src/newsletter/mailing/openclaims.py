"""The claims that a clerk holds: whose turn is next, and which claim is settled.

Deliveries are taken in their order, but one whose provider is full is stepped over. When nothing
else is left in the claims, so many of them at a time, those that wait longest for their provider
go back to the ledger with the time at which they may go.
"""

import collections
import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from newsletter.mailing.providers import Providers
from newsletter.model.ledger import Claim, Job, Result
from newsletter.model.mailing import DeliveryState

MOST = 4
"""Claims held at the same time, so that memory does not grow with a list of one provider."""


@dataclass(slots=True)
class _OpenClaim:
    claim: Claim
    waiting: collections.deque[Job]
    unsettled: int


class OpenClaims:
    """Claims with Deliveries that are not settled, by the id of their chunk."""

    def __init__(self, providers: Providers) -> None:
        self._providers = providers
        self._claims: dict[int, _OpenClaim] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._claims)

    def __iter__(self) -> Iterator[int]:
        """Yield the ids of the chunks."""
        return iter(tuple(self._claims))

    def add(self, claim: Claim) -> None:
        """Take a claim in."""
        self._claims[claim.chunk_id] = _OpenClaim(
            claim, collections.deque(claim.jobs), len(claim.jobs)
        )

    def pick(self, most: int) -> tuple[Claim | None, list[Job]]:
        """Return up to `most` Deliveries of one claim that may be tried now, and the claim."""
        for each in self._claims.values():
            jobs = self._pick_from(each.waiting, most)
            if jobs:
                return each.claim, jobs
        return None, []

    def _pick_from(self, waiting: collections.deque[Job], most: int) -> list[Job]:
        jobs: list[Job] = []
        for _ in range(len(waiting)):
            if len(jobs) >= most:
                break
            job = waiting.popleft()
            if self._providers.begin(job.address.domain):
                jobs.append(job)
            else:
                waiting.append(job)
        return jobs

    @property
    def waiting(self) -> int:
        """How many Deliveries were claimed and not tried."""
        return sum(len(each.waiting) for each in self._claims.values())

    def put_aside(self) -> list[Job]:
        """Take out all that wait in the claims; for when they cannot be tried for long."""
        jobs = [job for each in self._claims.values() for job in each.waiting]
        for each in self._claims.values():
            each.unsettled -= len(each.waiting)
            each.waiting.clear()
        return jobs

    def settle(self, result: Result) -> None:
        """Strike a Delivery off its claim, or put it back to wait when it was released."""
        job, each = result.job, self._claims[result.job.chunk_id]
        if result.state is DeliveryState.PENDING:
            each.waiting.append(
                dataclasses.replace(job, number=job.number + 1, state=DeliveryState.PENDING)
            )
        else:
            each.unsettled -= 1

    def put_back(self, jobs: Sequence[Job]) -> None:
        """Let Deliveries wait that were picked and not tried."""
        for job in reversed(jobs):
            self._claims[job.chunk_id].waiting.appendleft(job)

    def strike(self, job: Job) -> None:
        """Strike a Delivery off that somebody else has moved."""
        self._claims[job.chunk_id].unsettled -= 1

    def settled(self) -> list[Claim]:
        """Return the claims of which nothing is left to settle."""
        return [each.claim for each in self._claims.values() if not each.unsettled]

    def drop(self, chunk_id: int) -> Claim:
        """Let a claim go and return it."""
        return self._claims.pop(chunk_id).claim
