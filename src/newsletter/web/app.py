"""The addresses of the public pages and what answers there.

    /subscribe              the form; a mail asks to confirm
    /confirm/TOKEN          GET: a button; POST: the subscription is in force
    /preferences/TOKEN      language, lists, topics, a pause; …/address: another address
    /change/TOKEN           GET: a button; POST: the new address is confirmed
    /unsubscribe/TOKEN      GET: a button; POST: the reader is off the list (RFC 8058)
    /resubscribe/TOKEN      POST: who has just left is a reader again
    /returns/PROVIDER       POST: what a provider says about mails that it took from us
    /_pages/style.css       the look of the pages
    /healthy, /ready        whether the program runs; whether the database can be read
    /metrics                counters for Prometheus, for this computer alone
    /…                      the archive, when there is one; else the form at /

All stand below the path of `public_url`. GET, HEAD and OPTIONS change nothing anywhere.
"""

import asyncio
import contextlib
import secrets
import sys
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from newsletter.people.postman import Postman
from newsletter.web import asking, operating
from newsletter.web.guard import HEADERS, Guard
from newsletter.web.leaving import LeaveDesk
from newsletter.web.limits import SignUpLimits
from newsletter.web.metrics import Metrics
from newsletter.web.noticing import send_notices
from newsletter.web.preferring import changing, new_address, preferences
from newsletter.web.reception import Reception
from newsletter.web.returning import posted
from newsletter.web.signingup import confirmation, subscribe
from newsletter.web.unsubscribing import take_back, unsubscribe

ARCHIVE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation allow-downloads",
    )
)
"""Content-Security-Policy of the archive: its pages were written by templates of the office."""

_A_WHILE = "public, max-age=300"
_BOTH = ["GET", "POST"]


def create_app(
    reception: Reception,
    postman: Callable[[], Postman | None] | None = None,
    limits: SignUpLimits | None = None,
) -> Starlette:
    """Return the public pages of an office; `web/server.py` serves them.

    `postman` makes what sends Notices, or none while there is no database; without it they wait.
    """
    metrics = Metrics()
    executor = ThreadPoolExecutor(1, "leaves")
    posts = ThreadPoolExecutor(4, "posts")  # of their own: some wait for a certificate of SNS
    desk = LeaveDesk(reception.open_store, reception.journal, executor, metrics)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(desk.work())]
            if postman:
                tasks.append(group.create_task(send_notices(postman, metrics)))
            yield
            for task in tasks:
                task.cancel()
        await desk.finish()
        executor.shutdown()
        posts.shutdown()

    routes = _routes(reception)
    app = Starlette(
        routes=[Mount(reception.base, routes=routes)] if reception.base else routes,
        middleware=[Middleware(Guard, metrics=metrics)],
        exception_handlers={HTTPException: _refused, Exception: _fault},
        lifespan=lifespan,
    )
    app.state.reception, app.state.metrics, app.state.desk = reception, metrics, desk
    app.state.posts = posts
    app.state.limits = limits or SignUpLimits(time.monotonic)
    return app


def _routes(reception: Reception) -> list[BaseRoute]:
    routes: list[BaseRoute] = [
        Route("/subscribe", subscribe, methods=_BOTH),
        Route("/confirm/{token}", confirmation, methods=_BOTH),
        Route("/preferences/{token}", preferences, methods=_BOTH),
        Route("/preferences/{token}/address", new_address, methods=["POST"]),
        Route("/change/{token}", changing, methods=_BOTH),
        Route("/unsubscribe/{token}", unsubscribe, methods=_BOTH),
        Route("/resubscribe/{token}", take_back, methods=["POST"]),
        Route("/returns/{provider}", posted, methods=["POST"]),
        Route("/_pages/style.css", _style),
        Route("/healthy", operating.healthy),
        Route("/ready", operating.ready),
        Route("/metrics", operating.metrics),
    ]
    if reception.archive:
        routes.append(Mount("/", _Archive(directory=reception.archive, html=True)))
    else:
        routes.append(Route("/", subscribe))
    return routes


async def _style(request: Request) -> Response:
    headers = {"Cache-Control": _A_WHILE}
    style = asking.reception(request).style
    return Response(style, media_type="text/css", headers=headers)


# --- What is refused ---


async def _refused(request: Request, refusal: Exception) -> Response:
    """Answer for what is not there, not allowed, or cannot be kept at the moment."""
    status = cast("HTTPException", refusal).status_code
    headers = cast("HTTPException", refusal).headers
    template = "missing" if status == HTTPStatus.NOT_FOUND else "trouble"
    tag = asking.language(request)
    page = asking.reception(request).page(template, tag, status=status, number="")
    return HTMLResponse(page, status, headers=headers)


async def _fault(request: Request, fault: Exception) -> Response:
    """Answer for a fault of our own with a number; its traceback goes to the log under that."""
    number = secrets.token_hex(4)
    print(f"fault {number}: {type(fault).__name__}", file=sys.stderr)  # noqa: T201
    tag = asking.language(request)
    page = asking.reception(request).page("trouble", tag, status=500, number=number)
    return HTMLResponse(page, 500, headers=dict(HEADERS))  # made outside the guard


class _Archive(StaticFiles):
    """The files of the archive, in a sandbox of their own; faults look as all others do."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, or raise what is told as everywhere."""
        response = await super().get_response(path, scope)
        response.headers["Content-Security-Policy"] = ARCHIVE_POLICY
        response.headers["Cache-Control"] = _A_WHILE
        return response
