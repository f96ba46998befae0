"""The preview in Chromium: both editions, the switches by keyboard, and what a save does."""

import contextlib
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.studio.browsing import ITEM, mail, measure, opened, status
from tests.studio.served import Preview, previewed_folder
from tests.workspace import edit

pytestmark = pytest.mark.browser

LONG = "\n".join(["  text: |", *["    A long story.\n"] * 60])
THOUSANDS = re.compile(r"^\d{4}$")
SOME = re.compile(r"^\d+$")


def test_both_editions_are_seen_whole(browser: Browser, preview: Preview) -> None:
    with opened(browser, f"{preview.url}/issue/spring") as page:
        expect(
            mail(page, "English").get_by_role("heading", name="A school for the young")
        ).to_be_visible()
        expect(
            mail(page, "Русский").get_by_role("heading", name="Школа для молодых")
        ).to_be_visible()
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
        expect(
            mail(page, "English").get_by_role("heading", name="A school for the young")
        ).to_be_visible()
        edit(spring, ITEM, "kind: nwes", "kind: news")
        expect(page.get_by_role("link", name="1 error")).to_have_count(0)


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
        page.get_by_role("radio", name="Light", exact=True).press("ArrowRight")
        title = mail(page, "English").get_by_role("heading", name="A school for the young")
        expect(title).to_have_css("color", "rgb(255, 0, 0)")
        assert page.url.endswith(
            "?view=mail&edition=en&width=phone&scheme=dark&pictures=on&lines=laid"
        )
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
