"""The bytes of a connection, between two ends of a pair of sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from newsletter.smtp.replies import Reply
from newsletter.smtp.wire import Wire, WireFault


@asynccontextmanager
async def wired() -> AsyncIterator[tuple[Wire, socket.socket]]:
    """Give a Wire and the other end."""
    ours, theirs = socket.socketpair()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
    wire = Wire(transport)
    with theirs:
        yield wire, theirs
        await wire.close(1)


async def test_what_is_there_before_a_block_is_written_is_noticed() -> None:
    async with wired() as (wire, theirs):
        theirs.sendall(b"250 early\r\n")
        await wire.drain(1)
        assert wire.waiting
        assert await wire.reply(1) == Reply(250, "early")


async def test_a_reply_that_came_before_the_end_is_still_read() -> None:
    async with wired() as (wire, theirs):
        theirs.sendall(b"421 going down\r\n")
        theirs.close()
        await asyncio.sleep(0.05)
        assert wire.fault == "the relay closed the connection"
        await wire.drain(1)
        assert await wire.reply(1) == Reply(421, "going down")
        with pytest.raises(WireFault, match="the relay closed the connection"):
            await wire.reply(1)


async def test_replies_without_end_end_the_connection() -> None:
    async with wired() as (wire, theirs):
        theirs.sendall(b"250 yes\r\n" * 101)
        await asyncio.sleep(0.05)
        assert wire.fault == "replies without end"


async def test_a_transport_that_is_closed_already_is_no_use() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
        transport.close()
        wire = Wire(transport)
        with pytest.raises(WireFault, match="the relay closed the connection"):
            await wire.ask(b"NOOP", 1)
        await wire.close(1)
