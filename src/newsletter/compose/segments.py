"""Read `subscribers/segments.yaml`: words to conditions, with every fault at its place.

Countries, languages and topics are understood as tables of people are: by code or by name, in any
language of the office. What nobody knows is refused, for a slip would silently pick other people.
"""

import datetime
import zoneinfo
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from newsletter.compose.office import unknown_blocks
from newsletter.compose.pool import Source
from newsletter.compose.problems import did_you_mean
from newsletter.compose.schema import validate
from newsletter.compose.yamlfile import YamlFile
from newsletter.model.finding import Finding
from newsletter.model.place import Marks, YamlPath
from newsletter.model.segment import (
    AllOf,
    AnyOf,
    Holds,
    Is,
    Joined,
    Not,
    OnList,
    Segment,
    Wants,
    Where,
    folded,
)
from newsletter.model.segmenting import Condition, Segments
from newsletter.model.settings import Lists, Settings
from newsletter.people.vocabulary import Vocabulary, make_vocabulary

FILE = "subscribers/segments.yaml"
MAX_DEPTH, MAX_PARTS = 10, 200
_NOBODY = AnyOf(())
"""Stands where a fault was found; a file with faults is never used."""


def parse_segments(file: YamlFile) -> Segments:
    """Return what stands in `file`; raises InputRefused."""
    return validate(file, Segments, rule="segments")


def understand(
    source: Source[Segments], settings: Settings, lists: Lists | None
) -> tuple[dict[str, Segment], list[Finding]]:
    """Return the Segments by name, and all that is wrong with the words in them."""
    findings: list[Finding] = []
    understood: dict[str, Segment] = {}
    words = _Words(settings, lists)
    for name, written in source.value.segments.items():
        at = ("segments", name)
        findings += unknown_blocks(written.texts, settings.languages, source.marks, *at)
        reading = _Reading(words, source.marks, findings)
        where = reading.condition(written.where, (*at, "where"), 1)
        if reading.parts > MAX_PARTS:
            reading.refuse(
                (*at, "where"),
                f"`{name}` has more than {MAX_PARTS} conditions",
                "write several values of one key as a list: `country: [kz, kg]`",
            )
        understood[name] = Segment(name=name, where=where, names=written.texts)
    return understood, findings


@dataclass(frozen=True)
class _Words:
    """What words stand for in one office; a word that is a code already is not looked up."""

    settings: Settings
    lists: Lists | None

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        settings = self.settings
        return make_vocabulary(settings.countries, settings.languages, settings.topics)

    def country(self, word: str) -> str | None:
        return word if word in self.settings.countries else self._vocabulary.country(word)

    def language(self, word: str) -> str | None:
        return word if word in self.settings.languages else self._vocabulary.language(word)

    def topic(self, word: str) -> str | None:
        return word if word in self.settings.topics else self._vocabulary.topic(word)

    def list(self, word: str) -> str | None:
        return word if self.lists is None or word in self.lists.lists else None

    def known(self, kind: str) -> Iterator[str]:
        """Yield what a word of a kind may have been meant to be."""
        settings = self.settings
        match kind:
            case "language":
                yield from settings.languages
            case "list":
                yield from self.lists.lists if self.lists else ()
            case _:
                named: Mapping[str, Mapping[str, str]] = (
                    settings.countries if kind == "country" else settings.topics
                )
                yield from named
                yield from (name for names in named.values() for name in names.values())


@dataclass(slots=True)
class _Reading:
    """Turns what stands in a file into a condition; gathers what is wrong on the way."""

    words: _Words
    marks: Marks
    findings: list[Finding]
    parts: int = field(default=0)

    def condition(self, written: Condition, at: YamlPath, depth: int) -> Where:
        """Return what stands at `at`: the parts side by side must all hold."""
        if depth > MAX_DEPTH:
            message = f"more than {MAX_DEPTH} conditions, one inside the other"
            self.refuse(at, message, "flatten it")
            return _NOBODY
        parts = [*self._facts(written, at), *self._joined(written)]
        for key, kind in (("all", AllOf), ("any", AnyOf)):
            if inner := getattr(written, f"{key}_"):
                told = [
                    self.condition(each, (*at, key, number), depth + 1)
                    for number, each in enumerate(inner)
                ]
                parts.append(kind(tuple(told)))
        if written.not_:
            parts.append(Not(self.condition(written.not_, (*at, "not"), depth + 1)))
        self.parts += len(parts)
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _facts(self, written: Condition, at: YamlPath) -> Iterator[Where]:
        words = self.words
        if written.country:
            yield Is("country", self._known(written.country, "country", at, words.country))
        if written.language:
            yield Is("language", self._known(written.language, "language", at, words.language))
        if written.organisation_type:
            yield Is("organisation_type", tuple(map(folded, written.organisation_type)))
        if written.organisation:
            yield Holds("organisation", tuple(map(folded, written.organisation)))
        if written.topics:
            topics = self._known(written.topics, "topic", at, words.topic, key="topics")
            yield Wants(topics)
        if written.source:
            yield Holds("source", tuple(map(folded, written.source)))
        if written.list_:
            yield OnList(self._known(written.list_, "list", at, words.list))

    def _joined(self, written: Condition) -> Iterator[Where]:
        if written.joined_before:
            yield Joined(self._begin(written.joined_before), before=True)
        if written.joined_after:
            following = written.joined_after + datetime.timedelta(days=1)
            yield Joined(self._begin(following), before=False)

    def _begin(self, day: datetime.date) -> datetime.datetime:
        """Return the moment at which `day` begins in the office."""
        zone = zoneinfo.ZoneInfo(self.words.settings.time_zone)
        return datetime.datetime.combine(day, datetime.time(), zone).astimezone(datetime.UTC)

    def _known(
        self,
        given: Iterable[str],
        kind: str,
        at: YamlPath,
        find: Callable[[str], str | None],
        *,
        key: str = "",
    ) -> tuple[str, ...]:
        """Return what the words stand for; each that stands for nothing is reported."""
        found: dict[str, None] = {}
        for number, word in enumerate(given):
            if meant := find(word):
                found[meant] = None
            else:
                place = (*at, key or kind, number)
                remedy = did_you_mean(word, self.words.known(kind))
                self.refuse(place, f"there is no {kind} “{word}”", remedy)
        return tuple(found)

    def refuse(self, at: YamlPath, message: str, remedy: str) -> None:
        """Report a fault at its place."""
        place = self.marks.at(*at)
        self.findings.append(Finding(rule="segments", place=place, message=message, remedy=remedy))
