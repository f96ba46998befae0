"""Tests have the same names in every process: two workers that disagree run nothing at all."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_names_of_tests_depend_neither_on_the_clock_nor_on_hashes() -> None:
    first = collected(hash_seed="1")
    second_began = int(time.time())
    while int(time.time()) == second_began:  # what is named after the second must differ
        time.sleep(0.05)
    assert collected(hash_seed="2") == first


def collected(hash_seed: str) -> list[str]:
    shown = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:xdist", "tests"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=False,
    )
    names = [line for line in shown.stdout.splitlines() if "::" in line]
    assert len(names) > 1000, shown.stdout + shown.stderr
    return names
