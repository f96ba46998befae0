"""Rules about how texts are set, and how long they are."""

from pathlib import Path

import pytest

from newsletter.checks import typography
from newsletter.checks.rule import Rule
from tests.checks.samples import SCHOOL, SPRING, found, lines
from tests.workspace import edit

ENGLISH = "lead: Forty young people met."
RUSSIAN = "lead: Встретились сорок молодых людей."


def say(small: Path, rule: Rule, text: str, *, language: str = "en") -> list[str]:
    """Return what `rule` says when `text` is the lead of the item."""
    old = ENGLISH if language == "en" else RUSSIAN
    edit(small, SCHOOL, old, f"lead: |-\n    {text}")
    return [each.message for each in found(rule, small)]


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("en", 'They said "yes" and "no".', ""),
        ("en", "They said “yes”.", ""),
        ("en", "The workers' and employers' voices", ""),
        ("en", "They said «yes».", "« is not a quotation mark of this language (en)"),
        ("en", "They said “yes.", "“ and ” do not come in pairs in `lead`"),
        ("ru", 'Они сказали "да".', ""),
        ("ru", "Они сказали «„да“ и нет».", ""),
        ("ru", "Они сказали ”да”.", "” is not a quotation mark of this language (ru)"),
        ("ru", "Они сказали «да.", "« and » do not come in pairs in `lead`"),
        ("ru", 'Размер 5" трубы', "« and » do not come in pairs in `lead`"),
    ],
)
def test_quotation_marks(small: Path, language: str, text: str, told: str) -> None:
    assert say(small, typography.quotation_marks, text, language=language) == (
        [told] if told else []
    )


def test_a_field_that_stays_as_it_was_typed_keeps_its_straight_marks(small: Path) -> None:
    edit(small, SCHOOL, ENGLISH, 'lead: They said "yes".\n  verbatim: [lead]')
    (told,) = lines(typography.quotation_marks, small)
    assert told.startswith(f'{SCHOOL}:7:3: a straight " is left in `lead`')


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("en", "Work - and pay", ""),  # the typographer sets it
        ("en", "Work--and pay", "a hyphen or a wrong dash stands in “…Work--and pay…”"),
        (
            "en",
            "In 2015 - a good year",
            "a hyphen or a wrong dash stands in “…In 2015 - a good year…”",
        ),
        ("en", "A well-known fact", ""),
        ("ru", "Труд - право", ""),
        ("ru", "Из-за этого", ""),
    ],
)
def test_dashes(small: Path, language: str, text: str, told: str) -> None:
    assert say(small, typography.dashes, text, language=language) == ([told] if told else [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("One , two", "a space stands before a sign"),
        ("One ( two)", "a space stands before a sign"),
        ("One,two and three", "a space is missing after a sign"),
        ("They met.Then they spoke", "a space is missing after a sign"),
        ("One  two", "two spaces stand together"),
        ("One,, two", "two signs stand together"),
        ("One.. two", "two signs stand together"),
        ("One, two. Three: four; 3.5 and 1,000 at www.example.org … etc.", ""),
        ("See https://www.example.org/a,b;c and a@example.org.", ""),
    ],
)
def test_spacing(small: Path, text: str, told: str) -> None:
    said = say(small, typography.spacing, text)
    assert [each.split(": “")[0] for each in said] == ([told] if told else [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("They met in the the hall", ["“the the” stands there twice"]),
        ("The the hall", ["“The the” stands there twice"]),
        ("They had had a talk that that man led", []),
        ("Door-to-door to help", []),
        ("Room 12 12", []),
    ],
)
def test_doubled_words(small: Path, text: str, told: list[str]) -> None:
    assert say(small, typography.doubled_word, text) == told


def test_a_doubled_word_is_told_at_its_own_line(small: Path) -> None:
    text = "text: |\n    They spoke.\n\n    And and they ate.\n  footnote: They spoke about"
    edit(small, SCHOOL, "text: They spoke about", text)
    assert [str(each.place) for each in found(typography.doubled_word, small)] == [f"{SCHOOL}:11:5"]


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("en", "Convention No. 189", []),
        ("en", "Convention #189", ["“#” stands for a number"]),
        ("ru", "Конвенция № 189", []),
        ("ru", "Конвенция N 189", ["“N” stands for a number"]),
        ("ru", "Конвенция No. 189", ["“No.” stands for a number"]),
    ],
)
def test_signs_for_numbers(small: Path, language: str, text: str, told: list[str]) -> None:
    assert say(small, typography.number_sign, text, language=language) == told


@pytest.mark.parametrize(("length", "told"), [(90, False), (91, True)])
def test_a_headline_has_a_length(small: Path, length: int, told: bool) -> None:
    edit(small, SCHOOL, "title: A school for the young", f"title: {'a' * length}")
    assert [str(each.place) for each in found(typography.title_length, small)] == (
        [f"{SCHOOL}:6:3"] if told else []
    )


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("A school for the young.", "ends with a full stop"),
        ("A SCHOOL FOR THE YOUNG", "is in capitals"),
        ("The young of the U.S.A.", ""),
        ("The young speak …", ""),
        ("The ILO and UN", ""),
    ],
)
def test_the_form_of_a_headline(small: Path, title: str, told: str) -> None:
    edit(small, SCHOOL, "title: A school for the young", f"title: {title}")
    said = lines(typography.title_form, small)
    assert [told in each for each in said] == ([True] if told else [])


def test_texts_fit_their_places(small: Path) -> None:
    assert lines(typography.text_length, small) == []
    edit(small, SCHOOL, "label: About the school", f"label: {'a' * 81}")
    heading = f"layout: brief\n    en: {{ heading: {'b' * 46} }}\n    ru: {{ heading: Вести }}"
    edit(small, SPRING, "layout: brief", heading)
    assert [each.split(" characters")[0] for each in lines(typography.text_length, small)] == [
        f"{SPRING}:15:11: `heading` has 46",
        f"{SCHOOL}:10:7: `label` has 81",
    ]
