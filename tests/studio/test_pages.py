"""What the pages of the preview show, asked for over a socket."""

import re
import shutil
from html import unescape
from pathlib import Path

import pytest

from newsletter.checks.proof import proof
from newsletter.compose.workspace import Folder
from newsletter.model.rendering import Picture
from newsletter.studio.choice import VIEWS
from newsletter.studio.ports import Draft, IssueLine, Summary
from newsletter.studio.readers import Reader
from tests.stacked import SLUG, add_short_issue
from tests.studio.served import Elements, Preview, previewed, previewed_folder
from tests.workspace import ROOT, edit

pytestmark = pytest.mark.slow


def frames(page: str) -> list[str]:
    return [frame["src"] for frame in Elements.of(page).all("iframe")]


def test_the_only_issue_is_shown_at_once(shown: Preview) -> None:
    answer = shown.get("/")
    assert (answer.status, answer.headers["location"]) == (307, "/issue/spring")


def test_several_issues_are_listed_the_newest_first(spring: Path, preview: Preview) -> None:
    shutil.copytree(spring / "issues/spring", spring / "issues/summer")
    page = Elements.of(preview.get("/").text)
    assert [link["href"] for link in page.all("a")] == ["/issue/summer", "/issue/spring"]


def test_a_workspace_without_issues_says_where_to_get_one(spring: Path, preview: Preview) -> None:
    shutil.rmtree(spring / "issues/spring")
    assert "Copy one out of a new workspace: <code>newsletter init" in preview.get("/").text


def test_both_editions_stand_side_by_side(shown: Preview) -> None:
    page = shown.get("/issue/spring").text
    english, russian = frames(page)
    assert english.startswith("/mail/spring/en.html?scheme=light")
    assert russian.startswith("/mail/spring/ru.html?scheme=light")
    assert "News of the spring" in page
    assert "Новости весны" in page


def test_the_controls_choose_edition_width_and_scheme(shown: Preview) -> None:
    page = shown.get("/issue/spring?edition=ru&width=phone&scheme=dark").text
    elements = Elements.of(page)
    (only,) = frames(page)
    assert only.startswith("/mail/spring/ru.html?scheme=dark")
    assert elements.one("div", id="stage")["data-width"] == "phone"
    chosen = {box["name"]: box["value"] for box in elements.all("input") if "checked" in box}
    assert chosen == {
        "view": "mail",
        "edition": "ru",
        "width": "phone",
        "scheme": "dark",
        "pictures": "on",
    }


@pytest.mark.parametrize("view", VIEWS)
def test_a_switch_that_changes_nothing_here_keeps_what_it_says(shown: Preview, view: str) -> None:
    asked = "scheme=full&pictures=off&width=small&lines=wrap&reader=sample-ru"
    page = Elements.of(shown.get(f"/issue/spring?view={view}&{asked}").text)
    boxes = page.all("input") + page.all("option")
    said = {
        box.get("name", "reader"): box["value"]
        for box in boxes
        if box.get("type") == "hidden" or "checked" in box or "selected" in box
    }
    assert said | dict(pair.split("=") for pair in asked.split("&")) == said


def test_a_choice_that_does_not_exist_is_as_if_it_were_not_made(shown: Preview) -> None:
    strange = shown.get("/issue/spring?edition=xx&width=%22%3E&scheme=&view=pdf").text
    usual = shown.get("/issue/spring").text
    assert Elements.of(strange).all("iframe") == Elements.of(usual).all("iframe")


def test_the_plain_text_is_shown_as_it_is_sent(spring: Path, preview: Preview) -> None:
    page = preview.get("/issue/spring?view=text").text
    sent = preview.get("/mail/spring/ru.txt")
    assert frames(page) == []
    assert sent.headers["content-type"] == "text/plain; charset=utf-8"
    assert "Школа для\N{NO-BREAK SPACE}молодых" in sent.text
    assert sent.text in unescape(page)


def test_the_digest_shown_is_the_digest_that_is_sent(spring: Path, preview: Preview) -> None:
    renderings = proof(Folder(spring), "spring").renderings
    page = preview.get("/issue/spring").text
    for rendering in renderings.values():
        assert f"SHA-256 of the rendering: {rendering.digest}" in page


@pytest.mark.parametrize("pictures", ["inline", "hosted"])
def test_a_mail_has_its_slots_filled_and_its_pictures_from_here(
    office: Path, pictures: str
) -> None:
    edit(office, "newsletter.yaml", "pictures: inline", f"pictures: {pictures}")
    with previewed_folder(office) as preview:
        html = preview.get("/mail/2015-1/en.html").text
        assert "[[" not in html
        assert "cid:" not in html
        sources = {image["src"] for image in Elements.of(html).all("img")}
        assert sources
        for source in sources:
            assert re.fullmatch("/picture/[0-9a-f]{64}", source)
            answer = preview.get(source)
            assert answer.headers["content-type"] == "image/png"
            picture = Picture(name="x.png", content_type="image/png", data=answer.body)
            assert source.endswith(picture.digest)


def test_each_scheme_is_served_whatever_the_system_prefers(spring: Path, preview: Preview) -> None:
    style = "<mj-style>@media (prefers-color-scheme: dark) { h2 { color: #fff } }</mj-style>"
    edit(spring, "templates/plain/issue.mjml.j2", "<mj-head>", f"<mj-head>\n{style}")
    light = preview.get("/mail/spring/en.html?scheme=light").text
    dark = preview.get("/mail/spring/en.html?scheme=dark").text
    assert "prefers-color-scheme" not in light + dark
    assert "@media (max-width: 0px)" in light
    assert "@media (min-width: 0px)" in dark


def test_links_of_a_mail_open_in_a_page_of_their_own(shown: Preview) -> None:
    links = Elements.of(shown.get("/mail/spring/en.html").text).all("a")
    web = [link for link in links if link["href"].startswith("http")]
    assert web
    assert all(link.get("target") == "_blank" for link in web)


def test_words_of_an_issue_are_shown_as_words(spring: Path, preview: Preview) -> None:
    subject = "<script>alert(1)</script> & more"
    edit(spring, "issues/spring/issue.yaml", "News of the spring", f'"{subject}"')
    with preview.open_page("/issue/spring") as events:
        events.until(lambda: "alert(1)" in preview.get("/issue/spring").text)
    page = Elements.of(preview.get("/issue/spring").text)
    assert subject in page.words
    assert [script["src"] for script in page.all("script")] == [
        "/static/stage.js",
        "/static/live.js",
    ]


def test_findings_are_named_with_their_places_errors_first(spring: Path, preview: Preview) -> None:
    edit(spring, "issues/items/school.yaml", "kind: news", "kind: nwes")
    edit(spring, "issues/spring/issue.yaml", "theme: plain", "theem: plain")
    page = Elements.of(preview.get("/issue/spring").text)
    assert "issues/items/school.yaml:1:1" in page.words
    assert "issues/spring/issue.yaml:4:1" in page.words
    assert "did you mean theme?" in page.words
    assert page.one("section", id="findings")["class"] == "panel alarm"
    assert "There is nothing to see yet" in page.words


def test_every_control_and_frame_has_a_name_for_those_who_cannot_see_it(
    shown: Preview,
) -> None:
    page = shown.get("/issue/spring").text
    elements = Elements.of(page)
    assert elements.one("html")["lang"] == "en"
    assert all(frame["title"] for frame in elements.all("iframe"))
    assert elements.one("p", id="status")["role"] == "status"
    assert elements.one("form")["aria-label"]
    groups = re.findall("<fieldset [^>]+>.*?</fieldset>", page)
    assert len(groups) == 5
    for group in groups:
        assert re.match("<fieldset [^>]+><legend>[A-Z][a-z]+</legend>", group)
        words = re.findall("<label[^>]*><input [^>]+><span[^>]*>[^<]+</span></label>", group)
        assert len(words) >= 2
    assert elements.one("select")["id"] == elements.one("label", **{"for": "reader"})["for"]
    assert len(elements.all("h1")) == 1
    names = [link["aria-label"] for link in elements.all("a", target="_blank")]
    assert names == ["Open alone: English", "Open alone: Русский"]


@pytest.mark.parametrize(
    "path",
    ["/issue/autumn", "/mail/spring/kk.html", "/mail/spring/en.pdf", "/picture/0", "/nowhere"],
)
def test_what_is_not_there_is_answered_with_the_way_to_what_is(shown: Preview, path: str) -> None:
    answer = shown.get(path)
    assert answer.status == 404
    assert 'href="/issue/spring"' in answer.text


def test_nothing_outside_the_pages_own_files_is_served(shown: Preview) -> None:
    assert shown.get("/static/studio.css").status == 200
    assert shown.get("/static/../app.py").status == 404
    assert shown.get("/static/%2e%2e/app.py").status == 404


class FaultyDesk:
    """A desk with a fault of the program's own, once."""

    def __init__(self) -> None:
        self.root = ROOT / "templates"
        self.faults = [ZeroDivisionError("1/0")]

    def issues(self) -> list[str]:
        return ["one"]

    def register(self) -> list[IssueLine]:
        return [IssueLine(slug="one")]

    def sum_up(self, slug: str) -> Summary:
        return Summary(counts={})

    def has_people(self) -> bool:
        return False

    def find_readers(self, text: str) -> tuple[Reader, ...]:
        return ()

    def reader(self, key: str) -> Reader | None:
        return None

    def read(self, slug: str) -> Draft:
        if self.faults:
            raise self.faults.pop()
        return Draft(title="No. 1")


def test_a_fault_of_the_program_is_told_and_does_not_end_the_preview(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with previewed(FaultyDesk()) as preview:
        answer = preview.get("/issue/one")
        assert answer.status == 500
        assert "ZeroDivisionError" in answer.text
        assert Elements.of(answer.text).one("body")["data-events"].startswith("/events?since=")
        assert preview.get("/").status == 307
    assert "ZeroDivisionError: 1/0" in capfd.readouterr().err


def test_a_stacked_mail_is_called_by_all_its_languages(office: Path) -> None:
    add_short_issue(office)
    with previewed_folder(office) as preview:
        page = preview.get(f"/issue/{SLUG}").text
        (only,) = frames(page)
        assert only.startswith(f"/mail/{SLUG}/mul.html")
        assert "<h2>English + Русский</h2>" in page
        assert 'name="edition"' not in page  # there is nothing to choose
        text = preview.get(f"/mail/{SLUG}/mul.txt?reader=sample-ru").text
        assert text.count("Иван Соколов") == 2  # greeted in each of them
        letter = preview.get(f"/mail/{SLUG}/mul.eml").text
        assert "Content-Language: en, ru" in letter
