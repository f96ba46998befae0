"""What one language says and the other does not: numbers, dates, links, addresses, countries.

Better silent than wrong: a value that only moved to another field of the same item, that stands in
words in the other language, or that can be read in another way, is no difference.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from newsletter.translations.fields import Text
from newsletter.translations.values import Value, Values, plain_address, values_of

_Countries = Mapping[str, Mapping[str, str]]
_LONGEST_ENDING = 8
_VOWELS_AT_END = re.compile(r"(?<=\w{4})[aeiouyаеёийоуыьэюяәіөұү]+$")


@dataclass(frozen=True)
class Side:
    """All that an item or an issue says in one language."""

    language: str
    countries: _Countries
    texts: tuple[str, ...]
    """The words of all its fields, but for the addresses of links."""
    _numbers: Counter[str] = field(default_factory=Counter, init=False)

    def __post_init__(self) -> None:
        for text in self.texts:
            self._numbers.update(value.main for value in self.values(text).numbers)

    def values(self, text: str) -> Values:
        """Return the values in one of the texts."""
        return values_of(text, self.language)

    def count(self, value: Value) -> int:
        """Return how often a number stands in all of the texts."""
        return self._numbers[value.main]

    def mentions(self, text: str) -> frozenset[str]:
        """Return the codes of the countries that `text` names."""
        return _mentions(text, self._names)

    @cached_property
    def _names(self) -> tuple[tuple[str, str], ...]:
        known = self.countries.items()
        return tuple((code, each[self.language]) for code, each in known if self.language in each)

    @property
    def all_mentions(self) -> frozenset[str]:
        """The codes of the countries that any of the texts names."""
        return frozenset().union(*(self.mentions(text) for text in self.texts))


def differences(source: Text, target: Text, one: Side, other: Side) -> tuple[str, ...]:
    """Return in which ways `target` says something else than `source`, each in a sentence."""
    if source.is_address:
        same = _same_address(source.words, target.words, one.language, other.language)
        return () if same else (f"the addresses differ: {source.words} and {target.words}",)
    here, there = one.values(source.words), other.values(target.words)
    lost = _left_over(here, there, one, other)
    added = _left_over(there, here, other, one)
    months = _months_apart(here, there)
    dated = (
        _shown(each for each in lost if each.is_date),
        _shown(each for each in added if each.is_date),
    )
    if months and not any(dated):
        dated = months
    found = (
        _sentence("dates", *dated, one, other),
        _sentence(
            "numbers",
            _shown(each for each in lost if not each.is_date),
            _shown(each for each in added if not each.is_date),
            one,
            other,
        ),
        _sentence("links", *_links_apart(here.links, there.links), one, other),
        _sentence("mail addresses", *_sets_apart(here.mails, there.mails), one, other),
        _sentence("countries", *_countries_apart(source, target, one, other), one, other),
    )
    return tuple(each for each in found if each)


def _left_over(here: Values, there: Values, one: Side, other: Side) -> list[Value]:
    """Return the numbers of `here` that are neither `there` nor elsewhere in the other language."""
    loosely = not (here.knows_words and there.knows_words)
    return [
        value
        for value in here.numbers
        if not there.excuses(value, loosely=loosely) and one.count(value) > other.count(value)
    ]


def _months_apart(here: Values, there: Values) -> tuple[str, str] | None:
    """Return the names of months that stand for one another; one that is left out is no fault."""
    if len(here.months) != len(there.months):
        return None
    lost, added = Counter(here.months), Counter(there.months)
    if lost == added:
        return None
    return (
        ", ".join(w for m, w in zip(here.months, here.month_words, strict=True) if m not in added),
        ", ".join(w for m, w in zip(there.months, there.month_words, strict=True) if m not in lost),
    )


def _shown(values: Iterable[Value]) -> str:
    return ", ".join(dict.fromkeys(value.shown for value in values))


def _links_apart(here: Mapping[str, str], there: Mapping[str, str]) -> tuple[str, str]:
    """Return links that one side alone has, as they were written."""
    return (
        ", ".join(shown for compared, shown in here.items() if compared not in there),
        ", ".join(shown for compared, shown in there.items() if compared not in here),
    )


def _sets_apart(here: frozenset[str], there: frozenset[str]) -> tuple[str, str]:
    return ", ".join(sorted(here - there)), ", ".join(sorted(there - here))


def _countries_apart(source: Text, target: Text, one: Side, other: Side) -> tuple[str, str]:
    """Return countries named in place of one another, or left out of a list of several."""
    here, there = one.mentions(source.words), other.mentions(target.words)
    lost, added = here - there, there - here
    nowhere = lost - other.all_mentions, added - one.all_mentions
    if not (lost and added and any(nowhere)):
        lost = frozenset(code for code in nowhere[0] if _left_out(code, here, there, other))
        added = frozenset(code for code in nowhere[1] if _left_out(code, there, here, one))
    return _names(lost, one), _names(added, other)


def _left_out(code: str, here: frozenset[str], there: frozenset[str], other: Side) -> bool:
    """Whether a country is missing from a list, and no word made from its name stands for it."""
    name = other.countries[code].get(other.language, "")
    root = re.compile(rf"\b{re.escape(name[:4])}", re.IGNORECASE)
    return bool(name and there) and len(here) > 1 and not any(map(root.search, other.texts))


def _names(codes: Iterable[str], side: Side) -> str:
    return ", ".join(side.countries[code][side.language] for code in sorted(codes))


@lru_cache(maxsize=4096)
def _mentions(text: str, names: tuple[tuple[str, str], ...]) -> frozenset[str]:
    """Return the codes of those `names`, pairs of code and name, that stand in `text`."""
    if not names:
        return frozenset()
    found = (each.lastgroup or "" for each in _finder(names).finditer(text))
    return frozenset(names[int(group[1:])][0] for group in found)


@lru_cache(maxsize=64)
def _finder(names: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    """Return what finds the names in any of their cases: Грузия, Грузии, Грузией."""
    ending = rf"\w{{0,{_LONGEST_ENDING}}}"
    forms = []
    for number, (_, name) in enumerate(names):
        stems = [_VOWELS_AT_END.sub("", word) for word in name.split()]
        form = rf"{ending}\s+".join(map(re.escape, stems))
        forms.append(rf"(?P<n{number}>{form}{ending})")
    return re.compile(rf"\b(?:{'|'.join(forms)})\b")


def _same_address(source: str, target: str, one: str, other: str) -> bool:
    if source == target:
        return True
    return plain_address(source, one) == plain_address(target, other)


def _sentence(what: str, here: str, there: str, one: Side, other: Side) -> str:
    if here and there:
        return f"{what} differ: {one.language} {here}; {other.language} {there}"
    if here:
        return f"{what} in {one.language} alone: {here}"
    return f"{what} in {other.language} alone: {there}" if there else ""
