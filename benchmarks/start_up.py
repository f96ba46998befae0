"""Start-up: how long `newsletter --help` takes in a fresh process.

It is what everybody waits for before any command begins. The yardstick is the start of Python
itself (`python -c pass`), which no program in it can beat; `import click` shows how much of the
rest is the library that reads the command line. The three take turns, so that a busy moment of
the machine hits all alike.
"""

import subprocess
import sys
import time
from pathlib import Path

from benchmarks.figures import Figure

RUNS = 20
TARGET = 0.3
_PYTHON = "python -c pass"


def measure() -> list[Figure]:
    """Return the figures."""
    commands = {
        _PYTHON: [sys.executable, "-c", "pass"],
        "python -c 'import click'": [sys.executable, "-c", "import click"],
        "newsletter --help": [str(Path(sys.executable).with_name("newsletter")), "--help"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for command in commands.values():  # from now on their files are in memory
        _run(command)
    for _ in range(RUNS):
        for name, command in commands.items():
            times[name].append(_run(command))
    python = Figure(name=_PYTHON, times=tuple(times[_PYTHON]))
    return [
        Figure(
            name=name,
            times=tuple(taken),
            target=TARGET if name == "newsletter --help" else None,
            held="median",
            yardstick=_PYTHON,
            yardstick_time=python.median,
        )
        for name, taken in times.items()
    ]


def _run(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began
