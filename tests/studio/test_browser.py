"""The preview in Chromium: both editions, the controls by keyboard, and what a save does."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

from tests.render.theme_pages import started_browser
from tests.studio.served import PATIENCE, Preview, previewed_folder
from tests.workspace import edit

pytestmark = pytest.mark.browser

ITEM = "issues/items/school.yaml"
LONG = "\n".join(["  text: |", *["    A long story.\n"] * 60])
THOUSANDS = re.compile(r"^\d{4}$")
SOME = re.compile(r"^\d+$")
expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started_browser() as running:
        yield running


@contextlib.contextmanager
def opened(
    browser: Browser, url: str, *, width: int = 1440, expected: str = "nothing"
) -> Iterator[Page]:
    """Open a page; nothing on it may be blocked or break, but for what is expected."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    try:
        page.goto(url)
        expect(status(page)).to_have_text("Follows every save")
        yield page
        assert [each for each in complaints if expected not in each] == []
    finally:
        page.close()


def status(page: Page) -> Locator:
    return page.get_by_role("status")


def mail(page: Page, language: str) -> FrameLocator:
    """Return the mail on the page; while a newer one is loading, that."""
    return page.locator(f'iframe[title*="{language}"]').last.content_frame


def measure(page: Page, expression: str) -> float:
    return float(page.evaluate(expression))


def test_both_editions_are_seen_whole(browser: Browser, preview: Preview) -> None:
    with opened(browser, f"{preview.url}/issue/spring") as page:
        expect(mail(page, "English").get_by_text("A school for the young")).to_be_visible()
        expect(mail(page, "Русский").get_by_text("Школа для молодых")).to_be_visible()
        for frame in page.locator("iframe").all():
            inner = frame.evaluate("frame => frame.contentDocument.documentElement.scrollHeight")
            box = frame.bounding_box()
            assert box
            assert (box["width"], box["height"]) == (640, inner)


def test_a_save_is_shown_and_the_place_is_kept(
    browser: Browser, preview: Preview, spring: Path
) -> None:
    edit(spring, ITEM, "  text: They", f"{LONG}\n  footnote: They")
    with opened(browser, f"{preview.url}/issue/spring") as page:
        expect(mail(page, "English").get_by_text("A long story.")).to_have_count(60)
        expect(page.locator("iframe").first).to_have_attribute("height", THOUSANDS)
        page.evaluate("scrollTo(0, 900)")
        edit(spring, ITEM, "A school for the young", "A school for all")
        expect(mail(page, "English").get_by_text("A school for all")).to_be_visible()
        expect(page.locator("iframe")).to_have_count(2)
        expect(status(page)).to_contain_text("Updated at")
        assert measure(page, "scrollY") == 900


def test_errors_come_and_go_with_the_save(browser: Browser, preview: Preview, spring: Path) -> None:
    with opened(browser, f"{preview.url}/issue/spring") as page:
        edit(spring, ITEM, "kind: news", "kind: nwes")
        expect(page.get_by_text(f"{ITEM}:1:1")).to_be_visible()
        expect(page.get_by_role("link", name="1 error")).to_be_visible()
        expect(mail(page, "English").get_by_text("A school for the young")).to_be_visible()
        edit(spring, ITEM, "kind: nwes", "kind: news")
        expect(page.get_by_role("link", name="1 error")).to_have_count(0)


def test_an_opened_list_of_findings_stays_open(
    browser: Browser, preview: Preview, spring: Path
) -> None:
    short = "What they said"
    preheader = "A school for the young, and what they said about their work"
    edit(spring, "issues/spring/issue.yaml", preheader, short)
    with opened(browser, f"{preview.url}/issue/spring") as page:
        findings = page.locator("#findings li")
        expect(findings.first).to_be_hidden()
        page.locator("#findings summary").press("Enter")
        expect(findings.first).to_be_visible()
        edit(spring, ITEM, "A school for the young", "A school for all")
        expect(mail(page, "English").get_by_text("A school for all")).to_be_visible()
        expect(findings.first).to_be_visible()


def test_the_controls_work_by_keyboard_and_stand_in_the_address(
    browser: Browser, preview: Preview, spring: Path
) -> None:
    style = "<mj-style>@media (prefers-color-scheme: dark) { h2 { color: #ff0000 } }</mj-style>"
    edit(spring, "templates/plain/issue.mjml.j2", "<mj-head>", f"<mj-head>\n{style}")
    with opened(browser, f"{preview.url}/issue/spring") as page:
        page.get_by_role("radio", name="Both").press("ArrowRight")
        expect(page.locator("iframe")).to_have_count(1)
        page.get_by_role("radio", name="Desktop 640").press("ArrowRight")
        expect(page.get_by_role("radio", name="Phone 375")).to_be_focused()
        expect(page.locator("iframe")).to_have_css("width", "375px")
        page.get_by_role("radio", name="Light").press("ArrowRight")
        title = mail(page, "English").get_by_role("heading", name="A school for the young")
        expect(title).to_have_css("color", "rgb(255, 0, 0)")
        assert page.url.endswith("?edition=en&width=phone&scheme=dark&view=mail")
        page.reload()
        expect(page.get_by_role("radio", name="Phone 375")).to_be_checked()
        page.get_by_role("radio", name="Mail").press("ArrowRight")
        expect(page.locator("pre.text")).to_contain_text("A school for the young")
        page.get_by_role("radio", name="Plain text").press("ArrowLeft")
        expect(title).to_be_visible()
        expect(page.locator("iframe")).to_have_attribute("height", SOME)


@pytest.mark.parametrize(
    ("width", "frames"), [(1440, [640, 640]), (1024, [640]), (860, [640]), (500, [375])]
)
def test_a_narrower_window_begins_with_what_fits(
    browser: Browser, preview: Preview, width: int, frames: list[int]
) -> None:
    with opened(browser, f"{preview.url}/issue/spring", width=width) as page:
        expect(page.locator("iframe")).to_have_count(len(frames))
        for frame, wanted in zip(page.locator("iframe").all(), frames, strict=True):
            expect(frame).to_have_css("width", f"{wanted}px")
        assert measure(page, "document.documentElement.scrollWidth") <= width


def test_a_preview_that_was_started_again_is_followed(browser: Browser, spring: Path) -> None:
    with contextlib.ExitStack() as first:
        preview = first.enter_context(previewed_folder(spring))
        with opened(browser, f"{preview.url}/issue/spring", expected="ERR_CONNECTION") as page:
            first.close()
            expect(status(page)).to_contain_text("Not connected")
            edit(spring, ITEM, "A school for the young", "A school for all")
            with previewed_folder(spring, preview.port):
                expect(mail(page, "English").get_by_text("A school for all")).to_be_visible()
                expect(status(page)).to_contain_text("Updated at")
