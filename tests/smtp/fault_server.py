"""A scripted SMTP server that goes wrong where it is told to.

A script says what to do the first time a stage is reached; afterwards, and at other stages, the
server behaves. Stages: GREETING, the commands by name, BODY (after the first octets of a message)
and DOT (after its end, whether a dot or the last chunk was the end). An action is octets to write,
seconds to wait, or a way to break off.
"""

import asyncio
import socket
import ssl
import struct
from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import Enum
from types import TracebackType
from typing import Self


class Break(Enum):
    """A way to break off."""

    DROP = "close the connection"
    RESET = "reset the connection"
    HANG = "say nothing more"


Action = bytes | float | Break
Script = Mapping[str, Sequence[Action]]

USUAL = {
    "GREETING": b"220 fault.example.org ESMTP\r\n",
    "HELO": b"250 fault.example.org\r\n",
    "AUTH": b"235 2.7.0 ok\r\n",
    "MAIL": b"250 2.1.0 ok\r\n",
    "RCPT": b"250 2.1.5 ok\r\n",
    "DATA": b"354 go on\r\n",
    "BODY": b"",
    "DOT": b"250 2.0.0 taken\r\n",
    "RSET": b"250 2.0.0 ok\r\n",
    "STARTTLS": b"220 2.0.0 go on\r\n",
    "QUIT": b"221 2.0.0 bye\r\n",
}


_AFTER = {"RCPT": "MAIL", "DATA": "RCPT", "BDAT": "RCPT"}


class _Gone(Exception):
    """The script broke the connection off."""


class FaultServer:
    """Used as `async with FaultServer({...}) as server: ... server.port`."""

    def __init__(
        self,
        script: Script | None = None,
        *,
        extensions: Sequence[str] = ("PIPELINING", "SMTPUTF8", "SIZE 50000000"),
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
    ) -> None:
        self.commands: list[bytes] = []
        self.said: dict[str, bytes] = defaultdict(bytes)
        self.messages: list[bytes] = []  # that came whole, whatever was answered
        self.port = 0
        self._script = {stage: list(actions) for stage, actions in (script or {}).items()}
        self._extensions = extensions
        self._tls = tls
        self._implicit = implicit
        self._tasks: set[asyncio.Task[None]] = set()
        self._reached: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        context = self._tls if self._implicit else None
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def verbs(self) -> list[str]:
        """The commands that came, by name."""
        return [command.split(b" ")[0].decode() for command in self.commands]

    async def reached(self, stage: str) -> None:
        """Wait until a client is at `stage`."""
        await self._reached[stage].wait()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            await self._converse(reader, writer)
        except (_Gone, ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # that is what this server is for; what the client makes of it is the test
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._act("GREETING", writer)
        had: set[str] = set()  # commands of the present transaction that were answered with yes
        while line := await reader.readline():
            command = line.rstrip(b"\r\n")
            self.commands.append(command)
            verb = command.split(b" ")[0].decode().upper()
            if verb in _AFTER and _AFTER[verb] not in had:
                await self._refuse(command, reader, writer)
                continue
            if verb == "BDAT":
                await self._take_chunk(int(command.split(b" ")[1]), reader, writer)
                had.clear()
                continue
            reply = await self._act(verb, writer)
            if reply.rstrip().rpartition(b"\n")[2][:1] == b"2":
                had.add(verb)
            if verb == "RSET":
                had.clear()
            elif reply.startswith(b"354"):
                await self._take(reader, writer)
                had.clear()
            elif verb == "STARTTLS" and self._tls:
                await writer.start_tls(self._tls)
            elif verb == "QUIT":
                return

    async def _refuse(
        self, command: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Say that the command before was missing, as servers do behind a refusal."""
        if command.startswith(b"BDAT"):
            await reader.readexactly(int(command.split(b" ")[1]))
        writer.write(b"503 5.5.1 out of order\r\n")
        await writer.drain()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        data = bytearray(await reader.readexactly(1))
        await self._act("BODY", writer)
        while data != b".\r\n" and not data.endswith(b"\r\n.\r\n"):
            data += await reader.readuntil(b"\r\n")
        self.messages.append(bytes(data[:-3]))
        await self._act("DOT", writer)

    async def _take_chunk(
        self, size: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        data = await reader.readexactly(1)
        await self._act("BODY", writer)
        self.messages.append(data + await reader.readexactly(size - 1))
        await self._act("DOT", writer)

    async def _act(self, stage: str, writer: asyncio.StreamWriter) -> bytes:
        """Do what the script says, or the usual; return what was written."""
        self._reached[stage].set()
        if stage == "EHLO" and stage not in self._script:
            actions: Sequence[Action] = [self._ehlo()]
        else:
            actions = self._script.pop(stage, []) or [USUAL.get(stage, b"502 5.5.1 what?\r\n")]
        written = b""
        for action in actions:
            match action:
                case bytes():
                    writer.write(action)
                    written += action
                    self.said[stage] += action
                    await writer.drain()
                case Break.DROP:
                    raise _Gone
                case Break.RESET:
                    _reset_on_close(writer)
                    raise _Gone
                case Break.HANG:
                    await asyncio.Event().wait()
                case seconds if isinstance(seconds, float):
                    await asyncio.sleep(seconds)
        return written

    def _ehlo(self) -> bytes:
        lines = ["fault.example.org", *self._extensions]
        rows = [f"250-{line}\r\n" for line in lines[:-1]]
        return "".join([*rows, f"250 {lines[-1]}\r\n"]).encode()


def _reset_on_close(writer: asyncio.StreamWriter) -> None:
    """Make the end of the connection a reset (RST), not an orderly end (FIN)."""
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
