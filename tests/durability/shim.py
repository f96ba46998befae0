"""Puts `shim.c` beneath a program: it logs what goes to the disk, fails, kills, and turns clocks.

The program is the real one, unchanged; it is the library below it that is told what to do.
"""

import mmap
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.system import do_without, program

_SOURCE = Path(__file__).with_name("shim.c")
_HEAD = struct.Struct("=6Q")


def compiled(folder: Path) -> Path:
    """Compile the shim into `folder`; without a compiler the test is skipped, but never in CI."""
    if sys.platform != "linux":
        do_without("only Linux lets a library be put beneath a program like this")
    library = folder / "shim.so"
    command = [program("cc", "gcc"), "-O1", "-Wall", "-Werror", "-shared", "-fPIC"]
    subprocess.run([*command, "-o", library, _SOURCE], check=True)
    return library


@dataclass(frozen=True)
class Step:
    """One change of the disk, in the order in which the program made them.

    `kind` is the first letter of write, truncate, sync, create, unlink, link, rename or mkdir; `at`
    the moment it was done, by the clock that never goes back, in nanoseconds.
    """

    kind: str
    at: int
    place: int
    path: Path
    other: Path
    data: bytes


@dataclass(frozen=True)
class Shim:
    """A compiled shim, and the folder whose files it watches."""

    library: Path
    root: Path

    def logging(self, log: Path) -> dict[str, str]:
        """Return the environment in which every step is written to `log`."""
        return self._environment(SHIM_LOG=str(log))

    def failing(self, step: int, what: str) -> dict[str, str]:
        """Return the environment in which all steps from `step` on end in the error `what`."""
        return self._environment(SHIM_FAULT=f"{step} {what}")

    def killing(self, step: int) -> dict[str, str]:
        """Return the environment in which the program is killed instead of taking `step`."""
        return self._environment(SHIM_FAULT=f"{step} KILL")

    def far(self, round_trip: float) -> dict[str, str]:
        """Return the environment in which every relay is so many seconds away and back."""
        return self._environment(SHIM_ROUND_TRIP=str(round(round_trip * 1e6)))

    def at_the_time_of(self, clock: "ShiftedClock") -> dict[str, str]:
        """Return the environment in which `clock` says what time it is."""
        return self._environment(SHIM_CLOCK=str(clock.file))

    def _environment(self, **more: str) -> dict[str, str]:
        return {"LD_PRELOAD": str(self.library), "SHIM_ROOT": str(self.root)} | more


def steps_in(log: Path) -> Iterator[Step]:
    """Yield what was logged, in order."""
    octets = log.read_bytes()
    place = 0
    while place < len(octets):
        kind, at, where, *lengths = _HEAD.unpack_from(octets, place)
        place += _HEAD.size
        parts = []
        for length in lengths:
            parts.append(octets[place : place + length])
            place += length
        path, other = (Path(os.fsdecode(part)) for part in parts[:2])
        yield Step(chr(kind), at, where, path, other, parts[2])


@dataclass(frozen=True)
class ShiftedClock:
    """A file that says by how much the time of a program is another than ours."""

    file: Path

    def __post_init__(self) -> None:
        """Begin with our time."""
        self.file.write_bytes(bytes(16))

    def jump(self, calendar: float = 0.0, passed: float = 0.0) -> None:
        """Set what the calendar says, and what has `passed`, to so many seconds beyond ours."""
        numbers = struct.pack("=2q", round(calendar * 1e9), round(passed * 1e9))
        self._page[:] = numbers

    @cached_property
    def _page(self) -> mmap.mmap:
        with self.file.open("r+b") as stream:
            return mmap.mmap(stream.fileno(), 16)
