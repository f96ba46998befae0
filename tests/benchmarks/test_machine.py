"""What the benchmarks know about the machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.send.machine import Neighbours, commit_seconds, cpu_of, facts, own_cpu
from benchmarks.send.processes import ROOT

PEAK = "from benchmarks.send.machine import own_peak; print(own_peak())"


def test_the_peak_of_a_program_is_its_own_and_not_that_of_who_started_it() -> None:
    ballast = bytearray(b"x") * 300_000_000
    done = subprocess.run(
        [sys.executable, "-c", PEAK], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert 1_000_000 < int(done.stdout) < 100_000_000 < len(ballast)


def test_the_cpu_of_a_process_is_what_it_says_itself() -> None:
    sum(range(2_000_000))
    assert cpu_of(os.getpid()) == pytest.approx(own_cpu(), abs=0.05)


def test_what_we_take_ourselves_is_not_the_neighbours() -> None:
    neighbours = Neighbours()
    sum(range(3_000_000))
    assert 0 <= neighbours.share() <= 1
    assert neighbours.share(also_ours=1e6) == 0


def test_facts_are_plain_values(tmp_path: Path) -> None:
    assert commit_seconds(tmp_path) > 0
    assert list(tmp_path.iterdir()) == []
    known = facts(tmp_path)
    assert all(isinstance(value, str | int | float) for value in known.values())
    assert known["processor"]
