"""The table of issues: shown at once, filled while it is looked at, renewed by a save."""

import shutil
from pathlib import Path

import pytest

from newsletter.compose.workspace import Folder
from newsletter.config import read_config
from newsletter.studio.desk import FolderDesk
from newsletter.studio.ports import Draft, Summary
from tests.studio.served import Elements, Preview, previewed
from tests.workspace import edit

pytestmark = pytest.mark.slow


@pytest.fixture
def two(spring: Path) -> Path:
    """Return a workspace with a second issue, `summer`."""
    shutil.copytree(spring / "issues/spring", spring / "issues/summer")
    edit(spring, "issues/summer/issue.yaml", "number: 1\nserial: 60", "number: 2\nserial: 61")
    edit(spring, "issues/summer/issue.yaml", "2015-03-31", "2015-06-30")
    edit(spring, "issues/summer/issue.yaml", "News of the spring", "News of the summer")
    return spring


def words(preview: Preview) -> str:
    return " ".join(Elements.of(preview.get("/").text).words.split())


def test_what_the_files_say_is_there_at_once_the_newest_first(two: Path, preview: Preview) -> None:
    page = Elements.of(preview.get("/").text)
    assert [link["href"] for link in page.all("a")] == ["/issue/summer", "/issue/spring"]
    for told in ("No. 2 (61)", "2015-06-30", "News of the summer", "English", "Русский"):
        assert told in page.words


def test_the_rest_comes_as_it_is_read_and_follows_a_save(two: Path, preview: Preview) -> None:
    with preview.open_page("/") as events:
        events.until(lambda: "being read" not in words(preview))
        assert "Русский: done" in words(preview)
        assert "error" not in words(preview)
        edit(two, "issues/summer/issue.yaml", "theme: plain", "theem: plain")
        events.until(lambda: "error" in words(preview))
        edit(two, "issues/summer/issue.yaml", "theem: plain", "theme: plain")
        events.until(lambda: "error" not in words(preview))


def test_translations_that_lack_are_counted(two: Path, preview: Preview) -> None:
    with preview.open_page("/") as events:
        events.until(lambda: "being read" not in words(preview))
        edit(two, "issues/items/school.yaml", "  lead: Встретились сорок молодых людей.\n", "")
        events.until(lambda: "1 missing" in words(preview))


def test_an_issue_that_cannot_be_read_has_its_line(two: Path, preview: Preview) -> None:
    (two / "issues/summer/issue.yaml").write_text("number: [", encoding="utf-8")
    with preview.open_page("/") as events:
        events.until(lambda: "being read" not in words(preview))
    page = Elements.of(preview.get("/").text)
    assert {link["href"] for link in page.all("a")} == {"/issue/summer", "/issue/spring"}
    assert "error" in page.words


def test_the_table_makes_no_database(two: Path) -> None:
    with previewed(FolderDesk(Folder(two), read_config(two, {}))) as preview:
        assert "not begun" in words(preview)
        assert "Find a subscriber" not in preview.get("/issue/spring").text
    assert not (two / ".newsletter").exists()


class FaultyDesk(FolderDesk):
    """A desk with a fault of the program's own in one issue."""

    def sum_up(self, slug: str) -> Summary:
        if slug == "summer":
            raise ZeroDivisionError("1/0")
        return super().sum_up(slug)

    def read(self, slug: str) -> Draft:
        return super().read(slug)


def test_a_fault_of_the_program_in_one_issue_leaves_the_others(
    two: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with previewed(FaultyDesk(Folder(two))) as preview, preview.open_page("/") as events:
        events.until(lambda: words(preview).count("being read") == 1)
    assert "summer cannot be read" in caplog.text
    assert "ZeroDivisionError" in caplog.text
