"""A mail server to rehearse with: it takes everything, keeps nothing, and goes wrong on purpose.

It speaks PIPELINING, CHUNKING and SIZE as large relays do, and counts for whom it took a mail and
for whom it said so. How often it goes wrong, and in which way, is in Faults; chance has a seed, so
a rehearsal can be repeated. It listens on this computer only.
"""

import asyncio
import collections
import random
from dataclasses import dataclass
from types import TracebackType
from typing import Self, cast

_SIZE_LIMIT = 50 * 1024 * 1024
_LONGEST_LINE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How often each thing goes wrong: parts of 1, of the recipients or, at MAIL, of the mails."""

    later: float = 0.0  # greylisting: the first time only
    gone: float = 0.0  # no such mailbox
    full: float = 0.0  # a mailbox that stays full
    slow: float = 0.0  # an answer that takes a while
    busy: float = 0.0  # 421 in place of a greeting
    goodbye: float = 0.0  # 421 at MAIL, and the connection ends
    drop_before: float = 0.0  # the connection breaks before a mail is taken
    drop_after: float = 0.0  # it breaks after a mail was taken, before that was said


FAULTS = {
    "calm": Faults(),
    "rough": Faults(
        later=0.03, gone=0.01, full=0.005, slow=0.01, busy=0.02, goodbye=0.005, drop_before=0.002
    ),
    "storm": Faults(
        later=0.15,
        gone=0.03,
        full=0.02,
        slow=0.05,
        busy=0.15,
        goodbye=0.02,
        drop_before=0.02,
        drop_after=0.005,
    ),
}
"""What the levels of a rehearsal mean."""

_SLOW_SECONDS = 0.2


class Drill:
    """The server; used as `async with Drill(faults, seed) as drill: ... drill.port`."""

    def __init__(self, faults: Faults, seed: int) -> None:
        self.faults = faults
        self.chance = random.Random(seed)  # noqa: S311 (no secret)
        self._seed = seed
        self.port = 0
        self.octets = 0
        self.injected = collections.Counter[str]()
        self.taken = collections.Counter[int]()  # by the hash of the address: a list may be long
        self.told = 0
        self._deferred: set[int] = set()
        self._sessions: set[_Session] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        """Start listening on a free port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Session(self, self._sessions), "127.0.0.1", 0
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and drop the connections."""
        if self._server:
            self._server.close()
        for session in tuple(self._sessions):
            session.drop()

    @property
    def twice(self) -> int:
        """How many addresses a mail was taken for more than once."""
        return sum(count > 1 for count in self.taken.values())

    def happens(self, fault: str) -> bool:
        """Whether `fault` happens now; if so it is counted."""
        if self.chance.random() >= getattr(self.faults, fault):
            return False
        self.injected[fault] += 1
        return True

    def answer_to(self, recipient: str) -> bytes:
        """Return the answer to RCPT; empty: the connection breaks."""
        key = hash(recipient)
        if key not in self._deferred and self.happens("later"):
            self._deferred.add(key)
            return b"450 4.7.1 Greylisted, try again later\r\n"
        # These are about the mailbox, so they are the same at every attempt.
        luck = random.Random(f"{self._seed} {recipient}").random()  # noqa: S311 (no secret)
        if luck < self.faults.gone:
            self.injected["gone"] += 1
            return b"550 5.1.1 No such user here\r\n"
        if luck < self.faults.gone + self.faults.full:
            self.injected["full"] += 1
            return b"452 4.2.2 Mailbox full\r\n"
        return b"" if self.happens("drop_before") else b"250 2.1.5 OK\r\n"

    def take(self, recipient: str, octets: int) -> bytes:
        """Take a mail and return the answer; empty: the connection breaks before it is said."""
        self.taken[hash(recipient)] += 1
        self.octets += octets
        if self.happens("drop_after"):
            return b""
        self.told += 1
        return b"250 2.0.0 OK\r\n"


class _Session(asyncio.Protocol):
    """One connection."""

    def __init__(self, drill: Drill, sessions: "set[_Session]") -> None:
        self._drill, self._sessions = drill, sessions
        self._transport: asyncio.Transport | None = None
        self._unread = bytearray()
        self._recipient = ""
        self._sender = False
        self._chunk = -1  # octets of a chunk, while one comes
        self._searched = -1  # how far a body was searched for its end, while one comes
        self._held = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet, or say that there is no room."""
        self._transport = cast(asyncio.Transport, transport)
        self._sessions.add(self)
        if self._drill.happens("busy"):
            self._say(b"421 4.3.2 Too busy\r\n", end=True)
        else:
            self._say(b"220 drill ESMTP\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        del exc
        self._sessions.discard(self)

    def drop(self) -> None:
        """Break the connection off."""
        if self._transport:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Work off what has come."""
        self._unread += data
        self._go_on()

    def _go_on(self) -> None:
        while not self._held and self._step():
            pass

    def _step(self) -> bool:
        """Work off one command or body; whether there may be more."""
        if self._transport is None or self._transport.is_closing():
            return False
        if self._chunk >= 0:
            return self._take_chunk()
        if self._searched >= 0:
            return self._take_body()
        end = self._unread.find(b"\r\n", 0, _LONGEST_LINE)
        if end < 0:
            if len(self._unread) > _LONGEST_LINE:
                self._say(b"500 5.5.2 Line too long\r\n", end=True)
            return False
        line = bytes(self._unread[:end])
        del self._unread[: end + 2]
        self._obey(line.split(b" ")[0].upper(), line)
        return True

    def _obey(self, verb: bytes, line: bytes) -> None:
        if verb == b"EHLO":
            size = b"250 SIZE %d\r\n" % _SIZE_LIMIT
            self._say(b"250-drill\r\n250-PIPELINING\r\n250-CHUNKING\r\n250-SMTPUTF8\r\n" + size)
        elif verb == b"MAIL":
            self._begin()
        elif verb == b"RCPT":
            self._address(line)
        elif verb == b"DATA":
            if self._recipient:
                self._searched = 0
                self._say(b"354 Go on\r\n")
            else:
                self._say(b"554 5.5.1 No valid recipients\r\n")
        elif verb == b"BDAT":
            self._chunk = int(line.split(b" ")[1])
        elif verb == b"RSET":
            self._sender, self._recipient = False, ""
            self._say(b"250 2.0.0 OK\r\n")
        elif verb == b"QUIT":
            self._say(b"221 2.0.0 Bye\r\n", end=True)
        else:
            self._say(b"502 5.5.1 What?\r\n")

    def _begin(self) -> None:
        if self._sender:
            self._say(b"503 5.5.1 Nested MAIL\r\n")
        elif self._drill.happens("goodbye"):
            self._say(b"421 4.7.0 Enough for one connection\r\n", end=True)
        else:
            self._sender = True
            self._say(b"250 2.1.0 OK\r\n")

    def _address(self, line: bytes) -> None:
        if not self._sender:
            self._say(b"503 5.5.1 No MAIL\r\n")
            return
        recipient = line.decode(errors="replace").partition("<")[2].partition(">")[0]
        reply = self._drill.answer_to(recipient)
        self._recipient = recipient if reply.startswith(b"2") else ""
        self._say(reply, end=not reply)

    def _take_body(self) -> bool:
        start = max(0, self._searched - 4)
        lone = self._unread.startswith(b".\r\n")
        end = 0 if lone else self._unread.find(b"\r\n.\r\n", start)
        if end < 0:
            self._searched = len(self._unread)
            return False
        size = end if lone else end + 2
        del self._unread[: size + 3]
        self._searched = -1
        self._finish(size)
        return True

    def _take_chunk(self) -> bool:
        if len(self._unread) < self._chunk:
            return False
        size, self._chunk = self._chunk, -1
        del self._unread[:size]
        if self._recipient:
            self._finish(size)
        else:
            self._say(b"503 5.5.1 No recipients\r\n")
        return True

    def _finish(self, size: int) -> None:
        reply = self._drill.take(self._recipient, size)
        self._sender, self._recipient = False, ""
        if reply and self._drill.happens("slow"):
            self._held = True
            asyncio.get_running_loop().call_later(_SLOW_SECONDS, self._say_late, reply)
        else:
            self._say(reply, end=not reply)

    def _say_late(self, reply: bytes) -> None:
        self._held = False
        self._say(reply)
        self._go_on()

    def _say(self, reply: bytes, *, end: bool = False) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if reply:
            self._transport.write(reply)
        if end and reply:
            self._transport.close()
        elif end:
            self._transport.abort()
