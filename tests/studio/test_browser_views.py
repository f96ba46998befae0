"""Every switch of the preview, served and exported, and what a phone and a keyboard make of it."""

import itertools
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from newsletter.compose.workspace import Folder
from newsletter.studio.choice import VIEWS
from newsletter.studio.desk import FolderDesk
from newsletter.studio.still import export
from tests.studio.browsing import mail, measure, opened
from tests.studio.served import Preview
from tests.workspace import ROOT

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Export the sample; return the address of issue 2015-1."""
    folder = tmp_path_factory.mktemp("still")
    export(FolderDesk(Folder(ROOT)), ["2015-1", "2015-2"], folder)
    return (folder / "2015-1.html").as_uri()


@pytest.fixture(params=["served", "still"])
def address(request: pytest.FixtureRequest, preview_of_sample: Preview, still: str) -> str:
    return still if request.param == "still" else f"{preview_of_sample.url}/issue/2015-1"


def choose(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).check(force=True)


def test_every_view_is_shown(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        expect(mail(page, "English").locator("h1")).to_be_visible()
        choose(page, "Plain text")
        expect(page.locator("pre.text:visible")).to_have_count(2)
        choose(page, "Inbox")
        expect(page.locator(".inboxes:visible")).to_have_count(2)
        choose(page, "Message")
        expect(page.locator("meter:visible")).to_have_count(2)
        expect(page.get_by_text("multipart/alternative").first).to_be_visible()
        choose(page, "Findings")
        expect(page.locator("article:visible")).to_have_count(0)
        choose(page, "Source")
        expect(page.locator(".source:visible")).to_have_count(2)
        laid = page.locator(".source:visible").first.locator(".line").count()
        choose(page, "As they are")
        expect(page.locator(".source:visible .line").nth(laid)).to_have_count(0)
        expect(page.locator(".source.wrap:visible")).to_have_count(0)
        choose(page, "Wrapped")
        expect(page.locator(".source.wrap:visible")).to_have_count(2)
        choose(page, "Mail")
        expect(page.locator("iframe:visible")).to_have_count(2)
        expect(page.locator("iframe:visible").first).to_have_attribute("height", re.compile("...."))


@pytest.mark.parametrize(("name", "pixels"), [("Phone 375", 375), ("Small 320", 320)])
def test_every_width(browser: Browser, address: str, name: str, pixels: int) -> None:
    with opened(browser, address) as page:
        expect(page.locator("iframe:visible").first).to_have_css("width", "640px")
        choose(page, name)
        expect(page.locator("iframe:visible")).to_have_count(2)
        for frame in page.locator("iframe:visible").all():
            expect(frame).to_have_css("width", f"{pixels}px")
            inner = frame.evaluate("each => each.contentDocument.documentElement.scrollWidth")
            assert inner <= pixels
        expect(page.locator(".inbox.phone:visible")).to_have_count(2)


def test_every_scheme(browser: Browser, address: str) -> None:
    schemes = {
        "Light": "width, light",
        "Dark": "width, dark",
        "Forced, in part": "in part",
        "Forced, in full": "in full",
    }
    paper = {}
    with opened(browser, address) as page:
        choose(page, "English")
        for name, title in schemes.items():
            choose(page, name)
            page.locator(f'iframe[title$="{title}"]:visible').first.wait_for()
            expect(page.locator("iframe:visible")).to_have_count(1)  # the new one has come
            frame = page.locator("iframe:visible").content_frame
            expect(frame.get_by_role("heading", level=1)).to_be_visible()
            sheet = frame.locator(".paper").first
            paper[name] = sheet.evaluate("each => getComputedStyle(each).backgroundColor")
    assert paper["Light"] == "rgb(255, 255, 255)"
    assert len(set(paper.values())) >= 3  # the two ways of forcing may agree about white


def test_without_pictures_their_words_are_seen(browser: Browser, address: str) -> None:
    loaded = "each => each.complete && each.naturalWidth > 0"
    with opened(browser, address) as page:
        choose(page, "English")
        expect(page.locator("iframe:visible")).to_have_count(1)
        picture = page.locator("iframe:visible").content_frame.locator("img").first
        expect(picture).to_be_visible()
        expect(picture).not_to_have_js_property("naturalWidth", 0)
        shown = picture.bounding_box()
        choose(page, "Off")
        page.locator('iframe[title$="pictures off"]:visible').first.wait_for()
        frame = page.locator("iframe:visible")
        expect(frame).to_have_count(1)
        without = frame.content_frame.locator("img").first
        expect(without).to_be_visible()
        assert not without.evaluate(loaded)
        assert without.get_attribute("alt")
        room = without.bounding_box()
        assert shown
        assert room
        assert abs(room["width"] - shown["width"]) < 3  # the words stand where it would be


def test_the_choice_stands_in_the_address(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        choose(page, "Русский")
        choose(page, "Phone 375")
        choose(page, "Forced, in full")
        expect(page.locator('iframe[title*="Русский"][title$="in full"]:visible')).to_have_count(1)
        page.reload()
        expect(page.get_by_role("radio", name="Phone 375")).to_be_checked()
        expect(page.locator('iframe[title*="Русский"][title$="in full"]:visible')).to_have_count(1)
        expect(page.locator("iframe:visible")).to_have_count(1)


def test_an_invented_reader_is_greeted(browser: Browser, preview_of_sample: Preview) -> None:
    with opened(browser, f"{preview_of_sample.url}/issue/2015-1") as page:
        page.get_by_label("Reader").select_option("sample-ru")
        expect(mail(page, "Русский").get_by_text("Иван Соколов")).to_be_visible()
        expect(page.locator("article", has_text="The chosen reader gets this one")).to_have_count(1)
        expect(page.get_by_label("Reader")).to_have_value("sample-ru")


def test_a_mail_wider_than_the_window_can_be_scrolled_by_the_keyboard(
    browser: Browser, preview_of_sample: Preview
) -> None:
    address = f"{preview_of_sample.url}/issue/2015-1?edition=en"
    with opened(browser, address, width=375) as page:
        frame = page.get_by_role("group", name="Scrolls sideways")
        frame.focus()
        page.keyboard.press("ArrowRight")
        expect(frame).not_to_have_js_property("scrollLeft", 0)
        choose(page, "Small 320")
        expect(frame).to_have_count(0)


def test_three_languages_stand_side_by_side(browser: Browser, preview_of_sample: Preview) -> None:
    address = f"{preview_of_sample.url}/issue/2015-2?width=phone"
    with opened(browser, address) as page:
        expect(page.locator("iframe")).to_have_count(3)
        tops = {
            round(box["y"])
            for frame in page.locator("article").all()
            if (box := frame.bounding_box())
        }
        assert len(tops) == 1
        expect(page.get_by_role("radio", name="Қазақ тілі")).to_be_visible()


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("width", [640, 375, 320])
def test_no_view_is_wider_than_the_window(
    browser: Browser, preview_of_sample: Preview, view: str, width: int
) -> None:
    address = f"{preview_of_sample.url}/issue/2015-1?edition=ru&view={view}&width=small"
    with opened(browser, address, width=width) as page:
        assert measure(page, "document.documentElement.scrollWidth") <= width


def test_the_table_fits_a_phone(browser: Browser, preview_of_sample: Preview) -> None:
    with opened(browser, preview_of_sample.url, width=375) as page:
        expect(page.get_by_role("link", name="2015-1")).to_be_visible()
        assert measure(page, "document.documentElement.scrollWidth") <= 375


def test_keys_alone_reach_everything_and_show_where_they_are(
    browser: Browser, preview_of_sample: Preview
) -> None:
    """Each stop of the Tab key outside the mails is in reading order and has a visible ring."""
    where = """() => {
      const here = document.activeElement;
      const seen = here.matches('.switch input') ? here.nextElementSibling : here;
      const { top, left } = seen.getBoundingClientRect();
      const style = getComputedStyle(seen);
      return [here.tagName, here.name || here.id || here.textContent.slice(0, 20),
              style.outlineStyle, top + scrollY, left];
    }"""
    with opened(browser, f"{preview_of_sample.url}/issue/2015-1?view=message") as page:
        stops = []
        for _ in range(40):
            page.keyboard.press("Tab")
            stop = page.evaluate(where)
            if stop[0] == "BODY":
                break
            stops.append(stop)
        names = [stop[1] for stop in stops]
        assert names[:4] == ["All issues", "view", "edition", "reader"]
        assert all(stop[2] in ("solid", "auto") for stop in stops), stops
        assert "Save as .eml" in names
        tops = [stop[3] for stop in stops if stop[0] in ("INPUT", "SELECT")]
        assert all(below - above > -5 for above, below in itertools.pairwise(tops))


def test_switches_obey_the_arrow_keys(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        page.get_by_role("radio", name="Mail", exact=True).focus()
        for key, name in {"ArrowRight": "Plain text", "ArrowDown": "Inbox"}.items():
            page.keyboard.press(key)
            expect(page.get_by_role("radio", name=name)).to_be_focused()
            expect(page.get_by_role("radio", name=name)).to_be_checked()
        expect(page.locator(".inboxes:visible")).to_have_count(2)


def test_the_switches_work_without_a_script(browser: Browser, preview_of_sample: Preview) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    try:
        page.goto(f"{preview_of_sample.url}/issue/2015-1")
        choose(page, "Plain text")
        choose(page, "Русский")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("pre.text")).to_have_count(1)
        assert "view=text" in page.url
    finally:
        context.close()
