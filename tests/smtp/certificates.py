"""Both sides of TLS: a server with a certificate of an invented authority, and who trusts it."""

import contextlib
import datetime
import socket
import ssl
import threading
from types import TracebackType
from typing import Self

import trustme

from newsletter.tls import secure_context


def server_context(
    authority: trustme.CA, name: str = "127.0.0.1", not_after: datetime.datetime | None = None
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, not_after=not_after).configure_cert(context)
    return context


def client_context(authority: trustme.CA) -> ssl.SSLContext:
    context = secure_context()
    authority.configure_trust(context)
    return context


class OldServer:
    """A server that knows nothing newer than TLS 1.1; used as `with OldServer(...) as server`.

    It works in a thread: a server of asyncio resets the connection and keeps the reason to itself.
    """

    def __init__(self, authority: trustme.CA) -> None:
        self.visits = 0
        self._context = server_context(authority)
        self._context.set_ciphers("ALL:@SECLEVEL=0")
        self._context.minimum_version = ssl.TLSVersion.TLSv1
        self._context.maximum_version = ssl.TLSVersion.TLSv1_1
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                visitor, _ = self._listener.accept()
            except OSError:
                return  # the test is over
            self.visits += 1
            with visitor, contextlib.suppress(OSError):
                self._context.wrap_socket(visitor, server_side=True).close()
