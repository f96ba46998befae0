"""The pool of Items: one YAML file each below `issues/items/`, read all at once.

Files are read again only when they changed, so that the preview follows a save at once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from newsletter.compose.schema import validate_item
from newsletter.compose.yamlfile import YamlFile, read_yaml
from newsletter.errors import InputRefused
from newsletter.model.content import Item
from newsletter.model.finding import Finding
from newsletter.model.place import Marks, Place

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


def read_pool(root: Path, cache: FileCache) -> tuple[dict[str, PoolItem], list[Finding]]:
    """Return the items below `root`/issues/items by id, and what is wrong with the others."""
    items: dict[str, PoolItem] = {}
    findings: list[Finding] = []
    for path in sorted((root / "issues" / "items").rglob("*.y*ml")):
        shown = path.relative_to(root).as_posix()
        try:
            source = cache.read(path, shown, validate_item)
        except InputRefused as refused:
            findings += refused.findings
            continue
        if path.stem in items:
            findings.append(_twice(path.stem, shown, items[path.stem].marks.file))
        else:
            items[path.stem] = PoolItem(path.stem, source.value, source.marks)
    return items, findings


def _twice(item_id: str, shown: str, first: str) -> Finding:
    return Finding(
        rule="item",
        place=Place(shown),
        message=f"a second item is called {item_id} (first: {first})",
        remedy="give one of the files another name",
    )
