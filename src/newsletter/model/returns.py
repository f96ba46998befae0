"""What comes back: a report about mail that we sent, and what it means for whom it names.

A Report is what one message says; nothing here has been decided about anybody. `suppress` of a
Reported recipient is what the report alone would ask for; the history of an address may say
otherwise.
"""

import datetime
from dataclasses import dataclass
from enum import StrEnum


class ReportKind(StrEnum):
    """What a message that came back is."""

    BOUNCE = "bounce"
    DELAY = "delay"
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto-reply"
    OTHER = "other"


class ReturnReason(StrEnum):
    """Why a mail did not arrive, or not yet."""

    UNKNOWN_USER = "unknown_user"
    UNKNOWN_HOST = "unknown_host"
    MAILBOX_FULL = "mailbox_full"
    DISABLED = "disabled"
    MOVED = "moved"
    SUSPENDED = "suspended"
    SPAM = "spam"
    POLICY = "policy"
    AUTHENTICATION = "authentication"
    RELAYING = "relaying"
    RATE = "rate"
    SIZE = "size"
    CONTENT = "content"
    VIRUS = "virus"
    NETWORK = "network"
    EXPIRED = "expired"
    SYSTEM = "system"
    UNKNOWN = "unknown"


class Confidence(StrEnum):
    """How sure a reason is.

    High where words that are known say it and the code does not say otherwise; medium where only
    one of them speaks, or they differ; low where neither says why.
    """

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class ReturnScope(StrEnum):
    """Whom a reason is about."""

    RECIPIENT = "recipient"
    SENDER = "sender"
    MESSAGE = "message"
    NETWORK = "network"


SCOPES = {
    ReturnReason.UNKNOWN_USER: ReturnScope.RECIPIENT,
    ReturnReason.UNKNOWN_HOST: ReturnScope.RECIPIENT,
    ReturnReason.MAILBOX_FULL: ReturnScope.RECIPIENT,
    ReturnReason.DISABLED: ReturnScope.RECIPIENT,
    ReturnReason.MOVED: ReturnScope.RECIPIENT,
    ReturnReason.SUSPENDED: ReturnScope.RECIPIENT,
    ReturnReason.SPAM: ReturnScope.SENDER,
    ReturnReason.POLICY: ReturnScope.SENDER,
    ReturnReason.AUTHENTICATION: ReturnScope.SENDER,
    ReturnReason.RELAYING: ReturnScope.SENDER,
    ReturnReason.RATE: ReturnScope.SENDER,
    ReturnReason.SIZE: ReturnScope.MESSAGE,
    ReturnReason.CONTENT: ReturnScope.MESSAGE,
    ReturnReason.VIRUS: ReturnScope.MESSAGE,
    ReturnReason.NETWORK: ReturnScope.NETWORK,
    ReturnReason.EXPIRED: ReturnScope.NETWORK,
    ReturnReason.SYSTEM: ReturnScope.NETWORK,
    ReturnReason.UNKNOWN: ReturnScope.NETWORK,
}
"""Whom each reason is about."""

GONE = frozenset(
    {
        ReturnReason.UNKNOWN_USER,
        ReturnReason.UNKNOWN_HOST,
        ReturnReason.DISABLED,
        ReturnReason.MOVED,
        ReturnReason.SUSPENDED,
    }
)
"""Reasons for which, when they are permanent, an address is not written to any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What a Report says of one recipient.

    `permanent` is none where that cannot be told, `confidence` how sure the reason is; `status` is
    an enhanced code (RFC 3463), as given or as inferred, or empty; `evidence` the words that say
    so, on one line; `complained` that the reader wants no more mail.
    """

    address: str
    permanent: bool | None
    status: str
    reason: ReturnReason
    evidence: str
    complained: bool = False
    confidence: Confidence = Confidence.HIGH

    @property
    def scope(self) -> ReturnScope:
        """Whom it is about."""
        return SCOPES[self.reason]

    @property
    def suppress(self) -> bool:
        """Whether this report alone asks that nobody writes to the address any more."""
        return self.complained or (self.permanent is True and self.reason in GONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a message says.

    `reporter` is the computer or program that wrote it, as far as it says so; `message_id` that of
    our mail, and `to` the addresses that it was sent to, whose token says what it is about;
    `evidence` is what it was known by.
    """

    kind: ReportKind
    recipients: tuple[Reported, ...] = ()
    reporter: str = ""
    message_id: str = ""
    to: tuple[str, ...] = ()
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One event that a provider posted, and what it says.

    `event_id` is by what the same event is known when it comes again; `at` when it happened, where
    the provider says so. `message_ids` are all names that the provider has for our mail, our own
    first; `headers` what it gives back of what we gave it: headers of the mail, or arguments.
    `routine` tells of an event that is well known and changes nothing, such as a delivery: no
    person has to see it.
    """

    report: Report
    event_id: str
    at: datetime.datetime | None = None
    message_ids: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    routine: bool = False
