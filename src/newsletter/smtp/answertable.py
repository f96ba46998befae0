"""What relays and mailbox providers say when mail comes too fast, too much, or from the wrong one.

The rows stand in `answers.toml`, one for each text that somebody has seen.
"""

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files


class Kind(StrEnum):
    """What an answer asks of us."""

    SLOW_DOWN = "slow-down"
    QUOTA = "quota"
    GREYLIST = "greylist"
    BLOCKED = "blocked"
    BUSY = "busy"


class About(StrEnum):
    """Whom an answer is about: our account at the relay, a recipient's provider, one mailbox."""

    RELAY = "relay"
    DOMAIN = "domain"
    MAILBOX = "mailbox"


@dataclass(frozen=True, slots=True)
class Answer:
    """One row; `pause` is in seconds, none for longer than a pause helps."""

    pattern: re.Pattern[str]
    kind: Kind
    about: About
    pause: int | None
    words: str
    seen: str


def _read() -> tuple[Answer, ...]:
    text = files(__package__).joinpath("answers.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return tuple(
        Answer(
            pattern=re.compile(row["pattern"], re.IGNORECASE),
            kind=Kind(row["kind"]),
            about=About(row["about"]),
            pause=row.get("pause"),
            words=table["words"].get(row["words"], row["words"]),
            seen=row["seen"],
        )
        for row in table["answer"]
    )


ANSWERS = _read()
"""All that is known, what is more particular first."""
