"""Days as people and programs write them."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.compose.dates import day
from newsletter.gather.days import Days, stamp

DAYS = Days(("en", "ru", "kk"))
APRIL = datetime.date(2015, 4, 14)
REAL = st.dates(datetime.date(1901, 1, 1), datetime.date(2099, 12, 31))


@pytest.mark.parametrize(
    "text",
    [
        "14 April 2015",
        "14 April 2015.",
        "14th of April, 2015",
        "Tuesday, 14 April 2015",
        "April 14, 2015",
        "14–17 April 2015",
        "Published: 14 Apr 2015",
        "2015-04-14",
        "14.04.2015",
        "14.4.15",
        "14/04/2015",
        "04/14/2015",
        "14 апреля 2015 г.",
        "14 апреля 2015 года",
        "Дата: 14.04.2015",
        "вторник, 14 апр. 2015",
        "14 сәуір 2015 жылы",
    ],
)
def test_a_day_in_a_line_of_its_own_is_read(text: str) -> None:
    assert DAYS.alone(text) == APRIL


@pytest.mark.parametrize(
    "text",
    [
        "The school of 14 April 2015 in Murmansk",
        "31 February 2015",
        "32.01.2015",
        "2015",
        "April 2015",
        "14 Brumaire 2015",
        "version 1.2.2015.4",
        "",
    ],
)
def test_a_line_with_other_words_or_no_such_day_is_no_date(text: str) -> None:
    assert DAYS.alone(text) is None


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("14.04.2015 – A school opens", "A school opens"),
        ("14 April 2015: A school opens", "A school opens"),
        ("14 апреля 2015 г. — Открылась школа", "Открылась школа"),
        ("2015-04-14 | News", "News"),
    ],
)
def test_a_line_may_begin_with_its_day(text: str, rest: str) -> None:
    assert DAYS.first(text) == (APRIL, rest)


@pytest.mark.parametrize("text", ["On 14 April 2015 a school opened", "14 April 2015", "News"])
def test_a_day_inside_a_sentence_begins_nothing(text: str) -> None:
    assert DAYS.first(text) is None


@given(REAL, st.sampled_from(("en", "ru", "kk")))
def test_what_we_write_in_words_is_read_back(date: datetime.date, language: str) -> None:
    assert DAYS.alone(day(date, language)) == date


@given(st.text(max_size=80))
def test_no_text_makes_the_reader_fall_over(text: str) -> None:
    DAYS.alone(text)
    DAYS.first(text)
    DAYS.looks_dated(text)
    stamp(text)


@pytest.mark.parametrize(
    "text",
    [
        "2015-04-14T23:30:00-05:00",
        "2015-04-14",
        "20150414T101500Z",
        "Tue, 14 Apr 2015 23:30:00 +0300",
        "14 Apr 2015 10:00 GMT",
    ],
)
def test_a_moment_is_the_day_on_the_publishers_clock(text: str) -> None:
    assert stamp(text) == APRIL


@pytest.mark.parametrize("text", ["soon", "2015-02-31", "2015-13-01T00:00:00Z", "", "14"])
def test_a_moment_that_is_none_is_no_day(text: str) -> None:
    assert stamp(text) is None
