"""The built mails in a browser, before judges that do not know the rules of `checks/`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from tests.workspace import ROOT

AXE = ROOT / ".venv" / "node" / "node_modules" / "axe-core" / "axe.min.js"
"""What `./run test` installs: Deque's axe-core."""

RULES = {"wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"}

WITHOUT = {
    "region": "a mail is one article of the page that shows it, not its landmarks",
    "landmark-one-main": "the main landmark is the mail program's own",
}
"""Rules of axe-core for whole pages that do not hold for a mail, with the reason."""

MAIL = (Path(__file__).parent / "mail.js").read_text(encoding="utf-8")
"""Checks that axe-core does not have, for it does not know of mails."""


def axe(page: Page) -> list[str]:
    """Return what axe-core finds, one line for each element."""
    page.add_script_tag(path=str(AXE))
    options = {
        "runOnly": {"type": "tag", "values": sorted(RULES)},
        "rules": {rule: {"enabled": False} for rule in WITHOUT},
        "resultTypes": ["violations", "incomplete", "passes"],
    }
    found: dict[str, Any] = page.evaluate(f"axe.run(document, {json.dumps(options)})")
    asked = {rule["id"] for kind in ("passes", "violations") for rule in found[kind]}
    assert {"color-contrast", "html-has-lang", "heading-order", "image-alt"} <= asked
    return [
        f"{rule['id']}: {node['html'][:160]} {node['failureSummary'][:160]}"
        for kind in ("violations", "incomplete")
        for rule in found[kind]
        for node in rule["nodes"]
    ]


def mail_checks(page: Page) -> dict[str, list[str]]:
    """Return for each check of mail.js what it finds."""
    found: dict[str, list[str]] = page.evaluate(MAIL)
    return found


@contextmanager
def opened(browser: Browser, file: Path, width: int = 640, scheme: str = "light") -> Iterator[Page]:
    """Open a built mail as a reader with a window of `width` and a light or dark screen sees it."""
    dark = scheme == "dark"
    page = browser.new_page(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
    )
    try:
        page.goto(file.as_uri())
        yield page
    finally:
        page.close()
