"""A page of the preview in Chromium, and what may never happen there."""

import contextlib
from collections.abc import Iterator
from urllib.parse import urlsplit

from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

from tests.studio.served import PATIENCE

ITEM = "issues/items/school.yaml"

expect.set_options(timeout=PATIENCE * 1000)


@contextlib.contextmanager
def opened(
    browser: Browser,
    url: str,
    *,
    width: int = 1440,
    expected: str = "nothing",
    scheme: str = "light",
) -> Iterator[Page]:
    """Open a page and wait until it lives.

    Nothing on it may be blocked or break, but for what is expected, and no request may leave for
    another place than the page came from.
    """
    page = browser.new_page(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    complaints: list[str] = []
    home = urlsplit(url)[:2]

    def heard(address: str) -> None:
        if urlsplit(address)[:2] != home and not address.startswith(("data:", "about:")):
            complaints.append(f"asked for {address}")

    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    page.on("request", lambda request: heard(request.url))
    try:
        page.goto(url)
        if home[0] == "http":
            expect(status(page)).to_have_text("Follows every save")
        yield page
        assert [each for each in complaints if expected not in each] == []
    finally:
        page.close()


def status(page: Page) -> Locator:
    return page.locator("#status")


def mail(page: Page, language: str) -> FrameLocator:
    """Return the mail on the page; while a newer one is loading, that."""
    return page.locator(f'iframe[title*="{language}"]').last.content_frame


def measure(page: Page, expression: str) -> float:
    return float(page.evaluate(expression))
