"""Rules about days: those that do not exist, fall on another day of the week, or come too late."""

import calendar
import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from newsletter.checks.checked import Checked
from newsletter.checks.mail import Found
from newsletter.checks.places import Words
from newsletter.checks.rule import rule
from newsletter.compose.dates import day_names, month_names
from newsletter.model.content import Event
from newsletter.model.finding import Severity

_GAP = r"(?:[\s\u00a0,(]|\b(?:the|on|во?|года?)\b|г\.){1,10}"
_NUMERIC = re.compile(r"(?<![\d./-])(\d{1,2})[./](\d{1,2})[./](\d{4})(?![\d/])")


@dataclass(frozen=True, slots=True)
class _Day:
    """A day as it is written in a text; `weekday` and `year` may not be said."""

    text: str
    day: int
    month: int
    year: int | None
    weekday: int | None


@rule(
    "impossible-date",
    Severity.ERROR,
    title="Every day that is named exists",
    source="the calendar",
    mend="look the date up",
)
def impossible_date(checked: Checked) -> Iterator[Found]:
    """On 31 April nobody meets, and every reader who wants to come has to ask."""
    for language, words, year in _texts(checked):
        for each in (*_days(words.text, language), *_numeric(words.text)):
            # without a year, 29 February may be right
            length = calendar.monthrange(each.year or year or 2000, each.month)[1]
            if not each.year and each.month == 2:
                length = 29
            if not 1 <= each.day <= length:
                yield Found(words.at(each.text), f"there is no day “{each.text}”")


@rule(
    "weekday",
    Severity.WARNING,
    title="A day of the week belongs to the date beside it",
    source="the calendar",
    mend="correct the day or the date",
)
def weekday(checked: Checked) -> Iterator[Found]:
    """“Tuesday, 3 April 2015” was a Friday: half of the guests come on the wrong day.

    Where no year stands beside it, that of the item or of the issue is meant.
    """
    issue = checked.composition.issue
    for language, words, year in _texts(checked):
        for each in _days(words.text, language):
            if each.weekday is None:
                continue
            years = [each.year] if each.year else [year or issue.date.year, issue.date.year]
            dates = [_date(number, each.month, each.day) for number in years]
            real = [date for date in dates if date]
            if real and all(date.weekday() != each.weekday for date in real):
                name = _name_of(real[0].weekday(), language)
                yield Found(words.at(each.text), f"“{each.text}”: in {real[0].year} that is {name}")


@rule(
    "past-event",
    Severity.WARNING,
    title="No event has begun when the issue appears",
    source="the house",
    mend="leave it out, or tell how it went as news",
)
def past_event(checked: Checked) -> Iterator[Found]:
    """An invitation to what is over only shows that nobody looked."""
    issue = checked.composition.issue
    for entry in checked.entries():
        if isinstance(entry.item, Event) and entry.item.starts < issue.date:
            yield Found(
                entry.marks.at("starts"),
                f"the event begins on {entry.item.starts}, before the issue appears ({issue.date})",
            )


@rule(
    "future-item",
    Severity.WARNING,
    title="No news is dated after the issue",
    source="the house",
    mend="correct `date` of the item or of the issue",
)
def future_item(checked: Checked) -> Iterator[Found]:
    """News of a day to come is a slip of the pen, and is printed beside the headline."""
    issue = checked.composition.issue
    for entry in checked.entries():
        if not isinstance(entry.item, Event) and entry.item.date > issue.date:
            yield Found(
                entry.marks.at("date"),
                f"the item is dated {entry.item.date}, after the issue ({issue.date})",
            )


def _texts(checked: Checked) -> Iterator[tuple[str, Words, int | None]]:
    """Yield each text with its language and the year that it is about."""
    years = {entry.id: entry.item.date.year for entry in checked.entries()}
    for entry in checked.entries():
        if isinstance(entry.item, Event):
            years[entry.id] = entry.item.starts.year
    for language in checked.composition.issue.languages:
        for words in checked.written(language):
            yield language, words, years.get(words.item)


@lru_cache(maxsize=16)
def _patterns(language: str) -> tuple[re.Pattern[str], ...]:
    """Return how a language writes days: “Tuesday, 3 April 2015”, “3 апреля (пятница)”."""
    months = "|".join(sorted(map(re.escape, _months(language)), key=len, reverse=True))
    days = "|".join(sorted(map(re.escape, _stems(language)), key=len, reverse=True))
    named = rf"(?:(?P<before>\b(?:{days})\w{{0,3}})\b{_GAP})?"
    after = rf"(?:{_GAP}(?P<after>\b(?:{days})\w{{0,3}})\b)?"
    number = r"(?<![\d–-])(?P<day>\d{1,2})(?:st|nd|rd|th)?"
    year = r"(?:[\s\u00a0]*,?[\s\u00a0]*(?P<year>(?:19|20)\d\d)\b)?"
    month = rf"(?P<month>{months})\b"
    flags = re.IGNORECASE
    return (
        re.compile(rf"{named}{number}[\s\u00a0]+{month}{year}{after}", flags),
        re.compile(rf"{named}\b{month}[\s\u00a0]+{number}\b(?!:){year}{after}", flags),
    )


def _days(text: str, language: str) -> Iterator[_Day]:
    if not any(letter.isdigit() for letter in text):
        return
    for pattern in _patterns(language):
        for found in pattern.finditer(text):
            name = found["before"] or found["after"] or ""
            yield _Day(
                text=found.group(),
                day=int(found["day"]),
                month=_months(language)[found["month"].casefold()],
                year=int(found["year"]) if found["year"] else None,
                weekday=_weekday(name.casefold(), language) if name else None,
            )


def _numeric(text: str) -> Iterator[_Day]:
    """Yield the days written in numbers, the day first: 31.02.2015."""
    for found in _NUMERIC.finditer(text):
        day, month, year = (int(each) for each in found.groups())
        if 1 <= month <= 12:
            yield _Day(found.group(), day, month, year, None)


@lru_cache(maxsize=16)
def _months(language: str) -> dict[str, int]:
    return {name: number for name, number in month_names(language).items() if len(name) > 3}


@lru_cache(maxsize=16)
def _stems(language: str) -> dict[str, int]:
    """Return the days of the week by what all cases have in common: сред-а, сред-у."""
    return {name[:-1]: number for name, number in day_names(language).items()}


def _weekday(name: str, language: str) -> int | None:
    return next((day for stem, day in _stems(language).items() if name.startswith(stem)), None)


def _name_of(day: int, language: str) -> str:
    name = next(name for name, number in day_names(language).items() if number == day)
    return name.capitalize() if language == "en" else name


def _date(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None
