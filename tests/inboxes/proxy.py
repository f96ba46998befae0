"""What stands between us and a mail server: it listens to both, and cuts when it is told to."""

import contextlib
import random
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self


def spoiler(chance: random.Random) -> Callable[[bytes], bytes]:
    """Return what now and then changes something in what goes by."""

    def spoil(data: bytes) -> bytes:
        if chance.random() < 0.9:
            return data
        place = chance.randrange(len(data) + 1)
        rest = data[place + chance.choice([0, 0, 1, 5, 1000]) :]
        other = chance.choice([b"", b"\r\n", b"{9}", b"\x00", b"NIL", b"(", b'"', b"9", b"* "])
        return data[:place] + other + rest

    return spoil


class Proxy:
    """Passes on to a port; used as `with Proxy(port) as proxy`.

    `cut_after` octets from the server the connection is lost, once; `spoil` changes what it says.
    """

    def __init__(
        self,
        target: int,
        cut_after: int | None = None,
        spoil: Callable[[bytes], bytes] = lambda data: data,
    ) -> None:
        self.said = b""  # all that clients said
        self.visits = 0
        self._target = target
        self._cut_after = cut_after
        self._spoil = spoil
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._serve)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self.cut()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def cut(self) -> None:
        """Lose every connection that there is."""
        while self._open:
            with contextlib.suppress(OSError):
                self._open.pop().shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        while True:
            try:
                visitor, _ = self._listener.accept()
            except OSError:
                return  # the test is over
            self.visits += 1
            server = socket.create_connection(("127.0.0.1", self._target))
            self._open += [visitor, server]
            for way in (self._listen, self._speak):
                thread = threading.Thread(target=way, args=(visitor, server))
                self._threads.append(thread)
                thread.start()

    def _listen(self, visitor: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := visitor.recv(65536):
                self.said += data
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    def _speak(self, visitor: socket.socket, server: socket.socket) -> None:
        with visitor, server, contextlib.suppress(OSError):
            while data := server.recv(65536):
                if self._cut_after is not None:
                    data = data[: self._cut_after]
                    self._cut_after -= len(data)
                visitor.sendall(self._spoil(data))
                if self._cut_after == 0:
                    self._cut_after = None
                    visitor.shutdown(socket.SHUT_RDWR)
                    server.shutdown(socket.SHUT_RDWR)
                    return
            visitor.shutdown(socket.SHUT_RDWR)
