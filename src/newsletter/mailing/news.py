"""What the processes of one send tell one another: a line of JSON each.

The leader gives an Order. Workers say who they are, what they learn that holds for all, and how
they ended; the leader passes on what holds for all. Times are spans, so that clocks need not agree.
"""

import dataclasses
import json
from dataclasses import dataclass

LONGEST = 1 << 20
"""Octets of one line, at the most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The leader: do this part of a send.

    Who stands in for a worker that died counts all that was sent before as its own, for nobody
    knows how much of it that one had sent.
    """

    issue: str
    only: list[str]
    part: int
    of: int
    stands_in: bool
    outfit: str = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True)
class Joined:
    """A worker: this is the name by which I claim."""

    owner: str


@dataclass(frozen=True, slots=True)
class Noted:
    """A worker: this trouble is to be shown; with no words there is none any more."""

    words: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A worker: nothing is due any more, or until then (ISO 8601)."""

    goes_on_at: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """A worker: something that a person can mend keeps me from working."""

    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Broke:
    """A worker: there is a fault in the program."""

    trace: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Anybody: the send is to stop."""

    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class RelayStopped:
    """Anybody: nothing more is to go by this relay."""

    relay: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class RelayPaused:
    """Anybody: nothing is to go by this relay for so long."""

    relay: str
    seconds: float


@dataclass(frozen=True, slots=True)
class RelayFaulty:
    """Anybody: what was begun so long ago came to a fault of this relay."""

    relay: str
    seconds: float


@dataclass(frozen=True, slots=True)
class RelayWell:
    """Anybody: this relay works again."""

    relay: str


@dataclass(frozen=True, slots=True)
class ProviderPaused:
    """Anybody: nothing is to go to the provider of this domain for so long."""

    domain: str
    seconds: float


ForAll = Stop | RelayStopped | RelayPaused | RelayFaulty | RelayWell | ProviderPaused
News = Order | Joined | Noted | Ended | Failed | Broke | ForAll

_KINDS: dict[str, type[News]] = {
    each.__name__: each
    for each in (
        *(Order, Joined, Noted, Ended, Failed, Broke),
        *(Stop, RelayStopped, RelayPaused, RelayFaulty, RelayWell, ProviderPaused),
    )
}


def written(news: News) -> bytes:
    """Return news as a line."""
    plain = {"news": type(news).__name__, **dataclasses.asdict(news)}
    return json.dumps(plain).encode() + b"\n"


def read(line: bytes) -> News | None:
    """Return the news on a line; none when it is cut short, for who wrote it has died."""
    if not line.endswith(b"\n"):
        return None
    plain = json.loads(line)
    return _KINDS[plain.pop("news")](**plain)
