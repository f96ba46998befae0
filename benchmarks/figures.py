"""Figures: what was measured over many runs, held against a target and a yardstick.

    Figure       how long something took
    Comparison   how much is done in a second, ours against another's
    Amount       how much something takes: CPU, memory

Machines differ, so a figure is also given as a multiple of a yardstick measured in the same run: a
change of the multiple is a change of the program, not of the machine.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How much was done in a second by us and by another, in rounds that took turns; more is good.

    `target` is what the ratio has to reach, `aim` what it might.
    """

    name: str
    yardstick: str
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    target: float | None = None
    aim: float | None = None

    @property
    def ratio(self) -> float:
        """The median of ours as a multiple of the median of theirs."""
        return statistics.median(self.ours) / statistics.median(self.theirs)

    @property
    def is_missed(self) -> bool:
        """Whether there is a target and it is not reached."""
        return self.target is not None and self.ratio < self.target

    def as_json(self) -> dict[str, Any]:
        """Return the figure for `--json`."""
        return {
            "name": self.name,
            "yardstick": self.yardstick,
            "runs": len(self.ours),
            "median": round(statistics.median(self.ours), 1),
            "yardstick_median": round(statistics.median(self.theirs), 1),
            "ratio": round(self.ratio, 3),
            "target": self.target,
            "aim": self.aim,
            "missed": self.is_missed,
            "all": [round(each, 1) for each in self.ours],
            "yardstick_all": [round(each, 1) for each in self.theirs],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """How much something takes, in `unit`; less is good, and more than `limit` is too much."""

    name: str
    unit: str
    value: float
    limit: float | None = None

    @property
    def is_missed(self) -> bool:
        """Whether there is a limit and it is not kept."""
        return self.limit is not None and self.value > self.limit

    def as_json(self) -> dict[str, Any]:
        """Return the figure for `--json`."""
        return {
            "name": self.name,
            "unit": self.unit,
            "value": round(self.value, 3),
            "limit": self.limit,
            "missed": self.is_missed,
        }
