"""The addresses of the preview and what answers there.

    /                                 the issues, or the only one
    /issue/SLUG                       the page of an issue; its controls are the query
    /events/SLUG, /events             a line for each new version (server-sent events)
    /mail/SLUG/LANGUAGE.html, .txt    an edition itself; ?scheme=light|dark
    /picture/DIGEST                   a picture of an edition
    /static/…                         the page's own style and script

Every request passes `studio/guard.py` first.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from newsletter.studio.guard import HEADERS, MAIL_POLICY, Guard
from newsletter.studio.live import Live, Look
from newsletter.studio.mail import Scheme, mail_html, mail_text
from newsletter.studio.pages import fault_page, index_page, issue_page, missing_page, read_choice
from newsletter.studio.ports import Desk

_STATIC = Path(__file__).parent / "static"
_FOR_EVER = "private, max-age=31536000, immutable"


def create_app(desk: Desk) -> Starlette:
    """Return the preview of what lies on `desk`; `studio/server.py` serves it."""
    live = Live(desk)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(live.follow())
            yield
            watching.cancel()
            await live.close()

    app = Starlette(
        routes=[
            Route("/", _index),
            Route("/issue/{slug}", _issue),
            Route("/events", _events),
            Route("/events/{slug}", _events),
            Route("/mail/{slug}/{language}.{form}", _mail),
            Route("/picture/{digest}", _picture),
            Mount("/static", StaticFiles(directory=_STATIC)),
        ],
        middleware=[Middleware(Guard)],
        exception_handlers={404: _missing, Exception: _fault},
        lifespan=lifespan,
    )
    app.state.live = live
    return app


async def _index(request: Request) -> Response:
    live = _live(request)
    slugs = await live.issues()
    if len(slugs) == 1:
        return RedirectResponse(f"/issue/{slugs[0]}")
    return HTMLResponse(index_page(slugs, live.version))


async def _issue(request: Request) -> Response:
    slug, look = await _look(request)
    alone = len(await _live(request).issues()) == 1
    return HTMLResponse(
        issue_page(slug, look, read_choice(request.query_params, look), alone=alone)
    )


async def _events(request: Request) -> Response:
    """Answer with the events; a browser that lost the connection says which it had last."""
    seen = request.headers.get("last-event-id") or request.query_params.get("since", "")
    news = _live(request).news(request.path_params.get("slug", ""), seen)

    async def lines() -> AsyncIterator[str]:
        yield "retry: 500\n\n"
        async for version in news:
            yield _saved(version) if version else ": still here\n\n"

    return StreamingResponse(lines(), media_type="text/event-stream")


def _saved(version: str) -> str:
    return f"id: {version}\nevent: saved\ndata: {version}\n\n"


async def _mail(request: Request) -> Response:
    _, look = await _look(request)
    language, form = request.path_params["language"], request.path_params["form"]
    if language not in look.shown.editions or form not in ("html", "txt"):
        raise HTTPException(404)
    if form == "txt":
        return PlainTextResponse(mail_text(look.shown, language))
    scheme: Scheme = "dark" if request.query_params.get("scheme") == "dark" else "light"
    return HTMLResponse(
        mail_html(look.shown, language, scheme), headers={"Content-Security-Policy": MAIL_POLICY}
    )


async def _picture(request: Request) -> Response:
    picture = _live(request).picture(request.path_params["digest"])
    if picture is None:
        raise HTTPException(404)
    headers = {"Cache-Control": _FOR_EVER}
    return Response(picture.data, media_type=picture.content_type, headers=headers)


async def _missing(request: Request, _: Exception) -> Response:
    live = _live(request)
    return HTMLResponse(missing_page(await live.issues(), live.version), 404)


async def _fault(request: Request, fault: Exception) -> Response:
    """Answer for a fault of our own; its traceback goes to the terminal."""
    page = fault_page(type(fault).__name__, _live(request).version)
    return HTMLResponse(page, 500, headers=HEADERS)  # made outside the guard


async def _look(request: Request) -> tuple[str, Look]:
    slug = request.path_params["slug"]
    if slug not in await _live(request).issues():
        raise HTTPException(404)
    return slug, await _live(request).look(slug)


def _live(request: Request) -> Live:
    return cast("Live", request.app.state.live)
