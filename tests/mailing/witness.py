"""A relay that does what a test says, and remembers what it took: the outside witness of a send.

As a program, `python -m tests.mailing.witness LOG WAY SECONDS` prints its port, offers what the WAY
of speaking needs, takes everything, writes a line into LOG for each message that came whole, and
waits SECONDS before it answers that.
"""

import asyncio
import collections
import email
import email.policy
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

DROP = b""
"""The answer that is a lost connection."""

Answers = Callable[[str, str, int], bytes | float | None]
"""From verb, recipient and how often both came together to what is answered: octets, a pause
before the usual octets, or nothing for the usual. DOT is the end of a message."""

_USUAL = {
    "GREETING": b"220 relay.example.org ESMTP\r\n",
    "HELO": b"250 relay.example.org\r\n",
    "MAIL": b"250 2.1.0 ok\r\n",
    "RCPT": b"250 2.1.5 ok\r\n",
    "DATA": b"354 go on\r\n",
    "DOT": b"250 2.0.0 taken\r\n",
    "RSET": b"250 2.0.0 ok\r\n",
    "QUIT": b"221 2.0.0 bye\r\n",
}


_AFTER = {"RCPT": "MAIL", "DATA": "RCPT", "BDAT": "RCPT"}


class Way(StrEnum):
    """A way of speaking that a relay allows."""

    LOCK_STEP = "lock-step"
    PIPELINING = "pipelining"
    CHUNKING = "chunking"


@dataclass(frozen=True)
class Taken:
    """A message that came whole; `at` by the clock that never goes back, in nanoseconds."""

    recipient: str
    octets: bytes
    sender: str = ""
    at: int = field(default_factory=time.monotonic_ns)

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.octets, policy=email.policy.default)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


def _as_usual(_verb: str, _recipient: str, _count: int) -> None:
    """Answer everything as usual."""


@dataclass
class Witness:
    """Used as `async with Witness(answers) as relay: ... relay.port`."""

    answers: Answers = _as_usual
    smtputf8: bool = True
    pipelining: bool = True
    chunking: bool = False
    size: int = 0
    port: int = 0
    whole: list[Taken] = field(default_factory=list)
    accepted: list[Taken] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    most_open: int = 0
    _counts: collections.Counter[tuple[str, str]] = field(default_factory=collections.Counter)
    _server: asyncio.Server | None = None
    _tasks: set["asyncio.Task[None] | None"] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def start(self) -> None:
        """Listen, at the port of before if there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Go away and break off what is under way."""
        assert self._server
        self._server.close()
        tasks = [task for task in self._tasks if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def recipients(self) -> collections.Counter[str]:
        """How often each recipient's mail was accepted."""
        return collections.Counter(taken.recipient for taken in self.accepted)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.current_task())
        self.connections += 1
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        try:
            await self._converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the sender or the test has gone: what was accepted is remembered
        finally:
            self.open -= 1
            self._tasks.discard(asyncio.current_task())
            writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        paths = {"MAIL": "", "RCPT": ""}
        had: set[str] = set()  # commands of the present transaction that were answered with yes
        if not await self._answer(writer, "GREETING", ""):
            return
        while line := await reader.readline():
            verb = line[:4].decode().strip().upper()
            size = int(line.split()[1]) if verb == "BDAT" else 0
            if verb in _AFTER and _AFTER[verb] not in had:
                await reader.readexactly(size)
                writer.write(b"503 5.5.1 out of order\r\n")
                continue
            if verb in paths:
                paths[verb] = line.decode().partition("<")[2].partition(">")[0]
            sender, recipient = paths.values()
            if verb == "BDAT":
                taken = Taken(recipient, await reader.readexactly(size), sender)
                reply = await self._take(writer, taken)
                had.clear()
            else:
                reply = await self._answer(writer, verb, recipient)
            if reply.startswith(b"2"):
                had.add(verb)
            if verb == "RSET":
                had.clear()
            if reply.startswith(b"354"):
                octets = (await reader.readuntil(b"\r\n.\r\n"))[:-3]
                reply = await self._take(writer, Taken(recipient, octets, sender))
                had.clear()
            if not reply or verb == "QUIT":
                return

    async def _take(self, writer: asyncio.StreamWriter, taken: Taken) -> bytes:
        self.whole.append(taken)
        return await self._answer(writer, "DOT", taken.recipient, taken)

    async def _answer(
        self,
        writer: asyncio.StreamWriter,
        verb: str,
        recipient: str,
        taken: Taken | None = None,
    ) -> bytes:
        self._counts[verb, recipient] += 1
        answer = self.answers(verb, recipient, self._counts[verb, recipient])
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            answer = None
        if answer is None:
            answer = self._ehlo() if verb == "EHLO" else _USUAL[verb]
        if taken and answer.startswith(b"2"):
            self.accepted.append(taken)  # from here on it is ours, whether the sender hears or not
        writer.write(answer)
        await writer.drain()
        return answer

    def _ehlo(self) -> bytes:
        last = "SMTPUTF8" if self.smtputf8 else "HELP"
        size = f"SIZE {self.size}"  # RFC 1870 4: 0 is no limit
        ways = ["PIPELINING"] * self.pipelining + ["CHUNKING"] * self.chunking
        offered = ["relay.example.org", "8BITMIME", *ways, size]
        return "".join(f"250-{each}\r\n" for each in offered).encode() + f"250 {last}\r\n".encode()


class Chronicler(Witness):
    """A witness that takes what came whole, and writes it down long before it says so."""

    log: Path

    async def _take(self, writer: asyncio.StreamWriter, taken: Taken) -> bytes:
        self._write_down(taken)
        return await super()._take(writer, taken)

    def _write_down(self, taken: Taken) -> None:
        entry = {
            "at": taken.at,
            "sender": taken.sender,
            "recipient": taken.recipient,
            "message_id": taken.message_id,
        }
        with self.log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(entry) + "\n")


async def _main(log: str, way: str, seconds: str) -> None:
    pauses = {"EHLO": min(float(seconds), 0.01), "DOT": float(seconds)}
    witness = Chronicler(
        lambda verb, _, __: pauses.get(verb),
        pipelining=way != Way.LOCK_STEP,
        chunking=way == Way.CHUNKING,
    )
    witness.log = Path(log)
    async with witness:
        print(witness.port, flush=True)  # noqa: T201 (this is how its starter learns it)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
