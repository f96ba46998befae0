"""The sample issues as the theme draws them, and a browser that looks at them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from playwright.sync_api import Browser, Page, Route, sync_playwright

from newsletter.compose.compose import compose
from newsletter.compose.workspace import Folder
from newsletter.model.edition import Edition, EditionGroup, EditionItem, EditionSection
from newsletter.model.rendering import Picture, Rendering
from newsletter.render.render import render
from newsletter.render.theme import Theme, read_theme
from tests.system import program

ROOT = Path(__file__).parents[2]
THEME = ROOT / "templates" / "ilo-moscow"
ISSUES = ("2015-1", "2015-2")
LANGUAGES = ("en", "ru")
EDITIONS = [(issue, language) for issue in ISSUES for language in LANGUAGES]
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class Drawn:
    """An Edition of a sample issue, what it became, and its pictures by their `src`."""

    edition: Edition
    rendering: Rendering
    pictures: dict[str, Picture]


@cache
def theme() -> Theme:
    return read_theme(ROOT, THEME.name, LANGUAGES, Folder(ROOT).cache)


@cache
def drawn(issue: str, language: str) -> Drawn:
    composition = compose(Folder(ROOT), issue)
    edition = composition.editions[language]
    pictures = dict(composition.pictures)
    return Drawn(edition, render(theme(), edition, pictures), pictures)


def items(issue: str, language: str) -> list[EditionItem]:
    """Return every item of an edition."""
    sections = drawn(issue, language).edition.sections
    return [item for section in sections for item in section.items]


def with_sections(edition: Edition, *sections: EditionSection) -> Edition:
    return replace(edition, sections=sections)


def section(layout: str, *entries: EditionItem, heading: str = "") -> EditionSection:
    group = EditionGroup(label="", items=entries)
    return EditionSection(layout=layout, heading=heading, items=entries, groups=(group,))


def save(folder: Path, html: str, pictures: dict[str, Picture]) -> Path:
    """Write a page as a browser can read it: slots filled in, pictures beside it."""
    for src, picture in pictures.items():
        (folder / picture.digest).write_bytes(picture.data)
        html = html.replace(src, picture.digest)
    html = html.replace("[[greeting]]", "Dear Anna Petrova,").replace("[[", "https://example.org/")
    path = folder / "page.html"
    path.write_text(html.replace("]]", ""), encoding="utf-8")
    return path


def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    return program("chromium", "chromium")


@contextmanager
def started_browser() -> Iterator[Browser]:
    executable = chromium()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def shown(
    browser: Browser, path: Path, *, width: int = 640, scheme: str = "light", pictures: bool = True
) -> Iterator[Page]:
    """Open a page in a window of `width`; without `pictures` as a reader who blocks them."""
    page = browser.new_page(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
    )

    def let_through(route: Route) -> None:
        route.continue_() if route.request.url.endswith(path.name) else route.abort()

    if not pictures:
        page.route("**/*", let_through)
    page.goto(path.as_uri())
    if scheme == "outlook":  # Outlook on the web marks what it has darkened
        page.evaluate("document.body.setAttribute('data-ogsc', '')")
    if scheme == "no styles":  # some mail programs drop every <style>
        page.evaluate("document.querySelectorAll('style').forEach(style => style.remove())")
    try:
        yield page
    finally:
        page.close()
