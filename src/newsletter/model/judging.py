"""What is decided about an Address because of what came back, and why, in words."""

import datetime
from dataclasses import dataclass
from enum import StrEnum

from newsletter.model.returns import ReportKind, ReturnReason


class Proof(StrEnum):
    """What shows that a report is about a mail of ours; without it nothing is done to anybody.

    A token in the return path that it came to, or in what it gives back of our mail; the Message-ID
    of that mail, which has a seal; the signed word of a provider; the answer that the relay itself
    gave.
    """

    RETURN_PATH = "return-path"
    MESSAGE_ID = "message-id"
    LINK = "link"
    PROVIDER = "provider"
    DIALOGUE = "dialogue"
    NONE = ""


class Action(StrEnum):
    """What is done because of one report about one Address."""

    SUPPRESSED = "suppressed"
    ENDED = "ended"
    COUNTED = "counted"
    OURS = "ours"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one report said about one Delivery.

    `is_named`: the report names the very Address that the mail went to, and not one that it was
    passed on to. `permanent` is none where nobody said for how long.
    """

    kind: ReportKind
    reason: ReturnReason
    permanent: bool | None = None
    status: str = ""
    proof: Proof = Proof.NONE
    is_named: bool = True
    complained: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One issue on its way to an Address, and all that was told of it; nothing told is good."""

    issue: str
    at: datetime.datetime
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is done, and the reason for people to read."""

    action: Action
    because: str


class AlarmRule(StrEnum):
    """What an operator is told about at once."""

    REFUSED_FOR_US = "refused-for-us"
    UNKNOWN_USERS = "unknown-users"
    COMPLAINTS = "complaints"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCount:
    """What came back of one Mailing from one provider of mailboxes, in numbers of Deliveries.

    `mails` were handed over; an empty `provider` stands for all of them together.
    """

    provider: str
    mails: int
    refused_for_us: int = 0
    unknown_users: int = 0
    complaints: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A share of what came back that is too large: `count` of `mails` at a provider, or of all."""

    rule: AlarmRule
    provider: str
    count: int
    mails: int
    limit: float

    @property
    def words(self) -> str:
        """What is the matter, for people."""
        what = {
            AlarmRule.REFUSED_FOR_US: "were refused because of us, not of the readers",
            AlarmRule.UNKNOWN_USERS: "went to readers that nobody knows there",
            AlarmRule.COMPLAINTS: "were called spam by their readers",
        }[self.rule]
        where = f" at {self.provider}" if self.provider else ""
        share = 100 * self.count / self.mails
        limit = f"{share:.1f} %, and {self.limit:g} % is the limit"
        return f"{self.count} of {self.mails} mails{where} {what}: {limit}"
