"""Who is there: lists of people, the counts of each List, and the whole story of one person."""

import datetime
import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from newsletter.address import Address
from newsletter.errors import NewsletterError
from newsletter.model.segment import Where
from newsletter.store.people import PeopleStore
from newsletter.store.returnviews import ReturnLine
from newsletter.store.roster import (
    ConsentLine,
    DeliveryLine,
    ExclusionLine,
    ListCount,
    Listed,
    PeopleFilter,
    SegmentCount,
    SuppressionLine,
)

__all__ = ["PeopleFilter", "Story", "count_lists", "count_segments", "list_people", "tell_story"]

_ALIKE = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that is known about an Address.

    `listed` is none when no subscriber has it any more; evidence and suppression outlive them.
    """

    address: Address
    listed: Listed | None
    consents: tuple[ConsentLine, ...]
    suppression: SuppressionLine | None
    deliveries: tuple[DeliveryLine, ...]
    exclusions: tuple[ExclusionLine, ...]
    returns: tuple[ReturnLine, ...] = ()


def list_people(store: PeopleStore, wanted: PeopleFilter) -> Iterator[Listed]:
    """Yield whom `wanted` asks for, in the order in which they came."""
    with store.read() as people:
        yield from people.roster.everyone(wanted)


def count_lists(store: PeopleStore) -> tuple[ListCount, ...]:
    """Return how many are on each List that anybody was ever on, by state."""
    with store.read() as people:
        return people.roster.counts()


def count_segments(
    store: PeopleStore, wanted: Mapping[str, Where], now: datetime.datetime
) -> dict[str, SegmentCount]:
    """Return how many people are in each Segment, by its name."""
    with store.read() as people:
        return people.roster.segments(wanted, now)


def tell_story(store: PeopleStore, address: Address, *, also_if_typed: bool = False) -> Story:
    """Return all that is known about `address`.

    With `also_if_typed`, one that somebody typed on a page and never confirmed is known as well.
    Raises NewsletterError, naming the nearest addresses, when nothing is known.
    """
    with store.read() as people:
        roster, digest = people.roster, people.digest(address.key)
        listed = roster.find(address.key)
        story = Story(
            address=listed.person.address if listed else address,
            listed=listed,
            consents=roster.consents(digest, listed.subscriber_id if listed else None),
            suppression=roster.suppression(digest),
            deliveries=roster.deliveries(listed.subscriber_id) if listed else (),
            exclusions=roster.exclusions(listed.subscriber_id) if listed else (),
            returns=people.returns.about(digest),
        )
        typed = also_if_typed and people.notices.mentions(digest)
        if listed or story.consents or story.suppression or typed:
            return story
        close = _nearest(address, roster.addresses_like(address.key))
    remedy = "`newsletter subscribers list` shows who is"
    if close:
        remedy = f"did you mean {' or '.join(close)}?"
    raise NewsletterError(f"{address} is not known", remedy)


def _nearest(address: Address, others: Iterable[str]) -> list[str]:
    """Return up to three of `others` that are much like `address` on both sides of the @ sign."""
    sides = str(address).split("@")
    alike = [(min(map(_likeness, sides, other.split("@"))), other) for other in others]
    return [other for likeness, other in sorted(alike, reverse=True)[:3] if likeness > _ALIKE]


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one.casefold(), other.casefold()).ratio()
