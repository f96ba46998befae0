"""Whatever stands in a text, values are found in it without a fault, and found again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.translations.values import plain_address, values_of
from tests.translations.sides import compare

PIECES = st.sampled_from(
    [
        *("1", "12", "1,200", "1 200", "1.2.3", "10:00", "25:99", "17.03.2015", "99.99.9999"),
        *("²", "٣", "№", "%", "-", "–", "(", "\u00a0", "\u202f", "\n", " "),
        *("thousand", "млн", "мың", "p.m.", "March", "мая", "наурыз", "XXI", "two", "пять", "он"),
        *("https://example.org/en/a", "[a](b)", "[a](https://x.example.org/ru/(b))"),
        *("a@example.org", "mailto:b@example.org", "<https://example.org>"),
    ]
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=14).map("".join)
LANGUAGES = st.sampled_from(["en", "ru", "kk", "de", "uz-Cyrl", "ar", "hy"])


@given(TEXTS, LANGUAGES)
def test_a_text_never_differs_from_itself(text: str, language: str) -> None:
    assert compare(text, text, language, language) == ""


@given(TEXTS, TEXTS, LANGUAGES, LANGUAGES)
def test_any_two_texts_can_be_compared(one: str, other: str, first: str, second: str) -> None:
    assert isinstance(compare(one, other, first, second), str)


@given(TEXTS)
def test_addresses_and_mail_addresses_are_no_numbers(text: str) -> None:
    added = f"{text} https://example.org/2015/17/a?b=99 c42@example.org"
    main = [value.main for value in values_of(added, "en").numbers]
    assert "99" not in main[len(values_of(text, "en").numbers) :]


@pytest.mark.parametrize(
    ("address", "language", "plain"),
    [
        ("https://www.example.org/en/", "en", "example.org"),
        ("https://example.org/eng/news.html", "en", "example.org/news/html"),
        ("https://example.org/ru/news.html", "ru", "example.org/news/html"),
        ("https://example.org/enough", "en", "example.org/enough"),
        ("https://kk.example.org/a/b", "kk", "example.org"),
        ("https://example.org/kaz/a", "kk", "example.org/a"),
        ("https://example.org/russian/a", "ru", "example.org/a"),
    ],
)
def test_an_address_is_plain_without_what_names_the_language(
    address: str, language: str, plain: str
) -> None:
    assert plain_address(address, language) == plain
