"""The operator's word about an issue: resolve what is unknown, cancel what still waits.

Each is one transaction; said twice, the second time moves nothing.
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
