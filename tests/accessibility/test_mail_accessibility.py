"""Both issues in all languages pass accessibility checks that know nothing of ours.

Two judges look at the newsletter.html that `newsletter build` writes, on a wide and on a narrow
window, on a light and on a dark screen: axe-core with its rules for WCAG 2.0 to 2.2 A and AA and
its best practice, contrast included, and what it cannot say counts as a fault too; and mail.js for
what matters in a mail and axe-core does not ask.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.accessibility.mails import axe, mail_checks, opened
from tests.cli.program import run
from tests.render.theme_pages import started_browser
from tests.stacked import stack_in_short
from tests.workspace import ROOT, copy_office

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EDITIONS = [
    ("2015-1", "en"),
    ("2015-1", "ru"),
    ("2015-2", "en"),
    ("2015-2", "ru"),
    ("2015-2", "kk"),
]
STACKED = ("in-short", "mul")
"""The first issue once more, its languages stacked and its stories told in short."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("builds")
    for issue in {issue for issue, _ in EDITIONS}:
        run(ROOT, "build", issue, "--output", str(folder / issue))
    office = stack_in_short(copy_office(folder / "office"), "2015-1")
    run(office, "build", "2015-1", "--output", str(folder / STACKED[0]))
    return folder


@pytest.fixture(params=[*EDITIONS, STACKED], ids="-".join)
def mail(request: pytest.FixtureRequest, builds: Path) -> Path:
    issue, language = map(str, request.param)
    return builds / issue / language / "newsletter.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [640, 375])
def test_axe_finds_nothing(browser: Browser, mail: Path, width: int, scheme: str) -> None:
    with opened(browser, mail, width, scheme) as page:
        assert axe(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [640, 375])
def test_what_axe_does_not_ask_of_a_mail_is_kept(
    browser: Browser, mail: Path, width: int, scheme: str
) -> None:
    with opened(browser, mail, width, scheme) as page:
        found = mail_checks(page)
    assert len(found) >= 20
    assert {check: faults for check, faults in found.items() if faults} == {}


FAULTS = {
    "html has a language": ("html", "it.removeAttribute('lang')"),
    "html has a direction": ("html", "it.removeAttribute('dir')"),
    "the language is said below <html>, which webmail drops": (
        "body",
        "it.querySelectorAll('[lang]').forEach(e => e.removeAttribute('lang'))",
    ),
    "there is a title": ("title", "it.textContent = ''"),
    "layout tables say that they are none": ("table", "it.removeAttribute('role')"),
    "data tables are tables": ("th", "it.closest('table').setAttribute('role', 'presentation')"),
    "headings of tables say what they head": ("th", "it.removeAttribute('scope')"),
    "pictures have an alternative text": ("img", "it.removeAttribute('alt')"),
    "alternative texts are no file names": ("img", "it.alt = 'arctic.png'"),
    "pictures have a width": ("img", "it.removeAttribute('width')"),
    "there is one heading of the first level": ("h1", "it.outerHTML += '<h1>Two</h1>'"),
    "the first heading is of the first level": ("h1", "it.outerHTML = '<h2>Two</h2>'"),
    "no level of headings is left out": ("h2", "it.outerHTML = '<h3>Three</h3>'"),
    "no heading is empty": ("h2", "it.innerHTML = '&nbsp;'"),
    "links have words": ("a[href]", "it.innerHTML = '&nbsp;'"),
    "words of links say where they lead": ("a[href]", "it.textContent = 'Read more…'"),
    "the same words lead to the same place": ("a[href]", "it.outerHTML += '<a href=/>' + it.text"),
    "links are underlined in running text": ("a[href]", "it.style.textDecoration = 'none'"),
    "no text is smaller than 13 pixels": ("h2", "it.style.fontSize = '9px'"),
    "no running text is justified": ("li", "it.style.textAlign = 'justify'"),
    "nothing moves": ("body", "it.append(document.createElement('iframe'))"),
    "zooming is allowed": (
        "head",
        "it.innerHTML += '<meta name=viewport content=user-scalable=no>'",
    ),
    "nothing is wider than the window": ("h2", "it.style.width = '2000px'"),
}
"""For each check of mail.js an element, and what is done to it so that the check must find it."""


def test_each_check_has_its_planted_fault(browser: Browser, mail: Path) -> None:
    with opened(browser, mail) as page:
        assert mail_checks(page).keys() == FAULTS.keys()


@pytest.mark.parametrize("check", FAULTS)
def test_a_planted_fault_is_found_by_its_check(browser: Browser, builds: Path, check: str) -> None:
    selector, change = FAULTS[check]
    with opened(browser, builds / "2015-1" / "en" / "newsletter.html") as page:
        page.eval_on_selector(selector, f"it => {{ {change} }}")
        assert mail_checks(page)[check]


@pytest.mark.parametrize(
    ("rule", "selector", "change"),
    [
        ("color-contrast", "h2", "it.style.color = '#bbbbbb'"),
        ("html-has-lang", "html", "it.removeAttribute('lang')"),
        ("image-alt", "img", "it.removeAttribute('alt')"),
        ("heading-order", "h2", "it.outerHTML = '<h4>Four</h4>'"),
        ("link-name", "a[href]", "it.textContent = ''"),
        ("document-title", "title", "it.textContent = ''"),
    ],
)
def test_a_planted_fault_is_found_by_axe(
    browser: Browser, builds: Path, rule: str, selector: str, change: str
) -> None:
    with opened(browser, builds / "2015-1" / "en" / "newsletter.html") as page:
        page.eval_on_selector(selector, f"it => {{ {change} }}")
        assert any(found.startswith(rule) for found in axe(page))


def words_of(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.casefold()))


def seen_words(page: Page) -> Counter[str]:
    """Return the words of a page as a browser shows them."""
    return words_of(page.evaluate("document.body.innerText"))


def test_the_text_part_says_what_the_page_says(browser: Browser, mail: Path) -> None:
    with opened(browser, mail) as page:
        seen = seen_words(page)
    told = words_of(mail.with_suffix(".txt").read_text(encoding="utf-8"))
    share = (seen & told).total() / seen.total()
    assert seen.total() > 500
    assert share >= 0.8, f"{share:.0%}: {seen - told}"
