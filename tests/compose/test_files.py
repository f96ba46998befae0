"""Files are written whole or not at all, on a full disk, too."""

import datetime
import errno
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from newsletter.compose.drafts import skeleton
from newsletter.compose.files import write_more, write_new, write_whole
from newsletter.compose.nextissue import propose, write_issue
from newsletter.compose.workspace import Folder
from newsletter.compose.yamledit import replace_all
from newsletter.errors import NewsletterError, WrongUsage
from newsletter.starter import make_workspace
from newsletter.tokens import make_key_file
from tests.workspace import small_office

TODAY = datetime.date(2015, 5, 1)


@contextmanager
def no_room() -> Iterator[None]:
    """Let no file grow beyond a few bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_new_file_that_has_no_room_is_not_there_nor_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "new.yaml"
    with no_room(), pytest.raises(OSError, match=r"new\.yaml"):
        write_new(path, "much too long")
    assert list(tmp_path.iterdir()) == []
    write_new(path, "much too long")
    assert path.read_text(encoding="utf-8") == "much too long"
    with pytest.raises(FileExistsError):
        write_new(path, "other")
    assert [each.read_text(encoding="utf-8") for each in path.parent.iterdir()] == ["much too long"]


def test_a_new_file_needs_no_disk_that_knows_hard_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(self: Path, target: Path) -> None:
        raise PermissionError(errno.EPERM, "not here", str(target), None, str(self))

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    path = tmp_path / "new.yaml"
    write_new(path, "one")
    with pytest.raises(FileExistsError, match=r"new\.yaml"):
        write_new(path, "other")
    assert [each.read_text(encoding="utf-8") for each in tmp_path.iterdir()] == ["one"]


def test_a_folder_that_somebody_else_filled_meanwhile_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(self: Path, target: Path) -> None:
        (self.parent / "other").touch()
        raise OSError(errno.ENOSPC, "full", str(target))

    monkeypatch.setattr(Path, "hardlink_to", fill)
    monkeypatch.setattr(Path, "rename", fill)
    with pytest.raises(OSError, match=r"new\.yaml"):
        write_new(tmp_path / "a" / "new.yaml", "one")
    assert [each.name for each in (tmp_path / "a").iterdir()] == ["other"]


def test_a_memory_that_cannot_be_begun_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / ".imported"
    with no_room(), pytest.raises(OSError, match="imported"):
        write_more(path, "much too long")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_replaced_keeps_who_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "kk.xlf"
    path.touch(mode=0o640)
    write_whole(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_of_several_files_without_room_none_is_replaced(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"old")
    with no_room(), pytest.raises(OSError, match=r"/b'"):
        replace_all({tmp_path / "a": b"new", tmp_path / "b": b"much too long"})
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {
        "a": b"old",
        "b": b"old",
    }


def test_a_workspace_that_has_no_room_leaves_nothing_behind(tmp_path: Path) -> None:
    with no_room(), pytest.raises(OSError, match=r"/office'"):
        make_workspace(tmp_path / "office", sample=False)
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_has_no_room_is_told_with_its_file(tmp_path: Path) -> None:
    with no_room(), pytest.raises(NewsletterError, match="key: cannot be written: File too large"):
        make_key_file(tmp_path / "key")
    assert list(tmp_path.iterdir()) == []


def test_an_older_file_stays_as_it_was_when_there_is_no_room(tmp_path: Path) -> None:
    path = tmp_path / "kk.xlf"
    for write in (write_whole, lambda path, data: write_more(path, data.decode())):
        path.write_bytes(b"old\n")
        with no_room(), pytest.raises(OSError, match=r"kk\.xlf"):
            write(path, b"much too long")
        assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"old\n"]
    write_more(path, "more\n")
    assert path.read_bytes() == b"old\nmore\n"
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"


def test_items_and_issues_that_have_no_room_can_be_begun_again(tmp_path: Path) -> None:
    folder = Folder(small_office(tmp_path))
    (tmp_path / "issues/spring").rename(tmp_path / "issues/2015-1")
    proposed = propose(folder)
    with no_room(), pytest.raises(OSError, match=r"school\.yaml"):
        skeleton(folder, "news", "school", TODAY)
    with no_room(), pytest.raises(OSError, match=r"issue\.yaml"):
        write_issue(folder, proposed)
    assert skeleton(folder, "news", "school", TODAY).is_file()
    assert write_issue(folder, proposed).is_file()
    with pytest.raises(WrongUsage):
        write_issue(folder, proposed)
