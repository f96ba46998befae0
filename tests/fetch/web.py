"""A small web on this computer: each path answers as a test wrote it."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from newsletter.fetch import Fetched, Guard, fetch

Answer = Callable[[socket.socket], None]


@dataclass
class Web:
    """A server on 127.0.0.1; `heard` is what it was asked, `pages` what it answers by path."""

    port: int
    pages: dict[str, bytes | Answer] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    host: str = "127.0.0.1"

    def url(self, path: str = "/") -> str:
        """Return the address of a path."""
        return f"http://{self.host}:{self.port}{path}"

    @property
    def guard(self) -> Guard:
        """Return a guard that lets this server be called, and no other one inside."""
        return Guard(inside=frozenset({(self.host, self.port)}))

    def fetch(self, path: str = "/") -> Fetched:
        """Fetch a path."""
        return fetch(self.url(path), guard=self.guard)

    def answer(self, connection: socket.socket) -> None:
        """Read one request and answer it."""
        with connection:
            connection.settimeout(20)
            data = b""
            while b"\r\n\r\n" not in data:
                piece = connection.recv(65536)
                if not piece:
                    return
                data += piece
            self.heard.append(data.decode("latin-1"))
            path = self.heard[-1].split(" ", 2)[1]
            found = self.pages.get(path, page(b"no such page", status="404 Not Found"))
            with contextlib.suppress(OSError):  # whoever has heard enough hangs up
                if callable(found):
                    found(connection)
                else:
                    connection.sendall(found)


def page(
    body: bytes, *headers: str, status: str = "200 OK", kind: str = "text/html; charset=utf-8"
) -> bytes:
    """Return an answer with a body."""
    lines = (f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, *headers, "", "")).encode() + body


def redirect(target: str, status: str = "302 Found") -> bytes:
    """Return an answer that leads on."""
    return page(b"", f"Location: {target}", status=status)


@contextlib.contextmanager
def serve(tls: ssl.SSLContext | None = None) -> Iterator[Web]:
    """Run a server until the test is over."""
    listener = socket.create_server(("127.0.0.1", 0))
    web = Web(listener.getsockname()[1])

    def handle(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # a client that does not trust us hangs up
            web.answer(tls.wrap_socket(connection, server_side=True) if tls else connection)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=handle, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
