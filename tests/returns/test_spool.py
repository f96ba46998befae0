"""The spool: a message is on the disk before anybody is told so, and is there once."""

import datetime
import hashlib
import os
from pathlib import Path

import pytest

from newsletter.errors import NewsletterError
from newsletter.returns.spool import Shelf, Spool

_MAIL = b"Subject: Undelivered\r\n\r\nno such user\r\n"


def test_a_message_is_kept_octet_by_octet_and_only_for_its_owner(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    name = spool.keep(_MAIL)
    (kept,) = spool.waiting()
    assert (kept.file.name, kept.form, kept.read()) == (name, "eml", _MAIL)
    assert kept.digest == hashlib.sha256(_MAIL).hexdigest()
    assert kept.file.stat().st_mode & 0o077 == 0


def test_the_same_message_taken_twice_is_one(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    assert spool.keep(_MAIL) == spool.keep(_MAIL)
    assert len(list(spool.waiting())) == 1


def test_messages_wait_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for number in range(5):
        file = spool.folder / "new" / spool.keep(_MAIL + bytes([number]))
        os.utime(file, (1_000 - number, 1_000 - number))
    arrived = [kept.arrived_at for kept in spool.waiting()]
    assert arrived == sorted(arrived)
    assert [kept.read()[-1] for kept in spool.waiting()] == [4, 3, 2, 1, 0]


def test_what_a_killed_writer_left_is_no_message(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.keep(_MAIL)
    (spool.folder / "new" / "0123456789abcdef.part").write_bytes(b"Subj")
    assert len(list(spool.waiting())) == 1


@pytest.mark.parametrize("shelf", Shelf)
def test_what_is_put_away_waits_no_more(tmp_path: Path, shelf: Shelf) -> None:
    spool = Spool(tmp_path)
    spool.keep(_MAIL)
    (kept,) = spool.waiting()
    spool.put(kept, shelf)
    spool.put(kept, shelf)
    assert not list(spool.waiting())
    assert [file.read_bytes() for file in spool.shelved(shelf)] == [_MAIL]


def test_only_what_was_handled_long_ago_is_cleared(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    shelves = (Shelf.HANDLED, Shelf.HANDLED, Shelf.LETTERS)
    for number, shelf in enumerate(shelves):
        spool.keep(_MAIL + bytes([number]))
        (kept,) = spool.waiting()
        os.utime(kept.file, (1_000 * number, 1_000 * number))
        spool.put(kept, shelf)
    before = datetime.datetime.fromtimestamp(500, tz=datetime.UTC)
    assert spool.clear(before, only_count=True) == 1
    assert len(spool.files()) == 3
    assert spool.clear(before) == 1
    assert len(spool.files()) == 2


def test_a_disk_that_does_not_take_it_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "returns").write_text("a file where the folder should be")
    with pytest.raises(NewsletterError, match="what came back cannot be kept"):
        Spool(tmp_path).keep(_MAIL)
