"""What holds for every request and every answer, whichever page it is about.

A page runs nothing, loads styles and pictures from here alone, stands in no frame, tells no other
site where the reader came from, and is kept by no cache; other sites' scripts may read none of it
(ASVS 5.0: V3.2.1, V3.4.3 to V3.4.6, V4.1.1, V14.3.2). No answer sets a cookie: the token in a link
is the authority, so nothing can be done in a reader's name from elsewhere (V3.5.1).
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.web.metrics import Metrics

LARGEST_BODY = 16 * 1024
"""Octets that a form may bring: one of ours has a few hundred."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            "img-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=()",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}
"""Headers of every answer that does not say otherwise."""


class Guard:
    """Stands before the whole application."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Limit what a request brings; add the headers to every answer, and count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if "location" in headers:
                    headers["location"] = _here(headers["location"])
                self._metrics.count(
                    "newsletter_requests_total",
                    page=_page(scope),
                    method=_method(scope),
                    status=str(message["status"]),
                )
            await send(message)

        await self._app(scope, receive, send_guarded)


def _here(location: str) -> str:
    """Return where a redirect leads without a host: that of the request may be forged (B21).

    RFC 9110 10.2.2 lets it be relative; what begins with two strokes would name a host again.
    """
    parts = urlsplit(location)
    path = "/" + parts.path.lstrip("/")
    return f"{path}?{parts.query}" if parts.query else path


_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in _METHODS else "other"


def _page(scope: Scope) -> str:
    """Return the name of the page that answered; a path may hold a token, so it is not told."""
    endpoint = scope.get("endpoint")
    return getattr(endpoint, "__name__", type(endpoint).__name__).strip("_") if endpoint else "none"


async def read_body(scope: Scope, receive: Receive, largest: int = LARGEST_BODY) -> bytes:
    """Return the body of a request; raises HTTPException (413) when it is larger than any of ours.

    What is declared is believed before it is read, and what is read is counted all the same.
    """
    declared = Headers(scope=scope).get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > largest:
        raise HTTPException(413)
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HTTPException(400)
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > largest:
            raise HTTPException(413)
    return body
