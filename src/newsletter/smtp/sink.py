"""A local SMTP server that files every message it gets: for the demo, tests and rehearsals.

    DIR/messages/000001.eml     the bytes as they came
    DIR/log.jsonl               one line for each accepted message, in the order of acceptance

A message is acknowledged only when both are written, so whatever a sender was told is accepted is
there. Killed and started again, a sink goes on with the next number. It listens on this machine
only if it is told so by `host`; it has no TLS and asks for no password.
"""

import asyncio
import datetime
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP

from newsletter.keyfiles import make_private_folder

_SIZE_LIMIT = 50 * 1024 * 1024
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]*>)", re.IGNORECASE | re.MULTILINE)


class Sink:
    """The server; used as `async with Sink(folder) as sink: ... sink.port`."""

    def __init__(self, directory: Path, host: str = "127.0.0.1", port: int = 0) -> None:
        """File into `directory`, which is made if it is missing; port 0 takes a free one."""
        self.directory = directory
        self.host = host
        self.port = port
        self._number = 0
        # One thread writes, so numbers and lines are in one order, and no kill of a connection
        # leaves a message half filed.
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sink")
        self._sessions: set[_Session] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        """Start listening; OSError when the port is taken or the folder cannot be written."""
        await asyncio.to_thread(self._open)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Session(self, self._sessions), self.host, self.port
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening, drop the connections, and finish what is being filed."""
        if self._server:
            self._server.close()
        sessions = tuple(self._sessions)
        for session in sessions:
            session.drop()
        await asyncio.gather(*(session.gone for session in sessions))
        await asyncio.to_thread(self._writer.shutdown)

    def refusal(self, sender: str, recipient: str) -> str:
        """Return the reply to RCPT that refuses `recipient`, or nothing; rehearsals override it."""
        del sender, recipient
        return ""

    async def file(self, sender: str, recipients: list[str], message: bytes) -> None:
        """Write the message and its line in the log."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._writer, self._file, sender, recipients, message)

    def _open(self) -> None:
        folder = self.directory / "messages"
        make_private_folder(folder)
        self._number = max((int(f.stem) for f in folder.glob("[0-9]*.eml")), default=0)
        log = self.directory / "log.jsonl"
        if log.exists() and not log.read_bytes().endswith(b"\n"):
            # A line cut off by a kill belongs to a message that nobody was told is accepted.
            whole = log.read_bytes()
            os.truncate(log, whole.rfind(b"\n") + 1)

    def _file(self, sender: str, recipients: list[str], message: bytes) -> None:
        self._number += 1
        name = f"messages/{self._number:06}.eml"
        draft = self.directory / f"{name}.part"
        draft.write_bytes(message)
        draft.replace(self.directory / name)
        header = message.partition(b"\r\n\r\n")[0]
        found = _MESSAGE_ID.search(header)
        entry = {
            "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
            "sender": sender,
            "recipient": ", ".join(recipients),
            "size": len(message),
            "message_id": found[1].decode(errors="replace") if found else "",
            "file": name,
        }
        line = json.dumps(entry, ensure_ascii=False) + "\n"
        with (self.directory / "log.jsonl").open("ab", buffering=0) as log:
            log.write(line.encode("utf-8", "surrogateescape"))


class _Session(SMTP):
    """One connection to the sink."""

    def __init__(self, sink: Sink, sessions: "set[_Session]") -> None:
        loop = asyncio.get_running_loop()
        super().__init__(
            _Handler(sink),
            data_size_limit=_SIZE_LIMIT,
            enable_SMTPUTF8=True,
            hostname="localhost",
            ident="newsletter sink",
            loop=loop,
        )
        self.gone = loop.create_future()
        self._sessions = sessions

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Stand in the list of connections, so that the sink can drop it when it stops."""
        super().connection_made(transport)
        self._sessions.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        """Leave the list."""
        super().connection_lost(error)
        self._sessions.discard(self)
        self.gone.set_result(None)

    def drop(self) -> None:
        """End the connection."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()


class _Handler:
    """What aiosmtpd asks at each step; its names and arguments are laid down there."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    async def handle_RCPT(  # noqa: N802 (aiosmtpd)
        self, server: object, session: object, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Take every recipient that is not to be refused."""
        del server, session
        refusal = self._sink.refusal(envelope.mail_from, address)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802
        """File the message, then say so."""
        del server, session
        try:
            await self._sink.file(
                envelope.mail_from, envelope.rcpt_tos, bytes(envelope.original_content)
            )
        except OSError as fault:
            return f"452 4.3.1 cannot be written: {fault.strerror}"
        return "250 2.0.0 filed"
