"""Whether the evidence of consent is what was once written down."""

import itertools
from dataclasses import dataclass

from newsletter.errors import WrongUsage
from newsletter.store.chain import Break
from newsletter.store.people import PeopleStore

_MOST = 100
_DIGITS = frozenset("0123456789abcdef")
_LENGTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """What a walk along the chain of evidence has found.

    `breaks` holds the first hundred of `break_count`; of `words_taken_out` events an erasure left
    no more than that they happened.
    """

    events: int
    newest: str
    words_taken_out: int
    breaks: tuple[Break, ...]
    break_count: int

    @property
    def holds(self) -> bool:
        """Whether nothing was changed since it was written."""
        return not self.break_count


def verify_chain(store: PeopleStore, noted: str = "") -> ChainReport:
    """Walk along the chain; `noted` is a digest that must be in it, as it was written down once.

    Raises WrongUsage when `noted` cannot be a digest.
    """
    noted = "".join(noted.split()).lower()
    if noted and (len(noted) != _LENGTH or not _DIGITS.issuperset(noted)):
        raise WrongUsage(
            f"“{noted}” is not a digest", "it has 64 digits from 0 to 9 and letters from a to f"
        )
    with store.read() as people:
        roster = people.roster
        found = itertools.chain(
            roster.request_breaks(), roster.chain_breaks(noted), roster.unfounded()
        )
        first = tuple(itertools.islice(found, _MOST))
        count = len(first) + sum(1 for _ in found)
        events, newest = roster.chain_end()
        return ChainReport(
            events=events,
            newest=newest,
            words_taken_out=roster.words_taken_out(),
            breaks=first,
            break_count=count,
        )
