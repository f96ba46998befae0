"""A report or a log that cannot be written: the ledger is true all the same, and tells it again."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from tests.cli.program import COMMAND, Witness, run_json

pytestmark = pytest.mark.slow

_CHATTY = """\
import newsletter.cli.progress as shown
from newsletter.cli.main import main
shown._SECONDS_BETWEEN_LINES = 0
main()
"""
CHATTY = (sys.executable, "-c", _CHATTY)
"""The program, with a line of progress at each look instead of one every 15 seconds."""


def _full_disk() -> IO[bytes]:
    return Path("/dev/full").open("wb", buffering=0)


def _reader_who_went() -> IO[bytes]:
    reading, writing = os.pipe()
    os.close(reading)
    return os.fdopen(writing, "wb", buffering=0)


def send(office: Path, relay: str, command: tuple[str, ...], *, out: object, err: object) -> int:
    as_json = ["--json"] if command is COMMAND else []  # prints nothing before the end
    done = subprocess.run(
        [*command, "send", "2015-1", "--yes", *as_json],
        cwd=office,
        env=os.environ | {"NEWSLETTER_RELAY": relay, "NO_COLOR": "1"},
        stdout=out,  # type: ignore[call-overload]
        stderr=err,
        check=False,
        timeout=100,
    )
    return int(done.returncode)


def everybody_has_it(office: Path, witness: Witness) -> bool:
    """Whether the status, asked for afterwards, accounts for all who are mailed."""
    found = run_json(office, "status", "2015-1")
    accepted = sum(int(each["accepted"]) for each in found["mailings"])
    filed = witness.recipients()
    return accepted == 318 == len(filed) == filed.total()


@pytest.mark.parametrize("lost", [_full_disk, _reader_who_went])
def test_f38_a_report_that_cannot_be_written_is_told_by_status(
    peopled: Path, witness: Witness, lost: Callable[[], IO[bytes]]
) -> None:
    with lost() as out:
        code = send(peopled, witness.relay, COMMAND, out=out, err=subprocess.DEVNULL)
    assert code == 1
    assert everybody_has_it(peopled, witness)


@pytest.mark.parametrize("lost", [_full_disk, _reader_who_went])
def test_f38_lines_of_progress_that_cannot_be_written_end_no_send(
    peopled: Path, witness: Witness, lost: Callable[[], IO[bytes]]
) -> None:
    with lost() as err:
        code = send(peopled, witness.relay, CHATTY, out=subprocess.DEVNULL, err=err)
    assert code == 0
    assert everybody_has_it(peopled, witness)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&- 2>&-"])
def test_f38_streams_that_were_closed_end_no_send(
    peopled: Path, witness: Witness, closed: str
) -> None:
    shell = ("sh", "-c", f'exec "$@" {closed}', "sh", *COMMAND)
    code = send(peopled, witness.relay, shell, out=subprocess.DEVNULL, err=subprocess.DEVNULL)
    assert code == 0
    assert everybody_has_it(peopled, witness)
