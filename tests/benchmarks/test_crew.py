"""The figures of several processes are held to what the sink has."""

import subprocess
import sys

import pytest

from tests.workspace import ROOT

pytestmark = pytest.mark.slow


def test_one_process_and_two_are_measured_in_turns() -> None:
    command = [sys.executable, "-m", "benchmarks.send.crew", "--readers", "700", "--rounds", "1"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()[1:]]
    assert [row[0] for row in rows] == ["1", "2"]
    assert all(int(figure.replace(",", "")) > 0 for row in rows for figure in row[1:])
