"""Markdown: HTML is shown and not obeyed, and the plain text says the same."""

import re
import xml.etree.ElementTree as ET
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.compose.markdown import left_as_typed, links_of, rich_line, rich_text
from newsletter.compose.typography import set_pieces
from newsletter.model.edition import RichText


def _as_typed(source: str) -> RichText:
    return rich_text(source, list)


def test_what_is_no_markdown_here_is_given_as_it_was_typed() -> None:
    source = "# A\n\nB ~~c~~ ![d](https://example.org/d.png)\n\n- e [f](javascript:g)\n\n`~~h~~`"
    assert list(left_as_typed(source)) == ["# A", "~~c~~", "![d](", "[f](javascript:g)"]


WRITTEN = {
    "One.\n\nTwo.": ("<p>One.</p>\n<p>Two.</p>", "One.\n\nTwo."),
    "One\ntwo": ("<p>One two</p>", "One two"),
    "One  \ntwo": ("<p>One<br />\ntwo</p>", "One\ntwo"),
    "*a* and **b**": ("<p><em>a</em> and <strong>b</strong></p>", "a and b"),
    "[site](https://example.org/a)": (
        '<p><a href="https://example.org/a">site</a></p>',
        "site (https://example.org/a)",
    ),
    "<https://example.org>": (
        '<p><a href="https://example.org">https://example.org</a></p>',
        "https://example.org",
    ),
    "[write](mailto:a@example.org)": (
        '<p><a href="mailto:a@example.org">write</a></p>',
        "write (a@example.org)",
    ),
    "[call](tel:+74950000000)": (
        '<p><a href="tel:+74950000000">call</a></p>',
        "call (+74950000000)",
    ),
    "- a\n- b": ("<ul>\n<li>a</li>\n<li>b</li>\n</ul>", "- a\n\n- b"),
    "3. a\n4. b": ('<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>', "3. a\n\n4. b"),
    "1. a\n\n   more\n2. b": (
        "<ol>\n<li>\n<p>a</p>\n<p>more</p>\n</li>\n<li>\n<p>b</p>\n</li>\n</ol>",
        "1. a\n\nmore\n\n2. b",
    ),
    "a &amp; b &lt;": ("<p>a &amp; b &lt;</p>", "a & b <"),
}


@pytest.mark.parametrize("source", WRITTEN)
def test_html_and_plain_text_say_the_same(source: str) -> None:
    done = _as_typed(source)
    assert (str(done.html), done.plain) == WRITTEN[source]


SHOWN = [
    "<script>alert(1)</script>",
    "<b onclick='x'>b</b>",
    "<svg/onload=alert(1)>",
    "<iframe src='https://example.org'></iframe>",
    "<!--[if mso]> x <![endif]-->",
    "</mj-text><mj-raw>",
    "<div\n\nstyle='x'>",
    "{{ 7*7 }} {% x %}",
    "# heading",
    "    code",
]


@pytest.mark.parametrize("source", SHOWN)
def test_what_is_no_markdown_is_printed_as_it_was_typed(source: str) -> None:
    done = _as_typed(source)
    assert not re.search(r"<(?!/?p>)", str(done.html))
    assert re.sub(r"\s+", "", done.plain) == re.sub(r"\s+", "", source)


INERT = ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "&#106;avascript:alert(1)", "vbscript:x"]
INERT += ["file:///etc/passwd", "data:text/html,x", "javascript&colon;alert(1)", "\x01javascript:x"]


@pytest.mark.parametrize("address", INERT)
def test_a_link_that_would_run_something_is_no_link(address: str) -> None:
    for form in ("[a]({})", "[a](<{}>)", "<{}>", "[a]\n\n[a]: {}"):
        source = form.replace("{}", address)
        assert not re.search(
            r'(?i)href="\W*(javascript|vbscript|file|data):', _as_typed(source).html
        )
        assert not any(re.match(r"(?i)\W*(javascript|vbscript)", each) for each in links_of(source))


def test_a_picture_in_a_text_is_not_fetched() -> None:
    assert "<img" not in str(_as_typed("![a](https://example.org/a.png)").html)


def test_quotation_marks_pair_over_emphasis_and_links() -> None:
    typed = 'Он: "*да*, [см. тут](https://example.org)" - и'
    done = rich_text(typed, partial(set_pieces, language="ru"))
    assert done.plain.replace("\u00a0", "~") == "Он: «да, см.~тут (https://example.org)»~— и"


def test_addresses_and_code_are_not_set() -> None:
    done = rich_text('`a "b"` [c](https://example.org/1-2 "d")', partial(set_pieces, language="ru"))
    assert '<code>a &quot;b&quot;</code> <a href="https://example.org/1-2"' in str(done.html)


def test_one_line_has_no_paragraph_around_it() -> None:
    assert rich_line("*a* [b](https://example.org)", list).html == (
        '<em>a</em> <a href="https://example.org">b</a>'
    )


def test_all_links_are_found() -> None:
    source = "[a](https://a.example) <https://b.example>\n\n- [c](mailto:c@example.org)"
    assert links_of(source) == [
        "https://a.example",
        "https://b.example",
        "mailto:c@example.org",
    ]


BITS = st.sampled_from(
    [
        *("*", "**", "_", "[", "](", ")", "<", ">", "&", "&amp;", "&#x41;", '"', "'", "`", "\n"),
        *("- ", "1. ", "> ", "#", "    ", "\\", "!", "https://example.org", "<b>", "</p>", "a"),
        *("javascript:", "&#106;", "<!--", "-->", "]]>", "<![CDATA[", "---", "\u00a0", "𐍃", "Ж"),
    ]
)
TYPED = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"])
SOURCES = st.one_of(st.lists(BITS, max_size=25).map("".join), st.text(TYPED, max_size=60))


@given(SOURCES, st.sampled_from(["en", "ru"]))
@example("* \n* ", "en")
@example("[a](<>)", "ru")
def test_any_text_becomes_well_formed_html(source: str, language: str) -> None:
    for done in (
        rich_text(source, partial(set_pieces, language=language)),
        rich_line(source.replace("\n", " "), partial(set_pieces, language=language)),
    ):
        tree = ET.fromstring(f"<div>{done.html}</div>")
        names = {element.tag for element in tree.iter()} - {"div"}
        assert names <= {
            "p",
            "br",
            "em",
            "strong",
            "a",
            "ul",
            "ol",
            "li",
            "code",
            "blockquote",
            "hr",
        }
        assert "\ue000" not in done.plain
        assert "\ue000" not in str(done.html)
