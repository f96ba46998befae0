"""Translations: what an office wants done about them, and how each of them stands.

A field is one text that readers see (a title, a story, the label of a link) in one language. It is
made from the same field in the source language, the language in which an editor wrote first.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pydantic import Field

from newsletter.model.place import Place, YamlPath
from newsletter.model.written import Line, Translated, Written

_SPACE = re.compile(r"\s+")

Missing = Literal["block", "warn", "fall-back"]
Doubtful = Literal["block", "warn"]


class LanguagePolicy(Written):
    """What is different for one language."""

    missing: Missing | None = Field(None, description="As above, for this language alone.")
    stale: Doubtful | None = Field(None, description="As above, for this language alone.")
    mismatched: Doubtful | None = Field(None, description="As above, for this language alone.")
    fall_back: Line | None = Field(
        None, description="Language whose words stand in for missing ones; else the source's."
    )
    notes: dict[str, Line] = Field(
        default_factory=dict,
        description="What readers of this language are told where another one stands in, by that "
        "other language: `ru: In Russian only`. Without it they see that language's own name.",
    )


class TranslationPolicy(Translated):
    """What happens to an issue whose translations are not as they should be.

    `missing: fall-back` and `missing: warn` put the words of another language in, with a note that
    readers see; the second also warns the editor.
    """

    source: Line | None = Field(
        None, description="Language in which items are written first; else `default_language`."
    )
    missing: Missing = Field(
        "block",
        description="When words are missing in a language: stop, take those of another language "
        "and warn, or take them without a warning.",
    )
    stale: Doubtful = Field(
        "warn", description="When the source was changed after the translation was made."
    )
    mismatched: Doubtful = Field(
        "warn",
        description="When numbers, dates, links, addresses or countries differ between languages.",
    )
    texts: dict[str, LanguagePolicy] = Field(default_factory=dict)

    def missing_in(self, language: str) -> Missing:
        """Return what to do about words that `language` has not."""
        own = self.texts.get(language)
        return (own.missing if own else None) or self.missing

    def stale_in(self, language: str) -> Doubtful:
        """Return what to do about words of `language` that the source has outrun."""
        own = self.texts.get(language)
        return (own.stale if own else None) or self.stale

    def mismatched_in(self, language: str) -> Doubtful:
        """Return what to do about words of `language` that say something else."""
        own = self.texts.get(language)
        return (own.mismatched if own else None) or self.mismatched

    def stand_in_for(self, language: str) -> str | None:
        """Return the language that stands in for `language` before any other, if one is named."""
        own = self.texts.get(language)
        return own.fall_back if own else None

    def note_in(self, language: str, other: str) -> str | None:
        """Return what tells readers of `language` that `other` stands in, if it is written."""
        own = self.texts.get(language)
        return own.notes.get(other) if own else None


class State(StrEnum):
    """How a field stands in a language; of several that apply the first here counts."""

    MISSING = "missing"
    """There are words in the source language, and none in this one."""

    MISMATCHED = "mismatched"
    """Numbers, dates, links, addresses or countries differ between the two."""

    STALE = "stale"
    """The source was changed after the translation had been made from it."""

    DONE = "done"
    """There are words, and nothing speaks against them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldState:
    """One field of an item or an issue in one language that is not its source language."""

    owner: str
    """`items/ID` or `issues/NAME`."""
    path: YamlPath
    """Where the field stands, with the source language in the place of the language."""
    field: str
    """How people call it: `title`, `links 2 label`, `editorial text`."""
    language: str
    source_language: str
    source: str
    target: str
    """The words in `language`; empty when there are none."""
    state: State
    differences: tuple[str, ...] = ()
    """What a mismatch is about, each in a sentence."""
    prose: bool = False
    """Whether it is Markdown of several paragraphs."""
    recorded: bool = False
    """Whether the record knows that this translation was made from this source."""
    place: Place
    """Where the translation stands, or where it would."""
    source_place: Place

    @property
    def id(self) -> str:
        """Return the name of the field in any language: `items/school:links.1.label`."""
        parts = [str(each + 1) if isinstance(each, int) else each for each in self.path]
        return f"{self.owner}:{'.'.join(p for p in parts if p != self.source_language)}"

    @property
    def target_path(self) -> YamlPath:
        """Return where the words in `language` stand in the file, or would."""
        return at_language(self.path, self.source_language, self.language)


def at_language(path: YamlPath, source: str, language: str) -> YamlPath:
    """Return `path` with `language` where the block of `source` stood."""
    return tuple(language if part == source else part for part in path)


def fingerprint(text: str) -> str:
    """Return what tells `text` from any other text, however it is broken into lines.

    Composed letters and letters with their accents apart are the same (Unicode NFC); so are a
    line break and a space.
    """
    normal = _SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip()
    return hashlib.sha256(normal.encode()).hexdigest()[:16]
