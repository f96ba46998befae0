"""Run the benchmarks, print their figures, and fail when a target is missed.

Each benchmark is a module of this folder with a function `measure()` that returns Figures; a new
one is added to BENCHMARKS. `./run bench send` is a program of its own (`send/command.py`), for it
takes minutes and has options; it is measured when it is named.
"""

import argparse
import json
import os
import platform
import sys

from benchmarks import check_issue, importing, save_to_preview, start_up, web
from benchmarks.figures import Figure
from benchmarks.send import command as send

BENCHMARKS = {"start-up": start_up, "check": check_issue, "save-to-preview": save_to_preview}


def main() -> int:
    """Run what was asked for; return the exit code."""
    if sys.argv[1:2] == ["send"]:
        return send.main(sys.argv[2:])
    if sys.argv[1:2] == ["web"]:
        return web.main(sys.argv[2:])
    if sys.argv[1:2] == ["import"]:
        return importing.main(sys.argv[2:])
    parser = argparse.ArgumentParser(
        prog="./run bench",
        description="Measure what must be fast.",
        epilog="`./run bench send --help`: how fast we send, against others; `./run bench web`: "
        "unsubscribes while a send runs; `./run bench import`: a million rows; all take minutes.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(BENCHMARKS):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; known: {', '.join(BENCHMARKS)}")
    chosen = [name for name in BENCHMARKS if name in asked.names or not asked.names]
    results = {name: BENCHMARKS[name].measure() for name in chosen}
    print(_as_json(results) if asked.json else "\n".join(_table(results)))
    return int(any(figure.is_missed for figures in results.values() for figure in figures))


def _as_json(results: dict[str, list[Figure]]) -> str:
    machine = {
        "python": platform.python_version(),
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
    }
    figures = {name: [each.as_json() for each in results[name]] for name in results}
    return json.dumps({"machine": machine, "benchmarks": figures}, indent=2, ensure_ascii=False)


def _table(results: dict[str, list[Figure]]) -> list[str]:
    """Return the lines of the table, no wider than 80 columns."""
    head = f"{'milliseconds':<38} {'median':>7} {'p95':>7} {'target':>7} {'ratio':>8}"
    lines = [head, "-" * 80]
    for figures in results.values():
        lines += map(_line, figures)
        for name, seconds in {each.yardstick: each.yardstick_time for each in figures}.items():
            if seconds is not None:
                lines.append(f"  ratio: median to “{name}”, {seconds * 1000:.0f} ms in this run")
        lines.append("")
    missed = [each.name for figures in results.values() for each in figures if each.is_missed]
    lines.append(f"MISSED: {'; '.join(missed)}" if missed else "All targets are met.")
    return lines


def _line(figure: Figure) -> str:
    target = "" if figure.target is None else f"{figure.target * 1000:.0f}"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    verdict = " MISSED" if figure.is_missed else ""
    times = f"{figure.median * 1000:>7.0f} {figure.p95 * 1000:>7.0f}"
    return f"{figure.name:<38} {times} {target:>7} {ratio:>8}{verdict}"


if __name__ == "__main__":
    sys.exit(main())
