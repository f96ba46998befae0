"""What a text says that must be the same in every language: numbers, dates, links, addresses.

Each value has readings, the ways it can be understood: 1,200 is 1200 where the comma groups and
1.2 where it divides. Two values are the same when they share a reading.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from newsletter.translations.numberwords import has_words, scale_of, spelled_numbers

_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\"«»“”]+?(?=[.,;:!?)\]]*(?:[\s<>\"«»“”]|$))")
_LINK = re.compile(
    r"\]\((?P<link>[^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)|<(?P<auto>https?://[^<>\s]+)>"
)
_MAIL = re.compile(r"(?:mailto:)?(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)")
_NUMERIC_DATE = re.compile(
    r"(?<![\d.])(?:(?P<day>\d{1,2})[./](?P<month>\d{1,2})[./](?P<year>\d{4})"
    r"|(?P<iso_year>\d{4})-(?P<iso_month>\d{2})-(?P<iso_day>\d{2}))(?![\d])"
)
_NUMBER = re.compile(r"\d{1,3}(?:[ \u00a0\u202f\u2009]\d{3}(?!\d))+(?:[.,]\d+)?|\d+(?:[.,:]\d+)*")
_AFTER = re.compile(r"[ \u00a0-]?([^\W\d_]+)\.?(?:[ \u00a0]?([mM])\.?)?")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})")
_GROUPED = re.compile(r"[ \u00a0\u202f\u2009]")
_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+")
_SMALL = 12
"""Numbers up to here may stand in words in a language whose words for numbers are not known."""
_SHORTEST_STEM = 4
_SPELLINGS = {"мае": 5, "маем": 5, "маю": 5}
"""Months whose stem is too short to go by (Russian May)."""


@dataclass(frozen=True, slots=True)
class Value:
    """Something that must be the same in every language."""

    shown: str
    readings: frozenset[str]
    main: str
    """How its own language means it."""
    parts: frozenset[str] = frozenset()
    """The numbers it is made of, when it has several."""
    digits: str = ""
    """What stands in figures: 2 of “2 million”."""
    is_date: bool = False


@dataclass(frozen=True, slots=True)
class Values:
    """All of them in one text."""

    numbers: tuple[Value, ...] = ()
    months: tuple[int, ...] = ()
    month_words: tuple[str, ...] = ()
    spelled: frozenset[int] = frozenset()
    links: Mapping[str, str] = field(default_factory=dict)
    """Addresses as they are compared, and as they were written."""
    mails: frozenset[str] = frozenset()
    knows_words: bool = True

    def excuses(self, value: Value, *, loosely: bool) -> bool:
        """Whether `value`, which stands in another language, stands here too in some form.

        Where the words of one of the languages are not known, thousands and millions do not count.
        """
        own = {reading for each in self.numbers for reading in each.readings}
        if own & value.readings:
            return True
        if loosely and {each.digits for each in self.numbers} & {value.digits}:
            return True
        parts = {part for each in self.numbers for part in (each.parts or {each.main})}
        if value.parts and value.parts <= parts | own:
            return True
        if any(each.parts and value.main in each.parts for each in self.numbers):
            return True
        whole = {int(reading) for reading in value.readings if reading.isdigit()}
        if whole & self.spelled:
            return True
        return not self.knows_words and any(number <= _SMALL for number in whole)


@lru_cache(maxsize=4096)
def values_of(text: str, language: str) -> Values:
    """Return what `text` says that must be the same in every language."""
    links = {plain_address(each, language): each for each in _links(text)}
    mails = frozenset(found["mail"].casefold() for found in _MAIL.finditer(text))
    words = _MAIL.sub(" ", _ADDRESS.sub(" ", _LINK.sub("] ", text)))
    numbers: list[Value] = []
    months: list[tuple[int, str]] = []

    def numeric(found: re.Match[str]) -> str:
        day, month = found["day"] or found["iso_day"], found["month"] or found["iso_month"]
        if not 1 <= int(month) <= _SMALL:
            return found.group()
        months.append((int(month), found.group()))
        for number in (day, found["year"] or found["iso_year"]):
            main = str(int(number))
            numbers.append(Value(found.group(), frozenset({main}), main, is_date=True))
        return " " * len(found.group())

    words = _NUMERIC_DATE.sub(numeric, words)
    named = tuple(_months(words, language))
    months += [(month, words[start:end]) for start, end, month in named]
    numbers += [_number(found, words, named, language) for found in _NUMBER.finditer(words)]
    return Values(
        tuple(numbers),
        tuple(month for month, _ in months),
        tuple(shown for _, shown in months),
        spelled_numbers(words, language),
        links,
        mails,
        has_words(language),
    )


def plain_address(url: str, language: str) -> str:
    """Return `url` without what says in which language the page is, and without its scheme."""
    rest = re.sub(r"^https?://(?:www\.)?", "", url.strip()).rstrip("/").casefold()
    host, slash, path = rest.partition("/")
    names = "|".join(re.escape(name) for name in _names_of(language))
    bare = re.sub(rf"^(?:{names})\.", "", host)
    if bare != host:
        return bare  # a site of its own for each language: its pages have names of their own
    path = re.sub(rf"(?<![^\W_])(?:{names})(?![^\W_])", "", path)
    return f"{host}{slash}{re.sub(r'[/_.=?&-]+', '/', path).strip('/')}".strip("/")


def _links(text: str) -> Iterator[str]:
    for found in _LINK.finditer(text):
        target = found["link"] or found["auto"]
        if not target.startswith("mailto:"):
            yield target
    for found in _ADDRESS.finditer(_LINK.sub("] ", text)):
        yield found.group()


@lru_cache
def _names_of(language: str) -> tuple[str, ...]:
    """Return how addresses name `language`: ru, rus, russian."""
    short = language.split("-")[0]
    locale = _locale(language)
    long = (locale.get_display_name("en") or "").casefold() if locale else ""
    names = {language.casefold(), short, long}
    for alias, targets in get_global("language_aliases").items():
        if targets == short and alias.isalpha() and len(alias) == 3:
            names.add(alias)  # ISO 639-2: rus, kaz
    return tuple(sorted((name for name in names if name), key=len, reverse=True))


@lru_cache
def _locale(language: str) -> Locale | None:
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return None


@lru_cache
def _separators(language: str) -> tuple[str, str]:
    """Return what groups digits and what begins a fraction, as CLDR has it for `language`."""
    locale = _locale(language)
    if not locale:
        return ",", "."
    symbols = locale.number_symbols["latn"]
    return str(symbols["group"]), str(symbols["decimal"])


@lru_cache
def _month_stems(language: str) -> tuple[tuple[str, int], ...]:
    """Return how the names of the months begin, whatever their ending, longest first."""
    locale = _locale(language)
    if not locale:
        return ()
    found: dict[str, int] = {}
    for month in range(1, 13):
        forms = [locale.months[use]["wide"][month].casefold() for use in ("format", "stand-alone")]
        found |= dict.fromkeys(forms, month)
        stem = _common_start(*forms)
        if len(stem) >= _SHORTEST_STEM - 1:
            found.setdefault(stem, month)
    return tuple(sorted(found.items(), key=lambda each: -len(each[0])))


def _common_start(one: str, other: str) -> str:
    length = 0
    while length < min(len(one), len(other)) and one[length] == other[length]:
        length += 1
    return one[:length]


def _months(text: str, language: str) -> Iterator[tuple[int, int, int]]:
    """Yield start, end and number of each month in `text`.

    Where months have a capital, a word without one (“march”, “may”) is no month.
    """
    locale = _locale(language)
    capital = bool(locale and locale.months["format"]["wide"][1][:1].isupper())
    for found in _WORD.finditer(text):
        word = found.group()
        if capital and not word[0].isupper():
            continue
        if month := _month_of(word.casefold(), language):
            yield found.start(), found.end(), month


@lru_cache(maxsize=20_000)
def _month_of(word: str, language: str) -> int:
    if word in _SPELLINGS:
        return _SPELLINGS[word]
    for stem, month in _month_stems(language):
        longest = len(word) if len(stem) >= _SHORTEST_STEM else len(stem) + 1
        if word.startswith(stem) and len(word) <= longest:
            return month
    return 0


def _number(
    found: re.Match[str], text: str, months: tuple[tuple[int, int, int], ...], language: str
) -> Value:
    shown = found.group()
    main = digits = _meant(shown, language)
    readings = {main, *(_plain(form) for form in _forms(shown))}
    after = _AFTER.match(text, found.end())
    if after and (zeros := scale_of(after[1])):
        readings = {_scaled(each, zeros) for each in readings}
        main = _scaled(main, zeros)
        shown = text[found.start() : after.end()].rstrip()
    readings |= _times(found.group(), after)
    parts = frozenset(str(int(part)) for part in _DIGITS.findall(found.group()))
    near = _nearest_month(found, text, months)
    if near:
        shown = text[min(found.start(), near[0]) : max(found.end(), near[1])]
    return Value(
        " ".join(shown.split()),
        frozenset(readings),
        main,
        parts if len(parts) > 1 else frozenset(),
        digits,
        is_date=near is not None,
    )


def _nearest_month(
    found: re.Match[str], text: str, months: tuple[tuple[int, int, int], ...]
) -> tuple[int, int] | None:
    """Return where the month stands that `found` is a day of, if it is one."""
    for start, end, _ in months:
        between = text[found.end() : start] if start >= found.end() else text[end : found.start()]
        if len(between) <= 2 and not between.strip() and found.group().isdigit():
            return start, end
    return None


def _meant(shown: str, language: str) -> str:
    """Return the number as its own language means it."""
    group, decimal = _separators(language)
    plain = _GROUPED.sub("", shown)
    if ":" in plain:
        return plain
    if re.fullmatch(rf"\d{{1,3}}(?:{re.escape(group)}\d{{3}})+(?:\D\d+)?", plain):
        plain = plain.replace(group, "")
    plain = plain.replace(decimal, ".", 1)
    return _plain(plain) if re.fullmatch(r"\d+(?:\.\d+)?", plain) else shown


def _forms(shown: str) -> Iterator[str]:
    """Yield what digits with separators can mean in any language."""
    plain = _GROUPED.sub("", shown)
    if re.fullmatch(r"\d+(?:[.,]\d+)?", plain):
        yield plain.replace(",", ".")
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", plain):
        yield plain.replace(",", "")
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", plain):
        yield plain.replace(".", "").replace(",", ".")


def _times(shown: str, after: re.Match[str] | None) -> set[str]:
    """Return the hours and minutes that a number can mean: 10:00, 10.00, 2 p.m."""
    later = bool(after and after[1].casefold() in ("p", "pm") and (after[1] != "p" or after[2]))
    found = _TIME.fullmatch(shown)
    if not found:
        return {str(int(shown) + 12)} if later and shown.isdigit() and int(shown) < 12 else set()
    hour, minutes = int(found[1]) + (12 if later and int(found[1]) < 12 else 0), found[2]
    return {f"{hour}:{minutes}"} | ({str(hour)} if minutes == "00" else set())


def _scaled(number: str, zeros: int) -> str:
    """Return `number` with so many zeros more; what is no plain number stays as it is."""
    if not re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", number):
        return number
    return _plain(str(Decimal(number).scaleb(zeros)))


def _plain(number: str) -> str:
    """Return `number` without zeros that say nothing."""
    try:
        return format(Decimal(number).normalize(), "f")
    except ArithmeticError:
        return number
