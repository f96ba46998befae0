"""Where something stands in a file a person edits, so that every message can point at it."""

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
    of the value itself in a sequence.
    """

    file: str
    spots: Mapping[YamlPath, tuple[int, int]] = field(default_factory=dict)

    def at(self, *path: str | int) -> Place:
        """Return the place of `path`, or of its nearest ancestor that stands in the file."""
        for end in range(len(path), -1, -1):
            if spot := self.spots.get(path[:end]):
                return Place(self.file, *spot)
        return Place(self.file)
