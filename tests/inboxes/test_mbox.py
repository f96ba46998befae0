"""A file of mails: read under the locks of those who write to it, and never written."""

import contextlib
import mailbox
import smtplib
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.errors import InboxUnavailable
from newsletter.inboxes.mbox import MboxInbox
from newsletter.inboxes.opening import open_inbox
from newsletter.inboxes.sizes import HEAD, LARGEST
from newsletter.model.inbox import Arrival, parse_inbox
from tests.inboxes.mails import subjects
from tests.smtp.foreign import mail_server

_FROM = b"From MAILER-DAEMON  Fri Nov 27 17:00:00 2026\n"


def inbox(file: Path, timeout: float = 20) -> MboxInbox:
    found = open_inbox(parse_inbox(f"mbox://{file}"), timeout=timeout)
    assert isinstance(found, MboxInbox)
    return found


def entry(number: int, text: bytes = b"") -> bytes:
    return _FROM + b"Subject: %d\n\n%s\n\n" % (number, text)


def append(file: Path, *entries: bytes) -> None:
    with file.open("ab") as stream:
        stream.write(b"".join(entries))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bounces"
    append(path, entry(1, b"x" * 10_000), entry(2), entry(3))
    return path


def test_mail_is_taken_in_order_and_then_only_what_is_new(file: Path) -> None:
    before = file.read_bytes()
    box = inbox(file)
    arrivals = list(box.arrivals(""))
    assert subjects(arrivals) == [1, 2, 3]
    assert arrivals[1].raw == b"Subject: 2\n\n\n"
    assert subjects(box.arrivals(arrivals[0].position)) == [2, 3]
    assert list(box.arrivals(arrivals[2].position)) == []
    box.put_away(arrivals)
    assert file.read_bytes() == before
    append(file, entry(4))
    assert subjects(box.arrivals(arrivals[2].position)) == [4]


def test_a_file_that_was_written_anew_is_taken_from_its_beginning(file: Path) -> None:
    box = inbox(file)
    position = list(box.arrivals(""))[2].position
    whole = file.read_bytes()
    for other in (
        entry(4),  # shorter
        whole.replace(b"Subject: 1\n", b"Status: O\nSubject: 1\n"),  # a mail program was at it
        whole.replace(entry(2), b"") + entry(5, b"x" * 5_000),  # one was taken out
        whole + b"y\n\n" + entry(6),  # not a place where a message begins
    ):
        file.write_bytes(other)
        taken = subjects(box.arrivals(position))
        assert taken[0] in (1, 4)
        assert len(taken) == other.count(_FROM)


@pytest.mark.parametrize("position", ["", "0:", "12", "9:zz", "[]", f"{'9' * 30}:{'a' * 32}"])
def test_a_position_from_elsewhere_begins_anew(file: Path, position: str) -> None:
    assert subjects(inbox(file).arrivals(position)) == [1, 2, 3]


def test_lines_that_look_like_a_beginning_are_not_taken_for_one(tmp_path: Path) -> None:
    file = tmp_path / "bounces"
    text = b">From here on\n\n>>From two\n\nFrom now on we meet on Fridays.\nFrom you"
    append(file, entry(1, text), entry(2))
    first, _ = inbox(file).arrivals("")
    expected = b"From here on\n\n>From two\n\nFrom now on we meet on Fridays.\nFrom you"
    assert first.raw == b"Subject: 1\n\n" + expected + b"\n"


def test_line_ends_are_kept_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "bounces"
    file.write_bytes(entry(1, b"a\rb\x00").replace(b"\n", b"\r\n") + entry(2))
    first, second = inbox(file).arrivals("")
    assert first.raw == b"Subject: 1\r\n\r\na\rb\x00\r\n"
    assert second.raw == b"Subject: 2\n\n\n"


def test_what_is_no_mbox_is_named(tmp_path: Path) -> None:
    file = tmp_path / "bounces"
    with pytest.raises(InboxUnavailable, match="No such file"):
        list(inbox(file).arrivals(""))
    file.write_bytes(b"Subject: 1\n\nnone\n")
    with pytest.raises(InboxUnavailable, match="is no mbox"):
        list(inbox(file).arrivals(""))
    with pytest.raises(InboxUnavailable, match="directory"):
        list(inbox(tmp_path).arrivals(""))


def test_an_empty_file_has_no_mail(tmp_path: Path) -> None:
    (tmp_path / "bounces").touch()
    assert list(inbox(tmp_path / "bounces").arrivals("")) == []


def test_who_writes_is_waited_for_and_named_if_it_takes_too_long(file: Path) -> None:
    held = (
        "import fcntl, sys\n"
        "stream = open(sys.argv[1], 'r+b')\n"
        "fcntl.lockf(stream, fcntl.LOCK_EX)\n"
        "print('locked', flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", held, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        assert writer.stdin
        writer.stdout.readline()
        with pytest.raises(InboxUnavailable, match=r"locked for 0\.2 seconds"):
            list(inbox(file, timeout=0.2).arrivals(""))
        writer.stdin.close()
        assert subjects(inbox(file).arrivals("")) == [1, 2, 3]


def test_a_lock_beside_the_file_is_respected_and_never_removed(file: Path) -> None:
    lock = file.with_name("bounces.lock")
    lock.touch()
    with pytest.raises(InboxUnavailable, match="kept it locked") as refused:
        list(inbox(file, timeout=0.1).arrivals(""))
    assert refused.value.remedy == f"see what it is; if nothing is at it, remove {lock}"
    lock.unlink()
    assert subjects(inbox(file).arrivals("")) == [1, 2, 3]
    assert list(file.parent.iterdir()) == [file]


def test_others_may_write_while_messages_are_looked_at(file: Path) -> None:
    box = inbox(file)
    stream = box.arrivals("")
    taken = [next(stream)]
    with contextlib.closing(mailbox.mbox(file)) as writer:
        writer.lock()
        writer.add(b"Subject: 4\n\nnew\n")
        writer.unlock()
    taken += stream
    assert subjects(taken) == [1, 2, 3]
    assert subjects(box.arrivals(taken[-1].position)) == [4]


def test_waiting_ends_when_the_file_changes(file: Path) -> None:
    box = inbox(file)
    (*_, last) = box.arrivals("")
    append(file, entry(4))
    box.wait(3600, lambda: False)
    assert subjects(box.arrivals(last.position)) == [4]
    box.wait(3600, lambda: True)


def test_of_a_message_that_is_too_large_the_beginning_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "bounces"
    append(file, entry(1, b"x" * LARGEST), entry(2))
    large, small = inbox(file).arrivals("")
    assert (len(large.raw), large.whole) == (HEAD, False)
    assert subjects([large, small]) == [1, 2]


def test_five_thousand_messages_are_taken_one_at_a_time(tmp_path: Path) -> None:
    file = tmp_path / "bounces"
    append(file, *(entry(number, b"x" * 4_000) for number in range(5_000)))
    tracemalloc.start()
    count = sum(len(each.raw) > 4_000 for each in inbox(file).arrivals(""))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 5_000
    assert peak < 1_000_000  # they are twenty million together


@pytest.mark.slow
def test_what_postfix_delivers_in_the_meantime_is_taken_whole_and_once() -> None:
    count = 150
    maps = "inline:{ {anna@example.com = anna} }"  # without a slash: a file
    with mail_server({"virtual_mailbox_maps": maps, "in_flow_delay": "0"}) as server:
        box = inbox(server.mail / "anna")
        with smtplib.SMTP("127.0.0.1", server.port) as smtp:
            for number in range(count):
                text = b"Subject: %d\r\n\r\nFrom us\r\n%s\r\nend\r\n" % (number, b"x" * 900)
                smtp.sendmail("", ["anna@example.com"], text)
        taken: list[Arrival] = []
        while len(taken) < count:
            with contextlib.suppress(InboxUnavailable):  # the first one makes the file
                taken += box.arrivals(taken[-1].position if taken else "")
    assert sorted(subjects(taken)) == list(range(count))
    assert all(each.raw.endswith(b"\nFrom us\n" + b"x" * 900 + b"\nend\n") for each in taken)


_LINES = st.lists(
    st.sampled_from([b"", b"From us", b">From us", _FROM[:-1], b"text", b".", b"\xff\x00\r"])
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(_LINES, max_size=5), stops=st.lists(st.integers(0, 4), max_size=4))
def test_what_others_write_is_taken_as_they_wrote_it_wherever_we_stop(
    tmp_path_factory: pytest.TempPathFactory, texts: list[list[bytes]], stops: list[int]
) -> None:
    file = tmp_path_factory.mktemp("mbox") / "bounces"
    file.touch()
    written = [b"Subject: x\n\n" + b"\n".join([*lines, b"end"]) + b"\n" for lines in texts]
    quoted = [text.replace(b"\n>From ", b"\n>>From ") for text in written]
    with contextlib.closing(mailbox.mbox(file)) as writer:
        for text in quoted:  # the module quotes From alone, and not what is quoted already
            writer.add(text)
    box = inbox(file)
    taken: list[bytes] = []
    position = ""
    for stop in [*stops, len(texts) + 1]:
        for count, arrival in enumerate(box.arrivals(position), start=1):
            taken.append(arrival.raw)
            position = arrival.position
            if count > stop:
                break
    assert taken == written


@given(data=st.binary(max_size=300), position=st.text(max_size=50))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_in_a_file_is_mail_or_told_as_a_fault(
    tmp_path: Path, data: bytes, position: str
) -> None:
    file = tmp_path / "bounces"
    for content in (data, _FROM + data):
        file.write_bytes(content)
        with contextlib.suppress(InboxUnavailable):
            for arrival in inbox(file).arrivals(position):
                assert arrival.position
