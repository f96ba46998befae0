"""Where something stands in a file a person edits, so that every message can point at it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

YamlPath = tuple[str | int, ...]
"""The way from a document's root to one of its values: keys and positions."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """One spot in a file; `line` and `column` count from 1, 0 where the whole file is meant."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return `file:line:column`, the form that editors and terminals make clickable."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Marks:
    """The places of all keys and values of one file.

    `spots` maps the path of a value to the line and column (from 1) of its key in a mapping, or
    of the value itself in a sequence. `source` is the text of the file.
    """

    file: str
    spots: Mapping[YamlPath, tuple[int, int]] = field(default_factory=dict)
    source: str = field(default="", repr=False)

    def at(self, *path: str | int) -> Place:
        """Return the place of `path`, or of its nearest ancestor that stands in the file."""
        for end in range(len(path), -1, -1):
            if spot := self.spots.get(path[:end]):
                return Place(self.file, *spot)
        return Place(self.file)

    def find(self, fragment: str, *path: str | int) -> Place:
        """Return where `fragment` begins in the value at `path`, or else the place of `path`.

        A text may be folded, and set with other quotation marks and dashes than it was typed with.
        """
        place = self.at(*path)
        begin = (place.line, place.column)
        lines = self.source.split("\n")[max(place.line - 1, 0) :]
        after = [spot for spot in self.spots.values() if spot > begin]
        if after:
            line, column = min(after)
            lines = [*lines[: line - place.line], lines[line - place.line][: column - 1]]
        value = "\n".join(lines)
        words = fragment.split()
        for count in (len(words), 3, 1):
            pattern = r"\s+".join(map(_as_typed, words[:count]))
            if pattern and (found := re.compile(pattern).search(value, max(place.column - 1, 0))):
                line = place.line + value.count("\n", 0, found.start())
                return Place(self.file, line, found.start() - value.rfind("\n", 0, found.start()))
        return place


def _as_typed(word: str) -> str:
    """Return a pattern for `word` whatever quotation marks and dashes it was typed with."""
    escaped = re.escape(word)
    escaped = re.sub(r"[\"“”„«»'‘’]", "[\"“”„«»'‘’]", escaped)
    return re.sub(r"\\-|[–—]", "[-–—]{1,2}", escaped)
