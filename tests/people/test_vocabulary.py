"""Names and codes of countries and languages as people write them."""

import pytest

from newsletter.people.vocabulary import Vocabulary, make_vocabulary


@pytest.fixture(scope="module")
def known() -> Vocabulary:
    countries = {
        "kz": {"en": "Kazakhstan", "ru": "Казахстан"},
        "kg": {"en": "Kyrgyzstan", "ru": "Кыргызстан"},
        "ural": {"en": "Urals", "ru": "Урал"},
    }
    return make_vocabulary(countries, ["en", "ru", "uz-Cyrl"])


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("Казахстан", "kz"),
        ("КАЗАХСТАН ", "kz"),
        ("Республика Казахстан", "kz"),
        ("Kazakhstan", "kz"),
        ("kz", "kz"),
        ("KAZ", "kz"),
        ("Кыргызстан", "kg"),
        ("Киргизия", "kg"),
        ("Кыргызская Республика", "kg"),
        ("Урал", "ural"),
        ("РФ", "ru"),
        ("Россия", "ru"),
        ("Российская Федерация", "ru"),
        ("the Russian Federation", "ru"),
        ("Молдавия", "md"),
        ("Republic of Moldova", "md"),
        ("Germany", "de"),
        ("Атлантида", None),
        ("", None),
        ("ZZ", None),
    ],
)
def test_countries(known: Vocabulary, word: str, code: str | None) -> None:
    assert known.country(word) == code


@pytest.mark.parametrize(
    ("word", "tag"),
    [
        ("ru", "ru"),
        ("RU", "ru"),
        ("rus", "ru"),
        ("ru-RU", "ru"),
        ("Russian", "ru"),
        ("русский", "ru"),
        ("Русский язык", "ru"),
        ("рус.", "ru"),
        ("English", "en"),
        ("английский", "en"),
        ("en_GB", "en"),
        ("British English", "en"),
        ("Kazakh", "kk"),
        ("казахский", "kk"),
        ("uz-Cyrl", "uz-Cyrl"),
        ("эльфийский", None),
        ("und", None),
        ("", None),
    ],
)
def test_languages(known: Vocabulary, word: str, tag: str | None) -> None:
    assert known.language(word) == tag
