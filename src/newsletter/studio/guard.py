"""Keep other people's pages away from the preview.

The preview listens on this computer only, but any website open in the browser can send requests
there, and by pointing its own name at 127.0.0.1 (DNS rebinding) even read the answers. So the
Host header must name this computer, and every answer says what a browser may do with it.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "frame-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Content-Security-Policy of the studio's own pages."""

SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
"""What a mail may do: no scripts; the page around it may measure it, links open in a new tab."""

MAIL_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'unsafe-inline'",  # a mail has no other styles
        "img-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
        f"sandbox {SANDBOX}",
    )
)
"""Content-Security-Policy of a mail: it loads nothing from elsewhere and runs nothing."""

HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Headers of every answer that does not say otherwise."""

_NAMES = ("127.0.0.1", "localhost", "[::1]")


class Guard:
    """Stands before the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request for another host; add the headers to every answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        app = self._app if _is_for_us(scope) else _REFUSAL
        await app(scope, receive, send_guarded)


_REFUSAL = PlainTextResponse(
    "This is the newsletter's preview. It answers to 127.0.0.1 and localhost only.\n", 403
)


def _is_for_us(scope: Scope) -> bool:
    port = scope["server"][1]
    host = Headers(scope=scope).get("host", "").lower()
    hosts = {f"{name}:{port}" for name in _NAMES}
    if port == 80:  # left out by browsers (RFC 9110 4.2.1)
        hosts.update(_NAMES)
    return host in hosts
