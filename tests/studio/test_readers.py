"""A mail as a subscriber gets it, and what of that is never given away."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from newsletter.compose.workspace import Folder
from newsletter.config import read_config
from newsletter.studio.desk import FolderDesk
from tests.cli.program import run
from tests.studio.served import Elements, Preview, previewed
from tests.workspace import small_office

pytestmark = pytest.mark.slow

PEOPLE = {
    "anna.petrova@example.org": ("Анна Петрова", "ru"),
    "ben@example.org": ("Ben O’Hara", "en"),
    "press@example.net": ("", ""),
}


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with three subscribers."""
    root = small_office(tmp_path_factory.mktemp("peopled") / "office")
    for address, (name, language) in PEOPLE.items():
        facts = [
            *(("--name", name) if name else ()),
            *(("--language", language) if language else ()),
        ]
        command = ("subscribers", "add", address, "--list", "media", "--basis", "by phone")
        run(root, *command, *facts)
    return root


@pytest.fixture(scope="module")
def preview(peopled: Path) -> Iterator[Preview]:
    with previewed(FolderDesk(Folder(peopled), read_config(peopled, {}))) as running:
        yield running


def options(preview: Preview, query: str) -> dict[str, str]:
    """Return the labels of those subscribers that can be chosen, by their keys."""
    page = preview.get(f"/issue/spring?{quote(query, safe='=&%')}").text
    found: dict[str, str] = {}
    for piece in page.split("<option ")[1:]:
        key = piece.split('value="')[1].split('"')[0]
        if key.startswith("subscriber-"):
            found[key] = piece.split(">")[1].split("<")[0]
    return found


def test_nobody_is_listed_who_was_not_looked_for(preview: Preview) -> None:
    page = preview.get("/issue/spring").text
    assert "Find a subscriber" in page
    assert not any(address in page for address in PEOPLE)
    assert options(preview, "") == {}


@pytest.mark.parametrize("who", ["анна", "PETROVA", "anna.petrova%40example.org"])
def test_a_subscriber_is_found_by_name_or_address(preview: Preview, who: str) -> None:
    (label,) = options(preview, f"who={who}").values()
    assert label == "Анна Петрова, anna.petrova@example.org, ru"


def test_a_search_that_finds_nobody_says_so(preview: Preview) -> None:
    assert options(preview, "who=zzz") == {}
    assert "nobody found" in preview.get("/issue/spring?who=zzz").text


def test_the_mail_greets_the_chosen_subscriber_and_its_links_are_nobodys(preview: Preview) -> None:
    (key,) = options(preview, "who=анна")
    mail = preview.get(f"/mail/spring/ru.html?reader={key}").text
    assert "Здравствуйте, Анна Петрова!" in mail
    assert 'href="https://news.example.org/unsubscribe/sample"' in mail
    message = preview.get(f"/mail/spring/ru.eml?reader={key}").text
    assert "<anna.petrova@example.org>" in message
    assert "List-Unsubscribe: <https://news.example.org/unsubscribe/sample>" in message


def test_the_page_says_which_edition_the_subscriber_gets(preview: Preview) -> None:
    (key,) = options(preview, "who=анна")
    page = preview.get(f"/issue/spring?reader={key}").text
    english, russian = page.split("<article ")[1:]
    assert "The chosen reader gets this one" not in english
    assert "The chosen reader gets this one" in russian
    assert 'selected="' not in page
    assert list(options(preview, f"reader={key}")) == [key]  # stays in the list once chosen


def test_a_subscriber_without_a_name_is_greeted_as_readers_are(preview: Preview) -> None:
    (key,) = options(preview, "who=press")
    assert "Dear reader," in preview.get(f"/mail/spring/en.txt?reader={key}").text


@pytest.mark.parametrize("key", ["subscriber-999", "subscriber-x", "sample-zz", "%22%3E"])
def test_a_reader_who_does_not_exist_is_nobody_in_particular(preview: Preview, key: str) -> None:
    assert "Dear reader," in preview.get(f"/mail/spring/en.txt?reader={key}").text
    page = Elements.of(preview.get(f"/issue/spring?reader={key}").text)
    (chosen,) = [each for each in page.all("option") if "selected" in each]
    assert chosen["value"] == ""


def test_an_export_holds_nobody(peopled: Path, tmp_path: Path) -> None:
    run(peopled, "preview", "spring", "--export", str(tmp_path / "proof"))
    page = (tmp_path / "proof" / "index.html").read_text(encoding="utf-8")
    for address, (name, _) in PEOPLE.items():
        assert address not in page
        assert not name or name not in page
    assert "subscriber-" not in page
