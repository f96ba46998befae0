"""What the rules look at: an issue put together, and the mail of each of its languages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from newsletter.checks.mail import Mail
from newsletter.checks.page import Page
from newsletter.checks.places import Composed, Traced, Words, Written, words_in
from newsletter.compose.compose import Composition
from newsletter.compose.pool import PoolItem
from newsletter.model.edition import Edition, EditionItem
from newsletter.model.place import Place
from newsletter.model.rendering import Rendering
from newsletter.model.translating import FieldState
from newsletter.render.render import STACKED_TEXT_TEMPLATE
from newsletter.render.theme import Theme
from newsletter.render.trace import Trace
from newsletter.translations.states import translation_states

HTML_TEMPLATE = "issue.mjml.j2"
TEXT_TEMPLATE = "issue.txt.j2"


@dataclass(frozen=True)
class Checked:
    """An issue under examination."""

    composition: Composition
    renderings: Mapping[str, Rendering]
    theme: Theme | None = None
    traces: Mapping[str, Trace] = field(default_factory=dict)

    @cached_property
    def mails(self) -> dict[str, Mail]:
        """The mail of each language."""
        return {language: self._mail(language) for language in self.renderings}

    @property
    def pages(self) -> dict[str, Page]:
        """The HTML of each language, taken apart."""
        return {language: mail.page for language, mail in self.mails.items()}

    @property
    def pictures_travel(self) -> bool:
        """Whether pictures are part of the mail."""
        return self.composition.office.settings.pictures == "inline"

    def issue_place(self, *path: str | int) -> Place:
        """Return the place of a key in the file of the issue."""
        return self.composition.source.marks.at(*path)

    def settings_place(self, *path: str | int) -> Place:
        """Return the place of a key in newsletter.yaml."""
        return self.composition.office.settings_marks.at(*path)

    def template(self, name: str = HTML_TEMPLATE) -> Place:
        """Return the place of a template of the theme."""
        return Place(f"templates/{self.composition.issue.theme}/{name}")

    def languages_of(self, language: str) -> tuple[str, ...]:
        """Return the languages that the mail `language` is written in: a stacked one has all."""
        languages = self.composition.issue.languages
        return (language,) if language in languages else languages

    def edition(self, language: str) -> Edition:
        """Return the edition of a mail; of a stacked one that of its first language."""
        return self.composition.editions[self.languages_of(language)[0]]

    def items(self, language: str) -> Iterator[tuple[PoolItem, EditionItem]]:
        """Yield each item of the issue once, as it was written and as it is worded."""
        sections = self.edition(language).sections
        seen: set[str] = set()
        for entries, section in zip(self.composition.shown, sections, strict=True):
            for entry, item in zip(entries, section.items, strict=True):
                if entry.id not in seen:
                    seen.add(entry.id)
                    yield entry, item

    def entries(self) -> Iterator[PoolItem]:
        """Yield each item of the issue once, as it was written."""
        yield from {each.id: each for chosen in self.composition.chosen for each in chosen}.values()

    @cached_property
    def translations(self) -> tuple[FieldState, ...]:
        """How each field of the issue and its items stands in each other language."""
        return translation_states(self.composition)

    def written(self, language: str) -> tuple[Words, ...]:
        """Return every text that editors wrote in `language` for this issue."""
        return self._written[language]

    @cached_property
    def _written(self) -> dict[str, tuple[Words, ...]]:
        # Gathered once: rules ask for the place of every link, and the preview waits for them.
        languages = self.composition.issue.languages
        return {language: tuple(self._gather(language)) for language in languages}

    def _gather(self, language: str) -> Iterator[Words]:
        issue, marks = self.composition.issue, self.composition.source.marks
        yield from words_in(issue.texts[language].model_dump(), marks, language)
        for number, section in enumerate(issue.sections):
            if language in section.texts:
                texts = section.texts[language].model_dump()
                yield from words_in(texts, marks, "sections", number, language)
        for entry in self.entries():
            if text := entry.item.texts.get(language):
                yield from words_in(text.model_dump(), entry.marks, language, item=entry.id)
            if entry.item.image and (credit := entry.item.image.credit):
                yield Words(entry.marks, ("image", "credit"), credit, entry.id)
        settings, marks = self.composition.office.settings, self.composition.office.settings_marks
        publisher = settings.publisher
        yield from words_in(publisher.texts[language].model_dump(), marks, "publisher", language)
        for key in ("phone", "fax", "email", "website"):
            yield from words_in(getattr(publisher, key), marks, "publisher", key)
        for key in ("countries", "topics"):
            for code, names in getattr(settings, key).items():
                yield from words_in(names.get(language, ""), marks, key, code, language)

    def _of_theme(self, language: str) -> Iterator[Words]:
        """Yield the words of the theme, which nobody reads as an editor's."""
        if self.theme:
            source = self.theme.file
            for key, words in source.value.strings.items():
                yield from words_in(words.get(language), source.marks, "strings", key, language)

    def _mail(self, language: str) -> Mail:
        rendering = self.renderings[language]
        languages = self.languages_of(language)
        words = [each for one in languages for each in self.written(one)]
        words += [each for one in languages for each in self._of_theme(one)]
        pictures = {
            file.src: entry.marks.at("image", "file")
            for entry in self.entries()
            if entry.item.image
            for file in self.composition.files[entry.item.image.file].files
        }
        first = languages[0]
        settings = self.composition.office.settings
        website = [each for each in (settings.publisher.website,) if each]
        return Mail(
            language=language,
            languages=languages,
            html=rendering.html,
            text=rendering.text,
            subject=rendering.subject,
            preheader=rendering.preheader,
            pictures=self.composition.pictures,
            origin=Composed(
                written=Written(words),
                template=self.template(),
                traced=Traced(trace) if (trace := self.traces.get(language)) else None,
                text_template=replace(
                    self.template(self._text_template(language)), line=1, column=1
                ),
                subject_place=self.issue_place(first, "subject"),
                preheader_place=self.issue_place(first, "preheader"),
                pictures=pictures,
                bases=[
                    (settings.public_url, self.settings_place("public_url")),
                    *((url, self.settings_place("publisher", "website")) for url in website),
                ],
            ),
        )

    def _text_template(self, language: str) -> str:
        alone = language in self.composition.editions
        return TEXT_TEMPLATE if alone else STACKED_TEXT_TEMPLATE

    def place_of(self, language: str, *fragments: str, template: str = HTML_TEMPLATE) -> Place:
        """Return where the first of `fragments` that editors wrote stands, or else `template`."""
        for fragment in fragments:
            for words in self.written(language):
                if fragment in words.text:
                    return words.at(fragment)
        return self.template(template)
