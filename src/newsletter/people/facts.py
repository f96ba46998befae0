"""What an office notes about a person besides the address, from cells or from a command line."""

from dataclasses import replace

from newsletter.address import Address, parse_address
from newsletter.compose.problems import did_you_mean
from newsletter.errors import WrongUsage
from newsletter.model.people import Person
from newsletter.people.cells import printable, tidy
from newsletter.people.headers import Column
from newsletter.people.vocabulary import Vocabulary

FACTS = tuple(each for each in Column if each not in {Column.ADDRESS, Column.FAMILY_NAME})
"""What is known besides the address; any of it may be empty."""


def merge(known: Person, given: Person) -> tuple[Person, tuple[Column, ...]]:
    """Return `known` with what `given` adds or changes, and the names of what that is.

    The address stays as it is known; what is empty in `given` erases nothing.
    """
    changes = tuple(
        fact for fact in FACTS if getattr(given, fact) not in ("", (), getattr(known, fact))
    )
    return replace(known, **{str(fact): getattr(given, fact) for fact in changes}), changes


def as_text(person: Person, fact: Column) -> str:
    """Return what is known of `person` in one text; topics with commas between."""
    value: str | tuple[str, ...] = getattr(person, fact)
    return value if isinstance(value, str) else ", ".join(value)


def read_address(text: str) -> Address:
    """Return the Address in `text`; raises WrongUsage in plain words when it is none."""
    try:
        return parse_address(text)
    except ValueError as fault:
        raise WrongUsage(
            f"“{printable(text)}” {fault}", "write it like ivan@example.org"
        ) from fault


def read_person(
    address: str,
    vocabulary: Vocabulary,
    *,
    name: str = "",
    language: str = "",
    country: str = "",
    organisation: str = "",
    organisation_type: str = "",
    topics: str = "",
) -> Person:
    """Return the Person that somebody typed on a command line.

    Raises WrongUsage in plain words when something cannot be used or is not known.
    """
    found = read_address(address)
    tag, code = vocabulary.language(language), vocabulary.country(country)
    if language and tag is None:
        raise WrongUsage(f"language “{printable(language)}” is not known", "write en or ru")
    if country and code is None:
        raise WrongUsage(
            f"country “{printable(country)}” is not known", "write a code such as kz, or a name"
        )
    wanted, unknown = vocabulary.topics_in(topics)
    if unknown:
        raise WrongUsage(
            f"topic “{printable(unknown[0])}” is not known",
            did_you_mean(unknown[0], vocabulary.topic_names),
        )
    return Person(
        address=found,
        name=_text("name", name),
        language=tag or "",
        country=code or "",
        organisation=_text("organisation", organisation),
        organisation_type=_text("type of organisation", organisation_type),
        topics=wanted,
    )


def _text(what: str, typed: str) -> str:
    try:
        return tidy(typed)
    except ValueError as fault:
        raise WrongUsage(f"the {what} {fault}", "type it again, on one line") from fault
