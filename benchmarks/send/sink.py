"""A mail server that takes everything, quickly, and remembers who got what.

It offers PIPELINING, SIZE, 8BITMIME and, unless told otherwise, CHUNKING (RFC 2920, 1870, 6152,
3030). Bodies are passed over where they arrived: nothing is copied or kept but the recipient of
each accepted message, so that the report of a sender can be held against what really came.

`python -m benchmarks.send.sink HOST [--no-chunking]` prints its port, then reads orders on standard
input: `report FILE` writes the recipients, one a line, to FILE, prints how many messages and octets
came and how much CPU they took, as JSON, and begins anew. It goes when its input is closed.
"""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path
from typing import cast

from benchmarks.send.machine import own_cpu

_BUFFER = 1 << 18
_LONGEST_LINE = 2048
_END = b"\r\n.\r\n"
_OK, _GO = b"250 2.0.0 OK\r\n", b"354 End with a dot\r\n"


class Book:
    """What a sink has accepted since it was last asked."""

    def __init__(self) -> None:
        self._cpu = 0.0
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self.messages = self.octets = 0
        self.recipients = bytearray()
        self._cpu = own_cpu()

    def enter(self, recipients: list[bytes], octets: int) -> None:
        """Note one accepted message, and each of its recipients on a line."""
        self.messages += 1
        self.octets += octets
        self.recipients += b"".join(each + b"\n" for each in recipients)

    def figures(self) -> dict[str, float]:
        """Return how much came, and the seconds of CPU it took."""
        return {
            "messages": self.messages,
            "octets": self.octets,
            "cpu": own_cpu() - self._cpu,
        }


class Session(asyncio.BufferedProtocol):
    """One connection."""

    def __init__(self, book: Book, *, chunking: bool = True) -> None:
        self._book = book
        self._chunking = chunking
        self._buffer = bytearray(_BUFFER)
        self._view = memoryview(self._buffer)
        self._end = 0  # the buffer holds unread octets up to here
        self._recipients: list[bytes] = []
        self._octets = 0  # of the body that is coming
        self._body_left = 0  # of the chunk that is coming
        self._is_last = False
        self._in_data = False
        self._replies: list[bytes] = []
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(b"220 sink.example.org ESMTP\r\n")

    def get_buffer(self, sizehint: int) -> memoryview:
        """Give room behind what is unread."""
        return self._view[self._end :]

    def buffer_updated(self, nbytes: int) -> None:
        """Take in what came, as far as it is whole, and answer all of it in one go."""
        self._end += nbytes
        start = 0
        while (taken := self._take(start)) > start:
            start = taken
        if self._replies:
            self._transport.write(b"".join(self._replies))
            self._replies.clear()
        unread = self._end - start
        if start and unread:
            self._view[:unread] = self._view[start : self._end]
        self._end = unread
        if unread == _BUFFER:
            self._transport.abort()  # a line without end

    def _take(self, start: int) -> int:
        """Take one thing at `start`: a piece of a body or a command; return where the next is."""
        if self._body_left:
            return self._take_chunk(start)
        if self._in_data:
            return self._take_data(start)
        if start == self._end:
            return start
        end = self._buffer.find(b"\r\n", start, self._end)
        if end < 0:
            return start
        self._obey(bytes(self._view[start:end]))
        return end + 2

    def _take_chunk(self, start: int) -> int:
        taken = min(self._body_left, self._end - start)
        self._body_left -= taken
        self._octets += taken
        if not self._body_left and taken:
            self._chunk_ended()
        return start + taken

    def _chunk_ended(self) -> None:
        if self._is_last:
            self._accept()
        else:
            self._replies.append(_OK)

    def _take_data(self, start: int) -> int:
        """Pass over a body, which is never empty here, up to the dot that ends it."""
        found = self._buffer.find(_END, start, self._end)
        if found < 0:
            kept = max(start, self._end - len(_END) + 1)
            self._octets += kept - start
            return kept
        self._octets += found + 2 - start
        self._in_data = False
        self._accept()
        return found + len(_END)

    def _accept(self) -> None:
        self._book.enter(self._recipients, self._octets)
        self._recipients, self._octets = [], 0
        self._replies.append(_OK)

    def _obey(self, line: bytes) -> None:
        verb, _, rest = line.partition(b" ")
        reply = _OK
        match verb.upper():
            case b"EHLO":
                reply = self._offer()
            case b"MAIL" | b"RSET":
                self._recipients, self._octets = [], 0
            case b"RCPT":
                self._recipients.append(rest.partition(b"<")[2].partition(b">")[0])
            case b"DATA":
                self._in_data = True
                reply = _GO
            case b"BDAT" if self._chunking:
                self._begin_chunk(rest.upper().split())
                return
            case b"QUIT":
                self._replies.append(b"221 2.0.0 Bye\r\n")
                self._transport.write(b"".join(self._replies))
                self._replies.clear()
                self._transport.close()
                return
            case b"HELO" | b"NOOP":
                pass
            case _:
                reply = b"500 5.5.1 Unknown command\r\n"
        self._replies.append(reply)

    def _begin_chunk(self, words: list[bytes]) -> None:
        self._body_left = int(words[0])
        self._is_last = words[1:] == [b"LAST"]
        if not self._body_left:
            self._chunk_ended()

    def _offer(self) -> bytes:
        names = ["sink.example.org", "PIPELINING", "SIZE 52428800", "8BITMIME"]
        names += ["CHUNKING"] * self._chunking
        lines = [f"250-{name}\r\n" for name in names] + ["250 ENHANCEDSTATUSCODES\r\n"]
        return "".join(lines).encode()


async def serve(book: Book, host: str, *, chunking: bool = True) -> asyncio.Server:
    """Listen on a free port of `host`."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: Session(book, chunking=chunking), host, 0, backlog=200)


async def _work(host: str, *, chunking: bool) -> None:
    book = Book()
    server = await serve(book, host, chunking=chunking)
    over = asyncio.Event()

    def obey() -> None:
        order = os.read(sys.stdin.fileno(), 4096).decode().split()
        if not order:
            over.set()
            return
        Path(order[1]).write_bytes(book.recipients)
        print(json.dumps(book.figures()), flush=True)
        book.clear()

    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), obey)
    print(server.sockets[0].getsockname()[1], flush=True)
    await over.wait()
    server.close()


def main() -> None:
    """Serve until standard input is closed."""
    parser = argparse.ArgumentParser(description="Take every mail.")
    parser.add_argument("host")
    parser.add_argument("--no-chunking", action="store_true")
    asked = parser.parse_args()
    asyncio.run(_work(asked.host, chunking=not asked.no_chunking))


if __name__ == "__main__":
    main()
