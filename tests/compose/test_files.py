"""Files are written whole or not at all, on a full disk, too."""

import datetime
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from newsletter.compose.drafts import skeleton
from newsletter.compose.files import write_more, write_new, write_whole
from newsletter.compose.nextissue import propose, write_issue
from newsletter.compose.workspace import Folder
from newsletter.errors import WrongUsage
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
    assert path.read_text(encoding="utf-8") == "much too long"


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
