"""What a run found, as a table no wider than 80 columns and as JSON."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.figures import Amount, Comparison
from benchmarks.send.measure import Measured, Missing
from benchmarks.send.rig import Plan
from benchmarks.send.rows import OURS

_WIDTH = 80
_CROWDED = 0.2
_LIMITED = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All that one run found."""

    machine: dict[str, Any]
    rows: Sequence[Measured]
    amounts: Sequence[Amount]
    missing: Sequence[Missing]
    plan: Plan
    comparisons: Sequence[Sequence[Comparison]] = field(init=False)

    def __post_init__(self) -> None:
        """Hold ours against each yardstick."""
        object.__setattr__(self, "comparisons", [compare(row) for row in self.rows])

    @property
    def targets(self) -> int:
        """How many targets and limits were held against what was measured."""
        compared = (each.target for row in self.comparisons for each in row)
        limits = (each.limit for each in self.amounts)
        return sum(each is not None for each in (*compared, *limits))

    @property
    def missed(self) -> int:
        """How many of them are missed."""
        compared = (each.is_missed for row in self.comparisons for each in row)
        return sum((*compared, *(each.is_missed for each in self.amounts)))


def compare(measured: Measured) -> list[Comparison]:
    """Hold ours against each yardstick of a row."""
    rates = {name: tuple(each.rate for each in found) for name, found in measured.samples.items()}
    return [
        Comparison(
            name=measured.row.title,
            yardstick=name,
            ours=rates[OURS],
            theirs=rates[name],
            target=target.least,
            aim=target.aim,
        )
        for name, target in measured.row.yardsticks.items()
        if name in rates
    ]


def as_json(found: Findings) -> dict[str, Any]:
    """Return everything for `--json`."""
    figures = [each.as_json() for row in found.comparisons for each in row]
    return {
        "machine": found.machine,
        "benchmarks": {"send": [*figures, *(each.as_json() for each in found.amounts)]},
        "rows": [_row_as_json(each) for each in found.rows],
        "missing": [
            {"what": each.what, "why": each.why, "fault": each.is_fault} for each in found.missing
        ],
    }


def _row_as_json(measured: Measured) -> dict[str, Any]:
    row = measured.row
    return {
        "row": row.key,
        "title": row.title,
        "size": row.size,
        "connections": row.connections,
        "round_trip_ms": round(measured.round_trip * 1000, 3),
        "crowded": round(measured.crowded, 3),
        "at_work": {who: round(part, 3) for who, part in measured.at_work.items()},
        "senders": {
            name: {
                "messages": [each.count for each in found],
                "seconds": [round(each.seconds, 3) for each in found],
                "cpu_us": round(statistics.median(each.cpu_of_one for each in found), 1),
            }
            for name, found in measured.samples.items()
        },
    }


def table(found: Findings) -> list[str]:
    """Return the lines of the table."""
    lines = []
    if found.rows:
        head = f"messages a second, median of {found.plan.rounds}"
        lines += [f"{head:<36}{'ours':>8}{'theirs':>8}{'ratio':>8}{'target':>9}", "-" * _WIDTH]
        for row, compared in zip(found.rows, found.comparisons, strict=True):
            lines += [row.row.title, *map(_comparison, compared), *_remarks(row)]
        lines.append("")
    if found.amounts:
        lines += [f"{'what it takes':<48}{'':>12}{'limit':>9}", "-" * _WIDTH]
        lines += [*map(_amount, found.amounts), ""]
    lines += [f"NOT MEASURED: {each.what}: {each.why}" for each in found.missing]
    lines += list(_machine(found.machine))
    lines += list(_verdict(found))
    return [part for line in lines for part in _folded(line)]


def _comparison(each: Comparison) -> str:
    ours, theirs = statistics.median(each.ours), statistics.median(each.theirs)
    target = "" if each.target is None else f"≥ {each.target:g}"
    verdict = "" if each.target is None else "MISSED" if each.is_missed else "met"
    name = f"  {each.yardstick}"
    return f"{name:<36}{ours:>8.0f}{theirs:>8.0f}{each.ratio:>8.2f}{target:>9}{verdict:>9}"


def _amount(each: Amount) -> str:
    limit = "" if each.limit is None else f"≤ {each.limit:g}"
    verdict = "" if each.limit is None else "MISSED" if each.is_missed else "kept"
    return f"{each.name:<48}{each.value:>9.1f} {each.unit:<2}{limit:>9}{verdict:>9}".rstrip()


def _remarks(row: Measured) -> Iterable[str]:
    """Say what makes a row less than it seems."""
    if row.crowded > _CROWDED:
        yield f"  others took up to {row.crowded:.0%} of the machine: measure when it is quiet"
    for who, part in row.at_work.items():
        if part > _LIMITED:
            yield f"  {who} was at work {part:.0%} of the time: it is what limits ours"


def _machine(facts: dict[str, Any]) -> Iterable[str]:
    yield (
        f"Python {facts['python']}, {facts['system']}, {facts['processor']}, "
        f"{facts['cores']} cores, TCP {facts['tcp']}; "
        f"a commit takes the disk {facts['commit_ms']:g} ms."
    )


def _verdict(found: Findings) -> Iterable[str]:
    usual = Plan()
    if found.plan.rounds < usual.rounds or found.plan.seconds < usual.seconds:
        yield "A short run: its figures show that the rig works, and little else."
    if found.missed:
        yield f"MISSED: {found.missed} of {found.targets} targets."
    elif found.targets:
        yield f"All {found.targets} targets are met."


def _folded(line: str) -> Iterable[str]:
    """Yield a line in pieces that fit, later ones indented."""
    indent = ""
    while len(indent + line) > _WIDTH:
        cut = line.rfind(" ", 0, _WIDTH - len(indent))
        cut = cut if cut > 0 else _WIDTH - len(indent)
        yield indent + line[:cut]
        indent, line = "  ", line[cut:].strip()
    yield (indent + line).rstrip()
