"""A server for each test that asks for one."""

from collections.abc import Iterator

import pytest

from tests.fetch.web import Web, serve


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as running:
        yield running
