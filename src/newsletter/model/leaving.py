"""A reader who leaves a List: what is kept of it until it stands in the database."""

import datetime
from dataclasses import dataclass

ONE_CLICK = "one-click"
"""Source and reason of what a mail program asked for in a reader's name (RFC 8058)."""

PUBLIC_PAGE = "public page"
"""Source and reason of what readers do on the office's own pages."""

MAIL = "mail"
"""Source and reason of a mail to the address that our mails name for unsubscribing (RFC 2369)."""

_BASES = {
    MAIL: "wrote to the address for unsubscribing",
    ONE_CLICK: "pressed “Unsubscribe” in the mail program",
    PUBLIC_PAGE: "pressed the button on the page to unsubscribe",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Somebody leaves a List; both are known by the numbers that their token carries.

    No address stands in it: it may lie in a file for a while.
    """

    subscriber_id: int
    list_id: int
    at: datetime.datetime
    source: str

    @property
    def basis(self) -> str:
        """What the reader did, in words."""
        return _BASES[self.source]
