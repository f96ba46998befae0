"""The next issue: its numbers and dates, what is taken out, and what is offered."""

import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from newsletter.checks.proof import proof
from newsletter.compose.nextissue import later, propose, write_issue
from newsletter.compose.workspace import Folder
from newsletter.errors import WrongUsage
from tests.workspace import ITEM, edit, small_office, write

FIRST = "issues/2015-1/issue.yaml"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """An office whose issue is called by year and number."""
    small_office(tmp_path)
    (tmp_path / "issues/spring").rename(tmp_path / "issues/2015-1")
    return tmp_path


def item(day: str, **changes: str) -> str:
    text = ITEM.replace("2015-03-17", day)
    for old, new in changes.items():
        text = text.replace(f"{old}: ", f"{old}: {new} #")
    return text


def begin(office: Path, slug: str | None = None) -> str:
    folder = Folder(office)
    return write_issue(folder, propose(folder, slug)).read_text(encoding="utf-8")


def test_numbers_and_dates_move_on(office: Path) -> None:
    edit(office, FIRST, "number: 1", "# No. 1 (60), March 2015\nnumber: 1")
    edit(office, FIRST, "items: [school]", "pick: { from: 2015-01-01, to: 2015-03-31 }")
    text = begin(office)
    assert text.startswith("# No. 2 (61), June 2015\nnumber: 2\nserial: 61\ndate: 2015-06-30\n")
    assert "pick: { from: 2015-04-01, to: 2015-06-30 }" in text
    assert (office / "issues/2015-2/issue.yaml").is_file()


def test_after_the_last_number_of_a_year_comes_the_first_of_the_next(office: Path) -> None:
    edit(
        office,
        FIRST,
        "number: 1\nserial: 60\ndate: 2015-03-31",
        "number: 4\nserial: 63\ndate: 2015-12-31",
    )
    (office / "issues/2015-1").rename(office / "issues/2015-4")
    proposed = propose(Folder(office))
    assert (proposed.slug, proposed.number, proposed.serial) == ("2016-1", 1, 64)
    assert proposed.date == datetime.date(2016, 3, 31)


def test_an_issue_with_another_name_asks_for_one(office: Path) -> None:
    (office / "issues/2015-1").rename(office / "issues/spring")
    with pytest.raises(WrongUsage, match="what comes after spring"):
        propose(Folder(office))
    assert propose(Folder(office), "summer").slug == "summer"


def test_an_issue_that_is_there_is_left_alone(office: Path) -> None:
    with pytest.raises(WrongUsage, match="is there already"):
        begin(office, "2015-1")


@pytest.mark.parametrize(
    "named",
    [
        "    items: [school]  # the lead\n",
        "    items:\n      - school\n",
        "    items: [\n      school,\n    ]\n",
        "    items:\n    - school\n    # more\n",
    ],
)
def test_items_that_were_read_go_and_others_are_offered(office: Path, named: str) -> None:
    edit(
        office,
        FIRST,
        "    items: [school]\n",
        f"{named}  - layout: brief\n    pick: {{ kind: event }}\n",
    )
    write(office, "issues/items/new-school.yaml", item("2015-04-02"))
    text = begin(office)
    assert "    items: []" in text
    assert "    #   new-school: A school for the young\n" in text
    assert "pick: { kind: event }" in text
    assert ", school" not in text
    assert "school," not in text
    issue = Folder(office).issue("2015-2").value
    assert issue.sections[0].items == ()


def test_a_section_in_one_line_stays_in_one_line(office: Path) -> None:
    edit(
        office,
        FIRST,
        "- layout: brief\n    items: [school]",
        "- { layout: brief, items: [school] }",
    )
    text = begin(office)
    assert "  - { layout: brief, items: [] }\n    # Nothing for this section yet." in text
    assert Folder(office).issue("2015-2").value.sections[0].items == ()


def test_what_could_stand_in_it_is_told(office: Path) -> None:
    write(office, "issues/items/a-news.yaml", item("2015-04-02"))
    write(office, "issues/items/b-old.yaml", item("2015-03-30"))
    write(office, "issues/items/c-draft.yaml", item("2015-04-03") + "draft: true\n")
    write(office, "issues/items/d-one.yaml", item("2015-04-04").partition("ru:\n")[0])
    event = item("2015-04-05").replace("kind: news", "kind: event\nstarts: 2015-07-02")
    write(office, "issues/items/e-event.yaml", event.replace("  title", "  place: Osh\n  title"))
    proposed = propose(Folder(office))
    assert [each.id for each in proposed.unused] == ["a-news", "d-one"]
    assert [each.id for each in proposed.coming] == ["e-event"]
    assert [each.id for each in proposed.drafts] == ["c-draft"]
    assert [(each.id, missing) for each, missing in proposed.untranslated] == [("d-one", ["ru"])]


def test_what_is_written_can_be_checked_and_only_waits_for_words(office: Path) -> None:
    edit(office, FIRST, "    items: [school]", "    pick: { from: 2015-01-01, to: 2015-03-31 }")
    write(office, "issues/items/a-news.yaml", item("2015-04-02"))
    begin(office)
    ready = proof(Folder(office), "2015-2")
    assert ready.errors == ()
    assert {each.rule for each in ready.findings} >= {"copied-words"}


def test_the_last_day_of_a_month_stays_the_last() -> None:
    assert later(datetime.date(2015, 11, 30), 4) == datetime.date(2016, 2, 29)
    assert later(datetime.date(2015, 12, 15), 12) == datetime.date(2016, 1, 15)


@pytest.mark.parametrize(
    ("per_year", "days"),
    [
        (24, ["2015-01-01", "2015-01-16", "2015-02-01", "2015-02-16", "2015-03-01"]),
        (24, ["2015-01-15", "2015-01-31", "2015-02-15", "2015-02-28", "2015-03-15"]),
        (26, ["2015-12-20", "2016-01-03"]),
        (52, ["2015-02-23", "2015-03-02"]),
        (366, ["2015-12-31", "2016-01-01"]),
    ],
)
def test_more_than_twelve_issues_a_year_are_spread_over_its_days(
    per_year: int, days: list[str]
) -> None:
    for day, following in pairwise(map(datetime.date.fromisoformat, days)):
        assert later(day, per_year) == following


@pytest.mark.parametrize(
    ("date", "number", "expected"),
    [
        ("2015-03-31", 12, ("2015-13", datetime.date(2015, 4, 7))),
        ("2015-12-28", 52, ("2016-1", datetime.date(2016, 1, 4))),
        ("2015-12-28", 51, ("2016-1", datetime.date(2016, 1, 4))),
        ("2015-12-24", 52, ("2016-1", datetime.date(2016, 1, 7))),
    ],
)
def test_a_weekly_begins_to_count_anew_in_a_new_year(
    office: Path, date: str, number: int, expected: tuple[str, datetime.date]
) -> None:
    edit(office, "newsletter.yaml", "per_year: 4", "per_year: 52")
    edit(office, FIRST, "number: 1", f"number: {number}")
    edit(office, FIRST, "2015-03-31", date)
    (office / "issues/2015-1").rename(office / f"issues/2015-{number}")
    proposed = propose(Folder(office))
    assert (proposed.slug, proposed.date) == expected


def test_without_an_issue_there_is_none_to_begin_from(office: Path) -> None:
    (office / FIRST).unlink()
    with pytest.raises(WrongUsage) as refused:
        propose(Folder(office))
    assert str(refused.value) == (
        "there is no issue yet - copy one out of a new workspace: newsletter init FOLDER"
    )
