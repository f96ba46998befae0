"""Numbers in words, so that “two” beside 2 is no mismatch.

Only ever used to excuse a number that stands in digits in the other language; hence stems are
enough, and a language that is not here merely gets its small numbers excused.
"""

import re
from functools import lru_cache

_UNITS_EN = (
    "one|first|once, two|second|twice, three|third, four, five|fifth, six, seven, eight,"
    " nine|ninth, ten, eleven, twelve|twelfth, thirteen, fourteen, fifteen, sixteen, seventeen,"
    " eighteen, nineteen"
)
_TENS_EN = (
    "twenty|twentie, thirty|thirtie, forty|fortie, fifty|fiftie, sixty|sixtie, seventy|seventie,"
    " eighty|eightie, ninety|ninetie"
)
_UNITS_RU = (
    "оди|одн|перв, два|две|дву|двух|двое|втор, три|трё|тре|трое, четыр|четвер|четвёр, пят,"
    " шест, сем|седьм, восем|восьм, девят, десят, одиннадцат, двенадцат, тринадцат, четырнадцат,"
    " пятнадцат, шестнадцат, семнадцат, восемнадцат, девятнадцат"
)
_TENS_RU = (
    "двадцат, тридцат, сорок, пятьдесят|пятидесят, шестьдесят|шестидесят, семьдесят|семидесят,"
    " восемьдесят|восьмидесят, девяност"
)
_HUNDREDS_RU = (
    "сто|ста|сот, двест|двухсот|двумст, трист|трёхсот|тремст, четырест|четырёхсот|четырьмяст,"
    " пятьсот|пятисот|пятьюст, шестьсот|шестисот, семьсот|семисот, восемьсот|восьмисот,"
    " девятьсот|девятисот"
)
_UNITS_KK = "бір, ек, үш, төрт, бес, алты, жеті, сегіз, тоғыз, он"
_TENS_KK = "жиырма, отыз, қырық, елу, алпыс, жетпіс, сексен, тоқсан"


def _stems(words: str, first: int, step: int) -> dict[str, int]:
    return {
        stem: first + position * step
        for position, stems in enumerate(words.split(","))
        for stem in stems.strip().split("|")
    }


_STEMS: dict[str, dict[str, int]] = {
    "en": _stems(_UNITS_EN, 1, 1)
    | _stems(_TENS_EN, 20, 10)
    | {"hundred": 100, "thousand": 1000, "million": 1_000_000, "dozen": 12},
    "ru": _stems(_UNITS_RU, 1, 1)
    | _stems(_TENS_RU, 20, 10)
    | _stems(_HUNDREDS_RU, 100, 100)
    | {"тысяч": 1000, "миллион": 1_000_000, "дюжин": 12},
    "kk": _stems(_UNITS_KK, 1, 1)
    | _stems(_TENS_KK, 20, 10)
    | {"жүз": 100, "мың": 1000, "миллион": 1_000_000},
}
_SCALES = {"thousand": 3, "тыс": 3, "мың": 3, "million": 6, "миллион": 6, "млн": 6}
_SCALES |= {"billion": 9, "миллиард": 9, "млрд": 9}

_BETWEEN = frozenset({"and", "и"})
_WORD = re.compile(r"[^\W\d_]+")
_ROMAN = re.compile(r"\b[IVXLC]+\b")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


def scale_of(word: str) -> int:
    """Return how many zeros a word after a number stands for: 3 for `thousand`; 0 for most."""
    small = word.casefold()
    return next((zeros for stem, zeros in _SCALES.items() if small.startswith(stem)), 0)


def has_words(language: str) -> bool:
    """Whether the numbers of `language` are known in words."""
    return language in _STEMS


def spelled_numbers(text: str, language: str) -> frozenset[int]:
    """Return the numbers that stand in `text` in words or in Roman figures."""
    found = {_roman(match.group()) for match in _ROMAN.finditer(text)}
    run: list[int] = []
    for word in (match.group().casefold() for match in _WORD.finditer(text)):
        value = _value(word, language)
        if value is not None:
            run.append(value)
        elif word not in _BETWEEN:
            found |= _readings(run)
            run = []
    return frozenset(found | _readings(run))


def _readings(run: list[int]) -> set[int]:
    """Return each number of `run` and what they come to together."""
    total = current = 0
    for value in run:
        if value == 100 and 0 < current < 10:
            current *= value
        elif value >= 1000:
            total, current = total + max(current, 1) * value, 0
        else:
            current += value
    return {*run, total + current}


@lru_cache(maxsize=20_000)
def _value(word: str, language: str) -> int | None:
    """Return the number that `word` stands for: that of the longest stem it begins with."""
    stems = _STEMS.get(language, {})
    fitting = [stem for stem in stems if word.startswith(stem)]
    return stems[max(fitting, key=len)] if fitting else None


def _roman(figures: str) -> int:
    values = [_ROMAN_VALUES[figure] for figure in figures]
    following = [*values[1:], 0]
    return sum(
        -value if value < after else value for value, after in zip(values, following, strict=True)
    )
