"""Servers that answer with the words of a table, and the one that takes what comes home."""

import asyncio
import contextlib
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tests.returns.mailers.names import COLLECTOR
from tests.returns.mailers.replies import EARLY, Reply

_ADDRESS = re.compile(rb"<([^>]*)>")
_TOKEN = re.compile(r"news\+([a-z0-9]+)@", re.IGNORECASE)


@dataclass
class Home:
    """What came back, by the token of the mail that it is about."""

    arrived: dict[str, list[bytes]] = field(default_factory=dict)
    strays: list[tuple[str, bytes]] = field(default_factory=list)

    def take(self, recipients: Iterable[str], message: bytes) -> None:
        """Keep a message."""
        for recipient in recipients:
            if found := _TOKEN.match(recipient):
                self.arrived.setdefault(found[1].lower(), []).append(message)
            else:
                self.strays.append((recipient, message))


class Servers:
    """All servers of the small world, in a thread of their own."""

    def __init__(self, replies: Iterable[Reply], addresses: Mapping[str, str]) -> None:
        """Sort the replies by whom or which address they are for."""
        self.home = Home()
        self._addresses = set(addresses.values())
        rows = list(replies)
        self._early = {addresses[each.domain]: each for each in rows if each.stage in EARLY}
        self._late = {each.address.lower(): each for each in rows if each.stage not in EARLY}
        self._names = {address: domain for domain, address in addresses.items()}

    def start(self) -> None:
        """Listen on every address."""
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True).start()
        ready.wait(30)

    async def _serve(self, ready: threading.Event) -> None:
        hosts = [COLLECTOR, *sorted(self._addresses)]
        server = await asyncio.start_server(self._talk, hosts, 25, limit=2**20)
        ready.set()
        await server.serve_forever()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here = writer.get_extra_info("sockname")[0]
        name = f"mx1.{self._names[here]}" if here in self._names else "mail.news.example.org"
        talk = _Talk(self, reader, writer, name, self._early.get(here))
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await talk.run()
        writer.close()

    def late(self, address: str) -> Reply | None:
        """Return what is said of a recipient."""
        return self._late.get(address.lower())


class _Talk:
    """One connection."""

    def __init__(
        self,
        servers: Servers,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        name: str,
        early: Reply | None,
    ) -> None:
        self._servers, self._reader, self._writer = servers, reader, writer
        self._name, self._early = name, early
        self._recipients: list[str] = []

    async def run(self) -> None:
        if self._early and self._early.stage == "greeting":
            await self._say(*self._early.lines)
            return
        await self._say(f"220 {self._name} ESMTP".encode())
        while line := (await self._reader.readline()).rstrip(b"\r\n"):
            verb = line[:4].upper()
            if verb == b"QUIT":
                await self._say(b"221 2.0.0 Bye")
                return
            await self._obey(verb, line)

    async def _obey(self, verb: bytes, line: bytes) -> None:
        if verb == b"EHLO":
            size = b"250-SIZE 3000" if "small" in self._name else b"250-SIZE 20000000"
            name = b"250-" + self._name.encode()
            await self._say(name, b"250-PIPELINING", size, b"250-8BITMIME", b"250 SMTPUTF8")
        elif verb == b"MAIL" and self._early:
            await self._say(*self._early.lines)
        elif verb == b"RCPT" and self._early:
            await self._say(b"503 5.5.1 Bad sequence of commands")
        elif verb == b"RCPT":
            await self._recipient(line)
        elif verb == b"DATA":
            await self._data()
        elif verb in (b"MAIL", b"RSET", b"NOOP", b"HELO"):
            self._recipients = []
            await self._say(b"250 2.1.0 OK")
        else:
            await self._say(b"502 5.5.1 Command not implemented")

    async def _recipient(self, line: bytes) -> None:
        found = _ADDRESS.search(line)
        address = found[1].decode("utf-8", "replace") if found else ""
        reply = self._servers.late(address)
        if reply and reply.stage == "rcpt":
            await self._say(*reply.lines)
            return
        self._recipients.append(address)
        await self._say(b"250 2.1.5 OK")

    async def _data(self) -> None:
        replies = [self._servers.late(each) for each in self._recipients]
        late = next((each for each in replies if each), None)
        if late and late.stage == "data":
            await self._say(*late.lines)
            return
        if not self._recipients:
            await self._say(b"554 5.5.1 No valid recipients")
            return
        await self._say(b"354 End data with <CR><LF>.<CR><LF>")
        body = await self._body()
        if late:
            await self._say(*late.lines)
            return
        self._servers.home.take(self._recipients, body)
        await self._say(b"250 2.0.0 OK")

    async def _body(self) -> bytes:
        lines = []
        while (line := await self._reader.readline()) not in (b".\r\n", b".\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    async def _say(self, *lines: bytes) -> None:
        self._writer.write(b"".join(line + b"\r\n" for line in lines))
        await self._writer.drain()
