"""Mails made dark by force: colours turned as programs turn them, and nothing else touched."""

import re
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from playwright.sync_api import sync_playwright

from newsletter.render.colours import BLACK, WHITE, Colour, parse_colour
from newsletter.render.forced_dark import Manner, forced_dark
from tests.render.theme_pages import _ARGUMENTS, EDITIONS, chromium, drawn

MANNERS = list(Manner)


def colour(text: str) -> Colour:
    found = parse_colour(text)
    assert found is not None
    return found


class Shape(HTMLParser):
    """Everything about a page but the values of attributes and the texts of style sheets."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[object] = []
        self._style = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._style = tag == "style"
        names = {name for name, _ in attrs} - ({"style"} if tag == "html" else set())
        others = {pair for pair in attrs if pair[0] in ("href", "src", "class", "alt", "width")}
        self.seen.append((tag, names, others))

    def handle_endtag(self, tag: str) -> None:
        self._style = False
        self.seen.append(tag)

    def handle_data(self, data: str) -> None:
        if not self._style:
            self.seen.append(data)

    def handle_comment(self, data: str) -> None:
        self.seen.append(("comment", data))


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize(("issue", "language"), EDITIONS)
def test_elements_texts_and_comments_stay_as_they_are(
    issue: str, language: str, manner: Manner
) -> None:
    html = drawn(issue, language).rendering.html
    dark = forced_dark(html, manner)
    assert dark != html
    assert Shape(dark).seen == Shape(html).seen


def test_light_grounds_become_dark_and_dark_texts_light() -> None:
    html = '<html><body bgcolor="#ffffff"><p style="color:#000000;margin:0">x</p></body></html>'
    dark = forced_dark(html, Manner.PARTIAL)
    assert 'bgcolor="#333333"' in dark
    assert "color:#ffffff;margin:0" in dark.replace(" ", "")


def test_what_is_dark_already_stays_unless_everything_is_turned() -> None:
    html = '<td style="background:#0f2f54;color:#ffffff">x</td>'
    assert html in forced_dark(html, Manner.PARTIAL)
    assert "#0f2f54" not in forced_dark(html, Manner.FULL)


@pytest.mark.parametrize("manner", MANNERS)
def test_style_sheets_are_turned_and_the_readers_scheme_is_not_asked(manner: Manner) -> None:
    css = """
    .a > td, .b:hover { background: #fff url("x.png?a=1;b=2"); border-top: 1px solid #000 }
    @media (prefers-color-scheme: dark) { .a { color: #abcdef } }
    @media screen and (max-width: 400px) { .a { color: black } }
    """
    dark = forced_dark(f"<html><head><style>{css}</style></head><body>x</body></html>", manner)
    ground, line = manner.ground(WHITE), manner.text(BLACK)
    assert f'background: {ground} url("x.png?a=1;b=2")' in dark
    assert f"border-top: 1px solid {line}" in dark
    assert "#abcdef" not in dark
    assert re.search(rf"@media screen and \(max-width: 400px\) *{{[^}}]*color: {line}", dark)


def test_gradients_and_quoted_styles_are_turned() -> None:
    html = """<p style='background:linear-gradient(#fff, #eee);font-family:"A B"'>x</p>"""
    dark = forced_dark(html, Manner.PARTIAL)
    assert "#fff" not in dark.replace("#ffffff", "")
    assert "font-family:&quot;A B&quot;" in dark


def test_a_page_without_html_is_still_told_that_it_is_dark() -> None:
    assert forced_dark("<p>x</p>").startswith("<p>x</p><style>:root{color-scheme:dark")


def test_a_page_that_has_a_style_on_html_keeps_it() -> None:
    dark = forced_dark("<html style='margin:0'><body>x</body></html>")
    assert "<html style='color-scheme:dark!important;margin:0'>" in dark


@given(st.text(alphabet="<>![]/='\"&;:#! \nabstyle{}@(),-0f", max_size=200))
def test_any_page_is_turned_without_failing(page: str) -> None:
    for manner in MANNERS:
        forced_dark(page, manner)
        forced_dark(f"<style>{page}</style><p style='{page}'>", manner)


@given(*[st.integers(0, 255)] * 3)
def test_partial_never_makes_a_ground_lighter_or_a_text_darker(r: int, g: int, b: int) -> None:
    given_colour = Colour(r / 255, g / 255, b / 255)
    lightness = given_colour.lightness
    assert Manner.PARTIAL.ground(given_colour).lightness <= lightness + 1
    assert Manner.PARTIAL.text(given_colour).lightness >= lightness - 1


LIGHT_GROUNDS = ["#ffffff", "#eaeff5", "#fff8e1", "#ffee00", "#e0f2e9"]
DARK_TEXTS = ["#000000", "#566370", "#0b5cad", "#1e2dbe", "#f57c00", "#ff0000", "#00aa55"]


@pytest.fixture(scope="module")
def darkened(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, int, int]]:
    """What Chromium makes of bars in these colours when it is told to darken pages."""
    bars = [f"background:{each}" for each in LIGHT_GROUNDS]
    letters = [f"color:{each}" for each in DARK_TEXTS]
    body = "".join(f'<div class="b" style="{each}"></div>' for each in bars) + "".join(
        f'<div class="b" style="{each}">{"█" * 12}</div>' for each in letters
    )
    css = "body{margin:0}.b{height:20px;width:200px;font:40px/20px monospace;overflow:hidden}"
    file = tmp_path_factory.mktemp("bars") / "page.html"
    file.write_text(f"<!DOCTYPE html><meta charset=utf-8><style>{css}</style>{body}")
    with sync_playwright() as driver:
        dark = (*_ARGUMENTS, "--blink-settings=forceDarkModeEnabled=true")
        browser = driver.chromium.launch(executable_path=chromium(), args=dark)
        page = browser.new_page(viewport={"width": 300, "height": 600})
        page.goto(Path(file).as_uri())
        shot = Image.open(BytesIO(page.screenshot())).convert("RGB")
        browser.close()
    count = len(bars) + len(letters)
    pixels = [shot.getpixel((10, 20 * number + 10)) for number in range(count)]
    return [pixel for pixel in pixels if isinstance(pixel, tuple) and len(pixel) == 3]


@pytest.mark.browser
@pytest.mark.slow
def test_colours_turned_round_are_those_that_chromium_paints(
    darkened: list[tuple[int, int, int]],
) -> None:
    turned = [Manner.FULL.text(colour(each)).rgb for each in (*LIGHT_GROUNDS, *DARK_TEXTS)]
    assert len(darkened) == len(turned)
    for ours, theirs in zip(turned, darkened, strict=True):
        assert max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) <= 1, (ours, theirs)
