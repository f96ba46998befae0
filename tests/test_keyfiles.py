"""Files with keys: nobody else reads them, and none is ever lost to a newer one."""

import stat
from pathlib import Path

import pytest

from newsletter.errors import NewsletterError
from newsletter.keyfiles import make_private, read_private


def test_a_file_is_made_whole_for_its_owner_alone_and_read_back(tmp_path: Path) -> None:
    file = tmp_path / "state" / "key.pem"
    make_private(file, "secret\n")
    assert read_private(file, "") == b"secret\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in file.parent.iterdir()] == ["key.pem"]


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    make_private(file, "old")
    with pytest.raises(FileExistsError):
        make_private(file, "new")
    assert read_private(file, "") == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["key.pem"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_may_use_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "key.pem"
    make_private(file, "secret")
    file.chmod(mode)
    words = rf"{file}: others may .* \(its mode is {mode:04o}\) - chmod 600 {file}"
    with pytest.raises(NewsletterError, match=words):
        read_private(file, "")


def test_a_file_that_is_not_there_or_is_none_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(NewsletterError, match=r"there is no such file - look elsewhere"):
        read_private(tmp_path / "key.pem", "look elsewhere")
    with pytest.raises(NewsletterError, match="cannot be read: Is a directory"):
        read_private(tmp_path, "")
