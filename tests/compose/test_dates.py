"""Dates in words: as people of each language write them."""

import datetime

import pytest

from newsletter.compose import dates

DAY = datetime.date(2015, 3, 17)
PERIODS = {
    "en": {
        DAY: "17 March 2015",
        datetime.date(2015, 3, 20): "17–20 March 2015",
        datetime.date(2015, 4, 2): "17 March – 2 April 2015",
        datetime.date(2016, 1, 2): "17 March 2015 – 2 January 2016",
    },
    "ru": {
        DAY: "17 марта 2015 г.",
        datetime.date(2015, 3, 20): "17–20 марта 2015 г.",
        datetime.date(2015, 4, 2): "17 марта – 2 апреля 2015 г.",
        datetime.date(2016, 1, 2): "17 марта 2015 г. – 2 января 2016 г.",
    },
    "kk": {datetime.date(2015, 3, 20): "2015 ж. 17–20 наурыз"},
    "uz": {datetime.date(2015, 3, 20): "17 – 20-mart, 2015"},
}


def _spaced(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_a_day_is_written_out() -> None:
    assert _spaced(dates.day(DAY, "en")) == "17 March 2015"
    assert _spaced(dates.day(DAY, "ru")) == "17 марта 2015 г."
    assert _spaced(dates.day(DAY, "uz-Cyrl")) == "17 март, 2015"


def test_a_month_of_its_own_stands_in_the_nominative() -> None:
    assert _spaced(dates.month(DAY, "en")) == "March 2015"
    assert _spaced(dates.month(DAY, "ru")) == "март 2015 г."


@pytest.mark.parametrize(
    ("language", "end"), [(language, end) for language, table in PERIODS.items() for end in table]
)
def test_a_period_says_what_differs_once(language: str, end: datetime.date) -> None:
    assert _spaced(dates.period(DAY, end, language)) == PERIODS[language][end]


def test_a_period_without_end_is_a_day() -> None:
    assert dates.period(DAY, None, "ru") == dates.day(DAY, "ru")


def test_only_spaces_are_used_that_every_mail_program_draws() -> None:
    ends = [None, *PERIODS["en"]]
    for language in ("en", "ru", "kk", "uz", "az", "tg", "fr", "uk"):
        for text in [dates.period(DAY, end, language) for end in ends]:
            assert not set(text) & set("\u202f\u2009\u200a\u2007"), (language, text)


LANGUAGES = ["ar", "az", "be", "de", "en", "es", "fa", "fr", "hy", "ka", "kk", "ky", "mn", "pl"]
LANGUAGES += ["pt-BR", "ru", "tg", "tk", "tr", "uk", "uz", "uz-Cyrl", "zh"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_all_its_words(language: str) -> None:
    assert dates.is_known(language)
    assert dates.day(DAY, language)
    assert dates.month(DAY, language)
    for end in PERIODS["en"]:
        assert "MMM" not in dates.period(DAY, end, language)


def test_a_language_that_is_made_up_is_not_known() -> None:
    assert not dates.is_known("zz")
    assert not dates.is_known("not a tag")
