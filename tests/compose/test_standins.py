"""Where a language has no words, those of another stand in, and readers are told."""

from pathlib import Path

import pytest

from newsletter.checks.page import read_page
from newsletter.compose.compose import compose
from newsletter.compose.workspace import Folder
from newsletter.errors import InputRefused
from newsletter.model.edition import EditionItem
from newsletter.model.finding import Severity
from tests.workspace import edit, sample, take_the_way, write

SCHOOL, SPRING, SETTINGS = "issues/items/school.yaml", "issues/spring/issue.yaml", "newsletter.yaml"
FALL_BACK = "missing: fall-back\n  ru: { notes: { en: Только на английском языке } }\n"


def allow(office: Path, policy: str = FALL_BACK) -> None:
    edit(office, SETTINGS, "numbering:", f"translations:\n  {policy}numbering:")


def without(office: Path, start: str, end: str = "") -> None:
    """Take the lines from `start` up to `end` out of the item."""
    text = (office / SCHOOL).read_text(encoding="utf-8")
    before, _, rest = text.partition(start)
    write(office, SCHOOL, before + (end + rest.partition(end)[2] if end else ""))


def russian(office: Path) -> EditionItem:
    return compose(Folder(office), "spring").editions["ru"].sections[0].items[0]


def test_without_a_policy_a_missing_block_stops_the_issue(small: Path) -> None:
    without(small, "ru:\n")
    with pytest.raises(InputRefused, match="the block `ru:` is missing"):
        compose(Folder(small), "spring")


def test_an_item_without_a_block_has_the_words_of_the_other_language(small: Path) -> None:
    allow(small)
    without(small, "ru:\n")
    item = russian(small)
    assert (item.title, item.lead) == ("A school for the young", "Forty young people met.")
    assert (item.fallback_language, item.fallback_direction) == ("en", "ltr")
    assert item.fallback_fields == ("title", "lead", "text", "links")
    assert item.fallback_note == "Только на\u00a0английском языке"
    assert item.countries == ("Российская Федерация",), "names and dates stay in the reader's words"
    assert item.date_text.startswith("17\u00a0марта")


def test_a_single_field_is_taken_over_alone(small: Path) -> None:
    allow(small)
    without(small, "  text: Говорили", "  links:\n    - label: О школе")
    item = russian(small)
    assert (item.title, item.fallback_fields) == ("Школа для\u00a0молодых", ("text",))
    assert item.text is not None
    assert item.text.plain.startswith("They spoke about work")


def test_words_that_stand_in_are_set_as_their_own_language_wants_them(small: Path) -> None:
    allow(small)
    without(small, "ru:\n")
    edit(small, SCHOOL, "Forty young people met.", 'They "met" - in 2013-2016 already.')
    assert russian(small).lead == "They “met”\u00a0– in 2013–2016 already."


def test_a_theme_shows_the_note_and_the_language(office: Path) -> None:
    page = sample("2015-2").renderings["kk"]
    text = page.text
    assert text.count("(Тек орыс тілінде)") == 3
    taken_apart = read_page(page.html)
    foreign = [e for e in taken_apart.elements if (e.get("lang"), e.get("dir")) == ("ru", "ltr")]
    words = {taken_apart.text(each).partition(" ")[0]: each.tag for each in foreign}
    assert (words["Дистанционный"], words["Открыта"], words["Записаться"]) == ("h3", "p", "p")
    notes = [each for each in taken_apart.all("p") if taken_apart.text(each) == "Тек орыс тілінде"]
    assert {taken_apart.language_of(each) for each in notes} == {"kk"}
    assert len(notes) == 3


def test_a_language_may_name_who_stands_in_for_it() -> None:
    kazakh = sample("2015-2").composition.editions["kk"]
    items = [item for section in kazakh.sections for item in section.items]
    assert {item.fallback_language for item in items} == {"", "ru"}
    assert len([item for item in items if item.fallback_note]) == 3


def test_without_a_note_readers_see_the_name_of_the_language(small: Path) -> None:
    allow(small, "missing: fall-back\n")
    without(small, "ru:\n")
    assert russian(small).fallback_note == "English"


def test_an_editorial_may_stand_in_as_a_whole(small: Path) -> None:
    words = "\n  editorial:\n    title: Spring\n    text: It is *here*.\nru:"
    edit(small, SPRING, "\nru:", words)
    assert compose(Folder(small), "spring").editions["ru"].editorial is None
    allow(small)
    editorial = compose(Folder(small), "spring").editions["ru"].editorial
    assert editorial is not None
    assert (editorial.title, editorial.fallback_language) == ("Spring", "en")
    assert editorial.fallback_note == "Только на\u00a0английском языке"


def test_an_item_without_any_words_is_refused_all_the_same(small: Path) -> None:
    allow(small)
    without(small, "en:\n")
    with pytest.raises(InputRefused, match="the block `en:` is missing"):
        compose(Folder(small), "spring")


def test_an_issue_needs_its_own_words_in_every_language(small: Path) -> None:
    allow(small)
    edit(small, SPRING, "languages: [en, ru]", "languages: [ru, en]")
    text = (small / SPRING).read_text(encoding="utf-8")
    start, end = text.index("ru:\n"), text.index("sections:")
    write(small, SPRING, text[:start] + text[end:])
    with pytest.raises(InputRefused, match="the block `ru:` is missing"):
        compose(Folder(small), "spring")


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("source: de\n", ":31:3: “de” is not one of `languages`"),
        ("ru: { fall_back: kk }\n", ":31:9: “kk” is not one of `languages`"),
        ("ru: { notes: { kk: Қазақша } }\n", ":31:18: “kk” is not one of `languages`"),
        ("missing: perhaps\n", ":31:3: `missing` cannot be “perhaps”"),
        ("stale: fall-back\n", ":31:3: `stale` cannot be “fall-back”"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_at_its_line(
    small: Path, policy: str, said: str
) -> None:
    allow(small, policy)
    line = (small / SETTINGS).read_text().splitlines().index("translations:") + 2
    with pytest.raises(InputRefused) as caught:
        compose(Folder(small), "spring")
    assert said.replace(":31:", f":{line}:") in str(caught.value)


def test_all_the_way_the_editor_gets_a_note_and_no_warning(small: Path) -> None:
    allow(small)
    without(small, "ru:\n")
    found = [each for each in take_the_way(small).findings if each.rule.startswith("translation")]
    assert [(each.rule, each.severity) for each in found] == [
        ("translation-fallback", Severity.NOTE)
    ]
