"""The language server, started once for all tests of a process."""

from collections.abc import Iterator

import pytest

from tests.editor.language_server import LanguageServer, language_server


@pytest.fixture(scope="session")
def server() -> Iterator[LanguageServer]:
    """Run yaml-language-server as an editor does."""
    with language_server() as running:
        yield running
