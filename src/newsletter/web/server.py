"""Serve the public pages until a signal to stop; the only module here that knows uvicorn."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable

import h11
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from newsletter.errors import NewsletterError

_FIRST_HANDED_DOWN = 3  # SD_LISTEN_FDS_START
_WHOLE_WITHIN = 15.0
"""Seconds within which a request has to be whole; the largest is a post of a megabyte."""


def serve(app: Starlette, host: str, port: int, *, ready: Callable[[str], object]) -> None:
    """Serve `app` until Ctrl-C or SIGTERM; `ready` is called with its address once it answers.

    Port 0 takes any free one. Raises NewsletterError when the port is taken.
    """
    with listen(host, port) as listener:
        url = _address_of(listener)
        server = PublicServer(app, lambda: ready(url))
        with contextlib.suppress(KeyboardInterrupt):  # how uvicorn says that Ctrl-C was pressed
            server.run(sockets=[listener])


def _address_of(listener: socket.socket) -> str:
    if listener.family == socket.AF_UNIX:
        return f"unix:{listener.getsockname()}"
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at `host` and `port`, or the one that systemd has opened.

    While the program is started anew, whoever calls waits in that one and is not refused.
    """
    if os.environ.get("LISTEN_PID") == str(os.getpid()):  # sd_listen_fds(3)
        return socket.socket(fileno=_FIRST_HANDED_DOWN)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as fault:
        raise NewsletterError(
            f"the pages cannot be served at {host}, port {port}: {fault.strerror or fault}",
            "choose another port, or end the program that has this one",
        ) from None


class ImpatientProtocol(H11Protocol):
    """Lets go of whoever does not say in time what is wanted, or says it letter by letter.

    uvicorn waits for ever for a first request, and for the rest of any: a few thousand callers who
    say nothing would keep all others out.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        self._wait()
        super().on_response_complete()

    def _wait(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(_WHOLE_WITHIN, self._let_go)

    def _let_go(self) -> None:
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):  # what is whole is answered
            self.transport.abort()


class PublicServer(uvicorn.Server):
    """A server that says when it is ready."""

    def __init__(self, app: Starlette, ready: Callable[[], object]) -> None:
        config = uvicorn.Config(
            app,
            http=ImpatientProtocol,
            ws="none",
            lifespan="on",
            log_level="error",
            access_log=False,  # addresses of readers, and tokens in paths, stay out of logs
            proxy_headers=False,  # whom to believe is decided by `web: trusted_proxies`
            server_header=False,
            timeout_graceful_shutdown=10,
        )
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self._ready()
