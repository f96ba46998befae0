"""`./run bench send`: how fast we send, held against others in the same run.

    parts: rows of the table, CPU, memory  ──►  Findings  ──►  table or JSON, and a picture

Everything stays on this machine. What cannot be measured here is named at the end, not left out;
the exit code is 1 when a target is missed, 2 when something went wrong.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Amount
from benchmarks.send import cpu, memory, picture
from benchmarks.send.machine import facts
from benchmarks.send.mails import SIZES
from benchmarks.send.measure import Missing, measure
from benchmarks.send.processes import CannotMeasure
from benchmarks.send.report import Findings, as_json, table
from benchmarks.send.rig import Plan, Rig, rig
from benchmarks.send.rows import BY_KEY, TABLE
from benchmarks.send.stopping import listen

_OTHERS = ("cpu", "memory")
_USUAL = (*(row.key for row in TABLE), *_OTHERS)
_KNOWN = (*BY_KEY, *_OTHERS)
_LONGEST = 600  # seconds of one sender in one round


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for; return the exit code."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if unknown := set(asked.parts) - set(_KNOWN):
        parser.error(f"no part {', '.join(sorted(unknown))}; known: {', '.join(_KNOWN)}")
    if not Path("/proc/stat").exists():
        parser.error("needs Linux: it reads in /proc how busy the machine is")
    listen()
    plan = Plan(rounds=asked.rounds, seconds=asked.seconds, warm_up=asked.warm_up)
    try:
        with rig(plan, asked.at, quiet=asked.quiet) as shared:
            found = _measure(shared, asked.parts or _USUAL, asked.readers, long=asked.long)
    except CannotMeasure as fault:
        print(f"./run bench send: {fault}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("./run bench send: stopped; all that it started is gone", file=sys.stderr)
        return 130
    if asked.json:
        print(json.dumps(as_json(found), indent=2, ensure_ascii=False))
    else:
        print("\n".join(table(found)))
    faults = any(each.is_fault for each in found.missing)
    return _draw(found, asked.picture) or (2 if faults else int(bool(found.missed)))


def _parser() -> argparse.ArgumentParser:
    usual = Plan()
    parser = argparse.ArgumentParser(
        prog="./run bench send",
        description="Measure how fast we send, against others in the same run.",
        epilog=f"Without a part: {', '.join(_USUAL)}. docs/benchmarks.md says what they are.",
    )
    add = parser.add_argument
    add("parts", nargs="*", metavar="PART", help=", ".join(_KNOWN))
    add("--rounds", type=_positive, default=usual.rounds, help="rounds of each row (%(default)s)")
    add(
        "--seconds",
        type=_seconds,
        default=usual.seconds,
        help="for how long each sender works in a round (%(default)s)",
    )
    add(
        "--warm-up",
        type=_positive,
        default=usual.warm_up,
        help="messages until nodemailer is measured (%(default)s)",
    )
    add("--long", action="store_true", help="memory: a million readers too, which takes minutes")
    add("--readers", type=_positive, default=memory.MANY, help=argparse.SUPPRESS)
    add("--at", type=_folder, metavar="DIR", help="where the ledgers lie (a temporary folder)")
    add("--json", action="store_true", help="print the figures as JSON")
    add("--quiet", action="store_true", help="do not tell how far it is")
    add(
        "--picture",
        type=Path,
        nargs="?",
        const=picture.PLACE,
        metavar="FILE",
        help="also draw the results, to docs/pictures/sending.svg or FILE",
    )
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 < number < _LONGEST:
        raise argparse.ArgumentTypeError(f"more than 0 and less than {_LONGEST}")
    return number


def _folder(text: str) -> Path:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{text} is no folder")
    return Path(text)


def _measure(shared: Rig, parts: Sequence[str], many: int, *, long: bool) -> Findings:
    machine = facts(shared.folder)
    rows = [row for part in parts for row in BY_KEY.get(part, ())]
    measured, missing = measure(shared, rows)
    amounts: list[Amount] = []
    for part in ("cpu", "memory"):
        if part in parts:
            try:
                amounts += _cpu(shared) if part == "cpu" else _memory(shared, many, long=long)
            except CannotMeasure as fault:
                missing.append(Missing(part, str(fault), is_fault=True))
    if "memory" in parts and not long:
        missing.append(Missing(f"memory of a send to {many:,}", "takes minutes: --long"))
    return Findings(
        machine=machine,
        rows=measured,
        amounts=amounts,
        missing=missing,
        plan=shared.plan,
    )


def _cpu(shared: Rig) -> list[Amount]:
    return [figure for size in SIZES for figure in cpu.measure(shared, size).figures()]


def _memory(shared: Rig, many: int, *, long: bool) -> list[Amount]:
    return memory.figures(memory.measure(shared, [memory.FEW, many] if long else [memory.FEW]))


def _draw(found: Findings, file: Path | None) -> int:
    """Draw the picture, if it was asked for; return 2 when it cannot be drawn."""
    if file is None:
        return 0
    if missing := picture.missing_rows(found):
        names = ", ".join(missing)
        words = f"./run bench send: no picture, for it shows rows that are missing: {names}"
        print(words, file=sys.stderr)
        return 2
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(picture.draw(found), encoding="utf-8")
    return 0
