"""The rules about translations, each where it speaks and where it keeps silent."""

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.compose.workspace import Folder
from newsletter.model.finding import Finding, Severity
from newsletter.translations.keeping import record_accepted, record_new
from newsletter.translations.states import pool_states
from tests.workspace import edit, sample, take_the_way, write

SCHOOL, SETTINGS = "issues/items/school.yaml", "newsletter.yaml"


def found(office: Path) -> list[Finding]:
    """Return what the rules about translations find in the issue of the small office."""
    return [each for each in take_the_way(office).findings if each.rule.startswith("translation")]


def policy(office: Path, *lines: str) -> None:
    words = "".join(f"  {line}\n" for line in lines)
    edit(office, SETTINGS, "numbering:", f"translations:\n{words}numbering:")


def make_stale(office: Path) -> None:
    record_new(office, pool_states(Folder(office)))
    edit(office, SCHOOL, "A school for the young", "A school for young workers")


def make_mismatched(office: Path) -> None:
    edit(office, SCHOOL, "A school for the young", "A school for 40 of the young")


def make_incomplete(office: Path) -> None:
    edit(office, SCHOOL, "  text: Говорили", "  # text: Говорили")


def test_the_samples_have_notes_about_what_stands_in_and_nothing_else() -> None:
    for slug, number in (("2015-1", 0), ("2015-2", 3)):
        findings = [f for f in sample(slug).findings if f.rule.startswith("translation")]
        assert [(f.rule, f.severity) for f in findings] == [
            ("translation-fallback", Severity.NOTE)
        ] * number


def test_a_stale_translation_is_named_with_its_field_and_both_places(small: Path) -> None:
    assert found(small) == []
    make_stale(small)
    (finding,) = found(small)
    assert (finding.rule, finding.severity) == ("translation-stale", Severity.WARNING)
    assert str(finding) == (
        f"{SCHOOL}:13:3: `title` in ru was made from an older text: en has changed since "
        f"({SCHOOL}:6:3) - translate what is new, or say that it still holds: "
        "newsletter translations spring --accept items/school:title"
    )


def test_a_stale_translation_that_was_accepted_is_silent(small: Path) -> None:
    make_stale(small)
    states = pool_states(Folder(small))
    record_accepted(small, states, states)
    assert found(small) == []


def test_one_number_that_was_edited_is_one_finding(small: Path) -> None:
    make_mismatched(small)
    (finding,) = found(small)
    assert (finding.rule, finding.severity) == ("translation-mismatch", Severity.WARNING)
    assert str(finding.place) == f"{SCHOOL}:13:3"
    assert finding.message == "`title`: numbers in en alone: 40"


def test_a_field_that_is_missing_blocks_as_a_missing_block_does(small: Path) -> None:
    make_incomplete(small)
    (finding,) = found(small)
    assert (finding.rule, finding.severity) == ("translation-blocked", Severity.ERROR)
    assert finding.message == "`text` is missing in ru"
    assert finding.remedy == f"translate it from en ({SCHOOL}:8:3)"


def test_what_rules_about_pictures_tell_is_not_told_twice(small: Path) -> None:
    edit(
        small, SCHOOL, "  lead: Forty", "  image_alt: Drawing\n  image_credit: A. B.\n  lead: Forty"
    )
    assert found(small) == []


@pytest.mark.parametrize("make", [make_stale, make_mismatched])
def test_an_office_may_block_what_else_is_a_warning(
    small: Path, make: Callable[[Path], None]
) -> None:
    policy(small, "stale: block", "mismatched: block")
    make(small)
    assert [(f.rule, f.severity) for f in found(small)] == [("translation-blocked", Severity.ERROR)]


@pytest.mark.parametrize(
    ("word", "rule", "severity"),
    [
        ("warn", "translation-missing", Severity.WARNING),
        ("fall-back", "translation-fallback", Severity.NOTE),
    ],
)
def test_what_stands_in_is_told_as_gravely_as_the_office_wants(
    small: Path, word: str, rule: str, severity: Severity
) -> None:
    policy(small, f"missing: {word}")
    make_incomplete(small)
    (finding,) = found(small)
    assert (finding.rule, finding.severity) == (rule, severity)
    assert finding.message == "`text` is missing in ru: readers get another language"
    text = (small / SCHOOL).read_text(encoding="utf-8")
    write(small, SCHOOL, text[: text.index("ru:\n")])
    (finding,) = found(small)
    assert (finding.rule, finding.severity) == (rule, severity)
    assert finding.message == "school has no words in ru: readers get those in en"


def test_a_language_may_have_rules_of_its_own(small: Path) -> None:
    policy(small, "mismatched: block", "ru: { mismatched: warn }")
    make_mismatched(small)
    assert [f.rule for f in found(small)] == ["translation-mismatch"]
