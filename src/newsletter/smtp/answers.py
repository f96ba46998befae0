"""What to do after an answer that is known: slow down, wait for the next day, call somebody.

`advice_of` is a pure function of an Outcome; what it knows stands in `answertable.py`. None means
that nobody has seen such words yet: then the codes alone count, as `replies.py` reads them.
"""

import re
from dataclasses import dataclass

from newsletter.model.mailing import Outcome
from newsletter.smtp.answertable import ANSWERS, About, Answer, Kind

__all__ = ["About", "Advice", "Kind", "advice_of", "known_answer"]

LONGEST_PAUSE = 24 * 3600.0
_UNITS = {"hours": 3600, "minutes": 60, "seconds": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What an answer asks for.

    `pause` is in seconds; none means: for a quota until the next day (or the provider's window),
    for a block until a person has acted. `about` tells whom to spare meanwhile. `words` are for
    the operator, a sentence without its full stop.
    """

    kind: Kind
    about: About
    pause: float | None
    words: str


def advice_of(outcome: Outcome) -> Advice | None:
    """Return what the words of an Outcome ask for, or none when they are not known."""
    found = _find(outcome.code, outcome.enhanced, outcome.text)
    if found is None:
        return None
    answer, match = found
    return Advice(
        kind=answer.kind, about=answer.about, pause=_pause(answer, match), words=answer.words
    )


def known_answer(code: int, enhanced: str, text: str) -> Answer | None:
    """Return the row of the table that a reply is, if any."""
    found = _find(code, enhanced, text)
    return found[0] if found else None


def _find(code: int, enhanced: str, text: str) -> tuple[Answer, re.Match[str]] | None:
    if code // 100 not in (4, 5):
        return None
    line = " ".join(part for part in (str(code), enhanced, text) if part)
    for answer in ANSWERS:
        if match := answer.pattern.search(line):
            return answer, match
    return None


def _pause(answer: Answer, match: re.Match[str]) -> float | None:
    """Return how long to wait: as long as the reply says, else as the row does."""
    told = {unit: int(value) for unit, value in match.groupdict().items() if value}
    if told:
        return min(LONGEST_PAUSE, sum(_UNITS[unit] * count for unit, count in told.items()))
    return answer.pause
