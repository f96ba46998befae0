"""What a disk may hold after a power cut, by what a program wrote and what it waited for.

A sync makes the contents of one file durable, a sync of the folder its names. Of all that came
later each sector may be there or not, in any order: a drive sorts its queue as it likes.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.durability.shim import Step

_SECTOR = 512


@dataclass
class Disk:
    """The durable part of a folder, and what is still on its way there."""

    root: Path
    names: dict[Path, int] = field(default_factory=dict)
    contents: dict[int, bytearray] = field(default_factory=lambda: defaultdict(bytearray))
    """By number of the file, for one file may have two names, or none."""
    _made: int = 0
    _now: dict[Path, int] = field(default_factory=dict)
    _renamings: list[tuple[Step, int]] = field(default_factory=list)
    _changes: dict[int, list[Step]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def holding(cls, root: Path) -> "Disk":
        """Return a disk on which all that is below `root` is durable."""
        disk = cls(root)
        for number, path in enumerate(sorted(each for each in root.rglob("*") if each.is_file())):
            disk.names[path] = number
            disk.contents[number] = bytearray(path.read_bytes())
        disk._now, disk._made = dict(disk.names), len(disk.names)
        return disk

    def take(self, step: Step) -> None:
        """Take in what the program did next."""
        if step.kind in "WT":
            self._changes[self._now[step.path]].append(step)
        elif step.kind == "S" and step.path in self._now:
            number = self._now[step.path]
            for change in self._changes.pop(number, []):
                _apply(self.contents[number], change)
        elif step.kind == "S":
            self.names = dict(self._now)
            self._renamings.clear()
        else:
            self._made += step.kind == "C"
            self._renamings.append((step, self._made))
            _rename(self._now, step, self._made)

    def images(self, chance: random.Random, count: int) -> Iterator[dict[str, bytes]]:
        """Yield what may be found: without all that is on its way, with all, with parts of it."""
        yield self._image(lambda: False, lambda steps: steps)
        yield self._image(lambda: True, lambda steps: steps)
        for _ in range(count):
            share = chance.random()
            yield self._image(
                lambda share=share: chance.random() < share,  # type: ignore[misc]
                lambda steps: chance.sample(steps, len(steps)),
            )

    def _image(
        self, keeps: Callable[[], bool], order: Callable[[Sequence[Step]], Sequence[Step]]
    ) -> dict[str, bytes]:
        names = dict(self.names)
        for step, number in self._renamings:
            if keeps():
                _rename(names, step, number)
        found = {}
        for path, number in names.items():
            octets = bytearray(self.contents.get(number, b""))
            for change in order(self._changes.get(number, [])):
                _apply(octets, change, keeps)
            found[str(path.relative_to(self.root))] = bytes(octets)
        return found


def _rename(names: dict[Path, int], step: Step, number: int) -> None:
    """Carry a change of names out; a file that is created gets the `number`."""
    if step.kind == "C":
        names[step.path] = number
    elif step.kind == "U":
        names.pop(step.path, None)
    elif step.path in names:
        names[step.other] = names[step.path]
        if step.kind == "R":
            del names[step.path]


def _apply(octets: bytearray, step: Step, keeps: Callable[[], bool] = lambda: True) -> None:
    """Change the contents of a file, sector by sector."""
    if step.kind == "T":
        if keeps():
            octets[step.place :] = bytes(max(0, step.place - len(octets)))
        return
    for start in range(0, len(step.data), _SECTOR):
        if keeps():
            part, place = step.data[start : start + _SECTOR], step.place + start
            octets.extend(bytes(max(0, place - len(octets))))
            octets[place : place + len(part)] = part
