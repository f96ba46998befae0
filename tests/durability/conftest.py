"""What tests of durability share: offices made once, the shim, and the figures of a long run."""

from collections import Counter
from pathlib import Path

import pytest

from tests.durability.offices import make_office
from tests.durability.shim import ShiftedClock, Shim, compiled


@pytest.fixture(scope="session")
def office_of_sixty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an office with sixty readers; only copies of it may be changed."""
    return make_office(tmp_path_factory.mktemp("made") / "office", 60)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the compiled shim."""
    return compiled(tmp_path_factory.mktemp("shim"))


@pytest.fixture
def shim(library: Path, tmp_path: Path) -> Shim:
    """Return a shim that watches the state folder of the office in `tmp_path`."""
    return Shim(library, tmp_path / "office" / ".newsletter")


@pytest.fixture
def clock(tmp_path: Path) -> ShiftedClock:
    """Return a clock that shows our time until it is told to jump."""
    return ShiftedClock(tmp_path / "clock")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Add up the figures that tests recorded."""
    sums, most = Counter[str](), Counter[str]()
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, figure in report.user_properties:
            if str(name).startswith("most"):
                most[name] = max(most[name], int(str(figure)))
            else:
                sums[name] += int(str(figure))
    for name, figure in sorted((sums | most).items()):
        terminalreporter.write_line(f"{name}: {figure}")
