"""Dates in words, as each language writes them (CLDR, through Babel)."""

import datetime
import re
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, parse_pattern

_SHORT_MONTH = re.compile(r"(?<!M)MMM(?!M)")
_REGION = {"en": "en_GB"}  # 17 March 2015; plain “en” would give March 17, 2015


@lru_cache
def _locale(language: str) -> Locale:
    return Locale.parse(_REGION.get(language, language.replace("-", "_")))


def is_known(language: str) -> bool:
    """Whether CLDR knows how `language` writes its dates."""
    try:
        _locale(language)
    except (UnknownLocaleError, ValueError):
        return False
    return True


def day(date: datetime.date, language: str) -> str:
    """Return 17 March 2015, 17 марта 2015 г."""
    return _plain_spaces(format_date(date, "long", locale=_locale(language)))


def month(date: datetime.date, language: str) -> str:
    """Return March 2015, март 2015 г."""
    return _plain_spaces(format_skeleton("yMMMM", date, locale=_locale(language)))


def period(start: datetime.date, end: datetime.date | None, language: str) -> str:
    """Return 17–20 March 2015, 30 марта – 2 апреля 2015 г.; one day when there is no end."""
    if end is None or end == start:
        return day(start, language)
    locale = _locale(language)
    differs = "y" if start.year != end.year else "M" if start.month != end.month else "d"
    parts = locale.interval_formats["yMMMd"][differs]
    words = [
        # CLDR has intervals with short months only; a newsletter spells them out.
        parse_pattern(_SHORT_MONTH.sub("MMMM", part)).apply(date, locale)
        for part, date in zip(parts, (start, end), strict=True)
    ]
    return _plain_spaces("".join(words))


def month_names(language: str) -> dict[str, int]:
    """Return the months by all their names, in small letters and without a full stop."""
    forms = _locale(language).months
    return {
        name.casefold().rstrip("."): number
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for number, name in forms[context][width].items()
    }


def months_of_a_date(language: str) -> tuple[str, ...]:
    """Return the months as they stand beside a day: March, марта."""
    return tuple(_locale(language).months["format"]["wide"].values())


def _plain_spaces(text: str) -> str:
    """Return `text` with the one non-breaking space that every mail client draws well."""
    return text.replace("\u202f", "\u00a0").replace("\u2009–\u2009", "\u00a0– ")


def day_names(language: str) -> dict[str, int]:
    """Return the days of the week by their full names in small letters; Monday is 0."""
    forms = _locale(language).days
    return {
        name.casefold(): number
        for context in ("format", "stand-alone")
        for number, name in forms[context]["wide"].items()
    }
