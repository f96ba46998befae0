"""A POP3 mailbox, as Dovecot keeps it."""

import random
import socket
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from newsletter.errors import InboxUnavailable
from newsletter.inboxes.opening import open_inbox
from newsletter.inboxes.pop3 import Pop3Inbox
from newsletter.inboxes.sizes import HEAD, LARGEST
from newsletter.model.inbox import Arrival, parse_inbox
from tests.inboxes.dovecot import CYRILLIC, Dovecot, dovecot_server
from tests.inboxes.mails import mail, subjects
from tests.inboxes.proxy import Proxy, spoiler


def inbox(dovecot: Dovecot, user: str, scheme: str = "pop3s", more: str = "") -> Pop3Inbox:
    address = parse_inbox(dovecot.url(user, scheme, more))
    found = open_inbox(address, tls_context=dovecot.trust, timeout=20)
    assert isinstance(found, Pop3Inbox)
    return found


@contextmanager
def scripted(*answers: bytes) -> Iterator[Pop3Inbox]:
    """Return an inbox at a server that gives these answers, one to each line; an empty one ends."""

    def serve() -> None:
        visitor, _ = listener.accept()
        with visitor, visitor.makefile("rb") as said:
            for answer in answers:
                visitor.sendall(answer)
                if not answer or not said.readline():
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield Pop3Inbox(parse_inbox(f"pop3://anna:hunter2@127.0.0.1:{listener.getsockname()[1]}"))
        thread.join()


@pytest.mark.parametrize(
    ("scheme", "more"), [("pop3s", ""), ("pop3", ""), ("pop3", "?tls=starttls")]
)
def test_all_mail_is_taken_in_order_and_then_only_what_is_new(
    dovecot: Dovecot, scheme: str, more: str
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, mail(1), mail(2), mail(3))
    box = inbox(dovecot, user, scheme, more)
    first = list(box.arrivals(""))
    assert subjects(first) == [1, 2, 3]
    assert first[2].raw.endswith(mail(3))
    assert subjects(box.arrivals(first[0].position)) == [2, 3]
    dovecot.deliver(user, mail(4))
    assert subjects(box.arrivals(first[2].position)) == [4]
    box.put_away(first)
    assert subjects(box.arrivals("")) == [1, 2, 3, 4]


def test_what_was_removed_by_others_is_forgotten_and_the_rest_is_not(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, *map(mail, range(10)))
    box = inbox(dovecot, user)
    before = list(box.arrivals(""))[-1].position
    with dovecot.account(user) as client:
        client.select()
        client.store("2:9", "+FLAGS", r"(\Deleted)")
        client.expunge()
    dovecot.deliver(user, mail(10))
    (last,) = box.arrivals(before)
    assert subjects([last]) == [10]
    assert len(last.position) < len(before) / 2


@pytest.mark.parametrize("position", ["", "7:1", "{}", "[1, null]", '["unknown"]', "[" * 100_000])
def test_a_position_from_elsewhere_begins_anew(dovecot: Dovecot, position: str) -> None:
    user = dovecot.user()
    dovecot.deliver(user, mail(1), mail(2))
    assert subjects(inbox(dovecot, user).arrivals(position)) == [1, 2]


def test_who_stops_in_the_middle_leaves_the_mailbox_to_others(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, mail(1), mail(2))
    stream = inbox(dovecot, user).arrivals("")
    first = next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert subjects(inbox(dovecot, user).arrivals(first.position)) == [2]


def test_user_and_password_may_be_in_any_letters(dovecot: Dovecot) -> None:
    assert list(inbox(dovecot, CYRILLIC.name).arrivals("")) == []


@pytest.mark.parametrize("secret", ["hunter2", "хантер"])
def test_a_refused_password_is_told_and_not_shown(dovecot: Dovecot, secret: str) -> None:
    address = parse_inbox(dovecot.url(dovecot.user(), "pop3s").replace("secret", secret))
    with pytest.raises(InboxUnavailable, match="user name or password were refused") as refused:
        list(Pop3Inbox(address, tls_context=dovecot.trust).arrivals(""))
    assert secret not in str(refused.value)


def test_a_certificate_that_is_not_trusted_ends_it(dovecot: Dovecot) -> None:
    for scheme, more in (("pop3s", ""), ("pop3", "?tls=starttls")):
        box = Pop3Inbox(parse_inbox(dovecot.url(dovecot.user(), scheme, more)))
        with pytest.raises(InboxUnavailable, match="cannot be trusted"):
            list(box.arrivals(""))


def test_a_server_without_tls_gets_no_password() -> None:
    with dovecot_server("ssl = no") as dovecot, Proxy(dovecot.ports["pop3"]) as proxy:
        address = parse_inbox(f"pop3://anna:hunter2@127.0.0.1:{proxy.port}?tls=starttls")
        with pytest.raises(InboxUnavailable, match="offers no STARTTLS"):
            list(Pop3Inbox(address).arrivals(""))
        assert b"hunter2" not in proxy.said


def test_a_connection_cut_anywhere_loses_nothing(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, *(mail(number, 5_000) for number in range(5)))
    cuts = 0
    for cut_after in range(0, 28_000, 777):
        with Proxy(dovecot.ports["pop3"], cut_after) as proxy:
            box = Pop3Inbox(parse_inbox(f"pop3://{user}:secret@127.0.0.1:{proxy.port}"))
            taken: list[Arrival] = []
            try:
                taken.extend(box.arrivals(""))
            except InboxUnavailable:
                cuts += 1
                taken += box.arrivals(taken[-1].position if taken else "")
        assert subjects(taken) == [0, 1, 2, 3, 4]
        assert all(each.raw.endswith(b"x" * 5_000 + b"\r\n") for each in taken)
    assert cuts > 30


def test_a_message_of_any_octets_is_taken(dovecot: Dovecot) -> None:
    user = dovecot.user()
    odd = b"Subject: 1\r\n\r\n\ra\x00b\rc\xff\r\r\n.\r\n..\r\n.x\r\n-ERR\r\n" + b"long" * 500_000
    dovecot.put(user, [odd, mail(2)])
    first, last = inbox(dovecot, user).arrivals("")
    assert first.raw.removesuffix(b"\r\n").replace(b"\x80", b"\x00") == odd
    assert subjects([last]) == [2]


def test_of_a_message_that_is_too_large_the_beginning_is_taken(dovecot: Dovecot) -> None:
    user = dovecot.user()
    line = b"x" * 76 + b"\r\n"
    dovecot.put(user, [mail(1) + line * (LARGEST // len(line) + 1), mail(2)])
    large, small = inbox(dovecot, user).arrivals("")
    assert (len(large.raw), large.whole) == (HEAD, False)
    assert subjects([large, small]) == [1, 2]
    assert small.whole


def test_a_thousand_messages_are_taken_one_at_a_time(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.put(user, (mail(number, 20_000) for number in range(1_000)))
    tracemalloc.start()
    count = sum(len(each.raw) > 20_000 for each in inbox(dovecot, user).arrivals(""))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 1_000
    assert peak < 3_000_000  # they are twenty million together


_HELLO = (b"+OK\r\n", b"+OK\r\n", b"+OK\r\n")


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ((b"220 mail.example.org ESMTP\r\n",), "does not speak POP3: 220 mail.example.org"),
        ((b"+OK\r\n", b"-ERR [IN-USE] wait\r\n"), "lets us not in for now: \\[IN-USE\\] wait"),
        ((b"+OK\r\n", b"+OK\r\n", b"-ERR hunter2 is wrong\r\n"), r"refused: \*\*\* is wrong"),
        ((*_HELLO, b"-ERR what?\r\n"), r"cannot tell old mail from new \(UIDL\): what\?"),
        (
            (*_HELLO, b"+OK\r\n1 a\r\nx y\r\n\r\n.\r\n", b"+OK\r\n1 9\r\n.\r\n", b"-ERR gone\r\n"),
            "does not hand out message 1: gone",
        ),
        ((b"+OK\r\n", b""), "closed"),
    ],
)
def test_what_a_server_refuses_is_told_in_its_words(answers: tuple[bytes, ...], words: str) -> None:
    with scripted(*answers) as box, pytest.raises(InboxUnavailable, match=words) as refused:
        list(box.arrivals(""))
    assert "hunter2" not in str(refused.value)


def test_a_server_that_lies_about_sizes_is_not_believed() -> None:
    line = b"x" * 998 + b"\r\n"
    text = b"Subject: 1\r\n\r\n" + line * (LARGEST // 1_000 + 1)
    lists = (b"+OK\r\n1 a\r\n.\r\n", b"+OK\r\n1 9\r\n.\r\n")
    with scripted(*_HELLO, *lists, b"+OK\r\n" + text + b".\r\n", b"+OK\r\n") as box:
        (large,) = box.arrivals("")
    assert (len(large.raw), large.whole) == (HEAD, False)


@pytest.mark.slow
def test_whatever_a_server_says_is_mail_or_told_as_a_fault(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, mail(1), mail(2))
    chance = random.Random(2015)
    faults = 0
    for _ in range(150):
        with Proxy(dovecot.ports["pop3"], spoil=spoiler(chance)) as proxy:
            address = parse_inbox(f"pop3://{user}:secret@127.0.0.1:{proxy.port}")
            try:
                for arrival in Pop3Inbox(address, timeout=0.2).arrivals(""):
                    assert arrival.position
            except InboxUnavailable:
                faults += 1
    assert 30 < faults < 150


def test_waiting_ends_on_a_wish_to_stop(dovecot: Dovecot) -> None:
    inbox(dovecot, dovecot.user()).wait(3600, lambda: True)
