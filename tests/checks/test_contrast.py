"""Contrast: what cannot be read is found in every scheme and said once, with a remedy."""

from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

import pytest

from newsletter.checks.contrast import (
    contrast_in_forced_dark,
    contrast_of_texts,
    contrast_unknown,
    hidden_texts,
)
from newsletter.checks.page import Page
from newsletter.model.finding import Severity
from newsletter.model.place import Place
from tests.checks.mails import HtmlOrigin, mail_of, page_of
from tests.render.theme_pages import EDITIONS, drawn


@dataclass(frozen=True)
class OnePlace(HtmlOrigin):
    """A template that draws everything with one tag."""

    def tag(self, page: Page, element: Element) -> Place:
        return self.page()


def found(body: str, css: str = "", head: str = "") -> list[str]:
    mail = mail_of(page_of(body, css, head))
    return [f"{each.place} {each.message} - {each.remedy}" for each in contrast_of_texts(mail)]


def forced(body: str) -> list[str]:
    return [each.message for each in contrast_in_forced_dark(mail_of(page_of(body)))]


def test_a_pale_text_is_named_with_its_colours_and_one_that_would_do() -> None:
    (line,) = found('<p style="color:#8a94a0">Read more</p>')
    assert line == (
        "mail.html:3:7 “Read more”: #8a94a0 on #ffffff in light colours and in dark colours "
        "has a contrast of 3.07 to 1; it needs 4.5 - "
        "#6c7681 would do for the text; or change the ground"
    )


def test_a_text_with_contrast_enough_is_let_be() -> None:
    assert found('<p style="color:#6b7580">Read more</p>') == []


def test_large_letters_need_less() -> None:
    assert found('<p style="color:#8a94a0;font-size:24px">Read more</p>') == []
    assert found('<p style="color:#8a94a0;font-size:19px"><b>Read more</b></p>') == []
    assert len(found('<p style="color:#8a94a0;font-size:18px"><b>Read more</b></p>')) == 1
    assert len(found('<p style="color:#8a94a0;font-size:23px">Read more</p>')) == 1


def test_letters_that_are_large_on_wide_screens_only_are_found_on_phones() -> None:
    css = "@media (max-width: 400px) { p { font-size: 14px !important } }"
    (line,) = found('<p style="color:#8a94a0;font-size:24px">Read more</p>', css)
    assert "in light colours on phones" in line


def test_white_on_white_in_the_dark_is_found() -> None:
    """The trap that MJML lays: the class is on a div, the ground on the table in it."""
    css = "@media (prefers-color-scheme: dark) { .p { background: #000 } p { color: #fff } }"
    body = '<div class="p"><table style="background:#fff"><tr><td><p>Dear reader</p></table></div>'
    (line,) = found(body, css)
    assert "#ffffff on #ffffff in dark colours has a contrast of 1 to 1" in line


def test_what_outlook_darkens_is_looked_at_too() -> None:
    css = "[data-ogsc] p { color: #111 !important } [data-ogsc] .p { background: #222 !important }"
    (line,) = found('<div class="p"><p>Dear reader</p></div>', css)
    assert "in Outlook's dark colours" in line


def test_texts_of_one_place_and_pair_are_said_once() -> None:
    mail = mail_of(page_of('<p style="color:#999">a <b>b</b> <i>c</i></p>'))
    assert len(list(contrast_of_texts(mail))) == 3  # three tags, three places
    (only,) = contrast_of_texts(replace(mail, origin=OnePlace()))
    assert "“a” (and 2 more like it)" in only.message


def test_in_a_foreign_file_a_pair_of_colours_is_said_once() -> None:
    mail = mail_of(page_of('<p style="color:#999">a</p><h1 style="color:#999">b</h1><i>c</i>'))
    (only,) = contrast_of_texts(replace(mail, ours=False), {"large": 4.5})
    assert "“a” (and 1 more like it)" in only.message


def test_a_veiled_text_is_judged_as_it_is_seen() -> None:
    (line,) = found('<p style="color:rgba(0,0,0,.4)">x</p>')
    assert "#999999 on #ffffff" in line
    (line,) = found('<p style="color:#000;opacity:.4">x</p>')
    assert "#999999 on #ffffff" in line


def test_the_worst_colour_of_a_gradient_counts() -> None:
    (line,) = found('<p style="color:#fff;background:linear-gradient(#000,#ccc)">x</p>')
    assert "#ffffff on #cccccc" in line
    assert "change the ground" in line


def test_the_words_for_a_picture_are_judged() -> None:
    (line,) = found('<div style="color:#aaa"><img src="a.png" alt="A bridge"></div>')
    assert "the words for a picture, “A bridge”" in line


@pytest.mark.parametrize(
    "css",
    [
        "display:none",
        "visibility:hidden",
        "opacity:0",
        "font-size:0",
        "max-height:0;overflow:hidden",
    ],
)
def test_what_nobody_sees_needs_no_contrast(css: str) -> None:
    assert found(f'<p style="color:#fff;{css}">x</p>') == []


def test_limits_can_be_set() -> None:
    mail = mail_of(page_of('<p style="color:#6b7580">x</p>'))
    (only,) = contrast_of_texts(mail, {"text": 7.0})
    assert "it needs 7" in only.message


def test_a_ground_without_its_text_colour_is_lost_where_only_one_is_turned() -> None:
    """On a middle ground dark text was readable; made light by force it is not any more."""
    lines = forced('<p style="background:#8c8c8c;color:#000">x</p>')
    assert any("light grounds are made dark" in line for line in lines)


def test_black_on_white_survives_both_manners() -> None:
    assert forced('<p style="background:#fff;color:#000">x</p>') == []


def test_forced_dark_is_a_warning_and_plain_contrast_an_error() -> None:
    assert contrast_in_forced_dark.severity is Severity.WARNING
    assert contrast_of_texts.severity is Severity.ERROR


@pytest.mark.parametrize(("issue", "language"), EDITIONS)
def test_the_samples_can_be_read_in_every_scheme(issue: str, language: str) -> None:
    mail = mail_of(drawn(issue, language).rendering.html)
    for rule in (contrast_of_texts, contrast_in_forced_dark, contrast_unknown):
        assert [str(each) for each in rule(mail)] == []


def test_what_cannot_be_reckoned_is_noted() -> None:
    html = page_of('<p style="color:var(--x)">one</p><p style="background:url(a.png)">two</p>')
    assert [each.message for each in contrast_unknown(mail_of(html))] == [
        "“one” has colours that only a browser can work out",
        "“two” stands on a picture with no colour under it",
    ]


def test_a_picture_with_a_colour_under_it_is_judged_by_the_colour() -> None:
    body = '<td style="background:#003 url(a.png)"><p style="color:{}">x</p></td>'
    assert list(contrast_unknown(mail_of(page_of(body.format("#fff"))))) == []
    assert found(body.format("#fff")) == []
    assert len(found(body.format("#000"))) == 1


def test_texts_that_nobody_sees_are_named_with_the_reason() -> None:
    body = (
        '<div style="display:none"><p>a <b>b</b></p></div><p style="font-size:1px">c</p>'
        '<p style="color:#fefefe">d</p><p>e</p><p style="max-height:0;overflow:hidden"><b>f</b></p>'
    )
    seen = [(element.tag, why) for element, why in hidden_texts(page_of(body))]
    assert seen == [
        ("div", "display: none"),
        ("p", "font-size: 1px"),
        ("p", "#fefefe on #ffffff"),
        ("p", "max-height: 0"),
    ]
