"""Serve the preview on this computer until Ctrl-C; the only module that knows uvicorn.

Open pages hold a connection for their events. They are told first that it is over, so that the
server stops at once instead of waiting for them.
"""

import contextlib
import gc
import socket
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette

from newsletter.errors import NewsletterError, WrongUsage

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


_SELDOM = (100_000, 50, 50)
"""How seldom Python looks for cycles of objects: a draft makes so many that the usual haste makes
one save in twenty wait a sixth longer for its mail."""


def serve(
    app: Starlette,
    host: str = "127.0.0.1",
    port: int = 8025,
    *,
    ready: Callable[[str], object],
) -> None:
    """Serve `app` until Ctrl-C; `ready` is called with its address once it answers.

    Port 0 takes any free one. Raises NewsletterError when the port is taken, WrongUsage when
    `host` is not this computer alone.
    """
    gc.set_threshold(*_SELDOM)
    with listen(host, port) as listener:
        shown = f"[{host}]" if ":" in host else host
        url = f"http://{shown}:{listener.getsockname()[1]}/"
        server = StudioServer(app, lambda: ready(url))
        with contextlib.suppress(KeyboardInterrupt):  # how uvicorn says that Ctrl-C was pressed
            server.run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at `host` and `port`."""
    if host not in _LOOPBACK:
        raise WrongUsage(f"the preview is for this computer alone, not for {host}", "use 127.0.0.1")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as fault:
        raise NewsletterError(
            f"the preview cannot listen at port {port}: {fault.strerror}",
            "choose another port; 0 takes any free one",
        ) from None


class StudioServer(uvicorn.Server):
    """A server that says when it is ready, and ends the events before it stops."""

    def __init__(self, app: Starlette, ready: Callable[[], object]) -> None:
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="on",
            log_level="warning",
            access_log=False,
            proxy_headers=False,  # nobody stands between
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        super().__init__(config)
        self._live = app.state.live
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        await self._live.close()
        await super().shutdown(sockets)
