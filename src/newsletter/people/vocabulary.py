"""What people write for a country or a language, and the code it stands for.

Words of the office (`newsletter.yaml`) come first, then the names and codes that Babel knows in
Russian, English and the languages of the office, then short forms that Babel does not know.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from newsletter.languages import is_tag
from newsletter.people.cells import fold, is_blank

_NO_COUNTRIES = frozenset({"ZZ", "XA", "XB", "EU", "EZ", "UN", "QO"})  # regions of CLDR
_NO_LANGUAGES = frozenset({"und", "mul", "zxx"})
_COUNTRY_FORMS = {
    "рф": "ru",
    "российская федерация": "ru",
    "russian federation": "ru",
    "белоруссия": "by",
    "молдавия": "md",
    "кыргызстан": "kg",
    "кыргызская": "kg",
    "киргизская": "kg",
    "kyrgyz": "kg",
    "туркмения": "tm",
    "сша": "us",
    "соединенное королевство": "gb",
    "england": "gb",
}
_LANGUAGE_FORMS = {"рус": "ru", "русск": "ru", "англ": "en", "анг": "en", "казах": "kk"}
_AROUND_COUNTRY = ("республика", "republic of", "the republic of", "the", "republic")
_AROUND_LANGUAGE = ("язык", "language")
_BETWEEN_TOPICS = re.compile(r"[,;|\n]")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Codes of countries, language tags and topics by every word for them, as `fold` leaves it."""

    countries: Mapping[str, str]
    languages: Mapping[str, str]
    topics: Mapping[str, str] = field(default_factory=dict)

    def country(self, text: str) -> str | None:
        """Return the code of the country that `text` names, or none."""
        word = fold(text)
        return self.countries.get(word) or self.countries.get(_without(word, _AROUND_COUNTRY))

    def language(self, text: str) -> str | None:
        """Return the tag of the language that `text` names, or none; `ru-RU` and `rus` are ru."""
        word = fold(text)
        found = self.languages.get(word) or self.languages.get(_without(word, _AROUND_LANGUAGE))
        tag = re.fullmatch(r"([a-z]{2,3}) [a-z]{2,4}", word)
        return found or (self.languages.get(tag[1]) if tag else None)

    def topic(self, text: str) -> str | None:
        """Return the topic that `text` names, or none."""
        return self.topics.get(fold(text))

    @property
    def topic_names(self) -> list[str]:
        """The names of the topics that the office has."""
        return sorted(set(self.topics.values()))

    def topics_in(self, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the topics that `text` names, in order, and what names none.

        Several stand with commas, semicolons or lines between them.
        """
        if whole := self.topic(text):  # the name of a topic may hold a comma
            return (whole,), ()
        words = [each.strip() for each in _BETWEEN_TOPICS.split(text) if not is_blank(each)]
        known = {each: self.topics[fold(each)] for each in words if fold(each) in self.topics}
        return tuple(sorted(set(known.values()))), tuple(
            each for each in words if each not in known
        )


def make_vocabulary(
    countries: Mapping[str, Mapping[str, str]],
    languages: Sequence[str],
    topics: Mapping[str, Mapping[str, str]] | None = None,
) -> Vocabulary:
    """Return the Vocabulary of an office: its codes and topics with their names by language."""
    named = {fold(name): code for code, names in countries.items() for name in names.values()}
    codes = {fold(code): code for code in countries}
    tags = {fold(tag): tag for tag in languages}
    topics = topics or {}
    themes = {fold(word): topic for topic in topics for word in topics[topic].values()}
    themes |= {fold(topic): topic for topic in topics}
    tongues = ("en", "ru", *languages)
    return Vocabulary(
        {**_COUNTRY_FORMS, **dict(_known_countries(tongues)), **named, **codes},
        {**_LANGUAGE_FORMS, **dict(_known_languages(tongues)), **tags},
        themes,
    )


def _without(word: str, around: Sequence[str]) -> str:
    for frame in around:
        word = word.removeprefix(f"{frame} ").removesuffix(f" {frame}")
    return word


def _known_countries(tongues: Sequence[str]) -> Iterator[tuple[str, str]]:
    from babel import Locale  # noqa: PLC0415 (slow to import)
    from babel.core import get_global  # noqa: PLC0415

    for alias, targets in get_global("territory_aliases").items():
        if len(targets) == 1 and alias.isalpha():  # KAZ, UK: codes that stand for another
            yield fold(alias), targets[0].lower()
    for tongue in tongues:
        for code, name in Locale.parse(tongue, sep="-").territories.items():
            if len(code) == 2 and code not in _NO_COUNTRIES:
                yield fold(name), code.lower()
                yield fold(code), code.lower()


def _known_languages(tongues: Sequence[str]) -> Iterator[tuple[str, str]]:
    from babel import Locale  # noqa: PLC0415 (slow to import)
    from babel.core import get_global  # noqa: PLC0415

    for alias, target in get_global("language_aliases").items():
        if is_tag(alias) and is_tag(target):  # rus, kaz
            yield fold(alias), target
    for tongue in dict.fromkeys((*tongues, "en", "ru")):
        for code, name in Locale.parse(tongue, sep="-").languages.items():
            if code not in _NO_LANGUAGES:
                plain = code.split("_")[0]  # British English is English to a newsletter
                yield fold(name), plain
                yield fold(code), plain
