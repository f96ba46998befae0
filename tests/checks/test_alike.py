"""Rules about editions held against each other."""

from pathlib import Path

import pytest

from newsletter.checks import alike
from newsletter.model.finding import Severity
from tests.checks.samples import PAGE_FILE, PART_FILE, SCHOOL, SPRING, TEXT_FILE, found, lines
from tests.workspace import ITEM, edit, write

PICTURE = '<img src="https://a.example/a.png" alt="" width="9" />'
LOOP = "{% for item in section.items %}"


@pytest.fixture
def two(small: Path) -> Path:
    """Return an office whose issue has two items."""
    other = ITEM.replace("A school", "A fair").replace("Школа", "Ярмарка")
    write(small, "issues/items/fair.yaml", other)
    edit(small, SPRING, "[school]", "[school, fair]")
    return small


def test_an_item_that_the_page_lacks_is_an_error(two: Path) -> None:
    assert lines(alike.item_shown, two) == []
    edit(two, PART_FILE, LOOP, "{% for item in section.items[:1] %}")
    english, russian = found(alike.item_shown, two)
    assert english.severity is Severity.ERROR
    assert str(english).startswith(
        "issues/items/fair.yaml:6:3: the en page does not show the item “A fair for the young”"
    )
    assert str(russian.place) == "issues/items/fair.yaml:13:3"


def test_an_item_that_the_text_lacks_is_an_error(two: Path) -> None:
    edit(two, TEXT_FILE, LOOP, "{% for item in section.items[1:] %}")
    assert [each.split(" does not")[0] for each in lines(alike.item_shown, two)] == [
        f"{SCHOOL}:6:3: the en text",
        f"{SCHOOL}:13:3: the ru text",
    ]


def test_editions_in_another_order_are_an_error(two: Path) -> None:
    assert lines(alike.same_order, two) == []
    edit(two, PART_FILE, LOOP, LOOP.replace("items %", "items | sort(attribute='id') %"))
    assert lines(alike.same_order, two) == []
    order = "section.items | sort(attribute='id', reverse=(edition.language == 'ru'))"
    edit(two, PART_FILE, "section.items | sort(attribute='id')", order)
    (told,) = lines(alike.same_order, two)
    assert told.startswith(f"{PAGE_FILE}:1:1: the items of the ru page come in another order")


def test_editions_with_other_pictures_are_an_error(small: Path) -> None:
    edit(
        small,
        PAGE_FILE,
        "        <mj-text>{{ slots",
        f'        <mj-text>{{% if edition.language == "en" %}}{PICTURE}{{% endif %}}{{{{ slots',
    )
    (told,) = lines(alike.same_pictures, small)
    assert told.startswith(f"{PAGE_FILE}:1:1: the ru page shows 0 pictures, the en page 1")
    edit(small, PAGE_FILE, '{% if edition.language == "en" %}', "")
    edit(small, PAGE_FILE, "{% endif %}{{ slots", "{{ slots")
    assert lines(alike.same_pictures, small) == []


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("A school for the young", "is the same in ru and en"),
        ("Another good school", "has no letter of the alphabet of ru"),
        ("Школа ILO School", ""),
        ("Young School", ""),
        ("12 345 678", ""),
    ],
)
def test_a_text_that_nobody_translated_is_told(small: Path, title: str, told: str) -> None:
    edit(small, SCHOOL, "title: Школа для молодых", f'title: "{title}"')
    said = lines(alike.untranslated, small)
    assert [told in each for each in said] == ([True] if told else [])
    assert all(each.startswith(f"{SCHOOL}:13:3: `title` ") for each in said)


def test_russian_words_in_the_english_block_are_told_too(small: Path) -> None:
    edit(small, SCHOOL, "lead: Forty young people met.", "lead: Сорок молодых людей встретились.")
    (told,) = lines(alike.untranslated, small)
    assert told.startswith(f"{SCHOOL}:7:3: `lead` has no letter of the alphabet of en")


def test_a_text_part_in_the_other_language_is_an_error(small: Path) -> None:
    assert lines(alike.text_language, small) == []
    text = (small / TEXT_FILE).read_text(encoding="utf-8")
    write(small, TEXT_FILE, text + "Only English words stand here. " * 60 + "\n")
    (finding,) = found(alike.text_language, small)
    assert finding.severity is Severity.ERROR
    assert str(finding).startswith(f"{TEXT_FILE}:1:1: only ")
    assert "of the text are letters of ru" in finding.message
