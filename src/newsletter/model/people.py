"""Those who read: Lists, Subscribers, Subscriptions, and what forbids to mail an Address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from newsletter.address import Address


class SubscriptionState(StrEnum):
    """Where a Subscription stands: asked for, in force, or over."""

    PENDING = "pending"
    ACTIVE = "active"
    ENDED = "ended"


class ConsentAction(StrEnum):
    """What a Consent records: somebody asked for mail, gave consent to it, or withdrew it."""

    ASKED = "asked"
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class SuppressionReason(StrEnum):
    """Why an Address must never be mailed."""

    HARD_BOUNCE = "hard-bounce"
    COMPLAINT = "complaint"
    MANUAL = "manual"
    ERASED = "erased"


LEFT_ELSEWHERE = "left-elsewhere"
"""Why a Subscription ended that a file from another system says is over."""

IMPORT_UNDONE = "import-undone"
"""Why a Subscription ended whose import was taken back: no choice of the reader's."""


class Standing(StrEnum):
    """What a file from another system says of somebody: on its list, off it, never to be mailed."""

    ON = ""
    LEFT = "left"
    BARRED = "barred"


class RowOutcome(StrEnum):
    """What becomes of a row of an import; every row that is not blank has exactly one."""

    NEW = "new"
    SUBSCRIBED = "subscribed"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    LEFT = "left"
    BARRED = "barred"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDefinition:
    """What one subscribes to; `list_id` stays the same for ever (RFC 2919 3)."""

    name: str
    list_id: str
    owner: str
    names: Mapping[str, str]
    descriptions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What an office knows of a reader: an Address and a few facts, each of which may be empty.

    `topics` are names of topics of the office, in the order of the alphabet.
    """

    address: Address
    name: str = ""
    language: str = ""
    country: str = ""
    organisation: str = ""
    organisation_type: str = ""
    topics: tuple[str, ...] = ()
