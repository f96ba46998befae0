"""The listing of the source says what is sent, and knows the elements by their numbers."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.checks.page import read_page
from newsletter.model.finding import Finding, Spot
from newsletter.studio.source import listing
from tests.studio.drafts import finding
from tests.workspace import sample

PIECES = [
    "<p>",
    "</p>",
    "<table><tr>",
    "<td style='a>b'>",
    '<a href="x?a=1&amp;b">',
    "</a>",
    "<br>",
    "<!-- a <b> in a comment -->",
    "<!--[if mso]><table><![endif]-->",
    "<style>p > a { color: red }\n</style>",
    "<!DOCTYPE html>",
    "words & more",
    "\n",
    " ",
    "«слова»",
]


def shown(page: str, lines: str, marks: dict[int, list[tuple[str, Finding]]] | None = None) -> str:
    return listing(page, marks or {}, lines, "Source")


def text_of(listed: str) -> list[str]:
    """Return the lines of a listing as they are read."""
    lines = re.findall(
        r'<span class="line[^"]*">(.*?)</span>(?=<span class="line|</code>)', listed, re.DOTALL
    )
    return [unescape(re.sub("<[^>]+>", "", line)) for line in lines]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_lines_as_they_are_are_the_lines_that_are_sent(language: str) -> None:
    page = sample("2015-1").renderings[language].html
    assert "\n".join(text_of(shown(page, "scroll"))) == page
    assert text_of(shown(page, "wrap")) == text_of(shown(page, "scroll"))


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_no_letter_is_lost_or_added(page: str) -> None:
    assert "\n".join(text_of(shown(page, "scroll"))) == page
    squeezed = "".join("".join(text_of(shown(page, "laid"))).split())
    assert squeezed == "".join(page.split())


def test_laid_out_each_block_begins_a_line_and_stands_in_its_depth() -> None:
    page = "<table><tr><td>One <b>two</b></td><td><img src=x></td></tr></table>"
    assert text_of(shown(page, "laid")) == [
        "<table>",
        " <tr>",
        "  <td>One <b>two</b></td>",
        "  <td><img src=x></td>",
        " </tr>",
        "</table>",
    ]


@pytest.mark.parametrize("lines", ["laid", "scroll"])
def test_a_finding_is_at_the_line_of_its_element(lines: str) -> None:
    page = sample("2015-1").renderings["en"].html
    read = read_page(page)
    number = next(at for at, each in enumerate(read.elements) if each.tag == "h2")
    listed = shown(page, lines, {number: [("f7", finding("", Spot("en", number)))]})
    (line,) = re.findall(r'<span class="line found">.*?(?=<span class="line|</code>)', listed)
    assert 'href="#f7"' in line
    assert 'aria-label="Finding 7"' in line
    if lines == "scroll":
        place = read.places[read.elements[number]][0]
        before = listed.split('<span class="line found">')[0]
        assert before.count('<span class="line">') == place - 1
    else:
        assert "&lt;h2" in line
