"""What providers post about mails that they took from us; read elsewhere, later."""

import asyncio
import sys
from typing import cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from newsletter.returns.postbox import Taken
from newsletter.web import asking
from newsletter.web.guard import read_body
from newsletter.web.metrics import Metrics

LARGEST_POST = 1_000_000
"""Octets of a post; the largest of the providers, a list of SendGrid, has somewhat less."""

_AGAIN = {"Retry-After": "60"}
_COUNTER = "newsletter_webhooks_total"


async def posted(request: Request) -> Response:
    """Take a post; say so only when it is on the disk."""
    provider, postbox = request.path_params["provider"], asking.reception(request).postbox
    if provider not in postbox.seals:
        raise HTTPException(404)
    metrics = cast("Metrics", request.app.state.metrics)
    try:
        raw = await read_body(request.scope, request.receive, LARGEST_POST)
    except HTTPException:
        metrics.count(_COUNTER, provider=provider, result="not_read")
        raise
    headers = {name.lower(): value for name, value in request.headers.items()}
    loop, posts = asyncio.get_running_loop(), request.app.state.posts
    taken, wrong = await loop.run_in_executor(posts, postbox.take, provider, headers, raw)
    metrics.count(_COUNTER, provider=provider, result=taken)
    if taken is Taken.FORGED:
        raise HTTPException(403)
    if taken is not Taken.KEPT:
        print(f"a post of {provider} was not taken: {wrong}", file=sys.stderr)  # noqa: T201
        raise HTTPException(503, headers=_AGAIN)
    return PlainTextResponse("kept\n")
