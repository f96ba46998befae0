"""The life of a Mailing: states of a Delivery, Outcomes of an Attempt, reasons of an Exclusion.

    pending ──► submitting ──► accepted │ deferred │ refused │ unknown
    deferred ─► submitting (when due)
    pending, deferred ──► skipped │ cancelled
    submitting ──► pending (nothing was said about the recipient: released)
    pending, deferred ──► unknown (the state is an older copy: it may have been sent since)
    unknown ──► accepted │ pending (the operator's word, or the configured policy)
    refused ──► pending (the operator's word)

Nothing else is allowed, and there is no way out of accepted. What a mail server answers is a
value, the Outcome; how it moves a Delivery is a pure function of it.
"""

import datetime
from dataclasses import dataclass, field
from enum import StrEnum


class _Word(StrEnum):
    """One of a few words; looked up several times for every mail."""

    __hash__ = str.__hash__  # Enum's own is ten times as slow


class DeliveryState(_Word):
    """Where a Delivery stands."""

    PENDING = "pending"
    SUBMITTING = "submitting"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


_S = DeliveryState
TRANSITIONS: dict[DeliveryState, frozenset[DeliveryState]] = {
    _S.PENDING: frozenset({_S.SUBMITTING, _S.SKIPPED, _S.CANCELLED, _S.UNKNOWN}),
    _S.SUBMITTING: frozenset({_S.ACCEPTED, _S.DEFERRED, _S.REFUSED, _S.UNKNOWN, _S.PENDING}),
    _S.DEFERRED: frozenset({_S.SUBMITTING, _S.SKIPPED, _S.CANCELLED, _S.UNKNOWN}),
    _S.UNKNOWN: frozenset({_S.ACCEPTED, _S.PENDING}),
    _S.ACCEPTED: frozenset(),
    _S.REFUSED: frozenset({_S.PENDING}),
    _S.SKIPPED: frozenset(),
    _S.CANCELLED: frozenset(),
}
"""The only moves there are."""

FINAL = frozenset({_S.ACCEPTED, _S.REFUSED, _S.UNKNOWN, _S.SKIPPED, _S.CANCELLED})
"""States in which nothing more happens by itself."""


class ExclusionReason(StrEnum):
    """Why a Candidate gets no Delivery."""

    UNSUBSCRIBED = "unsubscribed"
    UNCONFIRMED = "unconfirmed"
    PAUSED = "paused"
    OTHER_MAILING = "other-mailing"
    SUPPRESSED = "suppressed"
    OTHER_LIST = "other-list"


class Stage(_Word):
    """How far an SMTP transaction had come."""

    LOCAL = "local"
    CONNECT = "connect"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    FINAL = "final"


class Scope(_Word):
    """Whom a negative answer is about."""

    CONNECTION = "connection"
    SENDER = "sender"
    MESSAGE = "message"
    RECIPIENT = "recipient"
    POLICY = "policy"


class Verdict(_Word):
    """What an Attempt came to."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    RELEASED = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one SMTP transaction came to.

    `code` is the three-digit reply or 0 where none was read, `enhanced` the code of RFC 3463 or
    empty, `text` the reply or the fault in printable characters.
    """

    verdict: Verdict
    stage: Stage
    scope: Scope
    code: int = 0
    enhanced: str = ""
    text: str = ""


STATE_AFTER: dict[Verdict, DeliveryState] = {
    Verdict.ACCEPTED: _S.ACCEPTED,
    Verdict.DEFERRED: _S.DEFERRED,
    Verdict.REFUSED: _S.REFUSED,
    Verdict.UNKNOWN: _S.UNKNOWN,
    Verdict.RELEASED: _S.PENDING,
}
"""The state a Delivery moves to from `submitting`."""


def mailing_name(list_name: str, segment: str) -> str:
    """Return what a Mailing to a List, or to a Segment of it, is called."""
    return f"{list_name}/{segment}" if segment else list_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many stand where, for one Mailing; the sums always hold (invariant I1).

    candidates = excluded + pending + submitting + deferred + accepted + refused + unknown
                 + skipped + cancelled

    `by_variant` counts those who get a variant of the issue that is for some Segments.
    """

    issue: str
    list: str
    segment: str = ""
    candidates: int
    excluded: int
    by_state: dict[DeliveryState, int]
    by_language: dict[str, int]
    exclusions: dict[ExclusionReason, int]
    frozen_at: datetime.datetime
    next_due: datetime.datetime | None = None
    paused_at: datetime.datetime | None = None
    paused_because: str = ""
    by_variant: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the Mailing is called among those of its issue."""
        return mailing_name(self.list, self.segment)

    def count(self, state: DeliveryState) -> int:
        """Return how many Deliveries are in `state`."""
        return self.by_state.get(state, 0)

    @property
    def balanced(self) -> bool:
        """Whether every Candidate is accounted for, once."""
        return self.candidates == self.excluded + sum(self.by_state.values())
