"""A small office and its preview."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.render.theme_pages import started_browser
from tests.studio.served import Preview, previewed_folder
from tests.workspace import ROOT, small_office


@pytest.fixture
def spring(tmp_path: Path) -> Path:
    """Return a workspace with one issue, `spring`, that a test may change."""
    return small_office(tmp_path / "office")


@pytest.fixture
def preview(spring: Path) -> Iterator[Preview]:
    """Serve that workspace."""
    with previewed_folder(spring) as running:
        yield running


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    """Serve a workspace that no test of the module changes."""
    with previewed_folder(small_office(tmp_path_factory.mktemp("studio") / "office")) as running:
        yield running


@pytest.fixture(scope="session")
def preview_of_sample() -> Iterator[Preview]:
    """Serve the sample workspace, which no test changes."""
    with previewed_folder(ROOT) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run Chromium."""
    with started_browser() as running:
        yield running
