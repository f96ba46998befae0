"""Days as people write them: 2015-04-14, 14.04.2015, 14 April 2015, 14 апреля 2015 г."""

import datetime
import email.utils
import re
from collections.abc import Iterable, Iterator

from newsletter.compose.dates import day_names, is_known, month_names

_ISO = re.compile(r"(?<!\d)(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)(?!\d)")
_NUMBERS = re.compile(
    r"(?<![\d./])(?P<d>\d{1,2})(?P<s>[./])(?P<m>\d{1,2})(?P=s)(?P<y>\d{4}|\d\d)(?![\d/])"
)
# 17–20 March 2015 is its first day; so is March 17-20, 2015.
_MORE = r"(?:\s*[-–—]\s*\d{1,2})?"
_DAY_FIRST = re.compile(
    rf"(?<![\d.,/])(?P<d>\d{{1,2}})(?:st|nd|rd|th|-?[ео]?го|-е)?{_MORE}\s+(?:of\s+)?"
    r"(?P<w>[^\W\d_]{3,})\.?,?\s+(?P<y>\d{4})(?!\d)",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    rf"(?<!\w)(?P<w>[^\W\d_]{{3,}})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?{_MORE},?\s+"
    r"(?P<y>\d{4})(?!\d)",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(  # 2015 ж. 14 сәуір
    rf"(?<!\d)(?P<y>\d{{4}})\s+(?:[^\W\d_]+\.?\s+)?(?P<d>\d{{1,2}}){_MORE}\s+(?P<w>[^\W\d_]{{3,}})",
    re.IGNORECASE,
)
_IN_WORDS = (_DAY_FIRST, _MONTH_FIRST, _YEAR_FIRST)
_BESIDE = frozenset(
    re.findall(
        r"\w+",
        "г год года жылы ж on at published posted updated date дата опубликовано обновлено "
        "размещено новость новости news press release пресс релиз "
        "mon tue wed thu fri sat sun пн вт ср чт пт сб вс",
    )
)
_LONGEST = 70
_APART = re.compile(r"(?:\s[-–—·•/]|[—|(\[])[\s(\[]*$")
_AFTER = re.compile(r"(?:\s*г(?:ода?|\.)?)?[\s)\].|]*")
_WRITTEN = re.compile(r"[\s«“\"'(\[]*")


class Days:
    """Reads days in the languages of an office, in English and in Russian."""

    def __init__(self, languages: Iterable[str]) -> None:
        """Learn the names of the months."""
        self._months: dict[str, int] = {}
        self._beside = set(_BESIDE)
        for language in (*languages, "ru", "en"):
            if is_known(language):
                self._months |= month_names(language)
                self._beside |= day_names(language).keys()

    def alone(self, text: str) -> datetime.date | None:
        """Return the day of a line that holds nothing but a date."""
        if len(text) > _LONGEST:
            return None
        for found, day in self._all(text):
            rest = text[: found.start()] + " " + text[found.end() :]
            words = re.findall(r"[^\W_]+", rest.casefold())
            if self._beside.issuperset(words):
                return day
        return None

    def first(self, text: str) -> tuple[datetime.date, str] | None:
        """Return the day that a line begins with and the rest of it, as in “14.04.2015 – News”."""
        begin = _WRITTEN.match(text)
        start = begin.end() if begin else 0
        for found, day in self._all(text):
            if found.start() == start:
                rest = re.sub(r"^(?:\s*г(?:ода|\.))?[\s.,:;|)\]–—-]+", "", text[found.end() :])
                return (day, rest) if rest and rest != text[found.end() :] else None
        return None

    def last(self, text: str) -> tuple[datetime.date, str] | None:
        """Return the day that a line ends with and what stands before: “News - 14.04.2015”.

        Something must part the two, or else any sentence could end so.
        """
        for found, day in self._all(text):
            parted = _APART.search(text[: found.start()])
            if parted and _AFTER.fullmatch(text[found.end() :]):
                title = text[: parted.start()].strip()
                return (day, title) if re.search(r"[^\W\d_]", title) else None
        return None

    def somewhere(self, text: str) -> bool:
        """Whether a text names a day."""
        return any(self._all(text))

    def looks_dated(self, text: str) -> bool:
        """Whether a short line seems to be meant as a date, be it a right one or not."""
        near = any(pattern.search(text) for pattern in (_ISO, _NUMBERS)) or any(
            found["w"].casefold() in self._months
            for pattern in _IN_WORDS
            for found in pattern.finditer(text)
        )
        return near and len(re.findall(r"[^\W_]+", text)) <= 5

    def _all(self, text: str) -> Iterator[tuple[re.Match[str], datetime.date]]:
        for pattern in (_ISO, _NUMBERS, *_IN_WORDS):
            for found in pattern.finditer(text):
                if day := self._day(found):
                    yield found, day

    def _day(self, found: re.Match[str]) -> datetime.date | None:
        parts = found.groupdict()
        year, day = int(parts["y"]), int(parts["d"])
        month = self._months.get(parts["w"].casefold(), 0) if "w" in parts else int(parts["m"])
        if "s" in parts and parts["s"] == "/" and month > 12 >= day:
            month, day = day, month  # 04/25/2015, as Americans write
        return made(year + 2000 if year < 100 else year, month, day)


def made(year: int, month: int, day: int) -> datetime.date | None:
    """Return a day, or none when the calendar has no such day."""
    try:
        return datetime.date(year, month, day) if year >= 1900 else None
    except ValueError:
        return None


def stamp(text: str) -> datetime.date | None:
    """Return the day of a moment as programs write it (RFC 3339, RFC 5322).

    It is the day on the publisher's own clock: what his readers saw above the story.
    """
    written = text.strip()
    if found := re.match(r"(\d{4})-(\d\d)-(\d\d)(?!\d)", written):
        return made(*map(int, found.groups()))
    if found := re.fullmatch(r"(\d{4})(\d\d)(\d\d)(?:T.*)?", written):
        return made(*map(int, found.groups()))
    parsed = email.utils.parsedate(written)  # RFC 5322 3.3, and the sloppy forms of it
    return made(*parsed[:3]) if parsed else None
