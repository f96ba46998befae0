"""What holds for all tests: no settings from outside, no deadlines, and an office to spoil."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.workspace import copy_office, small_office

# Machines differ in speed, and examples that were found are written into tests, not into a folder.
settings.register_profile("newsletter", deadline=None, database=None, print_blob=True)
settings.load_profile("newsletter")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take how long tests/durability may be at it."""
    group = parser.getgroup("durability")
    group.addoption("--kills", default=40, type=int, help="how often a send is killed (F28)")
    group.addoption("--steps", default=25, type=int, help="each how manieth write fails (F30)")
    group.addoption("--seed", default=2015, type=int, help="what chance begins with; it is shown")


@pytest.fixture(autouse=True, scope="session")
def _no_settings_from_outside() -> Iterator[None]:
    """Take NEWSLETTER_RELAY and its like away: a test must never reach somebody's mail server."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("NEWSLETTER_"):
                patch.delenv(name)
        yield


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """Return a copy of the sample workspace that a test may change."""
    return copy_office(tmp_path / "office")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return a small office of one issue and one item, whose every line is known."""
    return small_office(tmp_path / "small")
