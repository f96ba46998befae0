"""The addresses of the public pages and what answers there.

    /unsubscribe/TOKEN      GET: a button; POST: the reader is off the list (RFC 8058)
    /_pages/style.css       the look of the pages
    /healthy, /ready        whether the program runs; whether the database can be read
    /metrics                counters for Prometheus, for this computer alone
    /…                      the archive, when there is one

All stand below the path of `public_url`. GET, HEAD and OPTIONS change nothing anywhere.
"""

import asyncio
import contextlib
import secrets
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import cast
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from newsletter.errors import DatabaseFault, NewsletterError
from newsletter.model.leaving import ONE_CLICK, PUBLIC_PAGE, Leave
from newsletter.model.people import SubscriptionState
from newsletter.store.readers import Membership
from newsletter.tokens import Purpose, from_url
from newsletter.web.guard import HEADERS, Guard, read_body
from newsletter.web.leaving import LeaveDesk
from newsletter.web.metrics import CONTENT_TYPE, Metrics
from newsletter.web.reception import Reception

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


def create_app(reception: Reception) -> Starlette:
    """Return the public pages of an office; `web/server.py` serves them."""
    metrics = Metrics()
    executor = ThreadPoolExecutor(1, "leaves")
    desk = LeaveDesk(reception.open_store, reception.journal, executor, metrics)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            working = group.create_task(desk.work())
            yield
            working.cancel()
        await desk.finish()
        executor.shutdown()

    routes: list[BaseRoute] = [
        Route("/unsubscribe/{token}", _unsubscribe, methods=["GET", "POST"]),
        Route("/_pages/style.css", _style),
        Route("/healthy", _healthy),
        Route("/ready", _ready),
        Route("/metrics", _metrics),
    ]
    if reception.archive:
        routes.append(Mount("/", _Archive(directory=reception.archive, html=True)))
    app = Starlette(
        routes=[Mount(reception.base, routes=routes)] if reception.base else routes,
        middleware=[Middleware(Guard, metrics=metrics)],
        exception_handlers={HTTPException: _refused, Exception: _fault},
        lifespan=lifespan,
    )
    app.state.reception, app.state.metrics, app.state.desk = reception, metrics, desk
    return app


# --- Leaving ---


async def _unsubscribe(request: Request) -> Response:
    """Take somebody off a List, or show the button that does."""
    body = await read_body(request.scope, request.receive)
    numbers = _numbers(request, Purpose.UNSUBSCRIBE, 2)
    subscriber_id, list_id = numbers
    if request.method != "POST":
        return await _leave_page(request, subscriber_id, list_id)
    # RFC 8058 3.2: no cookie, no Origin and no other form is asked for. The POST itself is the
    # wish, in whatever type it comes, and the answer is no redirect.
    by_hand = "page" in _fields(request, body)
    leave = Leave(
        subscriber_id=subscriber_id,
        list_id=list_id,
        at=_reception(request).now(),
        source=PUBLIC_PAGE if by_hand else ONE_CLICK,
    )
    try:
        await cast("LeaveDesk", request.app.state.desk).leave(leave)
    except NewsletterError as fault:
        print(f"an unsubscribe could not be kept: {fault}", file=sys.stderr)  # noqa: T201
        raise HTTPException(503, headers={"Retry-After": "60"}) from None
    if not by_hand:
        return PlainTextResponse("You have unsubscribed.\n")
    known = await _membership(request, subscriber_id, list_id)
    language = _language(request, known.language)
    name = _reception(request).list_name(known.list, language)
    return HTMLResponse(_reception(request).page("left", language, list=name))


async def _leave_page(request: Request, subscriber_id: int, list_id: int) -> Response:
    known = await _membership(request, subscriber_id, list_id)
    language = _language(request, known.language)
    name = _reception(request).list_name(known.list, language)
    gone = known.state is SubscriptionState.ENDED
    return HTMLResponse(_reception(request).page("leave", language, list=name, gone=gone))


async def _membership(request: Request, subscriber_id: int, list_id: int) -> Membership:
    """Return what is known of a reader; without a database nothing is, and the page says less."""

    def ask() -> Membership:
        if store := _reception(request).open_store():
            with contextlib.suppress(DatabaseFault), store.read() as people:
                return people.readers.membership(subscriber_id, list_id)
        return Membership(list="", language="", state=None)

    return await asyncio.to_thread(ask)


# --- What all pages need ---


def _numbers(request: Request, purpose: Purpose, count: int) -> tuple[int, ...]:
    """Return what the token in the address carries; any that is not whole is not found (B17)."""
    token = from_url(request.path_params["token"])
    numbers = _reception(request).keys.verify(purpose, token)
    if numbers is None or len(numbers) != count or max(numbers) >= 2**63:
        raise HTTPException(404)
    return numbers


def _fields(request: Request, body: bytes) -> dict[str, list[str]]:
    """Return the fields of a form of ours; of anything else, none."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return {}
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return {}


def _language(request: Request, own: str = "") -> str:
    """Return the language of an answer: as chosen, as subscribed, or as the browser asks."""
    chosen = request.query_params.get("lang", "")
    return _reception(request).language(chosen, own, request.headers.get("accept-language", ""))


def _reception(request: Request) -> Reception:
    return cast("Reception", request.app.state.reception)


async def _style(request: Request) -> Response:
    headers = {"Cache-Control": _A_WHILE}
    return Response(_reception(request).style, media_type="text/css", headers=headers)


# --- For those who run it ---


async def _healthy(_: Request) -> Response:
    return PlainTextResponse("ok\n")


async def _ready(request: Request) -> Response:
    if await asyncio.to_thread(_database_answers, _reception(request)):
        return PlainTextResponse("ready\n")
    return PlainTextResponse("the database cannot be read\n", 503)


def _database_answers(reception: Reception) -> bool:
    store = reception.open_store()
    if store is None:
        return False
    try:
        with store.read() as people:
            people.readers.membership(0, 0)
    except DatabaseFault:
        return False
    return True


async def _metrics(request: Request) -> Response:
    """Tell counters to this computer; what comes through a proxy is somebody else's question."""
    here = request.client and request.client.host in ("127.0.0.1", "::1")
    if not here or "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        raise HTTPException(404)
    reception = _reception(request)
    gauges = {
        "newsletter_journal_lines": await asyncio.to_thread(reception.journal.count),
        "newsletter_database_ready": await asyncio.to_thread(_database_answers, reception),
    }
    text = cast("Metrics", request.app.state.metrics).text(gauges)
    return PlainTextResponse(text, headers={"Content-Type": CONTENT_TYPE})


# --- What is refused ---


async def _refused(request: Request, refusal: Exception) -> Response:
    """Answer for what is not there, not allowed, or cannot be kept at the moment."""
    status = cast("HTTPException", refusal).status_code
    headers = cast("HTTPException", refusal).headers
    template = "missing" if status == HTTPStatus.NOT_FOUND else "trouble"
    page = _reception(request).page(template, _language(request), status=status, number="")
    return HTMLResponse(page, status, headers=headers)


async def _fault(request: Request, fault: Exception) -> Response:
    """Answer for a fault of our own with a number; its traceback goes to the log under that."""
    number = secrets.token_hex(4)
    print(f"fault {number}: {type(fault).__name__}", file=sys.stderr)  # noqa: T201
    page = _reception(request).page("trouble", _language(request), status=500, number=number)
    return HTMLResponse(page, 500, headers=dict(HEADERS))  # made outside the guard


class _Archive(StaticFiles):
    """The files of the archive, in a sandbox of their own; faults look as all others do."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, or raise what is told as everywhere."""
        response = await super().get_response(path, scope)
        response.headers["Content-Security-Policy"] = ARCHIVE_POLICY
        response.headers["Cache-Control"] = _A_WHILE
        return response
