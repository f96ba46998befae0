"""What was printed before is not printed again, and whatever changes a page is."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from newsletter.errors import InputRefused, NewsletterError
from newsletter.model.paper import Paper
from newsletter.publish import paper as printing
from newsletter.publish import papershelf
from newsletter.publish.paperpress import lay_out
from newsletter.publish.papershelf import PaperShelf
from tests.publish.papers import opened
from tests.workspace import edit, small_office, write

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SCHOOL = "issues/items/school.yaml"
STYLES = "templates/plain/print/print.css"
PAGE = """\
<html lang="{{ edition.language }}"><head><title>{{ edition.subject }}</title></head><body>
<h1 id="masthead">{{ edition.subject }}</h1>
{% for item in edition.sections[0].items %}
<p>{{ item.title }} {{ front.top }} <img src="{{ item.image.src }}" alt="Pupils" /></p>
{% endfor %}
</body></html>
"""


def draw(office: Path, colour: str) -> None:
    path = office / "issues/images/school.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (600, 400), colour).save(path)


@pytest.fixture
def office(tmp_path: Path) -> Path:
    office = small_office(tmp_path / "office")
    write(office, "templates/plain/print/issue.html.j2", PAGE)
    write(office, STYLES, 'body { font-family: "Noto Serif" } img { width: 40mm }')
    draw(office, "navy")
    edit(office, SCHOOL, "en:\n", "image: { file: images/school.png }\nen:\n  image_alt: Pupils\n")
    edit(office, SCHOOL, "ru:\n", "ru:\n  image_alt: Ученики\n")
    return office


@pytest.fixture
def pressed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is laid out anew from now on."""
    seen: list[str] = []

    def watched(source: Any, pictures: Any) -> Any:
        seen.append(source.page)
        return lay_out(source, pictures)

    monkeypatch.setattr(papershelf, "lay_out", watched)
    return seen


def printed(office: Path, kept: Path | None = None) -> Paper:
    theme, composition = opened(office, "spring")
    shelf = PaperShelf(kept or office / ".newsletter/papers")
    return printing.print_edition(theme, composition.editions["en"], composition.pictures, shelf)


def test_the_second_time_nothing_is_laid_out_and_the_bytes_are_the_same(
    office: Path, pressed: list[str]
) -> None:
    first = printed(office)
    assert pressed
    pressed.clear()
    second = printed(office)
    assert pressed == []
    assert (first.kept, second.kept) == (False, True)
    assert replace(second, kept=False) == first


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("issues/items/school.yaml", "A school for the young", "A school for everybody"),
        (STYLES, "40mm", "50mm"),
        ("templates/plain/print/issue.html.j2", "<p>{{", "<p>News: {{"),
        ("newsletter.yaml", "public_url: https://news", "public_url: https://mail"),
    ],
)
def test_what_changes_the_page_prints_it_anew_and_nothing_else_does(
    office: Path, pressed: list[str], file: str, old: str, new: str
) -> None:
    first = printed(office)
    pressed.clear()
    edit(office, file, old, new)
    again = printed(office)
    shown = file != "newsletter.yaml"  # the page names no web address
    assert bool(pressed) is shown
    assert again.kept is not shown
    assert (again.data == first.data) is not shown


def test_a_picture_under_the_same_name_is_another_page(office: Path, pressed: list[str]) -> None:
    printed(office)
    pressed.clear()
    draw(office, "maroon")
    assert not printed(office).kept
    assert pressed


def test_a_newer_press_prints_anew(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed(office)
    monkeypatch.setattr(papershelf, "press_version", lambda: "70.1")
    assert not printed(office).kept


def test_entries_that_are_damaged_or_gone_are_made_anew(office: Path) -> None:
    first = printed(office)
    folder = office / ".newsletter/papers"
    (pdf,) = folder.glob("*.pdf")
    pdf.write_bytes(pdf.read_bytes()[:-100])
    assert replace(printed(office), kept=False) == first
    pdf.unlink()
    assert replace(printed(office), kept=False) == first
    for each in folder.iterdir():
        each.write_bytes(b"")
    assert replace(printed(office), kept=False) == first
    assert printed(office).kept


def test_a_pdf_with_doubts_is_printed_until_they_are_gone(office: Path) -> None:
    edit(office, STYLES, "Noto Serif", "No Such Font")
    assert printed(office).doubts
    again = printed(office)
    assert again.doubts
    assert not again.kept
    assert not (office / ".newsletter/papers").exists()  # where things stand depends on fonts, too


def test_what_is_wrong_with_a_page_is_said_each_time(office: Path) -> None:
    edit(office, STYLES, "width", "wyde")
    for _ in range(2):
        with pytest.raises(InputRefused, match="wyde"):
            printed(office)


def test_a_folder_that_cannot_be_written_costs_only_time(office: Path, tmp_path: Path) -> None:
    write(tmp_path, "file", "in the way")
    assert not printed(office, tmp_path / "file" / "papers").kept


def test_without_weasyprint_what_is_kept_does_not_hide_it(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed(office)
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(NewsletterError, match="WeasyPrint"):
        printed(office)
