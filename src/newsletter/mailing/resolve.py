"""The operator's word about an issue.

Resolve what is unknown, try again what was refused, pause, go on, cancel what still waits. Each is
one transaction; said twice, the second time moves nothing. A send that is under way hears of it at
its next turn.
"""

import datetime
from collections.abc import Collection

from newsletter.mailing.ports import Ledger
from newsletter.mailing.report import insist_frozen
from newsletter.model.ledger import Resolution


def resolve(
    ledger: Ledger,
    issue: str,
    word: Resolution,
    now: datetime.datetime,
    *,
    only: Collection[str] = (),
) -> int:
    """Send what is unknown again, or take it for accepted; return how many Deliveries that is.

    What is to be sent again goes out with the next `deliver`.
    """
    insist_frozen(ledger, issue)
    return ledger.resolve(issue, word, now, only=only)


def cancel(
    ledger: Ledger, issue: str, now: datetime.datetime, *, only: Collection[str] = ()
) -> int:
    """Cancel what has not been submitted to the Lists in `only` (or all); return how many."""
    insist_frozen(ledger, issue)
    return ledger.cancel(issue, now, only=only)


def retry(
    ledger: Ledger,
    issue: str,
    now: datetime.datetime,
    *,
    only: Collection[str] = (),
    matching: str = "",
) -> int:
    """Let what was refused be tried again, with `matching` for reasons that hold these words."""
    insist_frozen(ledger, issue)
    return ledger.retry(issue, now, only=only, matching=matching)


def pause(ledger: Ledger, issue: str, now: datetime.datetime) -> bool:
    """Let nothing more of an issue go until `unpause`; whether that changed anything."""
    insist_frozen(ledger, issue)
    return ledger.pause(issue, now) > 0


def unpause(ledger: Ledger, issue: str) -> bool:
    """Let an issue go on; whether it was paused."""
    insist_frozen(ledger, issue)
    return ledger.pause(issue, None) > 0
