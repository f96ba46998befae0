"""A small office and its public pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.served import Front, small_front


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    """Serve the pages of a small office that nobody has subscribed to."""
    with small_front(tmp_path / "office") as running:
        yield running
