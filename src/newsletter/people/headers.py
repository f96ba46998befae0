"""Which column of a table holds what, told from its header in Russian or English."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from newsletter.people.cells import fold, is_blank


class Column(StrEnum):
    """What a column can hold: a field of a Person; a family name is added to the name."""

    ADDRESS = "address"
    NAME = "name"
    LANGUAGE = "language"
    COUNTRY = "country"
    ORGANISATION = "organisation"
    ORGANISATION_TYPE = "organisation_type"
    TOPICS = "topics"
    FAMILY_NAME = "family_name"


# As `fold` leaves them; where several stand in one header, the one named first here counts.
_HEADERS: Mapping[Column, tuple[str, ...]] = {
    Column.ADDRESS: (
        "email",
        "e mail",
        "email address",
        "e mail address",
        "электронная почта",
        "эл почта",
        "адрес электронной почты",
        "адрес эл почты",
        "электронный адрес",
        "эл адрес",
        "имейл",
        "емейл",
        "mail",
        "почта",
        "address",
        "адрес",
    ),
    Column.NAME: (
        "фио",
        "ф и о",
        "full name",
        "name",
        "имя и фамилия",
        "имя",
        "контактное лицо",
        "first name",
    ),
    Column.FAMILY_NAME: ("last name", "surname", "family name", "фамилия"),
    Column.LANGUAGE: ("language", "язык", "язык рассылки", "lang"),
    Column.COUNTRY: ("country", "страна", "country code", "код страны"),
    Column.ORGANISATION: (
        "organisation",
        "organization",
        "организация",
        "company",
        "компания",
        "учреждение",
        "место работы",
    ),
    Column.ORGANISATION_TYPE: (
        "organisation type",
        "organization type",
        "type of organisation",
        "type of organization",
        "тип организации",
        "вид организации",
    ),
    Column.TOPICS: ("topics", "topic", "темы", "тема", "интересы", "interests"),
}
_COLUMN_OF = {word: column for column, words in _HEADERS.items() for word in words}


class HeaderFault(Exception):
    """A header that cannot be used: what is wrong and how to mend it."""

    def __init__(self, what: str, remedy: str) -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the columns stand (from 0), and the headers that nothing is taken from."""

    positions: Mapping[Column, int]
    ignored: tuple[str, ...]


def count_known(headers: Sequence[str]) -> int:
    """Return how many of `headers` are known."""
    return sum(fold(header) in _COLUMN_OF for header in headers)


def find_columns(headers: Sequence[str]) -> Columns:
    """Return where the columns stand; raises HeaderFault when there is no column of addresses."""
    positions: dict[Column, int] = {}
    words = [fold(header) for header in headers]
    for column, known in _HEADERS.items():
        word = next((word for word in known if word in words), "")
        if words.count(word) > 1:
            raise HeaderFault(
                f"two columns are called “{headers[words.index(word)].strip()}”",
                "rename the one that is not needed",
            )
        if word:
            positions[column] = words.index(word)
    if Column.ADDRESS not in positions:
        raise _no_address(headers)
    taken = set(positions.values())
    ignored = (header for spot, header in enumerate(headers) if spot not in taken)
    return Columns(positions, tuple(_hint(header) for header in ignored if not is_blank(header)))


def _no_address(headers: Sequence[str]) -> HeaderFault:
    if any(re.search(r"\S@\S", header) for header in headers):
        return HeaderFault(
            "the first row has an address in it, not the names of the columns",
            "put a row above it, for example: E-mail, Имя, Язык, Страна",
        )
    found = ", ".join(f"“{header.strip()}”" for header in headers if not is_blank(header))
    close = [(header, _closest(header, _HEADERS[Column.ADDRESS])) for header in headers]
    meant = next((f"rename “{header.strip()}” to “{word}”" for header, word in close if word), "")
    return HeaderFault(
        f"no column is called “E-mail”; found {found or 'no names at all'}",
        meant or "call the column of addresses “E-mail” or “Почта”",
    )


def _hint(header: str) -> str:
    """Return a header that is ignored, with what it may have been meant for."""
    word = "" if fold(header) in _COLUMN_OF else _closest(header, list(_COLUMN_OF))
    name = " ".join(header.split())
    return f"{name} (did you mean “{word}”?)" if word else name


def _closest(header: str, words: Sequence[str]) -> str:
    return next(iter(difflib.get_close_matches(fold(header), words, n=1, cutoff=0.75)), "")
