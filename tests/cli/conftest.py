"""A sample office with its people, and a mail server in another process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import Witness, import_sample, run, sink


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """Return the sample workspace as `newsletter init --sample` makes it."""
    run(tmp_path, "init", "--sample", "office")
    return tmp_path / "office"


@pytest.fixture
def peopled(sample: Path) -> Path:
    """Return the sample workspace with its people imported."""
    import_sample(sample)
    return sample


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    """Run a sink."""
    with sink(tmp_path / "sink") as running:
        yield running
