"""How gently to treat mail servers, as an office writes it in `newsletter.yaml`.

Every field has its meaning beside it; the reference in `docs/` is generated from here.
"""

import datetime
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from newsletter.model.written import Line, Slug, Whole, Written, refuse

_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*[-–]\s*(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")
_SPAN_REMEDY = "write it as 08:00-20:00"
_SPAN_PATTERN = r"^\s*([01]\d|2[0-3]):[0-5]\d\s*[-–]\s*(([01]\d|2[0-3]):[0-5]\d|24:00)\s*$"

Positive = Annotated[Whole, Field(ge=1)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def read_hours(text: str) -> tuple[datetime.time, datetime.time]:
    """Return the two times of the day that `hours` names; 24:00 is midnight."""
    found = _SPAN.fullmatch(text.strip())
    if not found:
        raise refuse(f"“{text[:40]}” is no span of hours", _SPAN_REMEDY)
    since = datetime.time(int(found[1]), int(found[2]))
    until = datetime.time(int(found[3]), int(found[4])) if found[3] else datetime.time(0)
    return since, until


def _hours(text: str) -> str:
    read_hours(text)
    return text.strip()


HoursText = Annotated[
    str,
    AfterValidator(_hours),
    Field(
        json_schema_extra={"pattern": _SPAN_PATTERN, "patternErrorMessage": _SPAN_REMEDY},
    ),
]


class WarmUpText(Written):
    """How a relay or an address that nobody knows yet begins: few messages, and more every day."""

    begins: datetime.date = Field(description="The first day.")
    first_day: Positive = Field(description="Messages on the first day (any 24 hours).")
    factor: Annotated[float, Field(gt=1, le=10)] = Field(
        2, description="By how much there are more each day, until other limits are reached."
    )


class Rates(Written):
    """How many messages may go; whatever is left out has no limit."""

    messages_per_second: Annotated[float, Field(gt=0)] | None = Field(
        None, description="Messages in any second, over all connections; 0.2 is one in 5 seconds."
    )
    messages_per_hour: Positive | None = Field(None, description="Messages in any 60 minutes.")
    messages_per_day: Positive | None = Field(None, description="Messages in any 24 hours.")


class RelayLimits(Rates):
    """How gently to treat one relay."""

    connections: Annotated[Whole, Field(ge=1, le=50)] | None = Field(
        None, description="Connections open at once; 4 when left out."
    )
    messages_in_flight: Annotated[Whole, Field(ge=1, le=64)] | None = Field(
        None,
        description="Messages on the way at once over one connection, where the relay takes "
        "several (CHUNKING) and is far; 4 when left out. So many can become unknown when a "
        "connection is lost.",
    )
    messages_per_connection: Positive | None = Field(
        None,
        description="Messages before a connection is closed and a new one opened; 100 when left "
        "out.",
    )
    warm_up: WarmUpText | None = Field(
        None, description="Begin with few messages a day, and let them grow."
    )


class Limits(RelayLimits):
    """How gently to treat the relay, or all of them, and the servers of readers behind them."""

    processes: Annotated[Whole, Field(ge=1, le=32)] | None = Field(
        None,
        description="Processes of this computer that send side by side and share connections and "
        "limits; when left out as many as make a large send faster: one on a small computer.",
    )
    hours: HoursText | None = Field(
        None, description="Hours in which mail may go: 08:00-20:00. At any time when left out."
    )
    days: tuple[Weekday, ...] | None = Field(
        None, min_length=1, description="Days on which mail may go: [mon, tue, wed, thu, fri]."
    )
    time_zone: Line | None = Field(
        None, description="The clock for `hours` and `days`; that of the office when left out."
    )
    domains: dict[str, Rates] = Field(
        default_factory=dict,
        description="Limits for the readers of one provider, by any of its domains: mail.ru holds "
        "for bk.ru, list.ru and inbox.ru too.",
    )
    give_up_after_days: Annotated[float, Field(gt=0, le=14)] = Field(
        4, description="How long to go on trying when a server says “later”."
    )


class RelayText(Written):
    """One of several relays."""

    name: Slug = Field(description="Its name in accounts of a send.")
    relay: Line | None = Field(
        None, description="Its address: smtp://user@host:port?tls=none|starttls|implicit."
    )
    relay_file: Line | None = Field(
        None, description="File that holds its address with the password, instead of `relay`."
    )
    share: Annotated[float, Field(ge=0, le=1000)] = Field(
        1,
        description="Its part of the messages: 3 beside 1 gets three quarters. With 0 it stands "
        "by until no other can be used.",
    )
    limits: RelayLimits = Field(
        default_factory=RelayLimits,
        description="What is different for it; the rest is as in `limits` of the file.",
    )
