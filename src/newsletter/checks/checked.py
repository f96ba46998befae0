"""What the rules look at: an issue put together, its Renderings, and the places of every word.

A fault in a page is mended where the words came from. So a rule that finds something asks
`place_of`, which looks for it in the files of the editors first and names the theme's template
when it does not stand there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from newsletter.checks.page import Page, read_page
from newsletter.compose.compose import Composition
from newsletter.compose.pool import PoolItem
from newsletter.model.edition import EditionItem
from newsletter.model.finding import Finding, Severity
from newsletter.model.place import Marks, Place
from newsletter.model.rendering import Rendering

HTML_TEMPLATE = "issue.mjml.j2"
TEXT_TEMPLATE = "issue.txt.j2"


@dataclass(frozen=True, slots=True)
class Words:
    """A text that an editor wrote: where it stands, its key, and what it says."""

    place: Place
    key: str
    text: str


@dataclass(frozen=True)
class Checked:
    """An issue under examination."""

    composition: Composition
    renderings: Mapping[str, Rendering]

    @cached_property
    def pages(self) -> dict[str, Page]:
        """The HTML of each language, taken apart."""
        return {language: read_page(each.html) for language, each in self.renderings.items()}

    def issue_place(self, *path: str | int) -> Place:
        """Return the place of a key in the file of the issue."""
        return self.composition.source.marks.at(*path)

    def template(self, name: str = HTML_TEMPLATE) -> Place:
        """Return the place of a template of the theme."""
        return Place(f"templates/{self.composition.issue.theme}/{name}")

    def items(self, language: str) -> Iterator[tuple[PoolItem, EditionItem]]:
        """Yield each item of the issue once, as it was written and as it is worded."""
        sections = self.composition.editions[language].sections
        seen: set[str] = set()
        for entries, section in zip(self.composition.chosen, sections, strict=True):
            for entry, item in zip(entries, section.items, strict=True):
                if entry.id not in seen:
                    seen.add(entry.id)
                    yield entry, item

    def written(self, language: str) -> tuple[Words, ...]:
        """Return every text that editors wrote in `language` for this issue."""
        return self._written[language]

    @cached_property
    def _written(self) -> dict[str, tuple[Words, ...]]:
        # Gathered once: rules ask for the place of every link, and the preview waits for them.
        return {language: tuple(self._gather(language)) for language in self.renderings}

    def _gather(self, language: str) -> Iterator[Words]:
        issue, marks = self.composition.issue, self.composition.source.marks
        yield from _words(issue.texts[language].model_dump(), marks, language)
        for number, section in enumerate(issue.sections):
            if language in section.texts:
                texts = section.texts[language].model_dump()
                yield from _words(texts, marks, "sections", number, language)
        for entry, _ in self.items(language):
            yield from _words(entry.item.texts[language].model_dump(), entry.marks, language)
        settings = self.composition.office.settings
        publisher = settings.publisher.texts[language].model_dump()
        yield from _words(publisher, Marks("newsletter.yaml"))

    def place_of(self, language: str, *fragments: str, template: str = HTML_TEMPLATE) -> Place:
        """Return where the first of `fragments` that editors wrote stands, or else `template`."""
        for fragment in fragments:
            for words in self.written(language):
                if fragment in words.text:
                    return words.place
        return self.template(template)


def warning(rule: str, place: Place, message: str, remedy: str) -> Finding:
    """Return a Finding that stops nothing."""
    return Finding(
        rule=rule, place=place, message=message, remedy=remedy, severity=Severity.WARNING
    )


def error(rule: str, place: Place, message: str, remedy: str) -> Finding:
    """Return a Finding that stops a build or a send."""
    return Finding(rule=rule, place=place, message=message, remedy=remedy)


def _words(value: object, marks: Marks, *path: str | int) -> Iterator[Words]:
    """Yield the texts inside `value`, which stands at `path`."""
    if isinstance(value, str):
        keys = [part for part in path if isinstance(part, str)]
        yield Words(marks.at(*path), keys[-1] if keys else "", value)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key != "verbatim":  # names of fields, no words
                yield from _words(each, marks, *path, key)
    elif isinstance(value, list | tuple):
        for position, each in enumerate(value):
            yield from _words(each, marks, *path, position)
