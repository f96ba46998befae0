"""Notices: the mails that the program writes to one reader, because that reader did something."""

import datetime
from dataclasses import dataclass
from enum import StrEnum

from newsletter.address import Address
from newsletter.model.mailing import DeliveryState

CONFIRM_WITHIN = datetime.timedelta(days=7)
"""How long a link that confirms something works."""

ONCE_IN = datetime.timedelta(hours=24)
"""At most one Notice that asks an Address for something goes there in this time (B19)."""


class NoticeKind(StrEnum):
    """What a Notice is for."""

    CONFIRM = "confirm"
    WELCOME = "welcome"
    GOODBYE = "goodbye"
    CHANGE = "change"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a reader asks for on a public page; a Notice comes of it.

    `address` is whom the Notice goes to, none when that is the reader's own; `lists` are names of
    Lists. `words` were shown, `wording` is their version, `network` where the request came from.
    """

    kind: NoticeKind
    language: str
    address: Address | None = None
    subscriber_id: int | None = None
    lists: tuple[str, ...] = ()
    words: str = ""
    wording: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A Notice as it is kept; `done_at` is when the reader did what it asked for.

    The address is none when it is not needed any more, or the reader is not known any more.
    """

    id: int
    kind: NoticeKind
    subscriber_id: int | None
    address: Address | None
    language: str
    lists: tuple[str, ...]
    words: str
    wording: str
    network: str
    state: DeliveryState
    reason: str
    attempts: int
    reply: str
    created_at: datetime.datetime
    due_at: datetime.datetime | None
    changed_at: datetime.datetime
    done_at: datetime.datetime | None
