"""A mail server for the tests of inboxes."""

from collections.abc import Iterator

import pytest

from tests.inboxes.dovecot import Dovecot, dovecot_server


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """Return a Dovecot that all tests share; each brings users of its own."""
    with dovecot_server() as server:
        yield server
