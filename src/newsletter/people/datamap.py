"""Writes the data map: which data, why, where, for whom, how long - from what the settings say.

The words stand in `datamaps/`, a page in each language, for lawyers to read; the office's own
names, places and periods are filled in. What only people can know stands there in brackets.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from string import Template

from newsletter.model.retention import Retention
from newsletter.model.settings import Lists, Settings

LANGUAGES = ("en", "ru")
"""Languages in which there is a data map."""

_FOR_EVER = {"en": "without limit", "ru": "бессрочно"}
_UNNAMED = {"en": "**[not named yet]**", "ru": "**[ещё не указан]**"}
_UNITS = {
    ("en", "days"): ("day", "days", "days"),
    ("en", "months"): ("month", "months", "months"),
    ("ru", "days"): ("день", "дня", "дней"),
    ("ru", "months"): ("месяц", "месяца", "месяцев"),
}
_HEADINGS = {
    "en": ("list", "name", "what it is for", "who looks after it"),
    "ru": ("список", "название", "для чего", "кто за него отвечает"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the data are and where they go: without passwords."""

    database: str
    state: str
    relays: Sequence[str]


def data_map(
    settings: Settings, lists: Lists, places: Places, language: str, day: datetime.date
) -> str:
    """Return the data map of an office as Markdown, in one of LANGUAGES."""
    publisher = settings.publisher
    text = publisher.texts.get(language) or next(iter(publisher.texts.values()))
    contacts = ", ".join(filter(None, (publisher.email, publisher.phone)))
    page = files("newsletter.people").joinpath("datamaps", f"{language}.md")
    return Template(page.read_text(encoding="utf-8")).substitute(
        office=_cell(text.name),
        address=_cell(", ".join(text.address)),
        contacts=_cell(contacts),
        email=_cell(publisher.email),
        date=_day(day, language),
        lists=_lists(lists, language),
        database=_cell(places.database),
        state=_cell(places.state),
        relays=_cell(", ".join(places.relays)) or _UNNAMED[language],
        public_url=settings.public_url,
        **_periods(settings.retention, language),
    )


def _lists(lists: Lists, language: str) -> str:
    headings = _HEADINGS[language]
    rows = [f"| {' | '.join(headings)} |", f"|{'---|' * len(headings)}"]
    for name, each in lists.lists.items():
        text = each.texts.get(language) or next(iter(each.texts.values()))
        cells = (name, text.name, text.description or "", each.owner)
        rows.append(f"| {' | '.join(map(_cell, cells))} |".replace("|  |", "| |"))
    return "\n".join(rows)


def _periods(retention: Retention, language: str) -> Mapping[str, str]:
    found = {}
    for name in Retention.model_fields:
        number = getattr(retention, name)
        words = _UNITS[language, name.rpartition("_")[2]]
        found[name] = _counted(number, words, language) if number else _FOR_EVER[language]
    return found


def _counted(number: int, words: tuple[str, str, str], language: str) -> str:
    """Return a number with its word: Russian has one for 1 and 21, one for 2 and 24."""
    from babel import Locale  # noqa: PLC0415 (slow to import)

    one, few, many = words
    word = {"one": one, "few": few}.get(Locale.parse(language).plural_form(number), many)
    return f"{number}\u00a0{word}"


def _day(day: datetime.date, language: str) -> str:
    return f"{day:%d.%m.%Y}" if language == "ru" else f"{day:%Y-%m-%d}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
