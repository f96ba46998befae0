"""What an examination comes to."""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How grave it is; only what is wrong makes `newsletter doctor` end with 1."""

    WRONG = "wrong"
    DOUBTFUL = "doubtful"
    UNKNOWN = "cannot-tell"
    FINE = "fine"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One examination: its name, how grave it is, what was found, and what to do."""

    name: str
    grade: Grade
    words: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Examined:
    """What was examined of one thing: a relay, a domain, this computer."""

    title: str
    verdicts: tuple[Verdict, ...]


def fine(name: str, words: str, remark: str = "") -> Verdict:
    """Return that all is well; `remark` is worth knowing all the same."""
    return Verdict(name, Grade.FINE, words, remark)


def doubtful(name: str, words: str, remedy: str) -> Verdict:
    """Return that it works, and may not for long or for everybody."""
    return Verdict(name, Grade.DOUBTFUL, words, remedy)


def wrong(name: str, words: str, remedy: str) -> Verdict:
    """Return that it does not work."""
    return Verdict(name, Grade.WRONG, words, remedy)


def cannot_tell(name: str, words: str, remedy: str = "") -> Verdict:
    """Return that it cannot be seen from here, and how a person can."""
    return Verdict(name, Grade.UNKNOWN, words, remedy)
