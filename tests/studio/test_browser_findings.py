"""Findings in Chromium: at the places they speak of, in the list, and the ways between the two."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from newsletter.checks.page import read_page
from newsletter.compose.workspace import Folder
from newsletter.model.finding import Finding, Severity, Spot
from tests.studio.browsing import ITEM, mail, measure, opened, status
from tests.studio.drafts import PLACE, FoundDesk, draft_of, element_of, finding
from tests.studio.served import previewed
from tests.workspace import edit

pytestmark = pytest.mark.browser

LONG = "\n".join(["  text: |", *["    A long story.\n"] * 60])


def made(root: Path) -> list[Finding]:
    """Return findings of three kinds: seen in English, in Russian, and nowhere in a mail."""
    draft = draft_of(root)
    english, russian = (element_of(draft, language, "h2") for language in ("en", "ru"))
    link = element_of(draft, "en", "a")
    return [
        finding("the headline is long", Spot("en", english)),
        finding("the headline repeats itself", Spot("en", english), Severity.WARNING),
        finding("the Russian headline is long", Spot("ru", russian), Severity.WARNING),
        finding("the list has no readers", None, Severity.WARNING),
        finding("the link could say more", Spot("en", link), Severity.NOTE),
    ]


@contextlib.contextmanager
def shown(
    browser: Browser, root: Path, found: list[Finding], query: str = "", width: int = 1440
) -> Iterator[Page]:
    with (
        previewed(FoundDesk(Folder(root), found=found)) as preview,
        opened(browser, f"{preview.url}/issue/spring{query}", width=width) as page,
    ):
        yield page


def mark(page: Page, number: int) -> Locator:
    return page.locator(f'.mark[data-finding="f{number}"]')


def test_each_finding_stands_at_its_place_in_the_mail(browser: Browser, spring: Path) -> None:
    with shown(browser, spring, made(spring)) as page:
        expect(page.locator(".mark:visible")).to_have_count(3)
        headline = mail(page, "English").locator("h2").bounding_box()
        first, second = (mark(page, number).bounding_box() for number in (1, 2))
        assert headline
        assert first
        assert second
        assert abs(first["y"] - headline["y"]) < 20
        assert second["x"] > first["x"] + first["width"] - 4  # beside one another
        assert abs(first["x"] - headline["x"]) < 40
        expect(mail(page, "English").locator("h2")).to_have_css("outline-style", "dashed")
        expect(mail(page, "Русский").locator("[data-finding]")).to_have_count(1)


def test_a_click_in_the_list_leads_to_the_place_and_back(browser: Browser, spring: Path) -> None:
    edit(spring, ITEM, "  text: They", f"{LONG}\n  footnote: They")
    found = [finding("the link says nothing", Spot("en", link_of(spring)))]
    with shown(browser, spring, found, "?edition=en") as page:
        assert measure(page, "scrollY") == 0
        page.get_by_role("link", name="Show in English").click()
        link = mail(page, "English").locator("[data-now]")
        expect(link).to_be_in_viewport()
        expect(link).to_have_css("outline-style", "solid")
        expect(mark(page, 1)).to_be_focused()
        expect(page.locator("#f1")).to_have_attribute("aria-current", "true")
        page.keyboard.press("Enter")
        expect(page.locator("#f1")).to_be_focused()
        expect(page.locator("#f1")).to_be_in_viewport()


def link_of(root: Path) -> int:
    """Return the number of the last link but one of the English mail."""
    draft = draft_of(root)
    read = read_page(draft.editions["en"].rendering.html)
    return read.numbers[read.all("a")[-2]]


def test_a_finding_says_where_it_is_mended_and_that_can_be_copied(
    browser: Browser, spring: Path
) -> None:
    with shown(browser, spring, made(spring)) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        button = page.get_by_role("button", name=f"Copy {PLACE}").first
        expect(page.locator("#f1")).to_contain_text(str(PLACE))
        button.click()
        expect(button).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == str(PLACE)


def test_from_another_view_and_edition_the_way_leads_to_the_mail(
    browser: Browser, spring: Path
) -> None:
    with shown(browser, spring, made(spring), "?edition=en&view=source") as page:
        expect(page.locator(".line.found")).to_have_count(2)
        page.get_by_role("link", name="Show in Русский").click()
        expect(mail(page, "Русский").locator("[data-now]")).to_be_in_viewport()
        expect(page.get_by_role("radio", name="Mail")).to_be_checked()
        expect(page.get_by_role("radio", name="Русский")).to_be_checked()


def test_a_line_of_the_source_leads_to_its_finding(browser: Browser, spring: Path) -> None:
    with shown(browser, spring, made(spring), "?edition=en&view=source") as page:
        page.get_by_role("link", name="Finding 1").click()
        expect(page.locator("#f1")).to_be_focused()


def test_notes_are_folded_and_so_are_their_marks(browser: Browser, spring: Path) -> None:
    with shown(browser, spring, made(spring)) as page:
        expect(page.locator("#f5")).to_be_hidden()
        expect(mark(page, 5)).to_be_hidden()
        page.locator("#notes summary").press("Enter")
        expect(page.locator("#f5")).to_be_visible()
        expect(mark(page, 5)).to_be_visible()


def test_a_save_keeps_what_is_open_in_focus_and_pointed_at(browser: Browser, spring: Path) -> None:
    found = made(spring)
    with shown(browser, spring, found) as page:
        page.locator("#notes summary").press("Enter")
        page.locator("#f5 .jump").click()
        page.locator("#notes summary").focus()
        found.insert(0, finding("something new, before all others"))
        edit(spring, ITEM, "A school for the young", "A school for all")
        expect(mail(page, "English").get_by_text("A school for all")).to_be_visible()
        expect(status(page)).to_contain_text("Updated at")
        expect(page.locator("#findings")).to_contain_text("2 errors")
        expect(page.locator("#notes summary")).to_be_focused()
        expect(page.locator("#f6")).to_be_visible()
        expect(page.locator("[aria-current]")).to_have_count(0)  # no. 5 is another one now
        expect(mark(page, 2)).to_be_visible()


def test_where_there_is_room_the_list_stands_beside_the_mail(
    browser: Browser, spring: Path
) -> None:
    with shown(browser, spring, made(spring), "?edition=en") as page:
        findings = page.locator("#findings").bounding_box()
        frame = page.locator(".frame").bounding_box()
        assert findings
        assert frame
        assert findings["x"] + findings["width"] <= frame["x"]
        page.get_by_role("radio", name="Both").check()
        expect(page.locator("main.beside")).to_have_count(0)
        findings = page.locator("#findings").bounding_box()
        frame = page.locator(".frame").first.bounding_box()
        assert findings
        assert frame
        assert findings["y"] + findings["height"] <= frame["y"]


@pytest.mark.parametrize("scheme", ["dark", "partial", "full"])
def test_marks_are_there_in_every_scheme_and_with_pictures_off(
    browser: Browser, spring: Path, scheme: str
) -> None:
    query = f"?edition=en&scheme={scheme}&pictures=off"
    with shown(browser, spring, made(spring), query) as page:
        expect(page.locator(".mark:visible")).to_have_count(2)
        expect(mail(page, "English").locator("h2[data-finding]")).to_have_count(1)
