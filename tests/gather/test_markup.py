"""HTML of others becomes Markdown that shows the same words, and nothing else."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.compose.markdown import rich_text
from newsletter.gather.markup import address_of, paragraphs_of, paragraphs_of_text, plain, words_of

LETTERS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
    | st.sampled_from("*_[]()<>&#-+.!`\\1 \n"),
    max_size=60,
)


def shown(paragraphs: tuple[str, ...]) -> str:
    """Return what readers of the plain text see."""
    return rich_text("\n\n".join(paragraphs), list).plain


def words(text: str) -> str:
    return "".join(text.split())


@given(LETTERS)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert words(shown(paragraphs_of_text(text))) == words(text.replace("\u200b", ""))


@given(LETTERS)
def test_text_in_html_stays_as_it_is(text: str) -> None:
    assert words(shown(paragraphs_of(f"<p>{html.escape(text)}</p>"))) == words(text)


@given(LETTERS)
def test_a_paragraph_as_a_line_of_its_own_has_no_marks(text: str) -> None:
    for paragraph in paragraphs_of_text(text):
        assert words(plain(paragraph)) in words(text)


@given(st.text(max_size=200))
def test_no_html_makes_it_fall_over_or_leaves_a_tag(text: str) -> None:
    rendered = rich_text("\n\n".join(paragraphs_of(f"<div>{text}")), list).html
    assert not re.search(r"<(?!/?(?:p|ul|ol|li|em|strong|a|br|blockquote|hr)\b)[a-z]", rendered)


def test_emphasis_links_and_lists_are_kept() -> None:
    told = (
        "<p>A <b>bold</b> and <a href='/z?a=1'>linked <i>word</i></a>.</p>"
        "<ul><li>1. one<li>two</ul>"
    )
    assert paragraphs_of(told, "https://example.org/news/") == (
        "A **bold** and [linked *word*](https://example.org/z?a=1).",
        "- 1\\. one\n- two",
    )


@pytest.mark.parametrize(
    "told",
    [
        "<p>news<script>alert(1)</script></p>",
        "<style>p { color: red }</style>news",
        "<p>news</p><iframe src='https://example.org/'>frame</iframe>",
        "<svg onload=alert(1)><title>x</title></svg>news",
        "news<!-- comment -->",
    ],
)
def test_scripts_and_styles_go_with_what_they_hold(told: str) -> None:
    assert paragraphs_of(told) == ("news",)


@pytest.mark.parametrize("target", ["javascript:alert(1)", "data:text/html,x", "//[", "mailto:a"])
def test_a_link_that_leads_nowhere_on_the_web_is_only_words(target: str) -> None:
    assert paragraphs_of(f"<a href='{target}'>here</a> it is") == ("here it is",)


def test_elements_without_end_do_not_exhaust_anything() -> None:
    assert len(paragraphs_of("<div>" * 5_000 + "deep" + "<b>" * 5_000)) <= 1


def test_entities_of_a_headline_are_letters() -> None:
    assert words_of("Labour &amp; <em>law</em>\n&laquo;now&raquo;") == "Labour & law «now»"


def test_an_address_is_made_whole_and_plain() -> None:
    assert address_of(" /a b(c)", "https://example.org/x") == "https://example.org/a%20b%28c%29"
    assert address_of("", "https://example.org/x") is None
    assert address_of("https://example.org/" + "a" * 3000, None) is None
