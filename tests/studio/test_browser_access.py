"""What axe-core finds in the preview: nothing, in every view, width and scheme of colours."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from newsletter.compose.workspace import Folder
from newsletter.studio.choice import VIEWS
from newsletter.studio.desk import FolderDesk
from newsletter.studio.still import export
from tests.studio.browsing import opened
from tests.studio.drafts import FoundDesk
from tests.studio.served import Preview, previewed
from tests.studio.test_browser_findings import made
from tests.workspace import ROOT, edit, small_office

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = ROOT / ".venv/node/node_modules/axe-core/axe.min.js"
LOOKS = [(width, scheme) for width in (1280, 640, 375) for scheme in ("light", "dark")]


def violations(page: Page, *without: str) -> list[str]:
    """Return what axe finds on the page itself; a mail is a page of its own."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    options = {"iframes": False, "rules": {rule: {"enabled": False} for rule in without}}
    found = page.evaluate("options => axe.run({ exclude: [['iframe']] }, options)", options)
    return [
        f"{each['id']}: {each['help']}: {[node['html'][:160] for node in each['nodes'][:3]]}"
        for each in found["violations"]
    ]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_office(tmp_path_factory.mktemp("found") / "office")


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_every_view_of_an_issue_with_findings(
    browser: Browser, found: Path, width: int, scheme: str
) -> None:
    with previewed(FoundDesk(Folder(found), found=made(found))) as preview:
        for view in VIEWS:
            for colours in ("light", "dark") if view in ("mail", "text") else ("light",):
                address = f"{preview.url}/issue/spring?view={view}&scheme={colours}"
                with opened(browser, address, width=width, scheme=scheme) as page:
                    if view == "mail":
                        expect(page.locator(".mark:visible").first).to_be_visible()
                    for notes in page.locator("#notes:not([open]) summary").all():
                        notes.click()
                    assert violations(page) == [], (view, colours)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_table_of_issues(
    browser: Browser, preview_of_sample: Preview, width: int, scheme: str
) -> None:
    with opened(browser, preview_of_sample.url, width=width, scheme=scheme) as page:
        assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_issue_that_cannot_be_shown_and_pages_that_are_not_there(
    browser: Browser, spring: Path, scheme: str
) -> None:
    edit(spring, "issues/items/school.yaml", "kind: news", "kind: nwes")
    with previewed(FolderDesk(Folder(spring))) as preview:
        with opened(browser, f"{preview.url}/issue/spring", scheme=scheme) as page:
            assert violations(page) == []
        with opened(browser, f"{preview.url}/gone", scheme=scheme, expected="404") as page:
            assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_the_exported_page(browser: Browser, tmp_path: Path, width: int, scheme: str) -> None:
    export(FolderDesk(Folder(ROOT)), ["2015-1"], tmp_path)
    address = (tmp_path / "index.html").as_uri()
    for view in VIEWS:
        with opened(browser, f"{address}#view={view}", width=width, scheme=scheme) as page:
            assert violations(page) == [], view


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("query", ["scheme=light", "scheme=dark", "scheme=light&pictures=off"])
def test_the_mails_themselves(
    browser: Browser, preview_of_sample: Preview, language: str, query: str
) -> None:
    """The mail is asked for its own; here without the policy that lets no script run in it."""
    page = browser.new_page(viewport={"width": 640, "height": 800})
    try:
        html = preview_of_sample.get(f"/mail/2015-1/{language}.html?{query}").text
        page.route("**/mail", lambda route: route.fulfill(body=html, content_type="text/html"))
        page.goto(f"{preview_of_sample.url}/mail")
        # landmarks are those of the mail program, in whose page a mail stands
        assert violations(page, "landmark-one-main", "region") == []
    finally:
        page.close()
