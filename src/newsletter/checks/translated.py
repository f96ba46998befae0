"""Rules about translations: that they are there, that they are fresh, that they say the same.

What an office wants of them stands under `translations` in newsletter.yaml. The ground that these
rules stand on, the state of every field, is laid in `translations/`.
"""

from collections.abc import Iterator

from newsletter.checks.checked import Checked
from newsletter.checks.mail import Found
from newsletter.checks.rule import rule
from newsletter.compose.standins import source_of
from newsletter.model.finding import Severity
from newsletter.model.place import Place
from newsletter.model.translating import FieldState, State

_OTHERWISE = ("image_alt", "image_credit")
"""Rules about pictures speak of these themselves."""


@rule(
    "translation-blocked",
    Severity.ERROR,
    title="No translation is missing, stale or mismatched where the office forbids it",
    source="the house; `translations` in newsletter.yaml",
    mend="bring the translation up to date",
)
def translation_blocked(checked: Checked) -> Iterator[Found]:
    """An office that has promised its readers both languages stops an issue that lacks one.

    Each of `missing`, `stale` and `mismatched` blocks where newsletter.yaml says `block`.
    """
    policy = checked.composition.office.settings.translations
    for state in checked.translations:
        if state.state is State.MISSING and policy.missing_in(state.language) == "block":
            if state.field not in _OTHERWISE:
                yield _missing(state)
        elif state.state is State.STALE and policy.stale_in(state.language) == "block":
            yield _stale(state, checked.composition.slug)
        elif state.state is State.MISMATCHED and policy.mismatched_in(state.language) == "block":
            yield from _mismatched(state)


@rule(
    "translation-missing",
    Severity.WARNING,
    title="Every word is there in every language of the issue",
    source="the house; `translations: missing: warn` in newsletter.yaml",
    mend="translate it",
)
def translation_missing(checked: Checked) -> Iterator[Found]:
    """Readers get words of another language, with a note; the editor should know of each.

    Speaks where newsletter.yaml says `missing: warn`.
    """
    for place, message in _fallen_back(checked, "warn"):
        yield Found(place, message)


@rule(
    "translation-fallback",
    Severity.NOTE,
    title="It is told where another language stands in",
    source="the house; `translations: missing: fall-back` in newsletter.yaml",
    mend="translate it when there is time; readers see a note",
)
def translation_fallback(checked: Checked) -> Iterator[Found]:
    """Readers get words of another language, as the office decided; nothing has to be done.

    Speaks where newsletter.yaml says `missing: fall-back`.
    """
    for place, message in _fallen_back(checked, "fall-back"):
        yield Found(place, message)


@rule(
    "translation-stale",
    Severity.WARNING,
    title="No translation is older than what it was made from",
    source="the house; issues/translations.lock",
    mend="translate what is new, or say that it still holds: "
    "newsletter translations ISSUE --accept NAME",
)
def translation_stale(checked: Checked) -> Iterator[Found]:
    """A correction in one language that never reaches the other: readers are told two things.

    The fingerprint of each source is kept when its translation is recorded. Speaks where
    newsletter.yaml says `stale: warn`.
    """
    policy = checked.composition.office.settings.translations
    for state in checked.translations:
        if state.state is State.STALE and policy.stale_in(state.language) == "warn":
            yield _stale(state, checked.composition.slug)


@rule(
    "translation-mismatch",
    Severity.WARNING,
    title="Numbers, dates, links and countries are the same in all languages",
    source="the house",
    mend="correct one of the two",
)
def translation_mismatch(checked: Checked) -> Iterator[Found]:
    """A slip in a number or a date escapes proof-readers, for they read one language at a time.

    A number may be written in its own way in each language, stand in words, or move to another
    field of the item; addresses may differ in what names their language. Speaks where
    newsletter.yaml says `mismatched: warn`.
    """
    policy = checked.composition.office.settings.translations
    for state in checked.translations:
        if state.state is State.MISMATCHED and policy.mismatched_in(state.language) == "warn":
            yield from _mismatched(state)


def _missing(state: FieldState) -> Found:
    return Found(
        state.place,
        f"`{state.field}` is missing in {state.language}",
        f"translate it from {state.source_language} ({state.source_place})",
    )


def _stale(state: FieldState, slug: str) -> Found:
    return Found(
        state.place,
        f"`{state.field}` in {state.language} was made from an older text: "
        f"{state.source_language} has changed since ({state.source_place})",
        "translate what is new, or say that it still holds: "
        f"newsletter translations {slug} --accept {state.id}",
    )


def _mismatched(state: FieldState) -> Iterator[Found]:
    for difference in state.differences:
        yield Found(state.place, f"`{state.field}`: {difference}")


def _fallen_back(checked: Checked, policy: str) -> Iterator[tuple[Place, str]]:
    """Yield what stands in another language for want of words: items as a whole, or fields."""
    settings = checked.composition.office.settings
    for entry in checked.entries():
        for language in checked.composition.issue.languages:
            if settings.translations.missing_in(language) != policy or language in entry.item.texts:
                continue
            other = source_of(entry.item, entry.item.texts, language, settings)
            message = f"{entry.id} has no words in {language}: readers get those in {other}"
            yield entry.marks.at(), message
    for state in checked.translations:
        wanted = settings.translations.missing_in(state.language) == policy
        if wanted and state.state is State.MISSING and _has_block(checked, state):
            yield (
                state.place,
                f"`{state.field}` is missing in {state.language}: readers get another language",
            )


def _has_block(checked: Checked, state: FieldState) -> bool:
    """Whether other words of the same item or issue are there in that language."""
    kind, _, name = state.owner.partition("/")
    if kind == "issues":
        return True
    return any(e.id == name and state.language in e.item.texts for e in checked.entries())
