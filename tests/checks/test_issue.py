"""Rules about the issue as a whole."""

from pathlib import Path

import pytest

from newsletter.checks import issue
from newsletter.model.finding import Severity
from tests.checks.samples import SCHOOL, SPRING, found, lines
from tests.workspace import ITEM, edit, write


def renumber(office: Path, number: int, serial: int, date: str) -> None:
    edit(office, SPRING, "number: 1", f"number: {number}")
    edit(office, SPRING, "serial: 60", f"serial: {serial}")
    edit(office, SPRING, "2015-03-31", date)


@pytest.mark.parametrize(
    ("number", "serial", "date"),
    [
        (1, 60, "2015-03-31"),
        (2, 61, "2015-06-30"),
        (4, 63, "2015-12-01"),
        (1, 64, "2016-03-01"),
        (4, 59, "2014-12-31"),
    ],
)
def test_serials_count_on_over_the_years(small: Path, number: int, serial: int, date: str) -> None:
    renumber(small, number, serial, date)
    assert lines(issue.numbering, small) == []
    assert lines(issue.numbering_date, small) == []


def test_a_wrong_serial_is_an_error_that_names_the_right_one(small: Path) -> None:
    renumber(small, 1, 63, "2016-03-31")
    (finding,) = found(issue.numbering, small)
    assert finding.severity is Severity.ERROR
    message = "No. 1 of 2016 has the running number 64, not 63"
    remedy = "correct `serial`, or else `numbering` in newsletter.yaml if an issue was left out"
    assert str(finding) == f"{SPRING}:2:1: {message} - {remedy}"


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        ("Newsletter No. 1 (60): spring", "No. 1 (60)"),
        ("Newsletter No. 2 (60): spring", "No. 2 (60)"),
        ("Newsletter No. 1: spring", "No. 1"),
        ("Newsletter No. 60: spring", "No. 60"),
        ("Newsletter No. 2 (61): spring", ""),
        ("Newsletter No. 61: Convention No. 189 in force", ""),
    ],
)
def test_a_number_that_stayed_from_the_last_issue_is_noticed(
    small: Path, subject: str, told: str
) -> None:
    renumber(small, 2, 61, "2015-06-30")
    edit(small, SPRING, "News of the spring", f'"{subject}"')
    expected = (
        f"{SPRING}:8:3: the subject names {told}; the issue is No. 2 (61) - correct it; it may "
        "have stayed from the last issue"
    )
    assert lines(issue.numbering_words, small) == ([expected] if told else [])


def test_the_number_in_a_russian_preheader_is_noticed_too(small: Path) -> None:
    edit(small, SPRING, "preheader: Школа", "preheader: В № 59 — школа")
    (told,) = lines(issue.numbering_words, small)
    assert told.startswith(f"{SPRING}:12:3: the preheader names № 59; the issue is No. 1 (60)")


def test_two_items_with_one_title_are_noticed_in_each_language(small: Path) -> None:
    write(small, "issues/items/copy.yaml", ITEM.replace("A school for the young", "Another school"))
    edit(small, SPRING, "[school]", "[school, copy]")
    (told,) = lines(issue.same_title, small)
    assert told == (
        "issues/items/copy.yaml:13:3: school has the same title in this issue (ru) - delete one of "
        "the two if it is a copy, or give it a title of its own"
    )


def test_a_year_has_no_fifth_quarter(small: Path) -> None:
    renumber(small, 5, 64, "2015-12-31")
    (told,) = lines(issue.numbering, small)
    assert told == (
        f"{SPRING}:1:1: No. 5, but the year has 4 issues - "
        "correct `number`, or `per_year` in newsletter.yaml"
    )
    assert lines(issue.numbering_date, small) == []


@pytest.mark.parametrize(
    ("per_year", "number", "date", "fits"),
    [
        (4, 1, "2015-01-01", True),
        (4, 1, "2015-03-31", True),
        (4, 1, "2015-04-01", False),
        (4, 2, "2015-03-31", False),
        (12, 7, "2015-07-15", True),
        (12, 7, "2015-08-01", False),
        (5, 2, "2015-03-01", True),
        (5, 2, "2015-02-28", False),
        (24, 13, "2015-07-01", True),
        (24, 14, "2015-07-31", True),
        (24, 13, "2015-08-01", False),
        (1, 1, "2015-12-31", True),
    ],
)
def test_a_number_belongs_to_its_part_of_the_year(
    small: Path, per_year: int, number: int, date: str, fits: bool
) -> None:
    edit(small, "newsletter.yaml", "per_year: 4", f"per_year: {per_year}")
    renumber(small, number, 59 + number, date)
    findings = found(issue.numbering_date, small)
    assert [(each.severity, str(each.place)) for each in findings] == (
        [] if fits else [(Severity.WARNING, f"{SPRING}:3:1")]
    )


@pytest.mark.parametrize(
    ("section", "place"),
    [
        ("    pick: { kind: event }", f"{SPRING}:15:5"),
        ("    items: []", f"{SPRING}:15:5"),
        ("    pick: { from: 2015-04-01 }", f"{SPRING}:15:5"),
    ],
)
def test_a_section_that_asks_for_items_and_has_none_is_told(
    small: Path, section: str, place: str
) -> None:
    edit(small, SPRING, "    items: [school]", section)
    (finding,) = found(issue.empty_section, small)
    assert str(finding).startswith(f"{place}: the section “brief” holds no item - check the dates")
    assert finding.severity is Severity.WARNING


def test_a_section_that_asks_for_none_may_be_empty(small: Path) -> None:
    edit(small, SPRING, "    items: [school]", "    en: {heading: a}\n    ru: {heading: а}")
    assert lines(issue.empty_section, small) == []


def test_an_item_named_in_two_sections_is_told(small: Path) -> None:
    edit(
        small, SPRING, "items: [school]", "items: [school]\n  - layout: brief\n    items: [school]"
    )
    (told,) = lines(issue.repeated_item, small)
    assert told == (
        f"{SPRING}:17:13: the item school stands in this issue twice - "
        "remove it in one of the two places"
    )


def test_a_section_that_is_drawn_from_the_issue_stands_in_it_once(small: Path) -> None:
    edit(
        small,
        SPRING,
        "  - layout: brief",
        "  - layout: brief\n  - layout: brief\n  - layout: brief",
    )
    (told,) = lines(issue.repeated_item, small)
    assert told == (
        f"{SPRING}:15:5: the section “brief” stands in this issue twice - "
        "remove it in one of the two places"
    )


VACANCY = """\
kind: vacancy
date: 2015-03-01
deadline: 2015-03-30
en: { title: A post, place: Moscow }
ru: { title: Должность, place: Москва }
"""


def test_a_deadline_before_the_issue_is_told(small: Path) -> None:
    write(small, SCHOOL, VACANCY)
    (finding,) = found(issue.past_deadline, small)
    assert finding.severity is Severity.WARNING
    assert str(finding) == (
        f"{SCHOOL}:3:1: the deadline 2015-03-30 is over when the issue appears (2015-03-31) - "
        "leave the item out, or correct one of the dates"
    )
    edit(small, SCHOOL, "2015-03-30", "2015-03-31")
    assert lines(issue.past_deadline, small) == []


def test_a_project_that_ends_before_it_starts_is_an_error(small: Path) -> None:
    dates = "kind: project\nstarts: 2015-03-02\nends: 2015-03-01\n"
    write(small, SCHOOL, ITEM.replace("kind: news\n", dates))
    (finding,) = found(issue.project_dates, small)
    assert finding.severity is Severity.ERROR
    assert str(finding) == (
        f"{SCHOOL}:3:1: the project ends on 2015-03-01, before it starts on 2015-03-02 - "
        "check the two dates"
    )
    edit(small, SCHOOL, "ends: 2015-03-01", "ends: 2015-03-02")
    assert lines(issue.project_dates, small) == []


@pytest.mark.parametrize(("segments", "variants"), [(2, 4), (3, 8), (4, 16)])
def test_more_variants_than_can_well_be_looked_at_are_a_warning(
    small: Path, segments: int, variants: int
) -> None:
    names = [f"s{number}" for number in range(segments)]
    write(
        small,
        "subscribers/segments.yaml",
        "segments:\n" + "".join(f"  {name}: {{ where: {{ source: {name} }} }}\n" for name in names),
    )
    section = "  - layout: brief\n    only_for: {}\n    items: [school]\n"
    edit(small, SPRING, "sections:\n", "sections:\n" + "".join(map(section.format, names)))
    told = lines(issue.many_variants, small)
    assert bool(told) == (variants > 8)
    if told:
        assert told[0].startswith(
            f"{SPRING}:15:5: the segments of its sections make {variants} variants of the issue"
        )
