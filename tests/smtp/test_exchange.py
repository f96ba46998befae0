"""What is under way on a connection, without a socket: everybody is told the truth, once."""

from collections import Counter
from dataclasses import dataclass, field
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.model.mailing import Outcome, Scope, Stage, Verdict
from newsletter.model.message import Parcel
from newsletter.smtp.dialect import Dialect
from newsletter.smtp.exchange import BLOCK, Exchange, Manner
from newsletter.smtp.replies import Reply
from newsletter.smtp.window import Window

ACCEPTED, DEFERRED, REFUSED, UNKNOWN, RELEASED = Verdict
OK, GO_ON, NO_USER = Reply(250, "2.0.0 ok"), Reply(354, "go on"), Reply(550, "5.1.1 no such user")


def parcel(number: int, size: int = 0) -> Parcel:
    body = b"x" * size + b"\r\n" if size else b""
    message = b"Subject: %d\r\n\r\n" % number + body
    return Parcel(sender="b@example.org", recipient=f"r{number}@example.com", message=message)


@dataclass
class Talk:
    """An exchange, what was told of each message, and how to drive it."""

    manner: Manner
    most: int = 4
    told: list[tuple[int, Outcome]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.window = Window(self.most)
        self.window.size = self.most
        self.exchange = Exchange(self.manner, Dialect(), self.window)

    def offer(self, *numbers: int, size: int = 0) -> None:
        for number in numbers:
            self.exchange.offer(parcel(number, size), partial(self._hear, number))

    def _hear(self, number: int, outcome: Outcome) -> None:
        self.told.append((number, outcome))

    def replies(self, *replies: Reply) -> None:
        for reply in replies:
            self.exchange.reply(reply)

    @property
    def verdicts(self) -> list[tuple[int, Verdict]]:
        return [(number, outcome.verdict) for number, outcome in self.told]


def mail(number: int) -> bytes:
    return f"MAIL FROM:<b@example.org>\r\nRCPT TO:<r{number}@example.com>\r\n".encode()


def test_lock_step_says_one_thing_at_a_time() -> None:
    talk = Talk(Manner.LOCK_STEP)
    assert talk.exchange.room == 1
    talk.offer(1)
    assert talk.exchange.room == 0
    said = []
    for reply in (OK, OK, GO_ON, OK):
        said.append(talk.exchange.output())
        assert talk.exchange.output() == b""
        talk.replies(reply)
    assert said == [
        b"MAIL FROM:<b@example.org>\r\n",
        b"RCPT TO:<r1@example.com>\r\n",
        b"DATA\r\n",
        b"Subject: 1\r\n\r\n.\r\n",
    ]
    assert talk.verdicts == [(1, ACCEPTED)]


def test_pipelining_puts_the_next_envelope_behind_a_body() -> None:  # RFC 2920 3.1
    talk = Talk(Manner.PIPELINED)
    assert talk.exchange.room == 2
    talk.offer(1, 2)
    assert talk.exchange.output() == mail(1) + b"DATA\r\n"
    talk.replies(OK, OK)
    assert talk.exchange.output() == b""
    talk.replies(GO_ON)
    assert talk.exchange.output() == b"Subject: 1\r\n\r\n.\r\n" + mail(2) + b"DATA\r\n"
    talk.replies(OK)
    assert talk.verdicts == [(1, ACCEPTED)]
    assert talk.exchange.room == 1


def test_chunking_keeps_a_window_of_messages_in_flight() -> None:  # RFC 3030 2
    talk = Talk(Manner.CHUNKED, most=3)
    talk.offer(1, 2, 3)
    assert talk.exchange.room == 0
    chunk = b"BDAT 14 LAST\r\nSubject: %d\r\n\r\n"
    assert talk.exchange.output() == b"".join(
        (mail(1), chunk % 1, b"RSET\r\n", mail(2), chunk % 2, b"RSET\r\n", mail(3), chunk % 3)
    )
    talk.replies(OK, OK, OK, OK)
    assert talk.verdicts == [(1, ACCEPTED)]
    assert talk.exchange.room == 1
    talk.replies(OK, NO_USER, Reply(503, "no recipients"), OK, OK, OK, OK)
    assert talk.verdicts == [(1, ACCEPTED), (2, REFUSED), (3, ACCEPTED)]


def test_a_refused_recipient_is_reset_before_the_next() -> None:
    talk = Talk(Manner.PIPELINED)
    talk.offer(1, 2)
    talk.exchange.output()
    talk.replies(OK, NO_USER, Reply(554, "no valid recipients"))
    assert talk.verdicts == [(1, REFUSED)]
    assert talk.exchange.output() == b"RSET\r\n" + mail(2) + b"DATA\r\n"


def test_a_body_asked_for_without_a_recipient_is_ended_at_once() -> None:  # RFC 2920 3.1
    talk = Talk(Manner.PIPELINED)
    talk.offer(1, 2)
    talk.exchange.output()
    talk.replies(OK, NO_USER, GO_ON)
    assert talk.exchange.output() == b".\r\n" + mail(2) + b"DATA\r\n"
    talk.replies(OK)
    assert talk.verdicts == [(1, REFUSED)]


def test_a_long_message_goes_out_in_blocks_and_is_whole_with_the_last() -> None:
    talk = Talk(Manner.CHUNKED)
    talk.offer(1, size=3 * BLOCK)
    blocks = [talk.exchange.output(), talk.exchange.output()]
    assert all(len(block) < 2 * BLOCK for block in blocks)
    talk.exchange.lost("gone")
    assert talk.verdicts == [(1, RELEASED)]


def test_who_stands_behind_a_421_is_released_and_who_stands_before_a_loss_is_unknown() -> None:
    for last_words, verdict in (([Reply(421, "4.3.2 bye")], RELEASED), ([], UNKNOWN)):
        talk = Talk(Manner.CHUNKED)
        talk.offer(1, 2, 3)
        talk.exchange.output()
        talk.replies(OK, OK, OK, *last_words)
        talk.exchange.lost("gone")
        expected = RELEASED if last_words else UNKNOWN
        assert talk.verdicts == [(1, ACCEPTED), (2, expected), (3, verdict)]
        assert talk.window.size == 2


def test_a_relay_out_of_room_gets_nothing_new_but_may_answer_what_it_has() -> None:
    talk = Talk(Manner.CHUNKED)
    talk.offer(1, 2)
    talk.exchange.output()
    talk.replies(Reply(452, "4.3.1 full"), Reply(503, "no"), Reply(503, "no"))
    assert talk.exchange.room == 0
    talk.replies(OK, OK, OK, OK)
    assert talk.verdicts == [(1, RELEASED), (2, ACCEPTED)]
    assert not talk.exchange.in_flight


@dataclass
class Server:
    """A server that works commands off in order, and does as it is told at each of them.

    It keeps whom it took a message for, and what it said to that.
    """

    decisions: list[int]
    taken: Counter[str] = field(default_factory=Counter)
    granted: Counter[str] = field(default_factory=Counter)
    unread: bytes = b""
    sender: bool = False
    recipient: str = ""
    in_data: bool = False
    gone: bool = False

    def feed(self, octets: bytes) -> list[Reply]:
        self.unread += octets
        replies: list[Reply] = []
        while not self.gone and (reply := self._next()):
            replies.append(reply)
            if reply.code == 421:
                self.gone = True
        return replies

    def _decide(self) -> int:
        return self.decisions.pop() if self.decisions else 0

    def _next(self) -> Reply | None:
        if self.in_data:
            end = b".\r\n" if self.unread.startswith(b".\r\n") else b"\r\n.\r\n"
            _, found, rest = self.unread.partition(end)
            if not found:
                return None
            self.unread, self.in_data = rest, False
            return self._take()
        line, found, rest = self.unread.partition(b"\r\n")
        if not found:
            return None
        verb = line[:4]
        if verb == b"BDAT":
            size = int(line.split(b" ")[1])
            if len(rest) < size:
                return None
            rest = rest[size:]
        self.unread = rest
        decision = self._decide()
        if decision == 9:
            self.gone = True
            return None
        return self._answer(verb, line, decision)

    def _answer(self, verb: bytes, line: bytes, decision: int) -> Reply:
        no = {1: Reply(450, "4.2.0 later"), 2: Reply(550, "5.1.1 no"), 3: Reply(421, "bye")}.get(
            decision
        )
        if verb == b"RSET":
            self.sender, self.recipient = False, ""
            return no if no and no.code == 421 else OK
        if verb == b"MAIL":
            if self.sender:
                return Reply(503, "nested MAIL")
            self.sender = no is None
            return no or OK
        if verb == b"RCPT":
            if not self.sender:
                return Reply(503, "no MAIL")
            self.recipient = "" if no else line[9:-1].decode()
            return no or OK
        if verb == b"DATA":
            if not self.recipient and decision != 4:
                return Reply(554, "no valid recipients")
            self.in_data = no is None
            return no or GO_ON
        if verb == b"BDAT":
            if not self.recipient:
                return Reply(503, "no recipients")
            return self._take(decision)
        raise AssertionError(line)

    def _take(self, decision: int | None = None) -> Reply:
        decision = self._decide() if decision is None else decision
        who, self.recipient, self.sender = self.recipient, "", False
        if not who:
            return Reply(554, "nobody")
        if decision in (1, 2, 3):
            return {1: Reply(450, "later"), 2: Reply(554, "5.6.0 no"), 3: Reply(421, "bye")}[
                decision
            ]
        self.taken[who] += 1
        if decision == 9:
            self.gone = True
        else:
            self.granted[who] += 1
        return OK


@given(
    manner=st.sampled_from(Manner),
    decisions=st.lists(st.sampled_from([0, 0, 0, 0, 1, 2, 3, 4, 9]), max_size=40),
    count=st.integers(1, 12),
    steps=st.lists(st.integers(1, 400), max_size=60),
    late=st.booleans(),
)
def test_whatever_a_server_does_everybody_is_told_once_and_truly(
    manner: Manner, decisions: list[int], count: int, steps: list[int], late: bool
) -> None:
    talk, server = Talk(manner), Server(decisions)
    waiting = list(range(count))
    on_the_way: list[Reply] = []
    for step in [*steps, *([10_000] * 400)]:
        while waiting and talk.exchange.room:
            talk.offer(waiting.pop(0))
        octets = talk.exchange.output()
        replies = server.feed(octets)
        if server.gone and replies and replies[-1] is OK and server.taken != server.granted:
            replies.pop()  # it took the message and was gone before it could say so
        on_the_way += replies
        arriving = min(step, len(on_the_way)) if late else len(on_the_way)
        for _ in range(arriving):
            talk.exchange.reply(on_the_way.pop(0))
        if server.gone and not on_the_way:
            talk.exchange.lost("gone")
        if not octets and not arriving and not (waiting and talk.exchange.room):
            break
    told = Counter(number for number, _ in talk.told)
    assert told == Counter(set(range(count)) - set(waiting))
    assert not talk.exchange.in_flight
    for number, outcome in talk.told:
        who = f"r{number}@example.com"
        if outcome.verdict is ACCEPTED:
            assert server.granted[who] == 1
        elif outcome.verdict is not UNKNOWN:
            assert not server.taken[who], outcome
    unknown = sum(outcome.verdict is UNKNOWN for _, outcome in talk.told)
    assert unknown <= (talk.most if manner is Manner.CHUNKED else 1)


@pytest.mark.parametrize("manner", Manner)
def test_a_reply_nobody_waits_for_ends_everything(manner: Manner) -> None:
    talk = Talk(manner)
    talk.offer(1)
    talk.exchange.reply(OK)
    assert talk.exchange.fault == "a reply before it was asked for: 250 2.0.0 ok"
    assert talk.verdicts == [(1, RELEASED)]
    talk.offer(2)
    assert talk.told[-1][1].scope is Scope.CONNECTION
    assert talk.told[-1][1].stage is Stage.CONNECT
