"""The pool of Items: one YAML file each below `issues/items/`, read all at once.

Files are read again only when they changed, so that the preview follows a save at once. What is
wrong with an item is kept under its id: it concerns the issues that pick it, and no other.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from newsletter.compose.schema import validate_item
from newsletter.compose.yamlfile import YamlFile, read_yaml
from newsletter.errors import InputRefused
from newsletter.model.content import Item
from newsletter.model.finding import Finding
from newsletter.model.place import Marks, Place
from newsletter.model.written import is_slug

_ENDING = re.compile(r"\.ya?ml(?:\.txt)?$", re.IGNORECASE)
"""As programs spell it: Windows likes capitals, and its Notepad adds `.txt`."""

Faults = Mapping[str, list[Finding]]
"""What is wrong with items, by their ids."""

_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class PoolItem:
    """An Item with its id (the name of its file) and the places of its parts."""

    id: str
    item: Item
    marks: Marks


@dataclass(frozen=True, slots=True)
class Source(Generic[_Read]):
    """A file that was read: what it holds and where everything stands."""

    value: _Read
    marks: Marks


@dataclass(slots=True)
class FileCache:
    """Remembers what files held, until they change."""

    _kept: dict[Path, tuple[tuple[int, int], object]] = field(default_factory=dict)

    def read(self, path: Path, shown: str, parse: Callable[[YamlFile], _Read]) -> Source[_Read]:
        """Return `path` as `parse` understands it; raises InputRefused as `parse` does."""
        status = path.stat() if path.exists() else None
        stamp = (status.st_mtime_ns, status.st_size) if status else (0, 0)
        kept = self._kept.get(path)
        if kept and kept[0] == stamp:
            if isinstance(kept[1], InputRefused):
                raise kept[1]
            return kept[1]  # type: ignore[return-value]  # one path is always parsed the same way
        try:
            file = read_yaml(path, shown)
            source = Source(parse(file), file.marks)
        except InputRefused as refused:
            self._kept[path] = (stamp, refused)
            raise
        self._kept[path] = (stamp, source)
        return source


def read_pool(root: Path, cache: FileCache) -> tuple[dict[str, PoolItem], dict[str, list[Finding]]]:
    """Return the items below `root`/issues/items by id, and what is wrong with the others."""
    items: dict[str, PoolItem] = {}
    faults: dict[str, list[Finding]] = {}
    # Misnamed files come last: a copy does not take the place of the file it was made from.
    for path in sorted(_item_files(root), key=lambda path: (_is_misnamed(path), path)):
        shown = path.relative_to(root).as_posix()
        item_id = _ENDING.sub("", path.name)
        if _is_misnamed(path):
            faults.setdefault(path.name if item_id in items else item_id, []).append(
                _misnamed(path.name, shown)
            )
            continue
        try:
            source = cache.read(path, shown, validate_item)
        except InputRefused as refused:
            faults.setdefault(item_id, []).extend(refused.findings)
            continue
        if item_id in items:
            faults.setdefault(item_id, []).append(_twice(item_id, shown, items[item_id].marks.file))
        else:
            items[item_id] = PoolItem(item_id, source.value, source.marks)
    return items, faults


def _item_files(root: Path) -> list[Path]:
    """Return the files that are items, or were meant to be; hidden ones belong to programs."""
    return [
        path
        for path in (root / "issues" / "items").rglob("*")
        if _ENDING.search(path.name) and not path.name.startswith(".") and not path.is_dir()
    ]


def _is_misnamed(path: Path) -> bool:
    return path.suffix not in (".yaml", ".yml") or not is_slug(path.stem)


def _misnamed(name: str, shown: str) -> Finding:
    return Finding(
        rule="item",
        place=Place(shown),
        message=f"an item's file cannot be called “{name}”",
        remedy="rename it with small Latin letters, digits and hyphens, like "
        "2015-03-17-arctic-school.yaml, or delete it if it is a copy",
    )


def _twice(item_id: str, shown: str, first: str) -> Finding:
    return Finding(
        rule="item",
        place=Place(shown),
        message=f"a second item is called {item_id} (first: {first})",
        remedy="give one of the files another name",
    )
