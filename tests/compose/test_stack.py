"""An issue whose languages go out in one mail: its inbox lines, its languages, its faults."""

from pathlib import Path

import pytest

from newsletter.compose.compose import Composition, compose
from newsletter.compose.workspace import Folder
from newsletter.model.edition import EditionItem, EditionStack
from tests.workspace import edit, run_check, write

SPRING = "issues/spring/issue.yaml"


@pytest.fixture
def stacking(small: Path) -> Path:
    """Return the small office, whose issue is stacked."""
    edit(small, SPRING, "lists:", "editions: stacked\nlists:")
    return small


def stack_of(office: Path) -> EditionStack:
    stack = compose(Folder(office), "spring").stack
    assert stack is not None
    return stack


def test_an_issue_goes_out_by_language_unless_it_says_otherwise(small: Path) -> None:
    composition = compose(Folder(small), "spring")
    assert composition.stack is None
    assert composition.rendered_languages == ("en", "ru")
    assert composition.languages_of("ru") == ("ru",)


def test_a_stacked_issue_is_one_mail_in_all_its_languages(stacking: Path) -> None:
    composition = compose(Folder(stacking), "spring")
    assert composition.rendered_languages == ("mul",)
    assert composition.languages_of("mul") == ("en", "ru")
    assert composition.view_url("mul") == composition.editions["en"].view_url
    stack = stack_of(stacking)
    assert [each.language for each in stack.editions] == ["en", "ru"]
    assert [each.language_name for each in stack.editions] == ["English", "Русский"]
    assert (stack.language, stack.direction) == ("en", "ltr")


def test_the_editions_of_the_archive_are_those_of_any_issue(small: Path) -> None:
    def editions() -> Composition:
        return compose(Folder(small), "spring")

    alone = editions().editions
    edit(small, SPRING, "lists:", "editions: stacked\nlists:")
    assert editions().editions == alone


def test_short_inbox_lines_of_all_languages_stand_side_by_side(stacking: Path) -> None:
    edit(
        stacking, SPRING, "A school for the young, and what they said about their work", "A school"
    )
    stack = stack_of(stacking)
    assert stack.subject == "News of the spring · Новости весны"
    assert stack.preheader.startswith("A school · Школа для\u00a0молодых")


def test_a_preheader_that_does_not_fit_twice_is_that_of_the_first_language(stacking: Path) -> None:
    assert stack_of(stacking).preheader.startswith("A school for the young")
    assert "·" not in stack_of(stacking).preheader


def test_long_subjects_share_the_two_lines_of_an_inbox(stacking: Path) -> None:
    edit(stacking, SPRING, "News of the spring", "News of the spring " + "and more " * 5)
    stack = stack_of(stacking)
    assert stack.subject == ("News of the spring " + "and more " * 5).strip()
    assert stack.preheader == "Новости весны"


def test_an_issue_may_say_its_own_inbox_lines(stacking: Path) -> None:
    words = 'stacked: { subject: "Spring - Весна", preheader: "In two languages" }'
    edit(stacking, SPRING, "lists:", f"{words}\nlists:")
    stack = stack_of(stacking)
    assert stack.subject == "Spring\u00a0– Весна"
    assert stack.preheader == "In two languages"


ITEM = "issues/items/school.yaml"
IN_SHORT = "editions: stacked\nstacked: { stories: short }\nlists:"
FALL_BACK = "{ missing: fall-back, ru: { notes: { en: Только на английском языке } } }"
WHOLE = "https://news.example.org/issues/spring/en/#school"


@pytest.fixture
def short(small: Path) -> Path:
    """Return the small office, whose issue is stacked and told in short."""
    edit(small, SPRING, "lists:", IN_SHORT)
    return small


def items_of(office: Path, language: str = "en") -> list[EditionItem]:
    (edition,) = [each for each in stack_of(office).editions if each.language == language]
    for section in edition.sections:
        assert [item for group in section.groups for item in group.items] == list(section.items)
    return [item for section in edition.sections for item in section.items]


def test_a_story_in_short_has_its_lead_and_the_way_to_the_whole(short: Path) -> None:
    stack = stack_of(short)
    assert [each.short for each in stack.editions] == [True, True]
    (item,) = items_of(short)
    assert (item.title, item.lead) == ("A school for the young", "Forty young people met.")
    assert (item.text, item.links, item.more_url) == (None, (), WHOLE)
    assert items_of(short, "ru")[0].more_url == WHOLE.replace("/en/", "/ru/")


def test_stories_are_told_in_full_unless_the_issue_says_otherwise(stacking: Path) -> None:
    assert not any(each.short for each in stack_of(stacking).editions)
    (item,) = items_of(stacking)
    assert item.text
    assert (len(item.links), item.more_url) == (1, "")


def test_the_archive_tells_the_whole_story(short: Path) -> None:
    edition = compose(Folder(short), "spring").editions["en"]
    assert not edition.short
    assert edition.sections[0].items[0].text


def test_a_story_without_a_lead_begins_with_its_first_paragraph(short: Path) -> None:
    edit(short, ITEM, "  lead: Forty young people met.\n", "")
    edit(
        short,
        ITEM,
        "text: They spoke about *work* and [rights](https://www.example.org/rights).",
        'text: "They spoke about *work*.\\n\\nThen about rights."',
    )
    (item,) = items_of(short)
    assert item.text
    assert item.text.html == "<p>They spoke about <em>work</em>.</p>"
    assert item.text.plain == "They spoke about work."
    assert item.more_url == WHOLE


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("  text: They spoke about *work* and [rights](https://www.example.org/rights).\n", None),
        ("  lead: Forty young people met.\n", "They spoke"),
    ],
    ids=["only a lead", "only a paragraph"],
)
def test_what_is_short_already_keeps_its_links(short: Path, lines: str, text: str | None) -> None:
    edit(short, ITEM, lines, "")
    (item,) = items_of(short)
    assert (item.text.plain[:10] if item.text else None) == text
    assert (len(item.links), item.more_url) == (1, "")


def test_a_headline_that_stands_in_leads_to_one_place_from_both_languages(short: Path) -> None:
    edit(short, "newsletter.yaml", "time_zone:", f"translations: {FALL_BACK}\ntime_zone:")
    text = (short / ITEM).read_text(encoding="utf-8")
    write(short, ITEM, text[: text.index("ru:\n")])
    assert items_of(short, "ru")[0].title == "A school for the young"
    assert [items_of(short, language)[0].more_url for language in ("en", "ru")] == [WHOLE, WHOLE]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("lists:", "editions: both\nlists:", ":6:1: `editions` cannot be “both”"),
        (
            "lists:",
            "stacked: { subject: Both }\nlists:",
            ":6:1: `stacked` is of no use - write `editions: stacked`, or remove it",
        ),
        (
            "languages: [en, ru]",
            "languages: [en]\neditions: stacked",
            ":6:1: `editions` stacks one language only - name a second one under `languages`",
        ),
        (
            "lists:",
            "editions: stacked\nstacked: { title: Both }\nlists:",
            ":7:12: the key `title` is not known",
        ),
        (
            "lists:",
            "editions: stacked\nstacked: { stories: brief }\nlists:",
            ":7:12: `stories` cannot be “brief” - known: full, short",
        ),
    ],
)
def test_what_cannot_be_stacked_is_told_at_its_line(
    small: Path, old: str, new: str, told: str
) -> None:
    edit(small, SPRING, old, new)
    assert f"{SPRING}{told}" in run_check(small)
