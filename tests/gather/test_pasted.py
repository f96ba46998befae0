"""A list that somebody copied from a page: titles, dates, summaries, in any of the usual orders."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.compose.dates import day
from newsletter.gather.days import Days
from newsletter.gather.origin import Origin
from newsletter.gather.pasted import read_pasted
from newsletter.gather.story import Note, Reading, Unreadable

DAYS = Days(("en", "ru"))
NUMBERED = """\
Office of Examples

The Office coordinates work in ten countries.

News

  1. A culture of prevention is a joint commitment

    14 April 2015

    The first week of safety brought forty people
    together.

    A second paragraph.

  2. Employment policy in the spotlight

    08 April 2015

    A seminar on 8 April 2015 opened in Kazakhstan.

  3. A headline alone

    06 April 2015
"""
BLANK_LINES = """\
News

A school opens

14 April 2015

In Murmansk.

It lasts four days.

A seminar ends

8 April 2015

In Astana.
"""
NO_BLANK_LINES = """\
A school opens
14.04.2015
In Murmansk.
It lasts four days.
A seminar ends
08.04.2015
In Astana.
"""
DATE_FIRST = """\
14 апреля 2015 г.
Открылась школа
В Мурманске.

8 апреля 2015 г.
Закончился семинар
В Астане.
"""
DATE_LAST = """\
News of the office

A school opens - 14.04.2015
In Murmansk.
A seminar ends (8 April 2015)
In Astana.
"""
IN_A_TABLE = "A school opens\t14.04.2015\nIn Murmansk.\nA seminar ends\t08.04.2015\nIn Astana.\n"
IN_ONE_LINE = """\
14.04.2015 – A school opens
In Murmansk.
08.04.2015 – A seminar ends
In Astana.
"""


def read(text: str | bytes) -> Reading:
    data = text if isinstance(text, bytes) else text.encode()
    return read_pasted(Origin("news.txt", data), DAYS)


def test_a_numbered_list_has_a_story_from_number_to_number() -> None:
    reading = read(NUMBERED)
    first, second, third = reading.stories
    assert first.title == "A culture of prevention is a joint commitment"
    assert first.day == datetime.date(2015, 4, 14)
    assert first.line == 7
    assert first.paragraphs == (
        "The first week of safety brought forty people together.",
        "A second paragraph.",
    )
    assert second.paragraphs == ("A seminar on 8 April 2015 opened in Kazakhstan.",)
    assert (third.title, third.paragraphs) == ("A headline alone", ())
    assert reading.notes == (Note("3 lines above the first entry were left out"),)


@pytest.mark.parametrize("text", [BLANK_LINES, NO_BLANK_LINES, IN_ONE_LINE, DATE_LAST, IN_A_TABLE])
def test_titles_dates_and_summaries_are_told_apart(text: str) -> None:
    first, second = read(text).stories
    assert (first.title, first.day) == ("A school opens", datetime.date(2015, 4, 14))
    assert (second.title, second.day) == ("A seminar ends", datetime.date(2015, 4, 8))
    assert " ".join(first.paragraphs).startswith("In Murmansk.")
    assert second.paragraphs == ("In Astana.",)


def test_a_date_may_come_first() -> None:
    first, second = read(DATE_FIRST).stories
    assert (first.title, first.paragraphs) == ("Открылась школа", ("В Мурманске.",))
    assert (second.title, second.day) == ("Закончился семинар", datetime.date(2015, 4, 8))


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "cp1251", "koi8-r"])
def test_old_charsets_are_understood(charset: str) -> None:
    assert [each.title for each in read(DATE_FIRST.encode(charset)).stories] == [
        "Открылась школа",
        "Закончился семинар",
    ]


def test_a_date_that_does_not_exist_is_kept_to_be_told() -> None:
    story = read("1. A school\n\n31 April 2015\n\nText.\n\n2. Another\n\n1 May 2015\n").stories[0]
    assert (story.title, story.day, story.dated) == ("A school", None, "31 April 2015")
    assert story.paragraphs == ("Text.",)


@pytest.mark.parametrize("text", ["News\n\nNothing happened.\n", "2015\n", "- one\n- two\n"])
def test_a_text_without_dates_is_no_list_of_news(text: str) -> None:
    with pytest.raises(Unreadable, match="no line with a date"):
        read(text)


def test_a_list_of_titles_with_their_dates_needs_no_marks_and_may_have_them() -> None:
    bare = "Школа - 14.04.2015\nСеминар — 8 апреля 2015 г.\n"
    for text in (bare, "".join(f"- {line}\n" for line in bare.splitlines())):
        assert [(each.title, each.day) for each in read(text).stories] == [
            ("Школа", datetime.date(2015, 4, 14)),
            ("Семинар", datetime.date(2015, 4, 8)),
        ]


@pytest.mark.parametrize("text", ["We met on 14 April 2015.\n", "Deadline: 14 April 2015\n"])
def test_a_date_within_a_sentence_is_told_to_be_there(text: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(f"News\n{text}")
    assert str(refused.value) == (
        "holds no list of news: the date in line 2 stands among other words"
    )
    assert refused.value.remedy == (
        "each entry needs a title, a date such as 14 April 2015 below it, or after it like this: "
        "A school opens - 14.04.2015; and may have a summary"
    )


WORDS = st.lists(
    st.sampled_from(("school", "труд", "rights", "2014", "No.", "(new)", "“week”", "новый")),
    min_size=1,
    max_size=8,
).map(" ".join)
STORIES = st.lists(
    st.tuples(
        WORDS,
        st.dates(datetime.date(2000, 1, 1), datetime.date(2030, 12, 31)),
        st.lists(WORDS, max_size=3),
    ),
    min_size=1,
    max_size=6,
)


@given(STORIES, st.sampled_from(("en", "ru")), st.booleans(), st.sampled_from(("\n", "\n\n")))
def test_what_is_laid_out_as_on_a_page_is_read_back(
    stories: list[tuple[str, datetime.date, list[str]]], language: str, numbered: bool, gap: str
) -> None:
    text = ""
    for number, (title, date, summary) in enumerate(stories, 1):
        mark = f"  {number}. " if numbered else ""
        indent = "    " if numbered else ""
        lines = (f"{mark}{title}", *(f"{indent}{each}" for each in (day(date, language), *summary)))
        text += ("\n\n" if numbered or gap == "\n\n" else gap).join(lines) + "\n\n"
    read_back = read(text).stories
    assert [(each.title, each.day) for each in read_back] == [
        (title, date) for title, date, _ in stories
    ]
    if numbered:
        assert [list(each.paragraphs) for each in read_back] == [summary for *_, summary in stories]


@given(st.text(max_size=400))
def test_no_text_makes_the_reader_fall_over(text: str) -> None:
    try:
        reading = read(text)
    except Unreadable:
        return
    assert all(story.title or story.day for story in reading.stories)
