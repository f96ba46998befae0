"""Programs that a benchmark starts: bounded in time, ended by their number, none left behind."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from benchmarks.send.stopping import waiting

ROOT = Path(__file__).parents[2]
_PATIENCE = 10.0
_ANSWER = 60.0
_COMPLAINT = 800


class CannotMeasure(Exception):
    """Something that a measurement needs went wrong; the message says what."""


def find(name: str) -> str:
    """Return the path of a program of the system, or nothing."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or ""


def module(name: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of the benchmarks."""
    return [sys.executable, "-m", f"benchmarks.send.{name}", *arguments]


@contextlib.contextmanager
def started(
    command: Sequence[str], *, output: int | IO[str] = subprocess.PIPE
) -> Iterator[subprocess.Popen[str]]:
    """Run a program beside us; at the end its input is closed and, if need be, it is stopped."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=output,
        text=True,
        bufsize=1,
        start_new_session=True,  # Ctrl-C is for us alone: we end it
    )
    try:
        yield process
    finally:
        if process.stdin:
            with contextlib.suppress(OSError):
                process.stdin.close()
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


@contextlib.contextmanager
def leaning_on(process: subprocess.Popen[str], name: str) -> Iterator[None]:
    """Say it when what goes wrong here goes wrong because a program beside us has ended."""
    try:
        yield
    except CannotMeasure as fault:
        if process.poll() is None:
            raise
        raise CannotMeasure(
            f"{name} has ended in the middle (exit code {process.returncode}); so {fault}"
        ) from fault


def ask(process: subprocess.Popen[str], order: str, patience: float = _ANSWER) -> str:
    """Write one line to a program and return the line that it answers in time."""
    if not process.stdin or not process.stdout:
        raise CannotMeasure("a program was started without pipes")
    try:
        process.stdin.write(f"{order}\n")
        process.stdin.flush()
    except BrokenPipeError:
        raise CannotMeasure(f"{_words(process)} has ended by itself") from None
    return read_line(process, patience)


def read_line(process: subprocess.Popen[str], patience: float = _ANSWER) -> str:
    """Return the next line that a program prints; it is killed when that takes too long."""
    watch = threading.Timer(patience, process.kill)
    watch.start()
    try:
        with waiting():
            line = process.stdout.readline() if process.stdout else ""
    finally:
        watch.cancel()
    if not line:
        raise CannotMeasure(f"{_words(process)} has ended, or said nothing for {patience:.0f} s")
    return line.strip()


def _words(process: subprocess.Popen[str]) -> str:
    return " ".join(map(str, process.args)) if isinstance(process.args, list) else "a program"


def result_of(command: Sequence[str], timeout: float) -> dict[str, Any]:
    """Run a program to its end and return the JSON of its last line."""
    found = json.loads(run(command, timeout).splitlines()[-1])
    if not isinstance(found, dict):
        raise CannotMeasure(f"{command} printed no figures")
    return found


def run(command: Sequence[str], timeout: float) -> str:
    """Run a program to its end and return what it printed.

    Raises CannotMeasure when it fails or takes too long; however this ends, it has ended too.
    """
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        with waiting():
            printed, complaints = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        raise CannotMeasure(f"{' '.join(command)}: not done within {timeout:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            process.wait()
    if process.returncode:
        words = (complaints or printed).strip()[-_COMPLAINT:]
        raise CannotMeasure(f"{' '.join(command)}: exit code {process.returncode}: {words}")
    return printed
