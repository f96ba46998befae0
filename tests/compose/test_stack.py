"""An issue whose languages go out in one mail: its inbox lines, its languages, its faults."""

from pathlib import Path

import pytest

from newsletter.compose.compose import Composition, compose
from newsletter.compose.workspace import Folder
from newsletter.model.edition import EditionStack
from tests.workspace import edit, run_check

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
    ],
)
def test_what_cannot_be_stacked_is_told_at_its_line(
    small: Path, old: str, new: str, told: str
) -> None:
    edit(small, SPRING, old, new)
    assert f"{SPRING}{told}" in run_check(small)
