"""Which column of a table holds what: told by whoever imports it, else from its header.

Headers are known in Russian and English. What somebody says of a header (Choices) counts before
what it is called, and is kept with the import (`store/batches.py`) for the next such table.
"""

import difflib
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from newsletter.errors import WrongUsage
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


Choices = Mapping[str, Column | None]
"""What stands under a header, as `fold` leaves it; none: nothing that is wanted."""

_IGNORED = "-"


def read_choices(texts: Sequence[str]) -> Choices:
    """Return the Choices in texts such as `Ведомство=organisation` and `Notes=-`.

    Raises WrongUsage, for all of them at once.
    """
    choices: dict[str, Column | None] = {}
    faults = []
    for text in texts:
        header, sign, field = text.rpartition("=")
        word = field.strip().lower().replace(" ", "_").replace("-", "_")
        if not sign or not fold(header):
            faults.append(f"“{text}” is no heading and field with = between them")
        elif fold(header) in choices:
            faults.append(f"“{header.strip()}” is given twice")
        elif field.strip() == _IGNORED:
            choices[fold(header)] = None
        elif word in set(Column):
            choices[fold(header)] = Column(word)
        else:
            faults.append(f"“{text}”: there is no field {field.strip()}")
    if faults:
        fields = ", ".join(Column)
        raise WrongUsage(
            "; ".join(faults),
            f"write HEADING=FIELD with one of {fields}, or HEADING=- to ignore it",
        )
    return choices


def kept_choices(choices: Choices) -> dict[str, str]:
    """Return Choices as a Batch keeps them."""
    return {header: column or _IGNORED for header, column in choices.items()}


def recalled_choices(kept: Mapping[str, str]) -> Choices:
    """Return the Choices that a Batch kept; fields of a newer program are left out."""
    return {
        header: None if field == _IGNORED else Column(field)
        for header, field in kept.items()
        if field == _IGNORED or field in set(Column)
    }


def headings_digest(headers: Sequence[str]) -> str:
    """Return what tables with the same headers, in whatever letters, have in common."""
    return hashlib.sha256("\n".join(map(fold, headers)).rstrip("\n").encode()).hexdigest()


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


def count_known(headers: Sequence[str], choices: Choices) -> int:
    """Return how many of `headers` are known."""
    return sum(fold(header) in _COLUMN_OF or fold(header) in choices for header in headers)


def find_columns(headers: Sequence[str], choices: Choices | None = None) -> Columns:
    """Return where the columns stand; raises HeaderFault when there is no column of addresses."""
    choices = choices or {}
    words = [fold(header) for header in headers]
    if absent := [header for header in choices if header not in words]:
        found = ", ".join(f"“{header.strip()}”" for header in headers if not is_blank(header))
        raise HeaderFault(
            f"no column is called {', '.join(f'“{each}”' for each in absent)}", f"there are {found}"
        )
    positions: dict[Column, int] = {}
    for column, known in _HEADERS.items():
        chosen = [header for header, field in choices.items() if field is column]
        if len(chosen) > 1:
            raise HeaderFault(
                f"{column} is to come from {' and from '.join(f'“{each}”' for each in chosen)}",
                "choose one of them",
            )
        candidates = chosen or [word for word in known if word not in choices]
        word = next((word for word in candidates if word in words), "")
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
    return Columns(
        positions,
        tuple(_hint(header, choices) for header in ignored if not is_blank(header)),
    )


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
        meant or 'say which one it is, for example --column "Contact=address"',
    )


def _hint(header: str, choices: Choices) -> str:
    """Return a header that is ignored, with what it may have been meant for."""
    is_clear = fold(header) in _COLUMN_OF or fold(header) in choices
    word = "" if is_clear else _closest(header, list(_COLUMN_OF))
    name = " ".join(header.split())
    return f"{name} (did you mean “{word}”?)" if word else name


def _closest(header: str, words: Sequence[str]) -> str:
    return next(iter(difflib.get_close_matches(fold(header), words, n=1, cutoff=0.75)), "")
