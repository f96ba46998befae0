"""For those who run the pages: whether all is well, and how often what happened."""

import asyncio
import contextlib
from typing import cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from newsletter.errors import DatabaseFault, NewsletterError
from newsletter.web import asking
from newsletter.web.metrics import CONTENT_TYPE, Metrics
from newsletter.web.reception import Reception


async def healthy(_: Request) -> Response:
    """Say that the program runs."""
    return PlainTextResponse("ok\n")


async def ready(request: Request) -> Response:
    """Say whether the database can be read."""
    if await asyncio.to_thread(_database_answers, asking.reception(request)):
        return PlainTextResponse("ready\n")
    return PlainTextResponse("the database cannot be read\n", 503)


async def metrics(request: Request) -> Response:
    """Tell counters to this computer; what comes through a proxy is somebody else's question."""
    here = request.client and request.client.host in ("127.0.0.1", "::1")
    if not here or "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        raise HTTPException(404)
    gauges = await asyncio.to_thread(_gauges, asking.reception(request))
    text = cast("Metrics", request.app.state.metrics).text(gauges)
    return PlainTextResponse(text, headers={"Content-Type": CONTENT_TYPE})


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


def _gauges(reception: Reception) -> dict[str, float]:
    found: dict[str, float] = {"newsletter_database_ready": _database_answers(reception)}
    with contextlib.suppress(NewsletterError):
        found["newsletter_journal_lines"] = reception.journal.count()
    if found["newsletter_database_ready"] and (store := reception.open_store()):
        with contextlib.suppress(DatabaseFault), store.read() as people:
            for state, count in people.notices.counts().items():
                found[f'newsletter_notices{{state="{state}"}}'] = count
    return found
