"""What the doctor says of the addresses in the mails, and of the clock."""

import datetime

import pytest

from newsletter.doctor.ports import NoPage, NotAsked, Page, Web
from newsletter.doctor.verdict import Grade, Verdict
from newsletter.doctor.web import examine_web

NOW = datetime.datetime(2026, 5, 4, 12, 0, tzinfo=datetime.UTC)
HOME, LEAVE = "https://news.example.org/", "https://news.example.org/unsubscribe/doctor"


def found(pages: dict[str, Page | Exception]) -> dict[str, Verdict]:
    def ask(url: str) -> Page:
        page = pages[url]
        if isinstance(page, Exception):
            raise page
        return page

    web: Web = ask
    return {each.name: each for each in examine_web(web, HOME, LEAVE, NOW)}


def test_pages_that_answer_are_fine() -> None:
    verdicts = found({HOME: Page(200, NOW), LEAVE: Page(200)})
    assert {each.grade for each in verdicts.values()} == {Grade.FINE}


@pytest.mark.parametrize(
    ("page", "home", "leave"),
    [
        (Page(404), Grade.DOUBTFUL, Grade.DOUBTFUL),
        (Page(410), Grade.DOUBTFUL, Grade.DOUBTFUL),
        (Page(400), Grade.DOUBTFUL, Grade.FINE),  # a word is no token: somebody is there
        (Page(405), Grade.DOUBTFUL, Grade.FINE),
        (Page(503), Grade.WRONG, Grade.WRONG),
        (NoPage("no such host"), Grade.WRONG, Grade.WRONG),
        (NotAsked("is one of this computer"), Grade.UNKNOWN, Grade.UNKNOWN),
    ],
)
def test_pages_that_do_not(page: Page | Exception, home: Grade, leave: Grade) -> None:
    verdicts = found({HOME: page, LEAVE: page})
    assert (verdicts["public_url"].grade, verdicts["unsubscribe"].grade) == (home, leave)


@pytest.mark.parametrize(
    ("seconds", "grade", "words"),
    [
        (0, Grade.FINE, "goes with"),
        (100, Grade.FINE, "goes with"),
        (300, Grade.DOUBTFUL, "5 minutes ahead of"),
        (-300, Grade.DOUBTFUL, "5 minutes behind"),
        (7200, Grade.WRONG, "2 hours ahead of"),
        (-90_000_000, Grade.WRONG, "1042 days behind"),
    ],
)
def test_the_clock_is_compared(seconds: int, grade: Grade, words: str) -> None:
    page = Page(200, NOW - datetime.timedelta(seconds=seconds))
    verdict = found({HOME: page, LEAVE: Page(200)})["clock"]
    assert verdict.grade is grade
    assert words in verdict.words


@pytest.mark.parametrize("page", [Page(200), NotAsked("not called")])
def test_without_a_date_the_clock_cannot_be_told(page: Page | Exception) -> None:
    assert found({HOME: page, LEAVE: Page(200, NOW)})["clock"].grade is Grade.UNKNOWN
