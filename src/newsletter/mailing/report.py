"""What came of a send: sums that hold, and the exit code that agrees with them (invariant I7).

Everything is read from the ledger, so a report can be made again at any time. Who is where is in
`Ledger.standings` and `Ledger.exclusions`, which stream.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from newsletter.errors import NewsletterError, Stopped
from newsletter.mailing.ports import Ledger
from newsletter.model.mailing import DeliveryState, Tally

_SHOWN = tuple(state for state in DeliveryState if state is not DeliveryState.SUBMITTING)
_UNDONE = (
    DeliveryState.PENDING,
    DeliveryState.SUBMITTING,
    DeliveryState.DEFERRED,
    DeliveryState.REFUSED,
    DeliveryState.UNKNOWN,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The sums of each Mailing of an issue.

    `stopped` says why a send ended early, `goes_on_at` when hours and limits let it go on.
    """

    issue: str
    tallies: tuple[Tally, ...]
    stopped: Stopped | None = None
    goes_on_at: datetime.datetime | None = None

    @property
    def exit_code(self) -> int:
        """0: all done; 3: some refused, deferred, unknown or still waiting; 4: stopped."""
        if self.stopped is not None:
            return self.stopped.exit_code
        return 3 if any(self.count(state) for state in _UNDONE) else 0

    @property
    def next_due(self) -> datetime.datetime | None:
        """When the next Delivery may be tried; none when there is none to try."""
        due = min((each.next_due for each in self.tallies if each.next_due), default=None)
        return max(due, self.goes_on_at) if due and self.goes_on_at else due

    def count(self, state: DeliveryState) -> int:
        """Return how many Deliveries are in `state`, over all Mailings."""
        return sum(tally.count(state) for tally in self.tallies)

    @property
    def is_paused(self) -> bool:
        """Whether the operator has paused what still waits."""
        return any(tally.paused_at for tally in self.tallies)

    @property
    def paused_because(self) -> str:
        """Why, unless it was at the operator's word."""
        return next((each.paused_because for each in self.tallies if each.paused_because), "")

    @property
    def is_over(self) -> bool:
        """Whether nobody waits or is on their way any more."""
        waiting = (DeliveryState.PENDING, DeliveryState.SUBMITTING, DeliveryState.DEFERRED)
        return not any(self.count(state) for state in waiting)

    def is_due(self, now: datetime.datetime) -> bool:
        """Whether a sender has something to do at `now`: to try, or to look what came of it."""
        is_time = self.next_due is not None and self.next_due <= now
        return not self.is_paused and (is_time or bool(self.in_flight))

    @property
    def in_flight(self) -> int:
        """How many are on their way to the relay; when nobody sends, `resume` looks at them."""
        return self.count(DeliveryState.SUBMITTING)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values, for scripts; the keys are documented and stay."""
        return {"issue": self.issue, "mailings": [_plain(tally) for tally in self.tallies]}


def report(
    ledger: Ledger,
    issue: str,
    stopped: Stopped | None = None,
    goes_on_at: datetime.datetime | None = None,
) -> Report:
    """Return where an issue stands; raise NewsletterError when it was never frozen."""
    tallies = tuple(insist_frozen(ledger, issue))
    return Report(issue=issue, tallies=tallies, stopped=stopped, goes_on_at=goes_on_at)


def insist_frozen(ledger: Ledger, issue: str) -> list[Tally]:
    """Return the sums of an issue; raise NewsletterError when it was never frozen."""
    tallies = ledger.tallies(issue)
    if not tallies:
        raise NewsletterError(f"issue {issue} was never sent", f"newsletter send {issue}")
    return tallies


def _plain(tally: Tally) -> dict[str, Any]:
    """Return the sums of a Mailing; those on their way count as pending: nothing is known yet."""
    counts = {state.value: tally.count(state) for state in _SHOWN}
    counts["pending"] += tally.count(DeliveryState.SUBMITTING)
    return {
        "list": tally.list,
        "segment": tally.segment,
        "candidates": tally.candidates,
        "excluded": tally.excluded,
        **counts,
        "in_flight": tally.count(DeliveryState.SUBMITTING),
        "exclusions": {reason.value: count for reason, count in tally.exclusions.items()},
        "languages": dict(tally.by_language),
        "variants": dict(tally.by_variant),
        "frozen_at": tally.frozen_at.isoformat(),
        "next_due": tally.next_due.isoformat() if tally.next_due else None,
        "paused_at": tally.paused_at.isoformat() if tally.paused_at else None,
        "paused_because": tally.paused_because,
    }
