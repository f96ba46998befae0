"""What goes between the ledger of sends and those who work with it.

`store/` keeps the ledger; `mailing/` freezes, delivers and reports; both know only these values.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from newsletter.address import Address
from newsletter.model.mailing import DeliveryState, ExclusionReason, Outcome, mailing_name
from newsletter.model.message import MailHead
from newsletter.model.rendering import Rendering
from newsletter.model.segment import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What everybody on one List who reads one language gets: frozen with the Mailing."""

    rendering: Rendering
    head: MailHead


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A Mailing to be frozen: its List, or a Segment of it, and its Letter in each language.

    `only_for` are the Segments that parts of the issue are for: readers in some of them get one of
    the `variants`, which are named by the Segments in this order, with a full stop between.
    """

    list: str
    letters: Mapping[str, Letter]
    default_language: str
    segment: Segment | None = None
    only_for: tuple[Segment, ...] = ()
    variants: Mapping[str, Mapping[str, Letter]] = field(default_factory=dict)

    def letter(self, language: str, variant: str) -> Letter:
        """Return the Letter for readers of `language` who get `variant`, empty for the general."""
        return self.variants[variant][language] if variant else self.letters[language]

    @property
    def name(self) -> str:
        """What the Mailing will be called among those of its issue."""
        return mailing_name(self.list, self.segment.name if self.segment else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One Delivery that a sender may try now; `number` is that of the Attempt to come."""

    id: int
    mailing_id: int
    chunk_id: int
    list_id: int
    subscriber_id: int
    state: DeliveryState
    address: Address
    name: str
    language: str
    number: int
    variant: str = ""
    deferred_since: datetime.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A chunk of Deliveries that belongs to one sender for a while.

    `fence` grows with each claim of the chunk: who holds an older one has lost it.
    """

    chunk_id: int
    fence: int
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an Attempt came to, and where its Delivery stands after it.

    `reason` are words for people; `due_at` is set when it will be tried again; `relay` is the name
    of the relay that the Attempt was made with.
    """

    job: Job
    outcome: Outcome
    state: DeliveryState
    reason: str = ""
    due_at: datetime.datetime | None = None
    relay: str = ""

    def __post_init__(self) -> None:
        """Refuse a Delivery that would wait for ever, or be due though nothing is left to do."""
        waits = self.state in (DeliveryState.PENDING, DeliveryState.DEFERRED)
        if waits != (self.due_at is not None):
            raise ValueError(f"a Delivery that is {self.state} is due {self.due_at}")


@dataclass(frozen=True, slots=True)
class Sent:
    """How many Attempts ended within the minute of `at`, by relay and, if asked for, domain."""

    at: datetime.datetime
    relay: str
    domain: str
    count: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What one transaction of the ledger did with the intents that it was asked to write.

    `begun` may now be submitted; `skipped` ended their Subscription or were suppressed; what is in
    neither was taken away by the operator. When `paused` no intent was written, and all wait on;
    `because` says why, unless it was at the operator's word.
    """

    begun: frozenset[int]
    skipped: frozenset[int]
    paused: bool = False
    because: str = ""


class Resolution(StrEnum):
    """The operator's word about Deliveries that are unknown."""

    RESEND = "resend"
    ASSUME_ACCEPTED = "assume-accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one Candidate of a Mailing stands; `state` is none for an Exclusion."""

    list: str
    address: str
    name: str
    language: str
    state: DeliveryState | None
    exclusion: ExclusionReason | None
    reason: str
    due_at: datetime.datetime | None
    changed_at: datetime.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One Attempt as it was kept; `outcome` is none when its end was never heard of."""

    number: int
    started_at: datetime.datetime
    ended_at: datetime.datetime | None
    outcome: Outcome | None
    relay: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that happened to one Candidate of a Mailing."""

    issue: str
    standing: Standing
    attempts: tuple[AttemptRecord, ...]
