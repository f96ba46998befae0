"""A sample office with its people, and a mail server in another process."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import Witness, import_sample, run, sink
from tests.workspace import edit

PACE = ("messages_per_second: 50", "messages_per_second: 400")
"""Fast enough for a test, slow enough to stop a send in its middle."""


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with `office`, as `newsletter init --sample` makes it, and `peopled`."""
    folder = tmp_path_factory.mktemp("made")
    run(folder, "init", "--sample", "office")
    edit(folder / "office", "newsletter.yaml", *PACE)
    shutil.copytree(folder / "office", folder / "peopled")
    import_sample(folder / "peopled")
    return folder


@pytest.fixture
def sample(tmp_path: Path, made_once: Path) -> Path:
    """Return the sample workspace."""
    return Path(shutil.copytree(made_once / "office", tmp_path / "office"))


@pytest.fixture
def peopled(tmp_path: Path, made_once: Path) -> Path:
    """Return the sample workspace with its people imported."""
    return Path(shutil.copytree(made_once / "peopled", tmp_path / "office"))


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    """Run a sink."""
    with sink(tmp_path / "sink") as running:
        yield running
