"""A Maildir: taken as it was delivered, while mail programs are at it."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.errors import InboxUnavailable
from newsletter.inboxes.maildir import MaildirInbox
from newsletter.inboxes.opening import open_inbox
from newsletter.inboxes.sizes import HEAD, LARGEST
from newsletter.model.inbox import parse_inbox
from tests.inboxes.dovecot import Dovecot
from tests.inboxes.mails import mail, subjects


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for each in ("new", "cur", "tmp"):
        (tmp_path / each).mkdir()
    return tmp_path


def inbox(folder: Path, move_to: str = "") -> MaildirInbox:
    found = open_inbox(parse_inbox(f"maildir://{folder}"), move_to=move_to)
    assert isinstance(found, MaildirInbox)
    return found


def put(folder: Path, number: int, where: str = "new", flags: str = "") -> Path:
    file = folder / where / f"{1_700_000_000 + number}.M1P{number}.host{flags}"
    file.write_bytes(mail(number))
    return file


def test_what_a_mail_server_delivers_is_taken(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, mail(1), mail(2))
    box = inbox(dovecot.maildir(user))
    first = list(box.arrivals(""))
    assert subjects(first) == [1, 2]
    dovecot.deliver(user, mail(3))
    assert subjects(box.arrivals(first[-1].position)) == [3]


def test_mail_is_taken_in_the_order_of_delivery_and_once(folder: Path) -> None:
    put(folder, 10)
    put(folder, 9)
    put(folder, 2, "cur", ":2,S")
    (folder / "tmp" / "1.half").write_bytes(b"half a me")
    (folder / "new" / ".hidden").write_bytes(b"")
    box = inbox(folder)
    arrivals = list(box.arrivals(""))
    assert subjects(arrivals) == [2, 9, 10]
    assert subjects(box.arrivals(arrivals[0].position)) == [9, 10]
    box.put_away(arrivals)
    assert len(list((folder / "new").iterdir())) == 3


def test_reading_it_in_a_mail_program_makes_nothing_new(folder: Path) -> None:
    file = put(folder, 1)
    box = inbox(folder)
    (arrival,) = box.arrivals("")
    file.rename(folder / "cur" / f"{file.name}:2,S")
    assert list(box.arrivals(arrival.position)) == []


def test_what_is_kept_is_counted_as_seen_if_that_is_wanted(folder: Path) -> None:
    for number in range(3):
        put(folder, number)
    put(folder, 8, "cur", ":2,")
    box = inbox(folder, "seen")
    arrivals = list(box.arrivals(""))
    assert subjects(arrivals) == [0, 1, 2]
    box.put_away(arrivals[:2])
    box.put_away(arrivals[:2])
    names = sorted(file.name for file in (folder / "cur").iterdir())
    assert names == [
        "1700000000.M1P0.host:2,S",
        "1700000001.M1P1.host:2,S",
        "1700000008.M1P8.host:2,",
    ]
    assert subjects(box.arrivals(arrivals[-1].position)) == [2]


def test_what_moves_while_it_is_looked_at_is_taken_the_next_time(folder: Path) -> None:
    put(folder, 1)
    file = put(folder, 2)
    put(folder, 3)
    box = inbox(folder)
    stream = box.arrivals("")
    taken = [next(stream)]
    file.rename(folder / "cur" / f"{file.name}:2,S")
    taken += stream
    assert subjects(taken) == [1, 3]
    assert subjects(box.arrivals(taken[-1].position)) == [2]


def test_what_is_no_message_is_passed_over(folder: Path, tmp_path: Path) -> None:
    put(folder, 1)
    (folder / "new" / "2.folder").mkdir()
    (folder / "new" / "3.link").symlink_to(put(tmp_path, 9, "tmp"))
    os.mkfifo(folder / "new" / "4.pipe")
    assert subjects(inbox(folder).arrivals("")) == [1]


def test_of_a_message_that_is_too_large_the_beginning_is_taken(folder: Path) -> None:
    with put(folder, 1).open("r+b") as file:
        file.truncate(LARGEST + 1)
    (large,) = inbox(folder).arrivals("")
    assert (len(large.raw), large.whole) == (HEAD, False)


def test_what_is_no_maildir_is_named(tmp_path: Path) -> None:
    with pytest.raises(InboxUnavailable, match="No such file") as refused:
        list(inbox(tmp_path / "nowhere").arrivals(""))
    assert "the folders new and cur" in refused.value.remedy


def test_waiting_ends_when_mail_is_delivered(folder: Path) -> None:
    for move_to in ("", "seen"):
        box = inbox(folder, move_to)
        list(box.arrivals(""))
        put(folder, len(move_to))
        box.wait(3600, lambda: False)
        assert len(list(box.arrivals(""))) > 0
        box.wait(3600, lambda: True)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(["deliver", "read", "remove", "take one", "take all"])))
def test_whatever_others_do_everything_is_taken_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("maildir")
    for each in ("new", "cur"):
        (folder / each).mkdir()
    box = inbox(folder)
    position, taken, removed = "", list[int](), set[int]()
    number = 0
    for step in [*steps, "take all"]:
        files = sorted(folder.glob("*/*"))
        if step == "deliver":
            put(folder, number)
            number += 1
        elif step == "read":
            for file in (folder / "new").iterdir():
                file.rename(folder / "cur" / f"{file.name}:2,S")
        elif step == "remove" and files:
            removed |= {int(files[0].name.split("P")[1].split(".")[0])}
            files[0].unlink()
        elif step.startswith("take"):
            for arrival in box.arrivals(position):
                taken += subjects([arrival])
                position = arrival.position
                if step == "take one":
                    break
    assert len(taken) == len(set(taken))
    assert set(range(number)) - removed <= set(taken)
