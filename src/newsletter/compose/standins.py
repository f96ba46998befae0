"""What stands in where words are missing in a language: the words of another, with a note.

`translations` in newsletter.yaml says for which languages. Where it does not, a missing block stops
the issue.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from newsletter.languages import direction, own_name
from newsletter.model.content import Issue, Item, ItemText
from newsletter.model.settings import Settings

_NEVER = frozenset({"verbatim"})


@dataclass(frozen=True, slots=True)
class StandIn:
    """The words of an item for one language, and which of them are in another."""

    text: ItemText
    other: str = ""
    fields: tuple[str, ...] = ()

    @property
    def direction(self) -> str:
        """The direction of the other language; empty when there is none."""
        return direction(self.other) if self.other else ""


def needed_blocks(
    texts: Mapping[str, object], languages: Iterable[str], settings: Settings | None
) -> list[str]:
    """Return those of `languages` in which an item has to have words of its own."""
    return [
        language
        for language in languages
        if not texts or not settings or settings.translations.missing_in(language) == "block"
    ]


def words_for(item: Item, language: str, settings: Settings) -> StandIn:
    """Return the words of `item` for readers of `language`."""
    own = item.texts.get(language)
    if own and settings.translations.missing_in(language) == "block":
        return StandIn(own)
    other = source_of(item, item.texts, language, settings)
    if not other:
        if own is None:
            raise ValueError("an item without any words")
        return StandIn(own)
    theirs = item.texts[other]
    if own is None:
        return StandIn(theirs, other, _filled(theirs))
    missing = tuple(name for name in _filled(theirs) if not getattr(own, name, None))
    if not missing:
        return StandIn(own)
    borrowed = {name: getattr(theirs, name) for name in missing}
    verbatim = tuple(
        name
        for name in type(own).model_fields
        if name in (theirs.verbatim if name in missing else own.verbatim)
    )
    text = own.model_copy(update={**borrowed, "verbatim": verbatim})
    return StandIn(text, other, missing)


def source_of(
    value: Item | Issue, present: Iterable[str], language: str, settings: Settings
) -> str | None:
    """Return the language that stands in for `language`, of those that are `present`."""
    policy, known = settings.translations, [each for each in present if each != language]
    wanted = (
        policy.stand_in_for(language),
        value.written_in,
        policy.source,
        settings.default_language,
        *known,
    )
    return next((each for each in wanted if each in known), None)


def fallback_note(language: str, other: str, settings: Settings) -> str:
    """Return what tells readers of `language` that words stand there in `other`."""
    return settings.translations.note_in(language, other) or own_name(other)


def _filled(text: ItemText) -> tuple[str, ...]:
    return tuple(
        name for name in type(text).model_fields if name not in _NEVER and getattr(text, name)
    )
