"""One connection: the octets it carries, what it refuses to carry, and how it ends."""

import asyncio

import pytest

from newsletter.model.mailing import Outcome, Scope, Stage, Verdict
from newsletter.smtp.connection import Timeouts
from newsletter.smtp.exchange import Manner
from tests.smtp.client import (
    LONG,
    MAIL,
    READER,
    SENDER,
    SHORT,
    connected,
    leap,
    parcel,
    settled,
    submit,
    told,
)
from tests.smtp.fault_server import Break, FaultServer

ACCEPTED, DEFERRED, REFUSED, UNKNOWN, RELEASED = Verdict
CONNECTION, BY_SENDER, MESSAGE, RECIPIENT, POLICY = Scope


@pytest.mark.parametrize("manner", Manner)
@pytest.mark.parametrize("message", [MAIL, LONG, LONG * 20], ids=["short", "long", "very long"])
async def test_the_octets_arrive_as_they_were(message: bytes, manner: Manner) -> None:
    async with FaultServer(extensions=("PIPELINING", "CHUNKING")) as server:
        connection = await connected(server, manner=manner)
        assert (await submit(connection, message)).verdict is ACCEPTED
        await connection.close()
    assert server.messages == [message]


@pytest.mark.parametrize("manner", Manner)
async def test_many_messages_at_a_time_all_arrive_in_order(manner: Manner) -> None:
    messages = [b"Subject: %d\r\n\r\n" % number + LONG for number in range(30)]
    async with FaultServer(extensions=("PIPELINING", "CHUNKING")) as server:
        connection = await connected(server, manner=manner)
        outcomes: list[asyncio.Future[Outcome]] = []
        waiting = list(messages)
        most = 0
        while waiting or outcomes:
            while waiting and connection.room:
                outcomes.append(told(connection, parcel(waiting.pop(0))))
            most = max(most, connection.in_flight)
            assert (await outcomes.pop(0)).verdict is ACCEPTED
        await connection.close()
    assert server.messages == messages
    assert most == {Manner.LOCK_STEP: 1, Manner.PIPELINED: 2, Manner.CHUNKED: 4}[manner]


async def test_one_connection_carries_many_messages_and_ends_with_quit() -> None:
    async with FaultServer({"RCPT": [b"550 5.1.1 no\r\n"]}, extensions=()) as server:
        connection = await connected(server)
        outcomes = [await submit(connection) for _ in range(3)]
        await connection.close()
    assert [outcome.verdict for outcome in outcomes] == [REFUSED, ACCEPTED, ACCEPTED]
    assert server.verbs == [
        *("EHLO", "MAIL", "RCPT", "RSET"),
        *("MAIL", "RCPT", "DATA", "MAIL", "RCPT", "DATA", "QUIT"),
    ]
    assert server.commands[:3] == [
        b"EHLO office.example.org",
        b"MAIL FROM:<bounces+token@example.org>",
        b"RCPT TO:<anna@example.com>",
    ]


async def test_a_failed_reset_ends_the_connection_but_not_the_answer() -> None:
    async with FaultServer({"RCPT": [b"550 5.1.1 no\r\n"], "RSET": [Break.DROP]}) as server:
        connection = await connected(server)
        assert (await submit(connection)).verdict is REFUSED
        assert (await submit(connection)).verdict is RELEASED
        assert not connection.usable
        await connection.close()


async def test_f26_an_idle_connection_that_was_closed_is_not_usable() -> None:
    async with FaultServer({"DOT": [b"250 ok\r\n", 0.05, b"421 idle\r\n", Break.DROP]}) as server:
        connection = await connected(server)
        assert (await submit(connection)).verdict is ACCEPTED
        await settled(connection, usable=False)
        assert not connection.usable
        assert (await submit(connection)).verdict is RELEASED
        await connection.close()


@pytest.mark.parametrize("how", [Break.DROP, Break.RESET, Break.HANG])
async def test_f25_a_quit_that_fails_takes_nothing_back(how: Break) -> None:
    async with FaultServer({"QUIT": [how]}) as server:
        connection = await connected(server, SHORT)
        assert (await submit(connection)).verdict is ACCEPTED
        await connection.close()
        assert not connection.usable


async def test_closing_twice_does_no_harm() -> None:
    async with FaultServer() as server:
        connection = await connected(server)
        await connection.close()
        await connection.close()


async def test_breaking_off_before_the_dot_ends_the_connection_without_a_message() -> None:
    async with FaultServer({"RCPT": [Break.HANG]}) as server:
        connection = await connected(server)
        outcome = told(connection, parcel())
        await server.reached("RCPT")
        connection.abort("stopped")
        assert (await outcome).verdict is RELEASED
        assert not connection.usable
        await connection.close()
    assert server.messages == []


async def test_breaking_off_behind_the_dot_leaves_in_doubt_what_was_in_flight() -> None:
    async with FaultServer({"DOT": [Break.HANG]}) as server:
        connection = await connected(server)
        outcomes = [told(connection, parcel()) for _ in range(2)]
        await server.reached("DOT")
        connection.abort("stopped")
        assert [(await outcome).verdict for outcome in outcomes] == [UNKNOWN, RELEASED]
        await connection.close()


@pytest.mark.parametrize(
    ("sender", "reader", "message", "utf8", "scope", "words"),
    [
        (SENDER, "b@example.org>\r\nDATA", MAIL, False, RECIPIENT, "SMTP command"),
        (SENDER, "b@example.org> SIZE=1 <", MAIL, False, RECIPIENT, "SMTP command"),
        (SENDER, "", MAIL, False, RECIPIENT, "SMTP command"),
        ("a b@example.org", READER, MAIL, False, RECIPIENT, "SMTP command"),
        (SENDER, "почта@example.org", MAIL, False, RECIPIENT, "beyond ASCII"),
        (SENDER, READER, "Я\r\n".encode(), False, MESSAGE, "beyond ASCII"),
    ],
)  # fmt: skip
async def test_what_cannot_be_offered_is_refused_here(
    sender: str, reader: str, message: bytes, utf8: bool, scope: Scope, words: str
) -> None:
    async with FaultServer() as server:
        connection = await connected(server)
        offered = parcel(message, reader, sender=sender, utf8=utf8)
        outcome = await told(connection, offered)
        assert (outcome.verdict, outcome.stage, outcome.scope) == (REFUSED, Stage.LOCAL, scope)
        assert words in outcome.text
        assert (await submit(connection)).verdict is ACCEPTED
        await connection.close()
    assert server.verbs == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]


async def test_a_cyrillic_address_goes_out_where_the_relay_takes_it() -> None:
    message = "To: почта@пример.рф\r\n\r\nЗдравствуйте\r\n".encode()
    async with FaultServer() as server:
        connection = await connected(server)
        assert connection.smtputf8
        offered = parcel(message, "почта@xn--e1afmkfd.xn--p1ai", utf8=True)
        assert (await told(connection, offered)).verdict is ACCEPTED
        await connection.close()
    assert server.commands[1:3] == [
        f"MAIL FROM:<bounces+token@example.org> SIZE={len(message)} SMTPUTF8".encode(),
        "RCPT TO:<почта@xn--e1afmkfd.xn--p1ai>".encode(),
    ]
    assert server.messages == [message]


async def test_f24_a_cyrillic_address_is_refused_where_the_relay_does_not_take_it() -> None:
    async with FaultServer(extensions=()) as server:
        connection = await connected(server)
        assert not connection.smtputf8
        outcome = await told(connection, parcel(recipient="почта@example.org", utf8=True))
        assert (outcome.verdict, outcome.scope) == (REFUSED, RECIPIENT)
        await connection.close()


async def test_f24_a_message_that_is_too_big_is_not_offered() -> None:
    async with FaultServer(extensions=("SIZE 1000",)) as server:
        connection = await connected(server)
        outcome = await submit(connection, LONG)
        assert (outcome.verdict, outcome.stage, outcome.scope) == (REFUSED, Stage.LOCAL, MESSAGE)
        assert f"{len(LONG)} octets, and the relay takes 1000" in outcome.text
        assert (await submit(connection)).verdict is ACCEPTED
        await connection.close()


@pytest.mark.parametrize("size", ["", "0", "many", "-1"])
async def test_a_size_that_limits_nothing_limits_nothing(size: str) -> None:
    async with FaultServer(extensions=(f"SIZE {size}".strip(),)) as server:
        connection = await connected(server)
        assert (await submit(connection, LONG)).verdict is ACCEPTED
        await connection.close()


async def test_f32_what_was_decided_before_a_stand_still_is_not_written_after_it() -> None:
    async with FaultServer() as server:
        connection = await connected(server)
        outcome = told(connection, parcel())
        leap(60)
        assert (await outcome).verdict is RELEASED
        await connection.close()
    assert server.verbs == ["EHLO"]


async def test_f32_nothing_follows_a_stand_still_within_a_write() -> None:
    async with FaultServer(extensions=()) as server:
        connection = await connected(server, Timeouts())
        transport = connection._transport
        write = transport.write

        def stand_still_behind(octets: bytes) -> None:
            write(octets)
            leap(301)

        transport.write = stand_still_behind  # type: ignore[method-assign, assignment]
        assert (await submit(connection)).verdict is RELEASED
        await connection.close()
    assert "RCPT" not in server.verbs
