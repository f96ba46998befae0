"""The language of a page, and that nothing on it is left untranslated."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from newsletter.web.catalogues import LOCALES, catalogue, choose, known_languages
from newsletter.web.reception import PAGES
from tests.web.served import Front

WEB = PAGES.parent
PLURALS = {"ru": 3, "kk": 2}


def extracted() -> Catalog:
    """Return every text of the pages that is to be translated."""
    found = Catalog()
    ways = [("**.j2", "jinja2"), ("**.py", "python")]
    for name, line, message, comments, context in extract_from_dir(
        WEB, ways, {"**.j2": {"trim_blocks": "true", "silent": "false"}}
    ):
        found.add(message, locations=[(name, line)], auto_comments=comments, context=context)
    return found


def test_pages_have_words_to_translate() -> None:
    assert len(extracted()) > 15


@pytest.mark.parametrize("language", [each for each in known_languages() if each != "en"])
def test_nothing_is_untranslated_doubtful_or_left_over(language: str) -> None:
    with (LOCALES / language / "pages.po").open("rb") as file:
        written = read_po(file, locale=language)
    assert written.num_plurals == PLURALS[language]
    wanted = {message.id for message in extracted() if message.id}
    assert {message.id for message in written if message.id} == wanted
    for message in written:
        texts = message.string if isinstance(message.string, tuple | list) else [message.string]
        assert all(texts), message.id
        assert not message.fuzzy or not message.id, message.id
        if message.pluralizable:
            assert len(texts) == PLURALS[language]
        assert not list(message.check(written)), message.id


def test_russian_is_there_and_typeset() -> None:
    words = (LOCALES / "ru" / "pages.po").read_text(encoding="utf-8")
    strings = [line for line in words.splitlines() if line.startswith("msgstr")]
    assert not [line for line in strings if "“" in line or '\\"' in line]
    assert catalogue("ru").gettext("Unsubscribe") == "Отписаться"


@pytest.mark.parametrize(
    ("wishes", "chosen"),
    [
        (("",), "en"),
        (("ru",), "ru"),
        (("ru-RU,ru;q=0.9,en;q=0.8",), "ru"),
        (("de-DE,de;q=0.9,ru;q=0.3",), "ru"),
        (("en;q=0.1,ru;q=0.2",), "ru"),
        (("ru;q=0,en;q=0.5",), "en"),
        (("fr", "ru"), "ru"),
        (("ru;q=x,;;,=",), "en"),
    ],
)
def test_the_strongest_wish_that_can_be_met_is(wishes: tuple[str, ...], chosen: str) -> None:
    assert choose(("en", "ru"), *wishes) == chosen


def test_the_readers_choice_goes_over_subscription_and_browser(front: Front) -> None:
    path = front.subscribe("anna@example.org", language="ru")
    english = {"Accept-Language": "en"}
    assert '<html lang="ru"' in front.get(path, english).text
    assert '<html lang="en"' in front.get(f"{path}?lang=en").text
    assert '<html lang="ru"' in front.get("/nowhere", {"Accept-Language": "ru"}).text
    assert '<html lang="en"' in front.get("/nowhere?lang=xx").text
    assert "Для прессы" in front.get(path).text


def test_pages_are_packed_with_the_program() -> None:
    assert (Path(WEB) / "pages" / "base.html.j2").is_file()
