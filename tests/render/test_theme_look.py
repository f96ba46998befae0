"""The finished look in a browser: it fits, it can be read, nothing is broken."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from newsletter.render.render import render
from tests.render.theme_pages import (
    EDITIONS,
    drawn,
    items,
    save,
    section,
    shown,
    started_browser,
    theme,
    with_sections,
)

pytestmark = pytest.mark.browser
SCHEMES = ("light", "dark", "outlook", "no styles")

BOXES = "all => all.map(e => e.getBoundingClientRect().toJSON())"
OVERFLOWING = """width => [...document.querySelectorAll('body *')]
  .filter(e => e.getClientRects().length && e.getBoundingClientRect().right > width + 0.5)
  .map(e => e.tagName + ' ' + e.textContent.trim().slice(0, 60))"""

# WCAG 2.2: relative luminance, contrast ratio, and what counts as large text (1.4.3)
TOO_FAINT = """() => {
  const channels = text => text.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = channels(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
      if (c[3] !== 0) throw new Error('half transparent: ' + e.outerHTML.slice(0, 80));
    }
    return [255, 255, 255];
  };
  const faint = (e, words) => {
    const style = getComputedStyle(e);
    const inks = [luminance(channels(style.color)), luminance(ground(e))];
    const [high, low] = inks.sort((a, b) => b - a);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight) >= 700);
    const ratio = (high + 0.05) / (low + 0.05);
    return ratio < (large ? 3 : 4.5) ? [ratio.toFixed(2) + ' ' + words.trim().slice(0, 60)] : [];
  };
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let texts = 0;
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement, words = walker.currentNode.data;
    if (!words.trim() || !e.getClientRects().length || e.tagName === 'STYLE') continue;
    texts += 1;
    found.push(...faint(e, words));
  }
  for (const image of document.images) found.push(...faint(image, image.alt));
  if (texts < 50) throw new Error('only ' + texts + ' texts were looked at');
  return found;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started_browser() as started:
        yield started


@pytest.fixture(scope="module", params=EDITIONS, ids="-".join)
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    page = drawn(*request.param)
    return save(tmp_path_factory.mktemp("page"), page.rendering.html, page.pictures)


@pytest.mark.parametrize("width", [640, 375, 320])
def test_nothing_is_wider_than_the_window(browser: Browser, path: Path, width: int) -> None:
    with shown(browser, path, width=width) as page:
        assert page.evaluate(OVERFLOWING, width) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_font_with_wide_letters_still_fits(browser: Browser, path: Path) -> None:
    with shown(browser, path, width=320) as page:
        page.add_style_tag(content="* { font-family: 'DejaVu Sans' !important }")
        assert page.evaluate(OVERFLOWING, 320) == []


def test_without_any_style_element_the_page_still_fits_a_phone(
    browser: Browser, path: Path
) -> None:
    with shown(browser, path, width=375, scheme="no styles") as page:
        assert page.evaluate("document.documentElement.scrollWidth") == 375


@pytest.mark.parametrize("scheme", SCHEMES)
def test_all_text_stands_out_from_its_ground(browser: Browser, path: Path, scheme: str) -> None:
    with shown(browser, path, scheme=scheme) as page:
        assert page.evaluate(TOO_FAINT) == []


def test_dark_mode_leaves_no_light_ground(browser: Browser, path: Path) -> None:
    light = """all => all.filter(e => {
        const [r, g, b, a] = getComputedStyle(e).backgroundColor.match(/[\\d.]+/g).map(Number);
        return a !== 0 && (r + g + b) / 3 > 110;
    }).map(e => e.outerHTML.slice(0, 90))"""
    with shown(browser, path, scheme="dark") as page:
        assert page.eval_on_selector_all("body, body *", light) == []


def test_every_picture_is_there_at_twice_the_size_shown(browser: Browser, path: Path) -> None:
    with shown(browser, path, width=700) as page:
        images = page.eval_on_selector_all(
            "img", "all => all.map(i => [i.alt, i.naturalWidth, i.width, +i.getAttribute('width')])"
        )
    assert len(images) >= 5
    for alt, natural, width, attribute in images:
        assert alt
        assert attribute <= 600
        assert width <= attribute + 1, f"{alt}: Outlook shows the attribute, others the style"
        assert natural >= 2 * attribute


def test_without_pictures_their_descriptions_can_be_read(browser: Browser, path: Path) -> None:
    with shown(browser, path, width=375, pictures=False) as page:
        images = page.eval_on_selector_all(
            "img",
            "all => all.map(i => [i.naturalWidth, i.alt, i.height,"
            " getComputedStyle(i).backgroundColor])",
        )
        assert page.evaluate(TOO_FAINT) == []
        assert page.evaluate(OVERFLOWING, 375) == []
    assert images
    for natural, alt, height, ground in images:
        assert natural == 0
        assert height >= 18, alt
        assert ground == "rgb(241, 245, 250)", alt


def test_headings_make_an_outline_without_gaps(browser: Browser, path: Path) -> None:
    with shown(browser, path) as page:
        levels = page.eval_on_selector_all(
            "h1, h2, h3, h4, h5, h6", "all => all.map(h => +h.tagName[1])"
        )
        titles = page.locator("h1").all_inner_texts()
    assert len(titles) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_footer_links_can_be_hit_with_a_thumb(browser: Browser, path: Path) -> None:
    with shown(browser, path, width=375) as page:
        boxes = page.eval_on_selector_all(".targets a", BOXES)
    above = len(boxes) - 3  # the other languages and the browser; below: browser, choices, leaving
    assert above >= 2
    assert all(box["height"] >= 24 and box["width"] >= 24 for box in boxes)  # WCAG 2.2 2.5.8
    footer = boxes[above:]
    assert all(a["bottom"] <= b["top"] for a, b in pairwise(footer))


def test_links_are_underlined(browser: Browser, path: Path) -> None:
    with shown(browser, path) as page:
        plain = page.eval_on_selector_all(
            "a",
            "all => all.filter(a => !getComputedStyle(a).textDecorationLine.includes('underline'))"
            ".map(a => a.textContent)",
        )
    assert plain == []


def test_the_calendar_is_a_table_with_headers(browser: Browser, path: Path) -> None:
    with shown(browser, path, width=375) as page:
        roles = page.eval_on_selector_all(
            "table",
            "all => all.map(t => [!!t.querySelector(':scope > tbody > tr > th'), t.role])",
        )
        assert page.locator("th[scope=col]").count() == 2
        assert page.locator("th[scope=row]").count() >= 1
    assert [role for has_headers, role in roles if has_headers] == [None]
    assert {role for has_headers, role in roles if not has_headers} == {"presentation"}


@pytest.fixture(scope="module")
def odd_cards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of five ungrouped cards, three of them with pictures."""
    page = drawn("2015-1", "en")
    pool = [item for item in items("2015-1", "en") if item.kind == "news"]
    pictured = [item for item in pool if item.image][:3]
    plain = [item for item in pool if not item.image][:2]
    cards = section("cards", pictured[0], plain[0], pictured[1], plain[1], pictured[2])
    rendering = render(theme(), with_sections(page.edition, cards), page.pictures)
    return save(tmp_path_factory.mktemp("cards"), rendering.html, page.pictures)


Boxes = Callable[[int], list[dict[str, float]]]


@pytest.fixture
def titles(browser: Browser, odd_cards: Path) -> Boxes:
    def boxes(width: int) -> list[dict[str, float]]:
        with shown(browser, odd_cards, width=width) as page:
            found: list[dict[str, float]] = page.eval_on_selector_all(".headline", BOXES)
            return found

    return boxes


def test_cards_stand_in_two_columns(titles: Boxes) -> None:
    first, second, third, fourth, last = titles(640)
    assert first["left"] == third["left"] < second["left"] == fourth["left"]
    assert third["top"] > first["bottom"]
    assert last["left"] > first["left"], "the last one's picture stands beside its text"


def test_cards_stack_on_phones(titles: Boxes) -> None:
    boxes = titles(375)
    assert len({box["left"] for box in boxes}) == 1
    assert all(a["bottom"] < b["top"] for a, b in pairwise(boxes))
