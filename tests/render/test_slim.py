"""A page is made lighter, and nobody sees a difference: neither a browser nor Outlook."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from newsletter.model.edition import Edition
from newsletter.render.inline import inline_styles
from newsletter.render.mjml import mjml_to_html
from newsletter.render.render import HTML_TEMPLATE, STYLES
from newsletter.render.slim import slim
from newsletter.render.templates import render_template
from newsletter.render.theme import Theme
from tests.render.theme_pages import EDITIONS, drawn, save, shown, started_browser, theme

STYLE = re.compile(r""" style=(?:"[^"]*"|'[^']*')""")
OUTLOOK = re.compile(r"<!--\[if mso \| IE\]>|<!\[endif\]-->")


def unslimmed(theme: Theme, edition: Edition) -> str:
    html = mjml_to_html(render_template(theme, HTML_TEMPLATE, edition), theme.shown)
    return inline_styles(html, render_template(theme, STYLES, edition), "inline.css")


@pytest.fixture(params=EDITIONS, ids="-".join)
def page(request: pytest.FixtureRequest) -> str:
    return unslimmed(theme(), drawn(*request.param).edition)


def test_a_page_loses_bytes_and_no_tag_word_or_attribute_but_styles(page: str) -> None:
    light = slim(page)
    assert len(light) < len(page) * 0.96
    assert STYLE.sub("", OUTLOOK.sub("", light)) == STYLE.sub("", OUTLOOK.sub("", page))


def test_outlook_reads_the_same_tags_with_the_same_styles(page: str) -> None:
    def read(html: str) -> str:
        return "".join(re.findall(r"<!--\[if mso \| IE\]>(.*?)<!\[endif\]-->", html, re.DOTALL))

    assert read(slim(page)) == read(page)


def test_comments_stay_one_after_the_other_and_closed(page: str) -> None:
    light = slim(page)
    assert light.count("<!--[if mso | IE]>") < page.count("<!--[if mso | IE]>")
    for comment in re.findall(r"<!--\[if mso.*?-->", light, re.DOTALL):
        assert comment.count("<!--") == comment.count("<![endif]-->") == 1


def test_what_is_slim_stays_as_it_is(page: str) -> None:
    assert slim(slim(page)) == slim(page)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "<!--[if mso]><i><![endif]--><!--[if mso]></i><![endif]-->",
            "<!--[if mso]><i></i><![endif]-->",
        ),
        (
            "<!--[if mso]>1<![endif]--><!--[if mso]>2<![endif]--><!--[if mso]>3<![endif]-->",
            "<!--[if mso]>123<![endif]-->",
        ),
        ("<p style='a: b ;  c:d, e;'>", "<p style='a:b;c:d,e'>"),
        (
            """<p style='font-family: "Segoe UI , x", serif; background:url(a;b: c)'>""",
            """<p style='font-family:"Segoe UI , x",serif;background:url(a;b: c)'>""",
        ),
        (
            '<p style="background:#fff;background-color:#fff;margin:0;">',
            '<p style="background-color:#fff;margin:0">',
        ),
        ('<p style="direction:ltr;margin:0">', '<p style="margin:0">'),
        (
            '<td align="left"><div style="text-align:left;color:red">',
            '<td align="left"><div style="color:red">',
        ),
    ],
)
def test_what_says_nothing_goes(before: str, after: str) -> None:
    assert slim(before) == after


@pytest.mark.parametrize(
    "kept",
    [
        "<!--[if mso]>1<![endif]--> <!--[if mso]>2<![endif]-->",
        "<!--[if mso]>1<![endif]--><!--[if mso | IE]>2<![endif]-->",
        "<!--[if !mso]><!--><p>b</p><!--<![endif]-->",
        "<!--[if mso]><p style='a: b;'><![endif]-->",
        "<style>p { margin: 0; }</style>",
        """<img alt='He said: style="a: b;" &gt; c' src="x">""",
        '<p style="content:&quot; ; &quot;; color: red">',
        '<p style="width: calc(1px; color: red">',
        """<p style="font-family: 'Segoe UI; color: red">""",
        '<p style="width:calc((1px + 2px) * 3);color:red">',
        '<p style="background:#fff;background-color:#eee">',
        '<p style="background-color:#fff;background:#fff">',
        '<p style="background:#fff;background-color:#fff"><i style="background:url(a)">',
        '<p style="direction:ltr"><i dir="rtl">',
        '<div dir="auto"><p style="direction:ltr">',
        '<td align="left" style="text-align:center"><div style="text-align:left">',
        '<td align="center"><div style="text-align:left">',
        '<td align="left"><p>a</p><div style="text-align:left">',
    ],
)
def test_what_says_something_stays(kept: str) -> None:
    assert slim(kept) == kept


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started_browser() as started:
        yield started


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [640, 375])
def test_a_browser_draws_the_same_picture(
    browser: Browser, tmp_path: Path, width: int, scheme: str
) -> None:
    page = drawn("2015-1", "ru")
    before = unslimmed(theme(), page.edition)
    pictures = []
    for name, html in (("before", before), ("after", slim(before))):
        (tmp_path / name).mkdir()
        path = save(tmp_path / name, html, page.pictures)
        with shown(browser, path, width=width, scheme=scheme) as tab:
            pictures.append(tab.screenshot(full_page=True))
    assert pictures[0] == pictures[1]
