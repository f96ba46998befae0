"""Figures: how long something took over many runs, held against a target and a yardstick.

Machines differ, so each figure is also given as a multiple of a yardstick measured in the same
run: a change of the multiple is a change of the program, not of the machine.
"""

import statistics
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What was measured; all times are in seconds.

    The target holds for the median, or for 95 of 100 runs where each single one is felt.
    """

    name: str
    times: tuple[float, ...]
    target: float | None = None
    held: Literal["median", "p95"] = "p95"
    yardstick: str = ""
    yardstick_time: float | None = None

    @property
    def median(self) -> float:
        """The time that half of the runs stayed below."""
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        """The time that 95 of 100 runs stayed below."""
        return statistics.quantiles(self.times, n=20, method="inclusive")[-1]

    @property
    def is_missed(self) -> bool:
        """Whether there is a target and it does not hold."""
        reached = self.median if self.held == "median" else self.p95
        return self.target is not None and reached >= self.target

    @property
    def ratio(self) -> float | None:
        """The median as a multiple of the yardstick."""
        return self.median / self.yardstick_time if self.yardstick_time else None

    def as_json(self) -> dict[str, Any]:
        """Return the figure for `--json`."""
        return {
            "name": self.name,
            "runs": len(self.times),
            "median": round(self.median, 5),
            "p95": round(self.p95, 5),
            "target": self.target,
            "held": self.held,
            "missed": self.is_missed,
            "yardstick": self.yardstick or None,
            "yardstick_time": self.yardstick_time and round(self.yardstick_time, 5),
            "ratio": self.ratio and round(self.ratio, 3),
        }
