"""An IMAP folder, as Dovecot keeps it: all of it, in order, without a trace."""

import random
import re
import smtplib
import socket
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from newsletter.errors import InboxUnavailable
from newsletter.inboxes import imap
from newsletter.inboxes.imap import ImapInbox
from newsletter.inboxes.opening import open_inbox
from newsletter.inboxes.sizes import HEAD, LARGEST
from newsletter.model.inbox import Arrival, parse_inbox
from tests.inboxes.dovecot import CYRILLIC, FULL, Dovecot, dovecot_server
from tests.inboxes.mails import mail, subjects
from tests.inboxes.proxy import Proxy, spoiler


@contextmanager
def inbox(
    dovecot: Dovecot, user: str, scheme: str = "imaps", folder: str = "", move_to: str = ""
) -> Iterator[ImapInbox]:
    address = parse_inbox(dovecot.url(user, scheme, folder))
    found = open_inbox(address, move_to=move_to, tls_context=dovecot.trust, timeout=20)
    assert isinstance(found, ImapInbox)
    try:
        yield found
    finally:
        found.close()


def through(dovecot: Dovecot, user: str, proxy: Proxy) -> ImapInbox:
    return ImapInbox(parse_inbox(f"imap://{user}:secret@127.0.0.1:{proxy.port}"), timeout=20)


@pytest.mark.parametrize(
    ("scheme", "more"), [("imaps", ""), ("imap", ""), ("imap", "?tls=starttls")]
)
def test_all_mail_is_taken_in_order_and_then_only_what_is_new(
    dovecot: Dovecot, scheme: str, more: str
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, mail(1), mail(2), mail(3))
    with inbox(dovecot, user, scheme, more) as box:
        first = list(box.arrivals(""))
        assert subjects(first) == [1, 2, 3]
        assert subjects(list(box.arrivals(first[1].position))) == [3]
        dovecot.deliver(user, mail(4))
        assert subjects(list(box.arrivals(first[2].position))) == [4]
        assert first[2].raw.endswith(mail(3))
    with inbox(dovecot, user, scheme, more) as box:
        assert subjects(list(box.arrivals(first[0].position))) == [2, 3, 4]
        last = list(box.arrivals(""))[-1]
        assert list(box.arrivals(last.position)) == []


def test_taking_leaves_no_trace(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, mail(1), mail(2))
    with inbox(dovecot, user) as box:
        arrivals = list(box.arrivals(""))
        box.put_away(arrivals)
    with dovecot.account(user) as client:
        client.select()
        _, flags = client.fetch("1:*", "(FLAGS)")
        assert flags == [rb"1 (FLAGS (\Recent))", rb"2 (FLAGS (\Recent))"]


@pytest.mark.parametrize("position", ["", "1:2", "no position", "7:x", "٣:٤"])
def test_a_position_from_elsewhere_begins_anew(dovecot: Dovecot, position: str) -> None:
    user = dovecot.user()
    dovecot.deliver(user, mail(1), mail(2), mail(3))
    with inbox(dovecot, user) as box:
        assert subjects(list(box.arrivals(position))) == [1, 2, 3]


def test_a_folder_that_was_made_anew_is_taken_from_its_beginning(dovecot: Dovecot) -> None:
    user = dovecot.user()
    with dovecot.account(user) as client:
        client.create("Returns")
        client.append("Returns", "", "", mail(1))
        client.append("Returns", "", "", mail(2))
        with inbox(dovecot, user, folder="Returns") as box:
            before = list(box.arrivals(""))
            client.delete("Returns")
            client.create("Returns")
            client.append("Returns", "", "", mail(3))
            after = list(box.arrivals(before[-1].position))
    assert subjects(after) == [3]
    assert before[0].position.split(":")[0] != after[0].position.split(":")[0]


def test_what_is_kept_is_moved_and_nothing_else(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, mail(1), mail(2), mail(3))
    with inbox(dovecot, user, move_to="Обработано") as box:
        stream = box.arrivals("")
        kept = [next(stream), next(stream)]
        box.put_away(kept)
        assert subjects(list(stream)) == [3]
        box.put_away(kept)
    with dovecot.account(user) as client:
        assert client.select()[1] == [b"1"]
        assert client.select('"&BB4EMQRABDAEMQQ+BEIEMAQ9BD4-"')[1] == [b"2"]
        _, flags = client.fetch("1:*", "(FLAGS)")
        assert all(b"Seen" not in each for each in flags if isinstance(each, bytes))


def test_what_was_taken_before_and_not_put_away_stays_for_people_to_read(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, mail(1), mail(2), mail(3))
    with inbox(dovecot, user, move_to="Kept") as box:
        first, letter, _ = box.arrivals("")
        box.put_away([first])
    with inbox(dovecot, user, move_to="Kept") as box:
        assert subjects(list(box.arrivals(letter.position))) == [3]
        assert subjects(list(box.arrivals(""))) == [2, 3]


def test_a_server_that_cannot_move_copies_and_touches_no_mail_of_others() -> None:
    with dovecot_server("protocol imap {\n imap_capability = IMAP4rev1 UIDPLUS\n}") as dovecot:
        user = dovecot.user()
        dovecot.deliver(user, mail(1), mail(2))
        with dovecot.account(user) as client:
            client.select()
            client.store("1", "+FLAGS", r"(\Deleted)")
        with inbox(dovecot, user, move_to="Kept") as box:
            box.put_away(list(box.arrivals(""))[1:])
        with inbox(dovecot, user) as box:
            assert subjects(list(box.arrivals(""))) == [1]
        with inbox(dovecot, user, folder="Kept") as box:
            assert subjects(list(box.arrivals(""))) == [2]


def test_a_server_that_can_do_little_says_so_and_is_asked_from_time_to_time() -> None:
    with dovecot_server("protocol imap {\n imap_capability = IMAP4rev1\n}") as dovecot:
        user = dovecot.user()
        dovecot.deliver(user, mail(1))
        with inbox(dovecot, user) as box:
            assert subjects(list(box.arrivals(""))) == [1]
            dovecot.deliver(user, mail(2))
            box.wait(0.01, lambda: False)
            assert subjects(list(box.arrivals(""))) == [1, 2]
        with inbox(dovecot, user, move_to="Kept") as box:
            arrivals = list(box.arrivals(""))
            with pytest.raises(InboxUnavailable, match="cannot move single messages") as refused:
                box.put_away(arrivals)
            assert "name no folder" in refused.value.remedy
            assert subjects(list(box.arrivals(""))) == [1, 2]


def test_folders_may_have_names_in_any_letters(dovecot: Dovecot) -> None:
    user = dovecot.user()
    with dovecot.account(user) as client:
        client.create('"&BBIEPgQ3BDIEQAQwBEIESw-"')
        client.append('"&BBIEPgQ3BDIEQAQwBEIESw-"', "", "", mail(7))
        client.create('"Sent Items & more"')
    with inbox(dovecot, user, folder="Возвраты") as box:
        assert box.name.endswith("/Возвраты")
        assert subjects(list(box.arrivals(""))) == [7]


def test_an_unknown_folder_is_answered_with_those_there_are(dovecot: Dovecot) -> None:
    user = dovecot.user()
    with dovecot.account(user) as client:
        client.create('"&BBIEPgQ3BDIEQAQwBEIESw-"')
    with inbox(dovecot, user, folder="Bounces") as box:
        with pytest.raises(InboxUnavailable, match="folder Bounces cannot be opened") as refused:
            list(box.arrivals(""))
        assert refused.value.remedy == "the folders are: INBOX, Возвраты"


def test_user_and_password_may_be_in_any_letters(dovecot: Dovecot) -> None:
    with inbox(dovecot, CYRILLIC.name) as box:
        assert list(box.arrivals("")) == []


@pytest.mark.parametrize("secret", ["hunter2", "хантер"])
def test_a_refused_password_is_told_and_not_shown(dovecot: Dovecot, secret: str) -> None:
    user = dovecot.user()
    address = parse_inbox(dovecot.url(user).replace("secret", secret))
    with pytest.raises(InboxUnavailable, match="user name or password were refused") as refused:
        list(ImapInbox(address, tls_context=dovecot.trust).arrivals(""))
    assert secret not in str(refused.value)


def test_a_certificate_that_is_not_trusted_ends_it_before_the_password(dovecot: Dovecot) -> None:
    user = dovecot.user()
    for scheme, more in (("imaps", ""), ("imap", "?tls=starttls")):
        box = ImapInbox(parse_inbox(dovecot.url(user, scheme, more)))
        with pytest.raises(InboxUnavailable, match="cannot be trusted") as refused:
            list(box.arrivals(""))
        assert "SSL_CERT_FILE" in refused.value.remedy


def test_a_server_without_tls_gets_no_password() -> None:
    with dovecot_server("ssl = no") as dovecot, Proxy(dovecot.ports["imap"]) as proxy:
        address = parse_inbox(f"imap://anna:hunter2@127.0.0.1:{proxy.port}?tls=starttls")
        with pytest.raises(InboxUnavailable, match="offers no STARTTLS"):
            list(ImapInbox(address).arrivals(""))
        assert b"hunter2" not in proxy.said


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("imaps://anna:pw@mail.invalid", "mail.invalid is not known"),
        ("imaps://anna:pw@127.0.0.1:1", "nobody answers on port 1 of 127.0.0.1"),
    ],
)
def test_a_server_that_is_not_there_is_named(url: str, words: str) -> None:
    with pytest.raises(InboxUnavailable, match=words):
        list(ImapInbox(parse_inbox(url)).arrivals(""))


def test_the_wrong_way_of_tls_is_guessed(dovecot: Dovecot) -> None:
    address = parse_inbox(f"imaps://anna:pw@127.0.0.1:{dovecot.ports['imap']}")
    with pytest.raises(InboxUnavailable, match="no TLS with") as refused:
        list(ImapInbox(address).arrivals(""))
    assert "tls=starttls" in refused.value.remedy


def test_a_server_that_says_nothing_is_not_waited_for_forever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = parse_inbox(f"imap://anna:pw@127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(InboxUnavailable, match=r"no answer within 0\.2 seconds"):
            list(ImapInbox(address, timeout=0.2).arrivals(""))


def test_a_connection_cut_anywhere_loses_nothing(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, *(mail(number, 5_000) for number in range(5)))
    cuts = 0
    for cut_after in range(0, 30_000, 777):
        with Proxy(dovecot.ports["imap"], cut_after) as proxy:
            box = through(dovecot, user, proxy)
            taken: list[Arrival] = []
            try:
                taken.extend(box.arrivals(""))
            except InboxUnavailable:
                cuts += 1
                position = taken[-1].position if taken else ""
                taken += box.arrivals(position)
            box.close()
        assert subjects(taken) == [0, 1, 2, 3, 4]
        assert all(each.raw.endswith(b"x" * 5_000 + b"\r\n") for each in taken)
    assert cuts > 30


def test_a_connection_that_was_lost_in_the_meantime_is_made_once_more(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, mail(1))
    with Proxy(dovecot.ports["imap"]) as proxy:
        box = through(dovecot, user, proxy)
        assert subjects(list(box.arrivals(""))) == [1]
        proxy.cut()
        assert subjects(list(box.arrivals(""))) == [1]
        assert proxy.visits == 2
        box.close()


def test_waiting_ends_when_mail_is_delivered(dovecot: Dovecot) -> None:
    user = dovecot.user()
    with inbox(dovecot, user) as box:
        assert list(box.arrivals("")) == []
        deliveries: list[threading.Thread] = []

        def deliver_once() -> bool:
            """It waits already, for it asks whether to stop."""
            if not deliveries:
                deliveries.append(threading.Thread(target=dovecot.deliver, args=(user, mail(1))))
                deliveries[0].start()
            return False

        box.wait(3600, deliver_once)
        deliveries[0].join()
        assert subjects(list(box.arrivals(""))) == [1]


def test_waiting_is_short_when_there_is_more_already(dovecot: Dovecot) -> None:
    user = dovecot.user()
    with inbox(dovecot, user) as box:
        assert list(box.arrivals("")) == []
        dovecot.deliver(user, mail(1))
        box.wait(3600, lambda: False)
        assert subjects(list(box.arrivals(""))) == [1]


def test_waiting_ends_on_a_wish_to_stop(dovecot: Dovecot) -> None:
    user = dovecot.user()
    with inbox(dovecot, user) as box:
        assert list(box.arrivals("")) == []
        box.wait(3600, lambda: True)


def test_idle_is_renewed_before_a_server_hangs_up(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "_RENEWED", 0.05)
    user = dovecot.user()
    with Proxy(dovecot.ports["imap"]) as proxy:
        box = through(dovecot, user, proxy)
        assert list(box.arrivals("")) == []
        box.wait(3600, lambda: proxy.said.count(b"DONE") >= 3)
        dovecot.deliver(user, mail(1))
        box.wait(3600, lambda: False)
        assert subjects(list(box.arrivals(""))) == [1]
        box.close()
    assert proxy.said.count(b" IDLE") >= 3


def test_a_connection_lost_in_waiting_is_made_once_more(dovecot: Dovecot) -> None:
    user = dovecot.user()
    with Proxy(dovecot.ports["imap"]) as proxy:
        box = through(dovecot, user, proxy)
        assert list(box.arrivals("")) == []
        asked = 0

        def cut() -> bool:
            nonlocal asked
            asked += 1
            proxy.cut()
            return asked > 3

        box.wait(3600, cut)
        dovecot.deliver(user, mail(1))
        assert subjects(list(box.arrivals(""))) == [1]
        assert proxy.visits == 2
        box.close()


@pytest.mark.slow
def test_five_thousand_messages_are_taken_one_at_a_time(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.put(user, (mail(number, 4_000) for number in range(5_000)))
    with inbox(dovecot, user) as box:
        tracemalloc.start()
        count = sum(len(each.raw) > 4_000 for each in box.arrivals(""))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert count == 5_000
    assert peak < 2_000_000  # they are twenty million together


def test_gaps_between_uids_are_passed_over(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "_NARROW", 4)
    user = dovecot.user()
    dovecot.put(user, map(mail, range(100)))
    with inbox(dovecot, user) as box, dovecot.account(user) as client:
        assert subjects(list(box.arrivals(""))) == list(range(100))
        client.select()
        client.store("5:60", "+FLAGS", r"(\Deleted)")
        client.expunge()
        assert subjects(list(box.arrivals(""))) == [*range(4), *range(60, 100)]


def test_of_a_message_that_is_too_large_the_beginning_is_taken(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.put(user, [mail(1, LARGEST + 1), mail(2)])
    with inbox(dovecot, user) as box:
        large, small = box.arrivals("")
    assert (len(large.raw), large.whole) == (HEAD, False)
    assert subjects([large, small]) == [1, 2]
    assert small.whole


def test_a_message_of_any_octets_is_taken(dovecot: Dovecot) -> None:
    user = dovecot.user()
    odd = b"Subject: 1\r\n\r\na\x00b\rc\xff\r\r\n)\r\n* 5 EXISTS\r\n" + b"long" * 500_000
    dovecot.put(user, [odd, b"", mail(3)])
    with inbox(dovecot, user) as box:
        first, empty, last = box.arrivals("")
    # An IMAP server may not hand out NUL in a text (RFC 9051 4.3.1): Dovecot writes 0x80.
    assert first.raw.replace(b"\x80", b"\x00") == odd
    assert empty.raw == b""
    assert subjects([last]) == [3]


def test_a_message_that_the_server_cannot_read_stops_it_and_is_named(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.put(user, [mail(1), mail(2), mail(3)])
    with inbox(dovecot, user) as box:
        arrivals = box.arrivals("")
        first = next(arrivals)
        next(dovecot.maildir(user).glob("*/0000001.*")).chmod(0)
        with pytest.raises(InboxUnavailable):
            next(arrivals)
        assert subjects([first]) == [1]


@pytest.mark.parametrize(
    ("greeting", "words"),
    [
        (b"* BYE too many of you\r\n", "too many of you"),
        (b"220 mail.example.org ESMTP\r\n", "unexpected response: b'220 mail"),
        (b"", "it was closed"),
        (b"* OK\r\n* X {99999999999}\r\n", "it announces 99999999999 octets"),
    ],
)
def test_what_a_server_greets_us_with_is_told(greeting: bytes, words: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            visitor, _ = listener.accept()
            with visitor:
                visitor.sendall(greeting)

        thread = threading.Thread(target=serve)
        thread.start()
        address = parse_inbox(f"imap://anna:hunter2@127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(InboxUnavailable, match=words):
            list(ImapInbox(address).arrivals(""))
        thread.join()


def test_a_folder_that_the_server_does_not_make_is_told_and_hinders_nothing(
    dovecot: Dovecot,
) -> None:
    user = dovecot.user()
    dovecot.deliver(user, mail(1))
    with inbox(dovecot, user, move_to="a/b") as box:
        arrivals = list(box.arrivals(""))
        with pytest.raises(InboxUnavailable, match=r"the server refuses it: \[CANNOT\]"):
            box.put_away(arrivals)
        dovecot.deliver(user, mail(2))
        assert subjects(list(box.arrivals(arrivals[0].position))) == [2]


@pytest.mark.slow
def test_whatever_a_server_says_is_mail_or_told_as_a_fault(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.deliver(user, mail(1), mail(2))
    chance = random.Random(2015)
    faults = 0
    for _ in range(150):
        with Proxy(dovecot.ports["imap"], spoil=spoiler(chance)) as proxy:
            address = parse_inbox(f"imap://{user}:secret@127.0.0.1:{proxy.port}")
            box = ImapInbox(address, move_to="Kept" if chance.random() < 0.2 else "", timeout=0.2)
            try:
                for arrival in box.arrivals(""):
                    assert re.fullmatch(r"\d*:\d+", arrival.position)
                box.wait(0.01, lambda: False)
            except InboxUnavailable:
                faults += 1
            box.close()
    assert 30 < faults < 150


def test_a_server_need_not_tell_what_comes_next(dovecot: Dovecot) -> None:
    user = dovecot.user()
    silent = Proxy(dovecot.ports["imap"], spoil=lambda data: data.replace(b"[UIDNEXT", b"[X-NEXT"))
    with silent as proxy:
        box = through(dovecot, user, proxy)
        assert list(box.arrivals("")) == []
        dovecot.deliver(user, mail(1), mail(2))
        first = list(box.arrivals(""))
        assert subjects(first) == [1, 2]
        assert subjects(list(box.arrivals(first[0].position))) == [2]
        box.close()
    assert b" UID FETCH * (UID)" in proxy.said


def test_the_server_refuses_what_is_too_much_and_whom_it_does_not_know(dovecot: Dovecot) -> None:
    with pytest.raises(smtplib.SMTPDataError, match=r"552.*5\.2\.2"):
        dovecot.deliver(FULL.name, mail(1, 5_000))
    with pytest.raises(smtplib.SMTPRecipientsRefused, match=r"550.*5\.1\.1"):
        dovecot.deliver("nobody-there", mail(1))
