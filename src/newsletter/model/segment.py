"""Segments: readers picked by what the office knows of them, never by what they open or click.

A Segment is a condition made of a few kinds of parts. `store/segments.py` turns it into one
expression of the database; `holds` asks it of one reader, in plain Python. A test holds the two
against each other.
"""

import datetime
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from newsletter.model.people import Person


def folded(text: str) -> str:
    """Return `text` so that it is found however it is written: small letters, ё as е."""
    plain = unicodedata.normalize("NFC", text).casefold().replace("ё", "е")
    return " ".join(plain.split())


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of `parts` holds."""

    parts: tuple["Where", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of `parts` holds."""

    parts: tuple["Where", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """`part` does not hold."""

    part: "Where"


@dataclass(frozen=True, slots=True)
class Is:
    """A fact is one of `values`; types of organisation are compared as `folded` leaves them."""

    fact: Literal["country", "language", "organisation_type"]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Holds:
    """A text has one of `words` in it, as `folded` leaves both.

    `source` is where any Subscription of theirs comes from.
    """

    text: Literal["organisation", "source"]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wants:
    """The reader has one of these topics."""

    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OnList:
    """The reader has a Subscription in force to one of these Lists."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """The office knows the reader since before a moment, or else since that moment or later."""

    moment: datetime.datetime
    before: bool


Where = AllOf | AnyOf | Not | Is | Holds | Wants | OnList | Joined
"""A condition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A condition with its name, and what it is called in each language."""

    name: str
    where: Where
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What conditions are asked of; `lists` are those with a Subscription in force."""

    person: Person
    since: datetime.datetime
    sources: tuple[str, ...] = ()
    lists: frozenset[str] = frozenset()


def holds(where: Where, reader: Reader) -> bool:
    """Whether `where` holds for `reader`."""
    person = reader.person
    match where:
        case AllOf(parts):
            return all(holds(part, reader) for part in parts)
        case AnyOf(parts):
            return any(holds(part, reader) for part in parts)
        case Not(part):
            return not holds(part, reader)
        case Is("organisation_type", values):
            return folded(person.organisation_type) in values
        case Is(fact, values):
            return getattr(person, fact) in values
        case Holds(text, words):
            texts = reader.sources if text == "source" else (person.organisation,)
            return any(word in folded(each) for each in texts for word in words)
        case Wants(topics):
            return bool(set(topics) & set(person.topics))
        case OnList(names):
            return bool(reader.lists & set(names))
        case Joined(moment, before):
            return (reader.since < moment) is before


BETWEEN = "."
"""Stands between the Segments in the name of a variant; no name of a Segment holds it."""


def variant_name(segments: Iterable[str]) -> str:
    """Return what the variant for readers in all of `segments`, in order, is called."""
    return BETWEEN.join(segments)


def edition_key(language: str, variant: str) -> str:
    """Return what the edition in a language is called in one variant; in the general one alike."""
    return f"{language}{BETWEEN}{variant}" if variant else language


def combinations(segments: Sequence[Segment], most: int) -> list[tuple[str, ...]]:
    """Return each set of Segments that a reader may be in, with nobody's (the empty one) first.

    Those that exclude each other never stand together. Ends after one more than `most`.
    """
    found: list[tuple[Segment, ...]] = [()]
    for segment in segments:
        for others in list(found):
            if len(found) > most:
                break
            if not any(exclude(segment.where, other.where) for other in others):
                found.append((*others, segment))
    return [tuple(each.name for each in chosen) for chosen in found]


def exclude(one: Where, other: Where) -> bool:
    """Whether it is plain that nobody meets both conditions.

    A reader has one country, one language and one type of organisation: two conditions that need
    different ones of these exclude each other. What is not plain is not excluded.
    """
    needed = _needs(one)
    return any(
        fact in needed and not needed[fact] & values for fact, values in _needs(other).items()
    )


def _narrowed(each: Iterable[dict[str, frozenset[str]]]) -> dict[str, frozenset[str]]:
    """Return what is needed where all of them are."""
    needed: dict[str, frozenset[str]] = {}
    for needs in each:
        for fact, values in needs.items():
            needed[fact] = needed.get(fact, values) & values
    return needed


def _needs(where: Where) -> dict[str, frozenset[str]]:
    """Return which values a condition needs of facts that have one value."""
    match where:
        case Is(fact, values):
            return {fact: frozenset(values)}
        case AllOf(parts):
            return _narrowed(_needs(part) for part in parts)
        case AnyOf(parts):
            each = [_needs(part) for part in parts]
            shared = set.intersection(*map(set, each)) if each else set()
            return {fact: frozenset().union(*(needs[fact] for needs in each)) for fact in shared}
    return {}
