"""The journal of those who left while the database could not be written."""

import datetime
import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import NewsletterError
from newsletter.model.leaving import ONE_CLICK, Leave
from newsletter.store.journal import Journal

NOON = datetime.datetime(2015, 3, 31, 12, 0, tzinfo=datetime.UTC)


def leaves(*numbers: int) -> list[Leave]:
    return [Leave(subscriber_id=each, list_id=1, at=NOON, source=ONE_CLICK) for each in numbers]


def taken(journal: Journal) -> list[int]:
    found: list[int] = []
    journal.take(lambda given: found.extend(each.subscriber_id for each in given))
    return found


def test_what_was_kept_is_taken_once_and_in_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.add(leaves(3, 1))
    journal.add(leaves(2))
    assert Journal(tmp_path).count() == 3
    assert taken(journal) == [3, 1, 2]
    assert taken(journal) == []
    assert journal.is_empty()


def test_what_cannot_be_written_down_is_taken_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.add(leaves(1))

    def fail(_: Sequence[Leave]) -> None:
        raise NewsletterError("locked")

    with pytest.raises(NewsletterError):
        journal.take(fail)
    journal.add(leaves(2))
    assert taken(journal) == [1, 2]


def test_a_process_that_dies_after_the_commit_takes_the_same_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    seen: list[Leave] = []

    def die(given: Sequence[Leave]) -> None:
        seen.extend(given)
        raise KeyboardInterrupt

    journal.add(leaves(1))
    with pytest.raises(KeyboardInterrupt):
        journal.take(die)
    assert taken(Journal(tmp_path)) == [each.subscriber_id for each in seen] == [1]


def test_who_leaves_while_others_are_taken_comes_next(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    seen: list[int] = []

    def write(given: Sequence[Leave]) -> None:
        if not seen:
            journal.add(leaves(2))
        seen.extend(each.subscriber_id for each in given)

    journal.add(leaves(1))
    assert journal.take(write) == 2
    assert seen == [1, 2]


def test_only_one_process_takes_at_a_time(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.add(leaves(1))
    inside, leave = threading.Event(), threading.Event()

    def write(_: Sequence[Leave]) -> None:
        inside.set()
        assert leave.wait(30)

    thread = threading.Thread(target=journal.take, args=(write,))
    thread.start()
    assert inside.wait(30)
    assert Journal(tmp_path).take(lambda _: None) == 0
    leave.set()
    thread.join(30)
    assert journal.is_empty()


@given(cut=st.integers(0, 200), after=st.lists(st.integers(1, 9), max_size=3))
def test_a_line_that_was_cut_short_spoils_no_other(
    tmp_path_factory: pytest.TempPathFactory, cut: int, after: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("state")
    journal, file = Journal(folder), folder / "leaves.journal"
    journal.add(leaves(11))
    whole = file.stat().st_size
    journal.add(leaves(12))
    size = max(whole, file.stat().st_size - cut)
    os.truncate(file, size)
    if after:
        journal.add(leaves(*after))
    found = taken(journal)
    assert found[0] == 11
    assert [each for each in found[1:] if each != 12] == after
    if size > whole + 2 and 12 not in found:
        assert (folder / "leaves.damaged").stat().st_size


def test_what_was_damaged_is_set_aside_and_the_rest_is_taken(tmp_path: Path) -> None:
    journal, file = Journal(tmp_path), tmp_path / "leaves.journal"
    journal.add(leaves(1, 2, 3))
    lines = file.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b"[2,", b"[9,")
    file.write_bytes(b"".join(lines))
    assert taken(journal) == [1, 3]
    assert b"[9," in (tmp_path / "leaves.damaged").read_bytes()


def test_a_full_disk_keeps_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path)
    journal.add(leaves(1))
    before = (tmp_path / "leaves.journal").read_bytes()

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(NewsletterError, match="No space left"):
        journal.add(leaves(2))
    monkeypatch.undo()
    assert (tmp_path / "leaves.journal").read_bytes() == before
    assert taken(journal) == [1]


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    Journal(tmp_path).add(leaves(1))
    assert (tmp_path / "leaves.journal").stat().st_mode & 0o777 == 0o600
