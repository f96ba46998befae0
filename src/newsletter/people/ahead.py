"""Reads a long file of people in a process of its own, while this one writes to the database.

Both take about as long, so with two processors a long import takes little more than half of the
time. This process tells the other one what to read on its standard input, and hears on its standard
output, one after the other: rows for an Intake, then the Refusals when it is done, or the findings
for which the file as a whole is refused.
"""

import gc
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import IO, Any

from newsletter.errors import InputRefused, NewsletterError
from newsletter.people.reading import Refusals, Rows, read_people
from newsletter.people.table import Table
from newsletter.people.vocabulary import Vocabulary

LONG = 4_000_000
"""Octets from which on it is worth while to start another process."""

_AHEAD = 1 << 20
"""Octets that the other process may be ahead: the most that Linux grants to anybody (pipe(7))."""


Read = Callable[[Table, Vocabulary, Refusals], Iterator[Rows]]


@contextmanager
def reader_of(file: Path) -> Iterator[Read]:
    """Yield what reads `file` as `read_people` does; another process starts at once for a long one.

    So it is ready when this one has looked at the file. What is yielded raises InputRefused as
    `read_people` does, and NewsletterError when the other process has died.
    """
    if not _is_long(file):
        yield read_people
        return
    command = [sys.executable, "-m", "newsletter.people.ahead"]
    with subprocess.Popen(  # noqa: S603 (it runs this module)
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pipesize=_AHEAD
    ) as process:
        try:
            yield partial(_read_there, process)
        finally:
            process.terminate()


def _is_long(file: Path) -> bool:
    try:
        return file.stat().st_size >= LONG
    except OSError:  # whoever opens it says why
        return False


def _read_there(
    process: "subprocess.Popen[bytes]", table: Table, vocabulary: Vocabulary, refusals: Refusals
) -> Iterator[Rows]:
    """Yield what the other process reads, and note in `refusals` what it notes."""
    assert process.stdin  # noqa: S101 (both were asked for)
    assert process.stdout  # noqa: S101
    with suppress(BrokenPipeError), process.stdin as told:  # if it died, it says nothing
        pickle.dump((table, vocabulary), told)
    while isinstance(said := _next(process.stdout, table), list):
        yield said
    if not isinstance(said, Refusals):
        raise InputRefused(said)
    for each in fields(Refusals):
        setattr(refusals, each.name, getattr(said, each.name))


def _next(said: IO[bytes], table: Table) -> Any:
    try:
        return pickle.load(said)  # noqa: S301 (a process of ours wrote it)
    except (EOFError, pickle.UnpicklingError):
        raise NewsletterError(
            f"{table.file}: the process that reads it was ended", "import it again"
        ) from None


def _read(told: IO[bytes]) -> None:
    """Read in this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is answered by the process that asked
    gc.disable()  # what is read holds no cycles
    table, vocabulary = pickle.load(sys.stdin.buffer)  # noqa: S301 (a process of ours wrote it)
    refusals = Refusals(table)
    try:
        for rows in read_people(table, vocabulary, refusals):
            pickle.dump(rows, told, pickle.HIGHEST_PROTOCOL)
    except InputRefused as refused:
        pickle.dump(refused.findings, told)
    else:
        pickle.dump(refusals, told)


if __name__ == "__main__":
    with suppress(BrokenPipeError):  # nobody listens any more
        _read(sys.stdout.buffer)
        sys.stdout.buffer.flush()
