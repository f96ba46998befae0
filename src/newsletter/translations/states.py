"""How each field of an issue, or of the whole pool, stands in each language."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping

from newsletter.compose.compose import Composition
from newsletter.compose.picks import choose
from newsletter.compose.pool import PoolItem, Source
from newsletter.compose.references import Known, issue_findings
from newsletter.compose.workspace import Folder, Office, load
from newsletter.errors import InputRefused
from newsletter.model.content import Issue, Item
from newsletter.model.finding import Finding
from newsletter.model.place import Marks, YamlPath
from newsletter.model.settings import Settings
from newsletter.model.translating import FieldState, State, at_language
from newsletter.translations.differences import Side, differences
from newsletter.translations.fields import Owner, Text
from newsletter.translations.record import Record, read_record

_Countries = Mapping[str, Mapping[str, str]]


def states_of(
    owner: Owner, languages: Iterable[str], countries: _Countries, record: Record
) -> Iterator[FieldState]:
    """Yield how each field of `owner` stands in each of `languages` but its own."""
    sources = owner.texts(owner.source_language)
    one = _side(owner.source_language, sources, countries)
    for language in languages:
        if language == owner.source_language:
            continue
        targets = owner.texts(language)
        other = _side(language, targets, countries)
        for key in _in_order(sources, targets):
            texts = sources.get(key), targets.get(key)
            yield _state(owner, language, texts, (one, other), record)


def written_in(value: object, settings: Settings) -> str:
    """Return the language in which an item or an issue was written first."""
    named = getattr(value, "written_in", None)
    return named or settings.translations.source or settings.default_language


def _side(language: str, texts: Mapping[YamlPath, Text], countries: _Countries) -> Side:
    words = tuple(text.words for text in texts.values() if not text.is_address)
    return Side(language, countries, words)


def _in_order(sources: Mapping[YamlPath, Text], targets: Mapping[YamlPath, Text]) -> list[YamlPath]:
    """Return the fields of the source, then those that only the translation has."""
    return [*sources, *(key for key in targets if key not in sources)]


def _state(
    owner: Owner,
    language: str,
    texts: tuple[Text | None, Text | None],
    sides: tuple[Side, Side],
    record: Record,
) -> FieldState:
    source, target = texts
    present = source or target
    if present is None:
        raise ValueError("a field stands in neither language")
    home = owner.source_language
    here = source.path if source else at_language(present.path, language, home)
    there = target.path if target else at_language(present.path, home, language)
    words = source.words if source else ""
    translation = target.words if target else ""
    found: tuple[str, ...] = ()
    if target is None:
        state = State.MISSING
    elif source is None:
        state, found = State.MISMATCHED, (f"stands in {language} alone, not in {home}",)
    elif found := differences(source, target, *sides):
        state = State.MISMATCHED
    elif not source.is_address and record.is_stale(language, words, translation):
        state = State.STALE
    else:
        state = State.DONE
    recorded = present.is_address or (
        source is not None and record.knows(language, words, translation)
    )
    return FieldState(
        owner=owner.name,
        path=here,
        field=present.name,
        language=language,
        source_language=home,
        source=words,
        target=translation,
        state=state,
        differences=found,
        prose=present.is_prose,
        recorded=recorded,
        place=owner.marks.at(*there),
        source_place=owner.marks.at(*here),
    )


def translation_states(composition: Composition) -> tuple[FieldState, ...]:
    """Return how every field of an issue and its items stands, in the languages of the issue."""
    settings = composition.office.settings
    languages = composition.issue.languages
    issue = composition.source
    owners = (
        owner_of(f"issues/{composition.slug}", issue.value, issue.marks, settings),
        *(owner_of_item(entry, settings) for entry in composition.entries),
    )
    return tuple(
        state
        for owner in owners
        for state in states_of(owner, languages, settings.countries, composition.record)
    )


def issue_states(folder: Folder, slug: str) -> tuple[FieldState, ...]:
    """Return how every field of the issue `slug` and its items stands, in the issue's languages.

    Unlike an issue that is put together, this one may lack any of its translations. Raises
    InputRefused with its other faults, or WrongUsage if there is none of that name.
    """
    office, _ = load(folder)
    source = folder.issue(slug)
    if faults := _other_faults(folder, office, source):
        raise InputRefused(faults)
    names = {f"issues/{slug}"}
    names |= {f"items/{e.id}" for each in choose(source.value, office.pool) for e in each}
    languages = set(source.value.languages)
    return tuple(
        state
        for state in _all_states(folder, office, {slug: source})
        if state.owner in names and state.language in languages
    )


def pool_states(folder: Folder) -> tuple[FieldState, ...]:
    """Return how every field of all issues and items stands.

    An issue is looked at in its own languages, an item in those of the issues that have it, or in
    all languages of the newsletter as long as none has. Raises InputRefused when settings or lists
    have faults; items and issues with faults are left out.
    """
    office, _ = load(folder)
    issues = _issues(folder, office)
    wanted = {f"issues/{slug}": set(each.value.languages) for slug, each in issues.items()}
    for issue in (each.value for each in issues.values()):
        for entry in (each for section in choose(issue, office.pool) for each in section):
            wanted.setdefault(f"items/{entry.id}", set()).update(issue.languages)
    everywhere = set(office.settings.languages)
    return tuple(
        state
        for state in _all_states(folder, office, issues)
        if state.language in wanted.get(state.owner, everywhere)
    )


def workspace_states(folder: Folder, languages: Iterable[str]) -> tuple[FieldState, ...]:
    """Return how every field of all issues and items stands in each of `languages`."""
    office, _ = load(folder)
    known = set(languages)
    return tuple(
        each
        for each in _all_states(folder, office, _issues(folder, office))
        if each.language in known
    )


def owner_of(name: str, value: Item | Issue, marks: Marks, settings: Settings) -> Owner:
    """Return an item or an issue as the owner of its words."""
    return Owner(name, value, marks, written_in(value, settings))


def owner_of_item(entry: PoolItem, settings: Settings) -> Owner:
    """Return an item of the pool as the owner of its words."""
    return owner_of(f"items/{entry.id}", entry.item, entry.marks, settings)


def _issues(folder: Folder, office: Office) -> dict[str, Source[Issue]]:
    """Return the issues that have no other fault than that translations are missing."""
    issues: dict[str, Source[Issue]] = {}
    for slug in folder.slugs():
        with contextlib.suppress(InputRefused):  # `newsletter check` tells its faults
            source = folder.issue(slug)
            if not _other_faults(folder, office, source):
                issues[slug] = source
    return issues


def _other_faults(folder: Folder, office: Office, source: Source[Issue]) -> list[Finding]:
    known = Known(
        folder.root, office.settings, office.lists, office.pool, office.faults, office.segments
    )
    return [each for each in issue_findings(source, known) if each.rule != "translation"]


def _all_states(
    folder: Folder, office: Office, issues: Mapping[str, Source[Issue]]
) -> Iterator[FieldState]:
    settings, record = office.settings, read_record(folder.root)
    owners = (
        *(
            owner_of(f"issues/{slug}", source.value, source.marks, settings)
            for slug, source in issues.items()
        ),
        *(owner_of_item(entry, settings) for entry in office.pool.values()),
    )
    for owner in owners:
        yield from states_of(owner, settings.languages, settings.countries, record)
