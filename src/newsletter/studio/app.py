"""The addresses of the preview and what answers there.

    /                                 the issues, or the only one
    /issue/SLUG                       the page of an issue; its controls are the query
    /events/SLUG, /events             a line for each new version (server-sent events)
    /mail/SLUG/LANGUAGE.html          an edition itself; ?scheme=, pictures=, reader= and marks=
    /mail/SLUG/LANGUAGE.txt, .eml     its text, and the whole mail; ?reader=
    /picture/DIGEST                   a picture of an edition; `off` is one that was not loaded
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

from newsletter.studio.choice import read_choice
from newsletter.studio.findings import marks_of
from newsletter.studio.guard import HEADERS, MAIL_POLICY, Guard
from newsletter.studio.letter import letter_bytes
from newsletter.studio.live import Guests, Live, Look
from newsletter.studio.mail import OFF, MailView, mail_html, mail_text
from newsletter.studio.pages import fault_page, index_page, issue_page, missing_page
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
    lines, summaries = await live.overview()
    return HTMLResponse(index_page(lines, summaries, live.table_version))


async def _issue(request: Request) -> Response:
    slug, look = await _look(request)
    guests = await _guests(request, look)
    page = issue_page(
        slug,
        look,
        read_choice(request.query_params, look, guests.reader),
        alone=len(await _live(request).issues()) == 1,
        people=guests.people,
        found=guests.found,
    )
    return HTMLResponse(page)


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
    slug, look = await _look(request)
    language, form = request.path_params["language"], request.path_params["form"]
    if language not in look.shown.editions or form not in ("html", "txt", "eml"):
        raise HTTPException(404)
    choice = read_choice(request.query_params, look, (await _guests(request, look)).reader)
    if form == "txt":
        return PlainTextResponse(mail_text(look.shown, language, choice.reader))
    if form == "eml":
        name = f'attachment; filename="{slug}-{language}.eml"'
        data = letter_bytes(look.shown.editions[language], choice.reader)
        return Response(data, media_type="message/rfc822", headers={"Content-Disposition": name})
    view = MailView(
        reader=choice.reader,
        scheme=choice.scheme,
        pictures=choice.pictures == "on",
        marks=marks_of(look, language) if request.query_params.get("marks") else {},
    )
    headers = {"Content-Security-Policy": MAIL_POLICY}
    return HTMLResponse(mail_html(look.shown, language, view), headers=headers)


async def _picture(request: Request) -> Response:
    if request.path_params["digest"] == OFF:
        return Response(b"", media_type="image/png")  # shows as what it is: not there
    picture = _live(request).picture(request.path_params["digest"])
    if picture is None:
        raise HTTPException(404)
    headers = {"Cache-Control": _FOR_EVER}
    return Response(picture.data, media_type=picture.content_type, headers=headers)


async def _missing(request: Request, _: Exception) -> Response:
    live = _live(request)
    return HTMLResponse(missing_page(await live.issues(), live.table_version), 404)


async def _fault(request: Request, fault: Exception) -> Response:
    """Answer for a fault of our own; its traceback goes to the terminal."""
    page = fault_page(type(fault).__name__, _live(request).table_version)
    return HTMLResponse(page, 500, headers=HEADERS)  # made outside the guard


async def _look(request: Request) -> tuple[str, Look]:
    slug = request.path_params["slug"]
    if slug not in await _live(request).issues():
        raise HTTPException(404)
    return slug, await _live(request).look(slug)


async def _guests(request: Request, look: Look) -> Guests:
    query = request.query_params
    who = query.get("who", "").strip()
    return await _live(request).guests(look, query.get("reader", ""), who)


def _live(request: Request) -> Live:
    return cast("Live", request.app.state.live)
