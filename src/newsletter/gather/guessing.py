"""Language, countries and topics of a story, from its words: an editor looks them over."""

import re
from collections.abc import Iterable, Mapping, Sequence

from newsletter.gather.story import Story
from newsletter.model.settings import Settings
from newsletter.people.cells import fold
from newsletter.people.vocabulary import make_vocabulary

_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LETTER = re.compile(r"[^\W\d_]")
_KAZAKH = re.compile(r"[әғқңөұүһі]", re.IGNORECASE)
_SHORTEST_NAME = 4
_ENDINGS = 2
"""So many letters at the end of a word change with its case: Казахстан, Казахстане."""


class Guesses:
    """Guesses by the names that the office and the languages of the world have for things."""

    def __init__(self, settings: Settings) -> None:
        """Learn the names."""
        self._languages = settings.languages
        self._default = settings.default_language
        known = make_vocabulary(settings.countries, settings.languages).countries
        self._countries = {
            code: _patterns(word for word, each in known.items() if each == code)
            for code in settings.countries
        }
        self._topics = {
            topic: _patterns(fold(name) for name in names.values())
            for topic, names in settings.topics.items()
        }

    def language(self, story: Story) -> str:
        """Return the language of the office in which a story is told."""
        said = story.language.replace("_", "-").split("-")[0].lower()
        if said in self._languages:
            return said
        words = " ".join((story.title, *story.paragraphs))
        letters, cyrillic = len(_LETTER.findall(words)), len(_CYRILLIC.findall(words))
        if letters and cyrillic * 2 > letters:
            order = ("kk", "ru") if _KAZAKH.search(words) else ("ru", "kk")
        else:
            order = ("en", self._default)
        return next((each for each in order if each in self._languages), self._default)

    def countries(self, story: Story) -> list[str]:
        """Return the codes of the countries that a story names."""
        return _named(self._countries, story)

    def topics(self, story: Story) -> list[str]:
        """Return the topics whose names stand in a story."""
        return _named(self._topics, story)


def _named(patterns: Mapping[str, Sequence[re.Pattern[str]]], story: Story) -> list[str]:
    text = fold(" ".join((story.title, *story.paragraphs)))
    return [key for key, each in patterns.items() if any(one.search(text) for one in each)]


def _patterns(names: Iterable[str]) -> list[re.Pattern[str]]:
    return [
        re.compile(r"\b" + r" ".join(_stem(word) for word in name.split()))
        for name in names
        if len(name) >= _SHORTEST_NAME
    ]


def _stem(word: str) -> str:
    """Return a pattern for a word in any of its cases."""
    if len(word) <= _ENDINGS + 2:
        return re.escape(word) + r"\b"
    cut = _ENDINGS if _CYRILLIC.match(word) else 0
    return re.escape(word[: len(word) - cut]) + r"\w{0,4}"
