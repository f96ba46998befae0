"""Leaving a List, and taking that back: one click of a mail program, or buttons on pages."""

import asyncio
import contextlib
import datetime
import sys
from typing import cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from newsletter.errors import DatabaseFault, NewsletterError
from newsletter.model.leaving import ONE_CLICK, PUBLIC_PAGE, Leave
from newsletter.model.people import SubscriptionState
from newsletter.people.choices import Answer, Shown, resubscribe
from newsletter.store.readers import Membership
from newsletter.tokens import Purpose, to_url
from newsletter.web import asking
from newsletter.web.leaving import LeaveDesk
from newsletter.web.wording import version_of

_REGRET = datetime.timedelta(days=1)
"""How long the page after leaving can take it back; then one subscribes anew."""


async def unsubscribe(request: Request) -> Response:
    """Take somebody off a List, or show the button that does."""
    given = await asking.fields(request)
    subscriber_id, list_id = asking.numbers(request, Purpose.UNSUBSCRIBE, 2)
    if request.method != "POST":
        return await _button(request, subscriber_id, list_id)
    # RFC 8058 3.2: no cookie, no Origin and no other form is asked for. The POST itself is the
    # wish, in whatever type it comes, and the answer is no redirect.
    by_hand = "page" in given
    leave = Leave(
        subscriber_id=subscriber_id,
        list_id=list_id,
        at=asking.now(request),
        source=PUBLIC_PAGE if by_hand else ONE_CLICK,
    )
    try:
        await cast("LeaveDesk", request.app.state.desk).leave(leave)
    except NewsletterError as fault:
        print(f"an unsubscribe could not be kept: {fault}", file=sys.stderr)  # noqa: T201
        raise HTTPException(503, headers={"Retry-After": "60"}) from None
    if not by_hand:
        return PlainTextResponse("You have unsubscribed.\n")
    return await _left(request, subscriber_id, list_id)


async def _button(request: Request, subscriber_id: int, list_id: int) -> Response:
    known = await _membership(request, subscriber_id, list_id)
    tag = asking.language(request, known.language)
    name = asking.reception(request).list_name(known.list, tag)
    gone = known.state is SubscriptionState.ENDED
    return asking.page(request, "leave", tag, list=name, gone=gone)


async def _left(request: Request, subscriber_id: int, list_id: int) -> Response:
    known = await _membership(request, subscriber_id, list_id)
    tag = asking.language(request, known.language)
    front = asking.reception(request)
    hour = int((asking.now(request) + _REGRET).timestamp()) // 3600
    token = front.keys.sign(Purpose.RESUBSCRIBE, subscriber_id, list_id, hour)
    back = f"{front.base}/resubscribe/{to_url(token)}" if known.state else ""
    return asking.page(
        request, "left", tag, list=front.list_name(known.list, tag), back=back, form=""
    )


async def take_back(request: Request) -> Response:
    """Let somebody who has just left be a reader again."""
    await asking.fields(request)
    subscriber_id, list_id, hour = asking.numbers(request, Purpose.RESUBSCRIBE, 3)
    if hour * 3600 < asking.now(request).timestamp():
        raise HTTPException(404)
    known = await _membership(request, subscriber_id, list_id)
    tag = asking.language(request, known.language)
    front = asking.reception(request)
    words = front.words(tag).gettext("Subscribe again")
    shown = Shown(
        words=words, wording=version_of(words), language=tag, network=asking.network(request)
    )
    now = asking.now(request)
    answer = await asking.with_store(
        request, lambda store: resubscribe(store, subscriber_id, list_id, shown, now)
    )
    if answer is Answer.GONE:
        raise HTTPException(404)
    return asking.page(request, "back", tag, list=front.list_name(known.list, tag))


async def _membership(request: Request, subscriber_id: int, list_id: int) -> Membership:
    """Return what is known of a reader; without a database nothing is, and the page says less."""

    def ask() -> Membership:
        if store := asking.reception(request).open_store():
            with contextlib.suppress(DatabaseFault), store.read() as people:
                return people.readers.membership(subscriber_id, list_id)
        return Membership(list="", language="", state=None)

    return await asyncio.to_thread(ask)
