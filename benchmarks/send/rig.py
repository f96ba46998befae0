"""What all measurements of one run share: a folder, mails, offices that are made once and copied.

Everything lies below one temporary folder, which is gone at the end. It should be on a disk that
counts: the ledger waits for it (`machine.py` says how long it takes).
"""

import contextlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.send import mails, office

_PREFIX = "newsletter-bench-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured: rounds of each row, seconds that a sender works in each.

    `warm_up` are the messages that nodemailer sends before it is measured: its engine needs
    thousands until it is as fast as it can be.
    """

    rounds: int = 5
    seconds: float = 2.0
    warm_up: int = 5_000
    most: int = 40_000


@dataclass(frozen=True, slots=True)
class Rig:
    """The folder of a run, and what was made in it."""

    folder: Path
    plan: Plan
    tell: Callable[[str], None]
    _offices: dict[tuple[str, int], Path] = field(default_factory=dict)

    def bag(self, size: str) -> Path:
        """Return the bag with mails of a size."""
        folder = self.folder / f"bag-{size}"
        return folder if folder.exists() else mails.fill_bag(folder, size)

    def office(self, size: str, readers: int) -> Path:
        """Return a fresh office whose issue is frozen; the one before it is gone."""
        if (size, readers) not in self._offices:
            folder = self.folder / f"office-{size}-{readers}"
            office.make(folder, size, readers)
            self._offices[size, readers] = folder
        return office.copy(self._offices[size, readers], self.folder / "office")


@contextlib.contextmanager
def rig(plan: Plan, parent: Path | None = None, *, quiet: bool = False) -> Iterator[Rig]:
    """Make the folder of a run, and remove it at the end."""

    def tell(words: str) -> None:
        if not quiet:
            print(words, file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=parent) as name:
        folder = Path(name)
        folder.chmod(0o755)  # Postfix works as several users
        yield Rig(folder, plan, tell)
