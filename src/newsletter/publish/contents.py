"""What the archive holds: Editions by language, and their items by country and topic."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from newsletter.compose.compose import Composition
from newsletter.compose.editions import Wording
from newsletter.model.content import Item
from newsletter.model.edition import Edition, EditionItem, EditionPublisher, EditionSection
from newsletter.model.paper import Paper
from newsletter.model.settings import Settings
from newsletter.render.theme import Theme

FAMILIES = ("countries", "topics")
"""What items are listed by; a page for each name in newsletter.yaml that items bear."""


@dataclass(frozen=True)
class Published:
    """An issue that goes into the archive, the theme that draws it, its PDFs by language."""

    composition: Composition
    theme: Theme
    papers: Mapping[str, Paper] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """Name of the issue's folder."""
        return self.composition.slug

    @cached_property
    def editions(self) -> Mapping[str, Edition]:
        """Its Editions by language; an item that stands in two sections has a name in each."""
        return {
            language: _with_single_names(edition)
            for language, edition in self.composition.editions.items()
        }

    @cached_property
    def facts(self) -> Mapping[str, Item]:
        """The items as they were written, by the names they have in `editions`."""
        written = [entry.item for section in self.composition.chosen for entry in section]
        edition = next(iter(self.editions.values()))
        names = [item.id for item in items_of(edition)]
        return dict(zip(names, written, strict=True))


def _with_single_names(edition: Edition) -> Edition:
    """Return `edition` with names of items that can be anchors: each stands once on the page."""
    seen: dict[str, int] = {}

    def named(section: EditionSection) -> EditionSection:
        fresh: dict[str, EditionItem] = {}
        for item in section.items:
            seen[item.id] = seen.get(item.id, 0) + 1
            many = seen[item.id]
            fresh[item.id] = replace(item, id=f"{item.id}_{many}") if many > 1 else item
        return replace(
            section,
            items=tuple(fresh[item.id] for item in section.items),
            groups=tuple(
                replace(group, items=tuple(fresh[item.id] for item in group.items))
                for group in section.groups
            ),
        )

    return replace(edition, sections=tuple(named(section) for section in edition.sections))


def items_of(edition: Edition) -> list[EditionItem]:
    """Return all items of an Edition, in order."""
    return [item for section in edition.sections for item in section.items]


@dataclass(frozen=True, slots=True)
class Entry:
    """An item in the Edition in which it appeared first."""

    issue: Published
    language: str
    item: EditionItem

    def tags(self, family: str) -> tuple[str, ...]:
        """Return the codes of its countries, or the ids of its topics."""
        facts = self.issue.facts[self.item.id]
        return facts.countries if family == "countries" else facts.topics


@dataclass(frozen=True)
class Contents:
    """All issues of the archive, the newest first, and what can be found in them."""

    settings: Settings
    issues: tuple[Published, ...]

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages of the archive, in the order of newsletter.yaml."""
        spoken = {language for issue in self.issues for language in issue.editions}
        return tuple(each for each in self.settings.languages if each in spoken)

    @property
    def default_language(self) -> str:
        """The language for readers who named none."""
        default = self.settings.default_language
        return default if default in self.languages else self.languages[0]

    def issues_in(self, language: str) -> list[Published]:
        """Return the issues that have an Edition in `language`, the newest first."""
        return [issue for issue in self.issues if language in issue.editions]

    @cached_property
    def _entries(self) -> Mapping[str, tuple[Entry, ...]]:
        return {language: tuple(_first_entries(self, language)) for language in self.languages}

    def entries(self, language: str) -> tuple[Entry, ...]:
        """Return every item once, newest issue first, in the order of the issue."""
        return self._entries[language]

    @cached_property
    def _tags(self) -> Mapping[tuple[str, str], Mapping[str, tuple[Entry, ...]]]:
        return {
            (language, family): _by_tag(self, language, family)
            for language in self.languages
            for family in FAMILIES
        }

    def tags(self, language: str, family: str) -> Mapping[str, tuple[Entry, ...]]:
        """Return the items of each country or topic that has any, in the order of the settings."""
        return self._tags[language, family]

    def tag_name(self, language: str, family: str, tag: str) -> str:
        """Return the name of a country or topic."""
        known = self._known(family)
        return self._wording(language).names((tag,), known)[0]

    def publisher(self, language: str) -> EditionPublisher:
        """Return who publishes the newsletter, in the words of the newest Edition."""
        return self.issues_in(language)[0].editions[language].publisher

    def site(self, language: str) -> str:
        """Return the name of the newsletter: what inboxes show, too."""
        return self._wording(language).line(self.settings.sender.texts[language].name)

    def _known(self, family: str) -> Mapping[str, Mapping[str, str]]:
        return self.settings.countries if family == "countries" else self.settings.topics

    def _wording(self, language: str) -> Wording:
        return Wording(self.issues[0].composition.office, language)


def contents_of(issues: Iterable[Published]) -> Contents:
    """Return the contents of an archive of `issues`; there must be one."""
    ordered = sorted(issues, key=lambda each: (each.composition.issue.date, each.slug))
    ordered.reverse()
    return Contents(ordered[0].composition.office.settings, tuple(ordered))


def _first_entries(contents: Contents, language: str) -> list[Entry]:
    """Return the items, each from the oldest issue that has it: there its words are at home."""
    kept: dict[str, Entry] = {}
    by_issue: list[list[Entry]] = []
    for issue in reversed(contents.issues_in(language)):
        fresh = [
            Entry(issue, language, item)
            for item in items_of(issue.editions[language])
            if "_" not in item.id and item.id not in kept
        ]
        kept.update((entry.item.id, entry) for entry in fresh)
        by_issue.append(fresh)
    return [entry for fresh in reversed(by_issue) for entry in fresh]


def _by_tag(contents: Contents, language: str, family: str) -> dict[str, tuple[Entry, ...]]:
    known = contents.settings.countries if family == "countries" else contents.settings.topics
    entries = contents.entries(language)
    found = {tag: tuple(each for each in entries if tag in each.tags(family)) for tag in known}
    return {tag: entries for tag, entries in found.items() if entries}
