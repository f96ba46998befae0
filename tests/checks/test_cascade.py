"""Computed styles: the same for every element as Chromium computes them."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from newsletter.checks.cascade import Cascade, Look, Style, cascade_of
from newsletter.checks.media import Screen, applies
from newsletter.checks.page import read_page
from newsletter.render.colours import parse_colour
from newsletter.render.forced_dark import Manner, forced_dark
from tests.checks.mails import page_of
from tests.render.theme_pages import EDITIONS, drawn, started_browser

LIGHT = Look("light")
DARK = Look("dark", Screen(dark=True))

HARD_CSS = """<!--
p.a, p.b { color: rgb(10 20 30 / 50%); font: italic bold 12pt/1.5 Georgia, serif }
p.a:hover { color: red }
#x { color: hsl(120, 50%, 25%) !important }
div > p + p { background: url(x.png) no-repeat #abcdef; font-size: larger }
a:link { color: teal }
a.q:visited { color: red }
.bad:nope, .fine { color: red }
.fine { color: green; colour: red; color: notacolour }
@media (prefers-color-scheme: dark) { p { color: #ddd } body { background: #111 } a { color: red } }
@media screen and (max-width: 400px) { .m { font-size: 30px; color: purple } }
@media not print and (min-width: 500px) { .w { color: navy } }
@media (width >= 600px) { .r { font-weight: 800 } }
@media (400px < width <= 700px) { .r2 { font-weight: lighter } }
@media only screen and (min-width: 100px) and (max-width: 2000px), print { .l { color: #123456 } }
@media (min-width: 100px) { @media (max-width: 400px) { .l { font-size: 11px } } }
@media (unheard-of: 1) { p { color: red } }
@media not (min-width: 400px) { .w { font-size: 21px } }
@supports (display: grid) { .s { color: orange } }
.i { color: inherit; background-color: inherit }
.u { color: unset }
.n { color: initial; font-size: initial; font-weight: initial }
.cc { color: #135; background: currentcolor }
.em { font-size: 1.5em }
.rem { font-size: 2rem }
.pc { font-size: 80% }
.bb { font-weight: bolder }
.ok { color: oklch(60% 0.1 200); background-color: color(srgb 1 0 0) }
.hw { color: hwb(200 20% 30%) }
[class~="at"] { color: #0a0 }
[data-x^=ab i] { color: #a00 }
*[lang|=en] { font-weight: 500 }
li:nth-child(2n+1) { color: #050 }
li:not(.z):last-child { color: #500 }
.vh { visibility: hidden } .vh b { visibility: visible }
-->"""
HARD_BODY = """
<div lang="en-GB"><p class="a">a <b>b <b>c</b></b></p><p class="b" id="x">d <i>e</i></p></div>
<table bgcolor="#eee"><tbody><tr bgcolor="red"><td><font color="chucknorris" size="+2">f
<font size=1 color="#abc">g</font></font><a href="#">h</a><a>i</a> <a class=q href=y>j</a></td>
<th bgcolor=yellow>k</th></tr></tbody></table>
<p class="m">m</p><p class="w">w</p><p class="r">r</p><p class="r2">s</p><p class="l">l</p>
<p class="s">t</p><div style="background:#fafad2;color:#333"><p class="i">u</p></div>
<p class="u">v</p><p class="n">w</p><p class="cc">x</p><p class="em">y <span class="em">z</span></p>
<p class="rem">a</p><p class="pc">b</p><p class="bb">c</p><p class="ok">d</p><p class="hw">e</p>
<p class="at zz">f</p><p data-x="ABc">g</p><p class="bad fine">h</p>
<ul><li>1</li><li>2</li><li class="z">3</li></ul><ol><li>1</li><li>2</li></ol>
<h1>h <small>s <sub>x</sub></small></h1><h2>h</h2><h3>h</h3><h4>h</h4><h5>h</h5><h6>h</h6>
<div class="vh">v <b>b</b></div><p hidden>h</p><p style="display:none">d <b>q</b></p>
<mark>m</mark><p class="ms" style="color:red;color:blue !important;color:green">n</p>
<p style="font:bold 20px/1 Arial">f</p><p style="font:20px">no font</p>
<p style="background:linear-gradient(red, blue)">g</p>
<p style="color:RGBA(1,2,3,.4);font-weight:350">c <b>b</b></p><p style="*color:red;color:#123">d</p>
<p style="font-size:xx-large">e <big>f</big></p><p style="background:none">g</p>
"""
HARD_PAGE = f"""<!DOCTYPE html>
<html><head><meta name="color-scheme" content="light dark"><style>{HARD_CSS}</style>
<style media="print">p {{ color: red }}</style><style type="text/x-foo">p {{ color: red }}</style>
<style media="screen and (min-width:10px)">.ms {{ color: #777 }}</style></head>
<body text="#222222" link="#993300" bgcolor="ffeedd">{HARD_BODY}</body></html>
"""
COMPUTED = """() => [...document.querySelectorAll('[data-number]')].map(e => {
  const s = getComputedStyle(e)
  return [Number(e.dataset.number), s.color, s.backgroundColor, parseFloat(s.fontSize),
          Number(s.fontWeight), s.visibility === 'visible', e.checkVisibility()]
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started_browser() as started:
        yield started


def numbered(html: str) -> str:
    """Return the page with the number of each element on it: browsers add elements of their own."""
    starts = [0, *(found.end() for found in re.finditer("\n", html))]
    page = read_page(html)
    for number, element in reversed(list(enumerate(page.elements))):
        line, column = page.places[element]
        end = starts[line - 1] + column - 1 + len(f"<{element.tag}")
        html = f'{html[:end]} data-number="{number}"{html[end:]}'
    return html


def rgba(text: str) -> tuple[float, ...]:
    colour = parse_colour(text)
    assert colour is not None
    return (*colour.rgb, round(colour.alpha, 2))


def same_as_in(browser: Browser, html: str, folder: Path, width: int, *, dark: bool) -> int:
    """Compare every element; return how many there were."""
    file = folder / "page.html"
    file.write_text(numbered(html), encoding="utf-8")
    tab = browser.new_page(
        viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light"
    )
    tab.goto(file.as_uri())
    computed: list[list[Any]] = tab.evaluate(COMPUTED)
    tab.close()
    cascade = Cascade(read_page(html))
    styles = cascade.styles(Look("", Screen(width, dark)))
    for number, colour, ground, size, weight, visible, displayed in computed:
        element = cascade.page.elements[number]
        style = styles[element]
        where = f"{element.tag} {element.attrib} at {cascade.page.places[element]}"
        assert (not style.hidden) == displayed or element.tag == "head", where
        if displayed:
            assert style.colour is not None, where
            for ours, theirs in ((style.colour, rgba(colour)), (style.background, rgba(ground))):
                difference = [abs(a - b) for a, b in zip(rgba(str(ours)), theirs, strict=True)]
                assert max(difference) <= 1, (where, str(ours), theirs)
            assert (style.weight, style.visible) == (weight, visible), where
            assert style.size == pytest.approx(size, abs=0.05), where
    return len(computed)


SCREENS = list(product((640, 375), (False, True)))


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize(("issue", "language"), EDITIONS)
def test_every_element_of_the_samples_looks_as_in_chromium(
    browser: Browser, tmp_path: Path, issue: str, language: str
) -> None:
    html = drawn(issue, language).rendering.html
    for width, dark in SCREENS:
        assert same_as_in(browser, html, tmp_path, width, dark=dark) > 400


@pytest.mark.browser
@pytest.mark.parametrize(("width", "dark"), SCREENS)
def test_hard_css_is_understood_as_in_chromium(
    browser: Browser, tmp_path: Path, width: int, dark: bool
) -> None:
    assert same_as_in(browser, HARD_PAGE, tmp_path, width, dark=dark) > 60


def style_of(html: str, look: Look = LIGHT, where: str = "p") -> Style:
    cascade = cascade_of(html)
    return cascade.styles(look)[first(cascade, where)]


def first(cascade: Cascade, tag: str) -> Element:
    return cascade.page.all(tag)[0]


def grounds(html: str, look: Look = LIGHT) -> list[str]:
    return [str(ground) for ground in style_of(html, look).grounds]


def test_a_veil_lies_over_the_ground_around() -> None:
    veil = '<div style="background:rgba(0,0,0,.5)"><p>x</p></div>'
    assert grounds(page_of(f'<div style="background:#fff">{veil}</div>')) == ["#808080"]
    assert grounds(page_of(f'<div style="background:#f00">{veil}</div>')) == ["#800000"]


def test_opacity_fades_ground_and_text() -> None:
    html = page_of('<div style="background:#000;opacity:.5"><p style="color:#fff">x</p></div>')
    style = style_of(html)
    assert str(style.grounds[0]) == "#808080"
    assert style.opacity == 0.5


def test_a_text_on_a_gradient_may_stand_on_each_of_its_colours() -> None:
    html = page_of('<p style="background:linear-gradient(90deg, #ffffff 10%, #000 90%)">x</p>')
    assert grounds(html) == ["#ffffff", "#000000"]


def test_a_picture_lies_over_the_ground_until_another_covers_it() -> None:
    inside = "<p>x</p>"
    on = page_of(f'<div style="background:#eee url(a.png)">{inside}</div>')
    assert style_of(on).picture
    covered = f'<table><tr><td style="background:#fff">{inside}</td></tr></table>'
    assert not style_of(page_of(f'<div style="background:url(a.png)">{covered}</div>')).picture


def test_the_old_attribute_background_is_a_picture() -> None:
    assert style_of(page_of('<table background="a.png"><tr><td><p>x')).picture


@pytest.mark.parametrize(
    ("css", "why"),
    [
        ("display:none", "display: none"),
        ("opacity:0", "opacity: 0"),
        ("max-height:0;overflow:hidden", "max-height: 0"),
        ("width:0px;overflow:hidden auto", "width: 0"),
        ("max-height:0", ""),
        ("display:block", ""),
    ],
)
def test_it_is_known_why_something_is_hidden(css: str, why: str) -> None:
    html = page_of(f'<div style="{css}"><p>x</p></div>')
    assert style_of(html).hidden == why


def test_the_canvas_is_dark_only_when_the_page_says_that_it_may_be() -> None:
    assert grounds(page_of("<p>x</p>"), DARK) == ["#ffffff"]
    meta = '<meta name="color-scheme" content="light dark">'
    assert grounds(page_of("<p>x</p>", head=meta), DARK) == ["#121212"]
    assert grounds(page_of("<p>x</p>", ":root { color-scheme: light dark }"), DARK) == ["#121212"]
    assert grounds(page_of("<p>x</p>", head=meta), LIGHT) == ["#ffffff"]


def test_variables_are_beyond_us_and_we_say_so() -> None:
    css = ":root { --ink: #fff } p { color: var(--ink); background: rgb(var(--r), 0, 0) }"
    style = style_of(page_of("<p>x</p>", css))
    assert style.colour is None
    assert style.grounds == ()


def test_rules_for_outlooks_marks_wake_only_in_outlook() -> None:
    html = page_of('<div class="k"><p>x</p></div>', "[data-ogsc] .k p { color: #fff !important }")
    assert cascade_of(html).has_rules_for_outlook()
    assert str(style_of(html).colour) == "#000000"
    outlook = Look("", Screen(dark=None), outlook=True)
    assert str(style_of(html, outlook).colour) == "#ffffff"


@pytest.mark.parametrize("manner", list(Manner))
@pytest.mark.parametrize("width", [640, 375])
def test_forced_dark_is_the_same_reckoned_and_rewritten(manner: Manner, width: int) -> None:
    """What the checks judge is what the preview shows."""
    pages = [HARD_PAGE, *(drawn(*edition).rendering.html for edition in EDITIONS[:2])]
    for html in pages:
        reckoned = Cascade(read_page(html))
        rewritten = Cascade(read_page(forced_dark(html, manner)))
        one = reckoned.styles(Look("", Screen(width, None), manner=manner))
        other = rewritten.styles(Look("", Screen(width, dark=False)))
        for ours, theirs in zip(reckoned.page.elements, rewritten.page.elements, strict=False):
            assert ours.tag == theirs.tag
            where = (ours.tag, ours.attrib, reckoned.page.places[ours])
            assert _shown(one[ours]) == _shown(other[theirs]), where


def _shown(style: Style) -> tuple[str, ...]:
    colour = style.colour
    return (str(colour), *(str(ground) for ground in style.grounds), style.hidden)


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("", True),
        ("all", True),
        ("print", False),
        ("only screen and (max-width:640px)", True),
        ("screen and (max-width:639px)", False),
        ("print, (min-width: 40em)", True),
        ("not screen", False),
        ("not all and (max-width: 100px)", True),
        ("(max-width: 100px) or (min-width: 600px)", True),
        ("(not (max-width: 100px)) and (orientation: portrait)", True),
        ("(640px = width)", True),
        ("(640px > width)", False),
        ("(prefers-color-scheme: light)", True),
        ("(prefers-color-scheme: dark)", False),
        ("screen and (max-device-width: 700px)", True),
        ("(-webkit-min-device-pixel-ratio: 2)", False),
        ("(hover: hover)", False),
        ("not (hover: hover)", False),
        ("screen (max-width: 700px)", False),
        ("only", False),
        ("and and and", False),
        ("(max-width: calc(1px + 2em))", False),
    ],
)
def test_media_queries(query: str, fits: bool) -> None:
    assert applies(query, Screen(640, dark=False)) is fits


def test_a_program_that_knows_no_schemes_takes_neither() -> None:
    blind = Screen(640, dark=None)
    assert not applies("(prefers-color-scheme: dark)", blind)
    assert not applies("(prefers-color-scheme: light)", blind)


@given(st.text(alphabet="()<>=: ,notandorscreen(min-width:400px)", max_size=60))
def test_any_media_query_is_answered(query: str) -> None:
    applies(query, Screen())


@given(
    st.text(alphabet="abp.#[]{}:;,>+~*()@\"'!0 \\/-*medicolorundfs%", max_size=120),
    st.text(alphabet="abp.#[]{}:;,()\"'!0 \\/-*colorbackgundfsize%", max_size=80),
)
def test_any_css_is_survived(sheet: str, style: str) -> None:
    escaped = style.replace('"', "&quot;")
    html = page_of(f'<p style="{escaped}">x <b>y</b></p>', sheet)
    for look in (LIGHT, DARK, Look("", Screen(375, None), manner=Manner.FULL)):
        Cascade(read_page(html)).styles(look)
