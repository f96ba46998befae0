"""Rules about days."""

from pathlib import Path

import pytest

from newsletter.checks import days
from newsletter.model.finding import Severity
from tests.checks.samples import SCHOOL, SPRING, found, lines
from tests.workspace import ITEM, edit, write

ENGLISH = "lead: Forty young people met."
RUSSIAN = "lead: Встретились сорок молодых людей."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("on Tuesday, 3 April 2015", "in 2015 that is Friday"),
        ("on Friday, 3 April 2015", ""),
        ("on Tuesday 3 April", "in 2015 that is Friday"),
        ("on Friday the 3rd April 2015", ""),
        ("on 3 April 2015 (Tuesday)", "in 2015 that is Friday"),
        ("on Tuesday, April 3, 2015", "in 2015 that is Friday"),
        ("on Friday, April 3, at 10:00", ""),
        ("on 3 April 2015", ""),
        ("on Monday or on 3 April 2015", ""),
        ("from 17–20 March, Friday", ""),
    ],
)
def test_a_day_of_the_week_belongs_to_its_date(small: Path, text: str, told: str) -> None:
    edit(small, SCHOOL, ENGLISH, f'lead: "We meet {text}."')
    said = lines(days.weekday, small)
    assert [told in each for each in said] == ([True] if told else [])
    assert all(each.startswith(f"{SCHOOL}:7:3: ") for each in said)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("во вторник, 3 апреля 2015 года", "in 2015 that is пятница"),
        ("в среду, 1 апреля 2015 г.", ""),
        ("в четверг, 1 апреля 2015 г.", "in 2015 that is среда"),
        ("3 апреля 2015 г. (вторник)", "in 2015 that is пятница"),
        ("3 апреля (пятница)", ""),
        ("3 апреля 2015 года, в субботу", "in 2015 that is пятница"),
    ],
)
def test_it_does_so_in_russian_too(small: Path, text: str, told: str) -> None:
    edit(small, SCHOOL, RUSSIAN, f'lead: "Встреча {text}."')
    said = lines(days.weekday, small)
    assert [told in each for each in said] == ([True] if told else [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("by 31 April", "31 April"),
        ("by 30 February 2015", "30 February 2015"),
        ("by 29 February 2015", "29 February 2015"),
        ("by 29 February 2016", ""),
        ("by 29 February", ""),
        ("by 31.06.2015", "31.06.2015"),
        ("by 30.06.2015", ""),
        ("version 1.45.2015", ""),
        ("by 30 April", ""),
    ],
)
def test_a_day_that_is_not_in_the_calendar_is_an_error(small: Path, text: str, told: str) -> None:
    edit(small, SCHOOL, ENGLISH, f"lead: Write to us {text} at the latest.")
    findings = found(days.impossible_date, small)
    assert [each.message for each in findings] == ([f"there is no day “{told}”"] if told else [])
    assert all(each.severity is Severity.ERROR for each in findings)


EVENT = """\
kind: event
date: 2015-03-01
starts: 2015-03-30
en: { title: A meeting, place: Moscow }
ru: { title: Встреча, place: Москва }
"""


def test_an_event_that_has_begun_is_told(small: Path) -> None:
    write(small, SCHOOL, EVENT)
    (told,) = lines(days.past_event, small)
    assert told.startswith(f"{SCHOOL}:3:1: the event begins on 2015-03-30, before the issue")
    edit(small, SCHOOL, "2015-03-30", "2015-03-31")
    assert lines(days.past_event, small) == []


def test_news_of_a_day_to_come_are_told(small: Path) -> None:
    assert lines(days.future_item, small) == []
    write(small, SCHOOL, ITEM.replace("2015-03-17", "2015-04-01"))
    (told,) = lines(days.future_item, small)
    assert told.startswith(f"{SCHOOL}:2:1: the item is dated 2015-04-01, after the issue")
    edit(small, SPRING, "date: 2015-03-31", "date: 2015-04-01")
    assert lines(days.future_item, small) == []
