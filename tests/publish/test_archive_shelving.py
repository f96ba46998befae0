"""An archive takes the place of an earlier one, and of nothing else."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from newsletter.errors import WrongUsage
from newsletter.publish import shelving
from newsletter.publish.shelving import DRAFT, MANIFEST, Shelved, shelve

FIRST = {"index.html": b"one", "issues/1/en/index.html": b"issue", "assets/a.css": b"a"}
SECOND = {"index.html": b"two", "issues/2/en/index.html": b"issue", "assets/a.css": b"a"}


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def without_manifest(folder: Path) -> dict[str, bytes]:
    found = tree(folder)
    assert found.pop(MANIFEST)
    return found


def test_a_new_folder_is_made(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "site"
    assert shelve(target, FIRST) == Shelved(written=3, kept=0, removed=0)
    assert without_manifest(target) == FIRST
    assert not (target / DRAFT).exists()


def test_the_next_archive_replaces_the_last_and_its_empty_folders(tmp_path: Path) -> None:
    shelve(tmp_path, FIRST)
    assert shelve(tmp_path, SECOND) == Shelved(written=2, kept=1, removed=1)
    assert without_manifest(tmp_path) == SECOND
    assert not (tmp_path / "issues" / "1").exists()


def test_what_did_not_change_is_not_written_again(tmp_path: Path) -> None:
    shelve(tmp_path, FIRST)
    before = (tmp_path / "assets/a.css").stat().st_ino
    assert shelve(tmp_path, FIRST) == Shelved(written=0, kept=3, removed=0)
    assert (tmp_path / "assets/a.css").stat().st_ino == before


def test_a_file_changed_by_hand_is_mended(tmp_path: Path) -> None:
    shelve(tmp_path, FIRST)
    (tmp_path / "index.html").write_bytes(b"spoilt")
    assert shelve(tmp_path, FIRST).written == 1
    assert without_manifest(tmp_path) == FIRST


def test_what_is_still_needed_stays_until_it_is_not(tmp_path: Path) -> None:
    picture = {"issues/1/images/a-11111111.png": b"old"}
    shelve(tmp_path, FIRST | picture)
    for _ in range(2):  # it is remembered as ours
        assert shelve(tmp_path, FIRST, lambda name: "/images/" in name).removed == 0
        assert without_manifest(tmp_path) == FIRST | picture
    assert shelve(tmp_path, SECOND).removed == 2
    assert without_manifest(tmp_path) == SECOND


def test_files_of_others_stay(tmp_path: Path) -> None:
    shelve(tmp_path, FIRST)
    (tmp_path / "issues/1/en/note.txt").write_bytes(b"mine")
    (tmp_path / "CNAME").write_bytes(b"example.org")
    shelve(tmp_path, SECOND)
    assert without_manifest(tmp_path) == SECOND | {
        "CNAME": b"example.org",
        "issues/1/en/note.txt": b"mine",
    }


def test_a_folder_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_bytes(b"years of work")
    with pytest.raises(WrongUsage, match="not an archive of this program"):
        shelve(tmp_path, FIRST)
    assert tree(tmp_path) == {"thesis.txt": b"years of work"}


@pytest.mark.parametrize("content", ["not JSON", "[]", '{"form": "another"}', '{"files": {}}'])
def test_a_manifest_of_something_else_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(WrongUsage, match="is not the manifest of an archive"):
        shelve(tmp_path, FIRST)
    assert tree(tmp_path) == {MANIFEST: content.encode()}


def test_a_file_of_another_is_not_written_over(tmp_path: Path) -> None:
    shelve(tmp_path, FIRST)
    (tmp_path / "issues/2/en").mkdir(parents=True)
    (tmp_path / "issues/2/en/index.html").write_bytes(b"mine")
    with pytest.raises(WrongUsage, match="is not the archive's"):
        shelve(tmp_path, SECOND)
    assert (tmp_path / "issues/2/en/index.html").read_bytes() == b"mine"
    assert (tmp_path / "index.html").read_bytes() == b"one"


@pytest.mark.parametrize("death", range(12))
def test_whenever_a_build_dies_every_page_is_whole_and_the_next_build_mends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, death: int
) -> None:
    shelve(tmp_path, FIRST)
    steps = 0

    def dying(name: str) -> None:
        original = getattr(shelving, name)

        def step(*arguments: object) -> None:
            nonlocal steps
            if steps == death:
                raise OSError("no space left on device")
            steps += 1
            original(*arguments)

        monkeypatch.setattr(shelving, name, step)

    for name in ("_write", "_move", "_remove"):
        dying(name)
    if death < 9:
        with pytest.raises(OSError, match="no space left"):
            shelve(tmp_path, SECOND)
    else:
        shelve(tmp_path, SECOND)
    found = without_manifest(tmp_path)
    assert found["index.html"] in (b"one", b"two")
    if found["index.html"] == b"two":
        assert "issues/2/en/index.html" in found  # what a list leads to is there before the list
    assert not (tmp_path / DRAFT).exists()
    monkeypatch.undo()
    shelve(tmp_path, SECOND)
    assert without_manifest(tmp_path) == SECOND


@pytest.mark.parametrize("is_first", [True, False])
def test_a_build_that_is_killed_leaves_nothing_of_its_own_in_the_folder(
    tmp_path: Path, is_first: bool
) -> None:
    site = tmp_path / "site"
    if not is_first:
        shelve(site, FIRST)
    before = tree(site)
    killed = (
        "import os, pathlib, signal; from newsletter.publish import shelving\n"
        "shelving._move = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"shelving.shelve(pathlib.Path({str(site)!r}), {SECOND!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", killed], check=False)
    assert done.returncode == -signal.SIGKILL
    assert tree(site) == before
    shelve(site, SECOND)
    assert without_manifest(site) == SECOND
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_where_nothing_may_stand_beside_it_the_draft_is_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    (tmp_path / DRAFT).mkdir()
    (tmp_path / DRAFT / "old").write_bytes(b"of a build that was killed")
    shelve(tmp_path, FIRST)
    assert without_manifest(tmp_path) == FIRST


def test_nothing_is_written_through_a_link_to_elsewhere(tmp_path: Path) -> None:
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    shelve(site, FIRST)
    elsewhere.mkdir()
    (site / "issues/2").symlink_to(elsewhere)
    with pytest.raises(WrongUsage, match="leads out of the archive"):
        shelve(site, SECOND)
    assert tree(elsewhere) == {}


def test_a_manifest_that_points_elsewhere_deletes_nothing_there(tmp_path: Path) -> None:
    site = tmp_path / "site"
    shelve(site, FIRST)
    (tmp_path / "precious").write_bytes(b"keep")
    manifest = json.loads((site / MANIFEST).read_text())
    manifest["files"]["../precious"] = "0" * 64
    (site / MANIFEST).write_text(json.dumps(manifest))
    shelve(site, FIRST)
    assert (tmp_path / "precious").read_bytes() == b"keep"
