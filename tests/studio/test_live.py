"""Pages hear of saves, and what they ask for then is what was saved."""

import functools
import itertools
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.compose.workspace import Folder
from newsletter.studio.desk import FolderDesk
from newsletter.studio.ports import Draft
from newsletter.studio.watch import concerns
from tests.studio.served import PATIENCE, Elements, Preview, previewed
from tests.workspace import edit, write

pytestmark = pytest.mark.slow

MAIL = "/mail/spring/en.html"
Save = Callable[[Path, str], None]


def has_words(preview: Preview, words: str) -> bool:
    return words in preview.get(MAIL).text


def save_in_place(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def save_by_renaming(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}~")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def save_by_removing_first(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("save", [save_in_place, save_by_renaming, save_by_removing_first])
@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("issues/items/school.yaml", "A school for the young", "A school for all"),
        ("issues/spring/issue.yaml", "News of the spring", "News of spring"),
        ("newsletter.yaml", "1 Example Street", "2 Example Street"),
        ("templates/plain/theme.yaml", "Unsubscribe", "Leave"),
        ("templates/plain/issue.mjml.j2", "<mj-column>", '<mj-column padding="1px">'),
        ("templates/plain/inline.css", "20px", "21px"),
    ],
)
def test_a_save_is_heard_and_seen(
    spring: Path, preview: Preview, save: Save, name: str, old: str, new: str
) -> None:
    text = (spring / name).read_text(encoding="utf-8")
    assert old in text
    before = preview.get(MAIL).text
    with preview.open_page("/issue/spring") as events:
        save(spring / name, text.replace(old, new))
        events.until(lambda: preview.get(MAIL).text != before)


def test_lists_concern_an_issue(spring: Path, preview: Preview) -> None:
    with preview.open_page("/issue/spring") as events:
        edit(spring, "subscribers/lists.yaml", "  media:", "  press:")
        events.until(lambda: "media" in Elements.of(preview.get("/issue/spring").text).words)


@pytest.mark.parametrize(
    ("name", "heard"),
    [
        ("newsletter.yaml", True),
        ("issues", True),
        ("issues/items/2015/one.yaml", True),
        ("templates/office/theme.yaml", True),
        ("subscribers/lists.yaml", True),
        ("subscribers/export.csv", False),
        (".newsletter/state.db", False),
        ("build/spring/en/newsletter.html", False),
        ("README.md", False),
        (".", False),
    ],
)
def test_only_what_an_issue_is_made_of_is_heard(tmp_path: Path, name: str, heard: bool) -> None:
    assert concerns(tmp_path, tmp_path / name) is heard


def test_a_folder_that_was_exchanged_is_watched_again(
    spring: Path, preview: Preview, tmp_path: Path
) -> None:
    with preview.open_page("/issue/spring") as events:
        (spring / "issues").rename(tmp_path / "elsewhere")
        events.until(lambda: preview.get("/issue/spring").status == 404)
        shutil.copytree(tmp_path / "elsewhere", spring / "issues")
        for old, new in itertools.pairwise(["for the young", "one", "two", "three"]):
            edit(spring, "issues/items/school.yaml", f"A school {old}", f"A school {new}")
            events.until(functools.partial(has_words, preview, f"A school {new}"))


def test_a_page_hears_what_it_missed_before_it_began_to_listen(
    spring: Path, preview: Preview
) -> None:
    body = Elements.of(preview.get("/issue/spring").text).one("body")
    with preview.open_page("/issue/spring") as events:
        edit(spring, "issues/items/school.yaml", "A school for the young", "A school for all")
        events.until(lambda: has_words(preview, "A school for all"))
    with preview.events(body["data-events"]) as events:
        events.next()


def test_a_page_of_an_earlier_run_hears_that_it_is_old(spring: Path, preview: Preview) -> None:
    page = preview.get("/issue/spring").text
    since = Elements.of(page).one("body")["data-events"]
    with previewed(FolderDesk(Folder(spring))) as later:
        with later.events(since) as events:
            events.next()
        now = Elements.of(later.get("/issue/spring").text).one("body")["data-events"]
        with later.events(now, {"Last-Event-ID": "from an earlier run"}) as events:
            events.next()


def test_broken_yaml_is_explained_over_the_last_good_mail_until_it_is_mended(
    spring: Path, preview: Preview
) -> None:
    good = preview.get(MAIL).text
    item = "issues/items/school.yaml"
    with preview.open_page("/issue/spring") as events:
        edit(spring, item, "  title: A school", "  title: A: school")
        events.until(lambda: "panel alarm" in preview.get("/issue/spring").text)
        page = preview.get("/issue/spring").text
        words = Elements.of(page).words
        assert f"{item}:6:" in words
        assert "The mail shown is from before these errors." in words
        assert Elements.of(page).one("div", id="stage")["class"] == "stale"
        assert preview.get(MAIL).text == good
        edit(spring, item, "  title: A: school", "  title: A new school")
        events.until(lambda: has_words(preview, "A new school for the young"))
    assert "panel alarm" not in preview.get("/issue/spring").text


def test_an_issue_that_is_deleted_and_restored_is_followed(spring: Path, preview: Preview) -> None:
    text = (spring / "issues/spring/issue.yaml").read_text(encoding="utf-8")
    with preview.open_page("/issue/spring") as events:
        (spring / "issues/spring/issue.yaml").unlink()
        events.until(lambda: preview.get("/issue/spring").status == 404)
        for path in ("/", "/issue/spring"):
            page = preview.get(path).text
            assert "There is no issue yet. Copy one out of a new workspace:" in page
            assert "The issues of this workspace:" not in page
        write(spring, "issues/spring/issue.yaml", text)
        events.until(lambda: preview.get("/issue/spring").status == 200)


def test_a_workspace_that_is_gone_is_said_in_the_terminal(
    spring: Path, preview: Preview, caplog: pytest.LogCaptureFixture
) -> None:
    with preview.open_page("/issue/spring") as events:
        shutil.rmtree(spring)
        events.until(lambda: preview.get("/issue/spring").status == 404)
        for _ in range(PATIENCE * 20):
            if "saves go unnoticed from now on" in caplog.text:
                break
            time.sleep(0.05)
    assert f'about ["{spring}"] - start the preview again' in caplog.text


class CountingDesk(FolderDesk):
    """A desk that counts how often it is read, and lets nobody read while another does."""

    reads = 0
    _alone = threading.Lock()

    def read(self, slug: str) -> Draft:
        assert self._alone.acquire(blocking=False), "read by two at once"
        try:
            type(self).reads += 1
            return super().read(slug)
        finally:
            self._alone.release()


def test_an_issue_is_read_once_for_all_that_is_asked_of_one_version(spring: Path) -> None:
    with previewed(CountingDesk(Folder(spring))) as preview:
        preview.get("/issue/spring")  # from here on the watch has begun
        before = CountingDesk.reads
        paths = [MAIL, "/mail/spring/ru.html", "/issue/spring", "/mail/spring/ru.txt"] * 3
        asking = [threading.Thread(target=preview.get, args=[path]) for path in paths]
        for each in asking:
            each.start()
        for each in asking:
            each.join()
        assert CountingDesk.reads == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_ends_the_preview_though_pages_are_open(spring: Path) -> None:
    command = [sys.executable, "-m", "newsletter", "-C", str(spring), "preview"]
    with subprocess.Popen(
        [*command, "--port", "0", "--no-open"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        try:
            port = int(process.stdout.readline().split(":")[2].split("/")[0])
            with Preview(port).open_page("/issue/spring"):
                process.send_signal(signal.SIGINT)
                _, complaints = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert (process.returncode, complaints) == (0, "")
