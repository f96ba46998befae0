"""Language tags, and what languages call themselves."""

import pytest

from newsletter.languages import decimal, direction, is_tag, own_name


@pytest.mark.parametrize("tag", ["en", "ru", "kk", "uz", "uz-Cyrl", "uz-Cyrl-UZ", "pt-BR", "fil"])
def test_what_is_written_like_a_tag_is_one(tag: str) -> None:
    assert is_tag(tag)


@pytest.mark.parametrize(
    "text", ["", "e", "EN", "english", "en_GB", "en-gb", "uz-cyrl", "ru-", "en\n", "рус", "en ru"]
)
def test_what_is_not_written_like_a_tag_is_none(text: str) -> None:
    assert not is_tag(text)


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("en", "English"),
        ("ru", "Русский"),
        ("kk", "Қазақ тілі"),
        ("az", "Azərbaycan"),
        ("tg", "Тоҷикӣ"),
        ("uz-Cyrl", "Ўзбекча (Кирил)"),
    ],
)
def test_a_language_calls_itself_by_its_own_name(tag: str, name: str) -> None:
    assert own_name(tag) == name


def test_some_languages_are_written_from_the_right() -> None:
    assert [direction(tag) for tag in ("ru", "uz-Cyrl", "ar", "fa-IR", "he")] == [
        "ltr",
        "ltr",
        "rtl",
        "rtl",
        "rtl",
    ]


@pytest.mark.parametrize(
    ("tag", "written"),
    [
        ("en", "1,234.6"),
        ("ru", "1\u00a0234,6"),
        ("kk", "1\u00a0234,6"),
        ("uz-Cyrl", "1\u00a0234,6"),
    ],
)
def test_a_number_is_written_as_the_language_does(tag: str, written: str) -> None:
    assert decimal(1234.56, tag) == written
