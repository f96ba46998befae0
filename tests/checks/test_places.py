"""Where a fault is mended: in the item an element belongs to, or at the tag of the template."""

from pathlib import Path

import pytest

from newsletter.checks.mail import Mail
from newsletter.checks.page import read_page
from newsletter.checks.places import plain
from newsletter.model.place import Marks, Place
from newsletter.render.render import draw
from tests.checks.samples import PAGE_FILE, PART_FILE, SCHOOL, THEME_FILE, checked_office
from tests.workspace import ITEM, edit, sample, write


@pytest.fixture
def two(small: Path) -> Path:
    """Return an office of two items that share a label and an address."""
    write(
        small,
        "issues/items/fair.yaml",
        ITEM.replace("A school", "A fair").replace("Школа", "Ярмарка"),
    )
    edit(small, "issues/spring/issue.yaml", "[school]", "[school, fair]")
    return small


def places(mail: Mail, tag: str) -> list[str]:
    return [str(mail.place(each)) for each in mail.page.all(tag)]


def test_words_are_looked_for_in_the_item_they_belong_to(two: Path) -> None:
    mail = checked_office(two).mails["en"]
    assert places(mail, "h2") == [f"{SCHOOL}:6:3", "issues/items/fair.yaml:6:3"]
    assert places(mail, "em") == [f"{SCHOOL}:8:3", "issues/items/fair.yaml:8:3"]
    assert places(mail, "a") == [
        f"{SCHOOL}:8:3",
        f"{SCHOOL}:11:7",
        "issues/items/fair.yaml:8:3",
        "issues/items/fair.yaml:11:7",
        f"{THEME_FILE}:6:18",  # Unsubscribe: a word of the theme
        "newsletter.yaml:22:1",  # the address of the edition is made from public_url
    ]


def test_the_words_of_a_link_stand_elsewhere_than_its_address(two: Path) -> None:
    mail = checked_office(two).mails["en"]
    label = mail.page.all("a")[1]
    assert str(mail.at_words(label, "").place) == f"{SCHOOL}:10:7"
    assert str(mail.at(label, "").place) == f"{SCHOOL}:11:7"
    assert str(mail.at_tag(label, "").place) == f"{PART_FILE}:12:6"


def test_what_nobody_wrote_is_the_templates(small: Path) -> None:
    mail = checked_office(small).mails["ru"]
    page = mail.page
    greeting = next(each for each in page.all("div") if page.text(each) == "[[greeting]]")
    assert str(mail.place(greeting)) == f"{PAGE_FILE}:8:9"
    assert str(mail.origin.page()) == f"{PAGE_FILE}:1:1"
    assert [str(mail.at_tag(each, "").place) for each in page.all("html", "title", "body")] == [
        f"{PAGE_FILE}:1:1",
        f"{PAGE_FILE}:3:5",
        f"{PAGE_FILE}:5:3",
    ]


def test_a_finding_knows_where_it_is_seen(small: Path) -> None:
    mail = checked_office(small).mails["ru"]
    (heading,) = mail.page.all("h2")
    spot = mail.at(heading, "").spot
    assert spot
    assert (spot.language, mail.page.elements[spot.element]) == ("ru", heading)


def test_a_place_inside_a_long_text_is_its_own_line(small: Path) -> None:
    text = "text: |\n    They spoke.\n\n    And they *ate* well.\n  footnote: They spoke about"
    edit(small, SCHOOL, "text: They spoke about", text)
    mail = checked_office(small).mails["en"]
    assert [str(mail.place(each)) for each in mail.page.all("em")[:1]] == [f"{SCHOOL}:11:15"]


def test_the_trace_knows_every_element_of_the_sample() -> None:
    way = sample("2015-1")
    for language, drawn in way.composition.drawn.items():
        rendering, trace = draw(way.theme, drawn, way.composition.pictures)
        elements = read_page(rendering.html).elements
        assert [tag for tag, _ in trace.tags] == [each.tag for each in elements], language
        folder = "templates/ilo-moscow/"
        assert all(place.file.startswith(folder) and place.line for _, place in trace.tags)


def test_the_trace_changes_nothing_that_is_sent() -> None:
    for rendering in sample("2015-1").renderings.values():
        assert "at--" not in rendering.html
        assert "data-at" not in rendering.html


@pytest.mark.parametrize(
    ("written", "set_"),
    [
        ('He said "yes" - twice...', "He said “yes” – twice…"),
        ("*Young* **people** [met](https://a.example)", "Young people met"),
        ("№ 5  в\u00a0мае", "№\u00a05 в мае"),
    ],
)
def test_texts_are_compared_without_their_dress(written: str, set_: str) -> None:
    assert plain(written) == plain(set_)


def test_a_fragment_is_found_though_it_was_folded_or_set() -> None:
    source = 'a: >-\n  one "two\n  three" four\nb: five\n'
    marks = Marks("f.yaml", {("a",): (1, 1), ("b",): (4, 1)}, source)
    assert marks.find("“two three”", "a") == Place("f.yaml", 2, 7)
    assert marks.find("four", "a") == Place("f.yaml", 3, 10)
    assert marks.find("five", "a") == Place("f.yaml", 1, 1)  # not in this text
    assert marks.find("five", "b") == Place("f.yaml", 4, 4)
