"""One open connection to a relay: its bytes, its clock, and the exchange that goes over it.

    submit ─► Exchange ─► blocks ─► transport        replies ─► Exchange ─► tell(Outcome)

It takes the transport over from aiosmtplib once greeting, TLS and login are done. Whatever the
server does, `submit` leads to exactly one Outcome. Each reply has its time limit, which begins when
the one before it came; so has a server that takes nothing more. After a fault the connection is
closed and never used again; so it is when this program itself stood still beyond a limit, for what
was under way may be another's by then. Before a body is begun the loop goes round twice: what the
server said too early is then seen before anything is written.
"""

import asyncio
import contextlib
import socket
from dataclasses import dataclass
from typing import NamedTuple

from newsletter.model.mailing import Stage
from newsletter.model.message import Parcel
from newsletter.smtp.dialect import Dialect
from newsletter.smtp.exchange import BLOCK, Exchange, Manner, Tell
from newsletter.smtp.replies import BadReply, ReplyParser, printable
from newsletter.smtp.window import Window

_BUFFER = 16 * 1024  # octets read at a time
_LOOK = 5.0  # seconds between two looks at the clock: limits change with every reply
_HELD_UP = 30.0  # seconds between deciding to write and writing, after which it is not done
_STOOD_STILL = "this program stood still for longer than any answer may take"
_QUICKACK: int = getattr(socket, "TCP_QUICKACK", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long to wait, in seconds (RFC 5321 4.5.3.2); shorter ones make duplicates."""

    greeting: float = 300
    mail: float = 300
    rcpt: float = 300
    data: float = 120
    block: float = 180
    final: float = 600
    quit: float = 5

    def of(self, stage: Stage) -> float:
        """Return how long the reply at `stage` may take."""
        if stage is Stage.FINAL:
            return self.final
        if stage is Stage.DATA:
            return self.data
        return self.rcpt if stage is Stage.RCPT else self.mail


class _Limit(NamedTuple):
    """What has to happen within so many seconds since a moment of the loop."""

    what: str
    seconds: float
    since: float

    @property
    def due(self) -> float:
        return self.since + self.seconds


class SmtpConnection(asyncio.BufferedProtocol):
    """A connection on which messages are submitted, several at a time if the relay allows."""

    def __init__(
        self,
        transport: asyncio.Transport,
        dialect: Dialect,
        manner: Manner,
        timeouts: Timeouts,
        window: Window | None = None,
    ) -> None:
        """Take over `transport`, whatever protocol it had."""
        self._transport = transport
        self._dialect = dialect
        self._timeouts = timeouts
        self._exchange = Exchange(manner, dialect, window or Window(1))
        self._parser = ReplyParser()
        self._buffer = memoryview(bytearray(_BUFFER))
        self._paused_at: float | None = None
        self._heard_at = 0.0  # when the awaited reply became the next one
        self._watch: asyncio.TimerHandle | None = None
        self._turning = False
        self._turned_at = 0.0
        self._closed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        # TLS transports of Python 3.11 stand still for ever when `high` is 0.
        transport.set_write_buffer_limits(high=BLOCK // 2, low=BLOCK // 16)
        transport.set_protocol(self)
        if transport.is_closing():
            self.connection_lost(None)

    @property
    def smtputf8(self) -> bool:
        """Whether the relay takes addresses with letters beyond ASCII (RFC 6531)."""
        return self._dialect.smtputf8

    @property
    def usable(self) -> bool:
        """Whether another message may be submitted on it."""
        return not self._exchange.fault

    @property
    def room(self) -> int:
        """How many messages it takes now."""
        return self._exchange.room

    @property
    def in_flight(self) -> int:
        """How many messages were submitted and not told."""
        return self._exchange.in_flight

    def submit(self, parcel: Parcel, tell: Tell) -> None:
        """Hand a message over; `tell` hears its Outcome, once, sooner or later."""
        refusal = self._dialect.refusal(parcel) if self.usable else None
        if refusal:
            tell(refusal)
            return
        self._exchange.offer(parcel, tell)
        self._turn(self._loop.time())

    def abort(self, why: str) -> None:
        """Break it off; whoever is in flight is told what that means for the message."""
        self._exchange.lost(why)
        self._transport.abort()

    async def close(self) -> None:
        """End it politely; a fault while doing so changes nothing."""
        if self.usable and not self.in_flight:
            self._exchange.fault = "the connection was closed"
            self._transport.write(b"QUIT\r\n")  # what was accepted stays so (RFC 5321 4.1.1.10)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._timeouts.quit):
                    await self._closed.wait()
        self.abort("the connection was closed")
        await self._closed.wait()

    # --- What the transport calls ---

    def get_buffer(self, sizehint: int) -> memoryview:
        """Lend the buffer that the server's words are read into, again and again."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take in what the server sent; too late, it is heard and nothing more is said."""
        now = self._loop.time()  # once, and first: what follows may be where we stand still
        was_late = self._is_late(now)
        self._turn(now)
        try:
            for reply in self._parser.feed(bytes(self._buffer[:nbytes])):
                self._heard_at = now  # a part of a reply does not count
                if not self._is_over:
                    self._exchange.reply(reply)
        except BadReply as fault:
            self._exchange.lost(str(fault))
        if was_late:
            self.abort(_STOOD_STILL)
        else:
            self._acknowledge_at_once()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody who is in flight that the connection has ended."""
        why = f"the connection broke: {exc}" if exc else "the relay closed the connection"
        self._exchange.lost(printable(why))
        if self._watch:
            self._watch.cancel()
        self._closed.set()

    def pause_writing(self) -> None:
        """Stop writing: the transport holds enough."""
        self._paused_at = self._loop.time()

    def resume_writing(self) -> None:
        """Go on writing, unless that comes too late."""
        now = self._loop.time()
        if self._is_late(now):
            self.abort(_STOOD_STILL)
        self._paused_at = None
        self._turn(now)

    # --- Writing, and watching the time ---

    def _turn(self, now: float) -> None:
        """Write in the turn after the next: by then what has come meanwhile was read."""
        if not self._turning:
            self._turning, self._turned_at = True, now
            self._loop.call_soon(self._loop.call_soon, self._write)

    def _write(self) -> None:
        self._turning = False
        now = self._loop.time()  # before the writing, which may be where the program stands still
        if now - self._turned_at > _HELD_UP:
            self.abort(_STOOD_STILL)
            return
        waited = self._exchange.awaits
        while self._paused_at is None and not self._is_over:
            octets = self._exchange.output()
            if not octets:
                break
            self._transport.write(octets)
        if self._is_over:
            self._transport.abort()
            return
        if not waited:
            self._heard_at = now
        if not self._watch:
            self._check_time()

    @property
    def _is_over(self) -> bool:
        return bool(self._exchange.fault) and not self._exchange.in_flight

    def _is_late(self, now: float) -> bool:
        """Whether a limit has passed that nobody looked at: this program stood still."""
        limit = self._limit()
        return limit is not None and limit.due <= now

    def _check_time(self) -> None:
        """Give up when a limit has passed; else come again when the next one will have."""
        self._watch = None
        now = self._loop.time()
        limit = self._limit()
        if limit is None:
            return
        if limit.due <= now:
            self.abort(f"{limit.what} within {limit.seconds:g} seconds")
        else:
            self._watch = self._loop.call_at(min(limit.due, now + _LOOK), self._check_time)

    def _limit(self) -> "_Limit | None":
        """Return when patience ends, if anything is waited for."""
        if self._paused_at is not None:
            return _Limit("nothing was taken", self._timeouts.block, self._paused_at)
        stage = self._exchange.awaits
        if stage is None:
            return None
        seconds = self._timeouts.of(stage)
        if self._exchange.is_dismissed:
            seconds = min(seconds, self._timeouts.quit)
        return _Limit("no reply", seconds, self._heard_at)

    def _acknowledge_at_once(self) -> None:
        """Do not let our kernel delay acknowledgements.

        A server that holds back a small reply until the last one is acknowledged (Nagle) would
        else stand still for 40 ms in every window.
        """
        if _QUICKACK and self._exchange.manner is Manner.CHUNKED:
            raw = self._transport.get_extra_info("socket")
            if raw is not None and not self._transport.is_closing():
                with contextlib.suppress(OSError):  # not TCP, or gone: nothing to speed up
                    raw.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
