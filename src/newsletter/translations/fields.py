"""The fields of an item or an issue that are translated, with the places they stand at.

Facts stand once and are the same in all languages; what stands in the blocks of the languages is
translated. Addresses of links belong to it, for a website has pages of its own for each language.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from newsletter.model.content import Issue, Item
from newsletter.model.place import Marks, YamlPath

_PROSE = frozenset({"text"})
_MARKDOWN = frozenset({"text", "footnote"})


@dataclass(frozen=True, slots=True)
class Text:
    """One text in one language: where it stands, how people call it, and what it says."""

    path: YamlPath
    name: str
    words: str

    @property
    def is_address(self) -> bool:
        """Whether it is the address of a link."""
        return self.path[-1] == "url"

    @property
    def is_prose(self) -> bool:
        """Whether it is Markdown of several paragraphs."""
        return self.path[-1] in _PROSE

    @property
    def is_markdown(self) -> bool:
        """Whether it may hold links and emphasis."""
        return self.path[-1] in _MARKDOWN


@dataclass(frozen=True, slots=True)
class Owner:
    """An item or an issue: whose words they are, and in which language they were written first."""

    name: str
    value: Item | Issue
    marks: Marks
    source_language: str

    def texts(self, language: str) -> dict[YamlPath, Text]:
        """Return the texts in `language` by their paths without the language."""
        found: dict[YamlPath, Text] = {}
        for before, block in self._blocks(language):
            for path, words in _texts_in(block.model_dump(exclude={"verbatim"}), ()):
                key = (*before, *path)
                found[key] = Text((*before, language, *path), _name(key), words)
        return found

    def _blocks(self, language: str) -> Iterator[tuple[YamlPath, BaseModel]]:
        """Yield the blocks of `language`, each with what stands before the language."""
        texts: Mapping[str, BaseModel] = self.value.texts
        if language in texts:
            yield (), texts[language]
        if isinstance(self.value, Issue):
            for number, section in enumerate(self.value.sections):
                if language in section.texts:
                    yield ("sections", number), section.texts[language]


def _texts_in(value: object, path: YamlPath) -> Iterator[tuple[YamlPath, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _texts_in(each, (*path, key))
    elif isinstance(value, list | tuple):
        for position, each in enumerate(value):
            yield from _texts_in(each, (*path, position))


def _name(path: YamlPath) -> str:
    """Return how people call the field at `path`: links 2 label."""
    return " ".join(str(part + 1) if isinstance(part, int) else part for part in path)
