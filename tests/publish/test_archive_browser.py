"""The archive in Chromium and before validators: light, dark, narrow, by keyboard, on paper."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from newsletter.publish.shelving import shelve
from tests.publish.archive_site import pages, sample
from tests.render.theme_pages import started_browser
from tests.system import do_without, program
from tests.workspace import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NODE = ROOT / ".venv" / "node" / "node_modules"
KINDS = {
    "home": "index.html",
    "index": "ru/index.html",
    "index with a missing language": "kk/index.html",
    "countries": "en/countries/index.html",
    "country": "kk/countries/kz/index.html",
    "topics": "kk/topics/index.html",
    "topic": "ru/topics/social-dialogue/index.html",
    "issue": "issues/2015-1/en/index.html",
    "issue in Russian": "issues/2015-1/ru/index.html",
    "issue with stand-ins": "issues/2015-2/kk/index.html",
    "missing": "404.html",
}
each_kind = pytest.mark.parametrize("path", KINDS.values(), ids=KINDS)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive") / "below" / "a path"
    shelve(folder, sample().files)
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started_browser() as running:
        yield running


@contextmanager
def shown(
    browser: Browser,
    file: Path,
    *,
    width: int = 1280,
    scheme: str = "light",
    scripts: bool = False,
    policy: bool = True,
) -> Iterator[Page]:
    """Open a page as a reader does, scripts off; it may ask for nothing that is not there."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=scripts,
        bypass_csp=not policy,
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    try:
        page.goto(file.as_uri())
        yield page
        assert complaints == []
    finally:
        context.close()


def test_every_page_is_valid_html(site: Path) -> None:
    java = program("java", "default-jre-headless")
    validator = NODE / "vnu-jar" / "build" / "dist" / "vnu.jar"
    if not validator.exists():
        do_without("needs vnu-jar, which ./run test installs")
    done = subprocess.run(
        [java, "-jar", validator, "--format", "json", "--skip-non-html", site],
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    told = json.loads(done.stderr)["messages"]
    assert [each for each in told if each["type"] == "error"] == []
    assert done.returncode == 0


@each_kind
@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(
    browser: Browser, site: Path, path: str, width: int, scheme: str
) -> None:
    axe = NODE / "axe-core" / "axe.min.js"
    if not axe.exists():
        do_without("needs axe-core, which ./run test installs")
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    with shown(
        browser, site / path, width=width, scheme=scheme, scripts=True, policy=False
    ) as page:
        page.add_script_tag(path=axe)
        found: Any = page.evaluate(
            "tags => axe.run({runOnly: tags, resultTypes: ['violations'], preload: false})", tags
        )
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    assert len(found["passes"]) > 15


@each_kind
@pytest.mark.parametrize("width", [320, 375, 640, 1024])
def test_nothing_is_wider_than_the_window(
    browser: Browser, site: Path, path: str, width: int
) -> None:
    with shown(browser, site / path, width=width, scripts=True) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        beyond = page.evaluate(
            """width => [...document.querySelectorAll('main *')].filter(each =>
                 !each.closest('.unseen') && each.getBoundingClientRect().right > width + 1
               ).map(each => each.outerHTML.slice(0, 80))""",
            width,
        )
        assert beyond == []


@each_kind
def test_text_twice_as_large_still_fits(browser: Browser, site: Path, path: str) -> None:
    with shown(browser, site / path, width=640, scripts=True, policy=False) as page:
        page.add_style_tag(content="html { font-size: 200% !important }")
        assert page.evaluate("document.documentElement.scrollWidth") <= 640


def test_a_reader_without_scripts_goes_from_language_to_item(browser: Browser, site: Path) -> None:
    with shown(browser, site / "index.html") as page:
        page.get_by_role("link", name="English", exact=True).click()
        page.get_by_role("link", name="Countries").first.click()
        page.get_by_role("main").get_by_role("link", name="Russian Federation").click()
        page.get_by_role("link", name="Murmansk hosts the first international").click()
        assert page.url.endswith("/issues/2015-1/en/index.html#2015-03-17-arctic-school")
        item = page.locator("#2015-03-17-arctic-school".replace("#2", "#\\32 "))
        expect(item).to_be_in_viewport()
        item.get_by_role("link", name=re.compile("Русский – В.Мурманске")).click()
        assert page.url.endswith("/issues/2015-1/ru/index.html#2015-03-17-arctic-school")
        expect(
            page.get_by_role("heading", name=re.compile("В.Мурманске прошла"))
        ).to_be_in_viewport()
        page.get_by_role("link", name="Бюллетень").click()
        expect(page.get_by_role("heading", name="Свежий номер")).to_be_visible()
        assert page.url.endswith("/ru/index.html")


def test_the_keyboard_reaches_everything_in_order_and_its_place_is_seen(
    browser: Browser, site: Path
) -> None:
    with shown(browser, site / KINDS["issue"], scripts=True) as page:
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the content")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="PDF, 6 pages, 1.2 MB")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="A new year of work together")).to_be_focused()
        page.goto((site / KINDS["topic"]).as_uri())
        links = page.locator("a")
        seen: list[str] = []
        for _ in range(links.count()):
            page.keyboard.press("Tab")
            seen.append(page.evaluate("document.activeElement.getAttribute('href')"))
            ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert ring == "solid"
        assert seen == links.evaluate_all("links => links.map(link => link.getAttribute('href'))")


def test_targets_are_large_enough_for_a_finger(browser: Browser, site: Path) -> None:
    with shown(browser, site / KINDS["issue"], width=375, scripts=True) as page:
        small = page.evaluate(  # WCAG 2.2, 2.5.8: 24 pixels, but for links in running text
            """[...document.querySelectorAll('a:not(.prose a, .footnote a, p.brand a, .skip)')]
                 .filter(each => each.getBoundingClientRect().height < 24)
                 .map(each => each.outerHTML)"""
        )
        assert small == []


def test_pictures_are_loaded_in_the_size_they_are_shown(browser: Browser, site: Path) -> None:
    with shown(browser, site / KINDS["issue"], width=375, scripts=True) as page:
        chosen = page.evaluate("document.querySelector('img').currentSrc")
        width = page.evaluate("document.querySelector('img').getBoundingClientRect().width")
        assert width == 335
        shelf = {tag["srcset"] for tag in pages()[KINDS["issue"]].all("img")}
        assert any(f"{chosen.rpartition('/')[2]} 600w" in each for each in shelf)


def test_paper_has_the_words_and_not_the_ways(browser: Browser, site: Path) -> None:
    with shown(browser, site / KINDS["issue"], scripts=True, scheme="dark") as page:
        page.emulate_media(media="print")
        expect(page.get_by_role("heading", name="Murmansk hosts")).to_be_visible()
        for way in ("nav", ".leads", ".feeds", ".skip"):
            assert not [each for each in page.locator(way).all() if each.is_visible()]
        colours = page.evaluate(
            """(style => [style.backgroundColor, style.color])(getComputedStyle(document.body))"""
        )
        assert colours == ["rgb(255, 255, 255)", "rgb(31, 42, 55)"]
        address = page.evaluate(
            "getComputedStyle(document.querySelector('.links a'), '::after').content"
        )
        assert "attr" in address or "https://www.example.org/en/news/arctic-school" in address


def test_forced_colours_leave_boxes_and_focus_visible(browser: Browser, site: Path) -> None:
    with shown(browser, site / KINDS["issue"], scripts=True) as page:
        page.emulate_media(forced_colors="active")
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
