"""What readers have read before: items and words of earlier issues."""

from pathlib import Path

import pytest

from newsletter.checks import again
from tests.checks.samples import SCHOOL, SPRING, lines
from tests.workspace import ISSUE, edit, write

WINTER = ISSUE.replace("serial: 60", "serial: 59").replace("news of", "old news of")
NEW_WORDS = WINTER.replace("News of the spring", "Winter").replace("Новости весны", "Зима")


def test_a_story_of_an_earlier_issue_is_told_where_it_is_named(small: Path) -> None:
    write(small, "issues/winter/issue.yaml", NEW_WORDS)
    (said,) = lines(again.reused_item, small)
    assert said.startswith(f"{SPRING}:15:13: school stood in winter already - take it out")


def test_a_story_that_a_rule_takes_again_is_told_at_the_rule(small: Path) -> None:
    write(small, "issues/winter/issue.yaml", NEW_WORDS)
    edit(small, SPRING, "items: [school]", "pick: { kind: news }")
    assert [each.split(": ")[0] for each in lines(again.reused_item, small)] == [f"{SPRING}:15:5"]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (SCHOOL, "kind: news", "kind: announcement"),
        ("issues/winter/issue.yaml", "serial: 59", "serial: 61"),
        ("issues/winter/issue.yaml", "items: [school]", "items: []"),
        ("issues/winter/issue.yaml", "number: 1", "number: one"),
    ],
    ids=["announcement", "later issue", "without it", "cannot be read"],
)
def test_nothing_else_is_a_story_told_twice(small: Path, file: str, old: str, new: str) -> None:
    write(small, "issues/winter/issue.yaml", NEW_WORDS)
    edit(small, file, old, new)
    assert lines(again.reused_item, small) == []


def test_words_that_stayed_from_the_last_issue_are_told(small: Path) -> None:
    write(small, "issues/winter/issue.yaml", WINTER)
    assert [each.partition(" - ")[0] for each in lines(again.copied_words, small)] == [
        f"{SPRING}:8:3: the subject in en is still that of winter",
        f"{SPRING}:9:3: the preheader in en is still that of winter",
        f"{SPRING}:11:3: the subject in ru is still that of winter",
        f"{SPRING}:12:3: the preheader in ru is still that of winter",
    ]


def test_words_of_an_issue_before_the_last_may_be_used_again(small: Path) -> None:
    write(small, "issues/autumn/issue.yaml", WINTER.replace("serial: 59", "serial: 58"))
    fresh = NEW_WORDS.replace("A school for", "Snow for").replace("Школа для", "Снег для")
    write(small, "issues/winter/issue.yaml", fresh)
    assert lines(again.copied_words, small) == []


def test_the_first_issue_repeats_nothing(small: Path) -> None:
    assert lines(again.copied_words, small) == lines(again.reused_item, small) == []
