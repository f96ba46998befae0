"""Inlining writes styles into tags and changes nothing else: the guard against library updates.

Measured traps: premailer drops the doctype, strips `!important`, turns widths into 100%,
re-encodes addresses, fetches imports, and stumbles over nested @-rules.
"""

import re
import socket
from html.parser import HTMLParser
from pathlib import Path

import pytest

from newsletter.errors import InputRefused
from newsletter.render.inline import inline_styles
from newsletter.render.mjml import mjml_to_html
from newsletter.render.render import HTML_TEMPLATE, STYLES, render
from newsletter.render.templates import render_template
from tests.render.samples import edition, item, theme_of
from tests.workspace import sample

KEPT = ("href", "src", "class", "alt", "width", "lang", "dir", "role", "bgcolor", "align", "name")


class _Events(HTMLParser):
    """Writes down what must survive: tags with their attributes, texts, comments, styles."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, ...]] = []
        self.texts: list[str] = []
        self.comments: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append((tag, *(f"{key}={given[key]}" for key in KEPT if key in given)))

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}",))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.texts)).strip()


def assert_only_styles_differ(before: str, after: str) -> None:
    old, new = _Events(before), _Events(after)
    ends = {("/br",), ("/img",), ("/meta",)}  # <br /> becomes <br>
    assert [tag for tag in new.tags if tag not in ends] == [
        tag for tag in old.tags if tag not in ends
    ]
    assert new.text == old.text
    assert new.comments == old.comments


@pytest.mark.parametrize("slug", ["2015-1", "2015-2"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_whole_page_keeps_everything_but_its_styles(slug: str, language: str) -> None:
    theme, words = sample(slug).theme, sample(slug).composition.editions[language]
    before = mjml_to_html(render_template(theme, HTML_TEMPLATE, words), theme.shown)
    css = render_template(theme, STYLES, words)
    after = inline_styles(before, css, "inline.css")
    assert_only_styles_differ(before, after)
    assert after.startswith("<!DOCTYPE html>")
    assert after.count("!important") == before.count("!important")
    assert len(after) > len(before)


def page(body: str, head: str = "") -> str:
    return f"<!doctype html><html><head><title>T</title>{head}</head><body>{body}</body></html>"


def inlined(body: str, css: str, head: str = "") -> str:
    return inline_styles(page(body, head), css, "inline.css")


def test_rules_go_into_the_tags_they_fit() -> None:
    done = inlined('<h2>a</h2><p class="x">b</p>', "h2 { margin: 0 } .x { color: #123456 }")
    assert '<h2 style="margin:0">a</h2>' in done
    assert '<p class="x" style="color:#123456">b</p>' in done


def test_a_style_of_the_tag_itself_wins() -> None:
    done = inlined('<p style="color:red">a</p>', "p { color: blue; margin: 0 }")
    assert re.search(r'<p style="[^"]*color:red[^"]*">', done)
    assert "blue" not in done


def test_the_doctype_stays_so_that_the_page_is_no_quirk() -> None:
    for doctype in ("<!doctype html>", "<!DOCTYPE html>", "<!DOCTYPE HTML>"):
        html = page("a").replace("<!doctype html>", doctype)
        assert inline_styles(html, "", "x").startswith("<!DOCTYPE html>")


STYLES_OF_THE_HEAD = (
    "@media (max-width:479px) { .a { width:100% !important } }"
    "@media (prefers-color-scheme: dark) { @supports (color: red) { .b { color: red } } }"
    "[data-ogsc] .c { color: #fff !important } :is(a, b) { color: rgb(0 0 0 / 50%) }"
)


def test_styles_of_the_head_stay_as_they_are() -> None:
    for style in ("<style>", '<style type="text/css">', '<style media="screen and (x)">'):
        head = f"{style}{STYLES_OF_THE_HEAD}</style>"
        assert head in inlined('<p class="a b c">x</p>', "p { margin: 0 }", head)


def test_what_outlook_reads_in_comments_stays_as_it_is() -> None:
    body = (
        "<!--[if mso | IE]><table><tr><td style='x'><style>a{b:c}</style><![endif]-->"
        "<p>a</p><!--[if !mso]><!--><p>b</p><!--<![endif]-->"
    )
    done = inlined(body, "p, td { margin: 0 }")
    for comment in re.findall(r"<!--.*?-->", body):
        assert comment in done


def test_addresses_slots_and_widths_stay_as_they_are() -> None:
    body = (
        '<a href="[[unsubscribe_url]]">a</a><a href="https://example.org/a?b=1&amp;c=%D0%B0#d">b</a>'
        '<img src="cid:abc@newsletter" width="250" alt="Ё"><td width="50%" bgcolor="#fff"></td>'
    )
    done = inlined(body, "a { color: red } img { width: 100%; height: auto } td { width: 10px }")
    for part in ('href="[[unsubscribe_url]]"', 'src="cid:abc@newsletter"', 'width="250"'):
        assert part in done
    assert 'href="https://example.org/a?b=1&amp;c=%D0%B0#d"' in done


def test_cyrillic_and_signs_stay_letters() -> None:
    done = inlined("<p>Ёлка № 1 — “да” &nbsp; 𐍃 Ұ Ғ Ӣ Ə &lt;b&gt;</p>", "p { margin: 0 }")
    assert "Ёлка № 1 — “да” \u00a0 𐍃 Ұ Ғ Ӣ Ə &lt;b&gt;</p>" in done


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        ("@import url(https://example.org/x.css);", "inline.css:1:1: @import cannot be written"),
        ("a { b: c }\n  @media print { a { b: c } }", "inline.css:2:3: @media cannot be written"),
        ("/* @media\n */ @font-face { }", "inline.css:2:5: @font-face cannot be written"),
    ],
)
def test_rules_that_fit_no_tag_are_refused_at_their_place(
    monkeypatch: pytest.MonkeyPatch, css: str, expected: str
) -> None:
    def no_network(*_: object, **__: object) -> None:
        pytest.fail("styles must never reach for the network")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    with pytest.raises(InputRefused) as caught:
        inlined("<p>a</p>", css)
    assert str(caught.value).startswith(expected)
    assert str(caught.value).endswith(" - move it into an <mj-style> of the template")


def test_the_refusal_of_a_theme_names_its_file(tmp_path: Path) -> None:
    theme = theme_of(tmp_path, inline_css="h2 { margin: 0 }\n@media print { h2 { margin: 1px } }\n")
    with pytest.raises(InputRefused, match=r"templates/plain/inline\.css:2:1: @media"):
        render(theme, edition(item()), {})
