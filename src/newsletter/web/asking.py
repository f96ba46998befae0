"""What every page needs of a request: its token, its fields, its language, where it came from."""

import asyncio
import datetime
import sys
from collections.abc import Callable
from typing import TypeVar, cast
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse

from newsletter.errors import DatabaseFault
from newsletter.store.people import PeopleStore
from newsletter.tokens import Purpose, from_url
from newsletter.web.guard import read_body
from newsletter.web.networks import network_of
from newsletter.web.reception import Reception

Found = TypeVar("Found")

Fields = dict[str, list[str]]

_NUMBERS = 2**63


def reception(request: Request) -> Reception:
    """Return what the pages know of the office."""
    return cast("Reception", request.app.state.reception)


def numbers(request: Request, purpose: Purpose, count: int) -> tuple[int, ...]:
    """Return what the token in the address carries; any that is not whole is not found (B17)."""
    token = from_url(request.path_params["token"])
    found = reception(request).keys.verify(purpose, token)
    if found is None or len(found) != count or max(found) >= _NUMBERS:
        raise HTTPException(404)
    return found


def unexpired(request: Request, purpose: Purpose) -> int:
    """Return the number that a token carries before the hour at which it expires."""
    number, hour = numbers(request, purpose, 2)
    if hour * 3600 < reception(request).now().timestamp():
        raise HTTPException(404)
    return number


async def fields(request: Request) -> Fields:
    """Return the fields of a form of ours; of anything else, none."""
    body = await read_body(request.scope, request.receive)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return {}
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=200)
    except ValueError:
        return {}


def one(given: Fields, name: str) -> str:
    """Return the only value of a field; empty when there is none."""
    return given.get(name, [""])[-1]


def language(request: Request, own: str = "") -> str:
    """Return the language of an answer: as chosen, as subscribed, or as the browser asks."""
    chosen = request.query_params.get("lang", "")
    return reception(request).language(chosen, own, request.headers.get("accept-language", ""))


def network(request: Request) -> str:
    """Return where a request came from, cut so that it names no single computer."""
    peer = request.client.host if request.client else ""
    proxies = reception(request).settings.web.trusted_proxies
    # A proxy may add a line of its own below that of the caller (RFC 9110 5.3: they are one list).
    forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
    return network_of(peer, forwarded, proxies)


async def with_store(request: Request, work: Callable[[PeopleStore], Found]) -> Found:
    """Do `work` with the database apart from other requests; without it the answer is 503."""

    def carry_out() -> Found:
        store = reception(request).open_store()
        if store is None:
            raise HTTPException(503, headers={"Retry-After": "60"})
        try:
            return work(store)
        except DatabaseFault as fault:
            print(f"a page is without the database: {fault}", file=sys.stderr)  # noqa: T201
            raise HTTPException(503, headers={"Retry-After": "60"}) from None

    return await asyncio.to_thread(carry_out)


def now(request: Request) -> datetime.datetime:
    """Return the moment."""
    return reception(request).now()


def page(
    request: Request, template: str, tag: str, status: int = 200, **context: object
) -> HTMLResponse:
    """Answer with a page in a language."""
    chosen = request.query_params.get("lang", "")
    query = f"?lang={chosen}" if chosen in reception(request).languages else ""
    return HTMLResponse(reception(request).page(template, tag, query=query, **context), status)
