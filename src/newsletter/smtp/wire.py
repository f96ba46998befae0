"""The bytes of an open connection to a relay: replies in, commands out, each with its time limit.

A Wire takes the transport over from aiosmtplib once greeting, TLS and login are done. It keeps
replies in the order they came, so one that nobody asked for is seen, not taken for the answer to
the next command. Every fault ends the connection and is raised as WireFault with words for people.
"""

import asyncio
from collections import deque

from newsletter.smtp.replies import BadReply, Reply, ReplyParser, printable

_UNASKED = 100  # replies nobody asked for, after which a server makes no sense


class WireFault(Exception):
    """The connection is lost or makes no sense."""


class Wire(asyncio.Protocol):
    """One connection, from which one task reads at a time."""

    def __init__(self, transport: asyncio.Transport) -> None:
        """Take over `transport`, whatever protocol it had."""
        self.fault = "the relay closed the connection" if transport.is_closing() else ""
        self._transport = transport
        self._parser = ReplyParser()
        self._replies: deque[Reply] = deque()
        self._paused = False
        self._changed = asyncio.Event()
        self._closed = asyncio.Event()
        if transport.is_closing():
            self._closed.set()
        transport.set_protocol(self)

    @property
    def waiting(self) -> bool:
        """Whether a reply is there that was not asked for yet."""
        return bool(self._replies)

    async def reply(self, limit: float) -> Reply:
        """Return the next reply; raises WireFault when it does not come within `limit` seconds."""
        try:
            async with asyncio.timeout(limit):
                while not self._replies:
                    self._check()
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            self._end(f"no reply within {limit:g} seconds")
            raise WireFault(self.fault) from None
        return self._replies.popleft()

    async def ask(self, command: bytes, limit: float) -> Reply:
        """Write a command and return its reply."""
        if self._replies:
            self._end(f"a reply before it was asked for: {_shown(self._replies[0])}")
        self.write(command + b"\r\n")
        return await self.reply(limit)

    def write(self, data: bytes) -> None:
        """Hand `data` to the transport."""
        self._check()
        self._transport.write(data)

    async def drain(self, limit: float) -> None:
        """Wait until the transport takes more, or a reply comes in meanwhile."""
        for _ in range(2):  # in its next turn the loop looks, in the one after it has read
            await asyncio.sleep(0)
        try:
            async with asyncio.timeout(limit):
                while self._paused and not self._replies:
                    self._check()
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            self._end(f"nothing was taken within {limit:g} seconds")
        if not self._replies:
            self._check()

    def abort(self, why: str) -> None:
        """End the connection at once."""
        self._end(why)

    async def close(self, limit: float) -> None:
        """End the connection; what was written still goes out if it can within `limit` seconds."""
        self.fault = self.fault or "the connection was closed"
        self._transport.close()
        try:
            async with asyncio.timeout(limit):
                await self._closed.wait()
        except TimeoutError:
            self._transport.abort()
            await self._closed.wait()

    def data_received(self, data: bytes) -> None:
        """Take in what the server sent."""
        if self.fault:
            return
        try:
            self._replies.extend(self._parser.feed(data))
        except BadReply as fault:
            self._end(str(fault))
        if len(self._replies) > _UNASKED:
            self._end("replies without end")
        self._changed.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Remember why the connection ended."""
        reason = f"the connection broke: {exc}" if exc else "the relay closed the connection"
        self.fault = self.fault or printable(reason)
        self._closed.set()
        self._changed.set()

    def pause_writing(self) -> None:
        """Stop writing: the transport holds enough."""
        self._paused = True

    def resume_writing(self) -> None:
        """Go on writing."""
        self._paused = False
        self._changed.set()

    def _check(self) -> None:
        if self.fault:
            raise WireFault(self.fault)

    def _end(self, why: str) -> None:
        self.fault = self.fault or why
        self._transport.abort()
        self._changed.set()


def _shown(reply: Reply) -> str:
    return f"{reply.code} {reply.text}"
