"""Words in another language on paper: screen readers are told which, and only there."""

import re
from pathlib import Path

import pytest
from PIL import Image

from newsletter.model.edition import EditionItem
from tests.publish.papers import Print, print_in, printed, squeezed
from tests.workspace import edit, small_office, write

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ITEM = "issues/items/school.yaml"
CYRILLIC_OF_RUSSIAN = re.compile("[а-яё]", re.IGNORECASE)


def borrowed(paper: Print) -> list[EditionItem]:
    items = [item for section in paper.edition.sections for item in section.items]
    return [item for item in items if item.fallback_fields]


def test_words_that_stand_in_are_read_aloud_in_their_language() -> None:
    paper = printed("2015-2", "kk")
    assert borrowed(paper)
    for item in borrowed(paper):
        assert item.fallback_language == "ru"
        for field in item.fallback_fields:
            words = item.links[0].label if field == "links" else getattr(item, field)
            assert squeezed(words) in paper.spoken_in("ru")


def test_the_note_that_says_so_is_in_the_language_of_the_edition() -> None:
    paper = printed("2015-2", "kk")
    for item in borrowed(paper):
        assert squeezed(item.fallback_note) in paper.spoken_in("kk")


def test_all_else_is_in_the_language_of_the_edition() -> None:
    for language, others in (("en", ("ru", "kk")), ("ru", ("en", "kk"))):
        paper = printed("2015-2", language)
        names = {other.language: other.name for other in paper.edition.others}
        for other in others:
            assert paper.spoken_in(other) == squeezed(names[other])
    assert not CYRILLIC_OF_RUSSIAN.search(printed("2015-1", "en").spoken_in("en"))


def test_the_outermost_element_has_the_language_and_nothing_below_repeats_it() -> None:
    for node in printed("2015-2", "kk").structure.walk():
        if language := node.facts.get("/Lang"):
            assert language != "kk"
            assert not any(
                "/Lang" in below.facts for child in node.children for below in child.walk()
            )


def body(office: Path, html: str) -> Print:
    """Print a page in English that has `html` in its body."""
    page = f'<html lang="en"><head><title>Page</title></head><body>{html}</body></html>'
    write(office, "templates/plain/print/issue.html.j2", page)
    write(office, "templates/plain/print/print.css", 'body { font-family: "Noto Serif" }')
    return print_in(office, "spring")


@pytest.mark.parametrize(
    ("html", "russian", "english"),
    [
        ("<p>One <b lang=ru>два</b> three</p>", "два", "Onethree"),
        ("<p lang=ru>Раз <b lang=en>two</b> три</p>", "Разтри", "two"),
        ("<ul><li>One<ul lang=ru><li>два</li></ul>three</li></ul>", "◦два", "•Onethree"),
        ("<p lang=ru>Раз</p><p lang=ru>два</p>", "Раздва", ""),
        (
            '<p><a href="https://example.org" title="Links">One <i lang=ru>два</i></a></p>',
            "два",
            "One",
        ),
        (
            '<p><a href="https://example.org" title="Links" lang=ru>Раз <i lang=en>two</i></a></p>',
            "Раз",
            "two",
        ),
        ("<table><tr><th>One<td lang=ru>два</table>", "два", "One"),
        ('<p lang=ru style="position: absolute">Раз</p><p>two</p>', "Раз", "two"),
        ('<div style="columns: 2"><p lang=ru>Раз<p>two</div>', "Раз", "two"),
    ],
)
def test_languages_follow_the_words_wherever_they_stand(
    tmp_path: Path, html: str, russian: str, english: str
) -> None:
    paper = body(small_office(tmp_path), html)
    assert set(paper.spoken_in("ru")) == set(russian)
    assert set(paper.spoken_in("en")) == set(english)


def test_a_picture_has_the_language_of_the_words_that_stand_for_it(tmp_path: Path) -> None:
    office = small_office(tmp_path / "office")
    write(office, "issues/images/school.png", b"")
    Image.new("RGB", (600, 400)).save(office / "issues/images/school.png")
    edit(office, ITEM, "en:\n", "image: { file: images/school.png }\nen:\n  image_alt: Pupils\n")
    edit(office, ITEM, "ru:\n", "ru:\n  image_alt: Ученики\n")
    html = """{% set image = edition.sections[0].items[0].image %}
        <p>One <img src="{{ image.src }}" alt="Раз" lang="ru" style="width: 20mm">
        <img src="{{ image.src }}" alt="Two" style="width: 20mm"></p>"""
    foreign, own = body(office, html).structure.all("Figure")
    assert foreign.facts["/Lang"] == "ru"
    assert "/Lang" not in own.facts
