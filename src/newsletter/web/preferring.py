"""Preferences: language, lists, topics, a pause, another address; all by a link of one's own."""

import calendar
import datetime
from dataclasses import dataclass
from typing import cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from newsletter.address import Address, parse_address
from newsletter.compose.dates import day
from newsletter.model.notices import NoticeKind, Wish
from newsletter.model.people import SubscriptionState
from newsletter.people.choices import (
    Answer,
    Choices,
    Shown,
    ask,
    asked_address,
    change_address,
    choose,
    find_reader,
)
from newsletter.store.people import PeopleStore
from newsletter.store.roster import Listed
from newsletter.tokens import Purpose, to_url
from newsletter.web import asking
from newsletter.web.limits import SignUpLimits
from newsletter.web.wording import version_of

PAUSES = (1, 3, 6, 12)
"""Months for which readers may let their mails rest."""

_CHOSEN = frozenset({"language", "list", "topic", "pause"})
"""Fields of the form; what brings none of them was not sent by it and chooses nothing."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One thing to tick: its name, its words, whether it is ticked."""

    name: str
    label: str
    detail: str
    ticked: bool


async def preferences(request: Request) -> Response:
    """Show what a reader has chosen, or write what is chosen now."""
    given = await asking.fields(request)
    (subscriber_id,) = asking.numbers(request, Purpose.PREFERENCES, 1)
    reader = await _reader(request, subscriber_id)
    tag = asking.language(request, reader.person.language)
    saved = False
    if request.method == "POST" and _CHOSEN & given.keys():
        choices = _choices(request, given, reader)
        words = asking.reception(request).words(tag).gettext("Keep my choice")
        wanted = ", ".join(sorted(name for name, wish in choices.lists.items() if wish))
        shown = Shown(
            words=f"{words} ({wanted})",
            wording=version_of(words),
            language=tag,
            network=asking.network(request),
        )
        now = asking.now(request)
        answer = await asking.with_store(
            request, lambda store: choose(store, subscriber_id, choices, shown, now)
        )
        if answer is Answer.GONE:
            raise HTTPException(404)
        reader = await _reader(request, subscriber_id)
        tag = asking.language(request, reader.person.language)
        saved = True
    return _form(request, reader, tag, saved=saved)


async def _reader(request: Request, subscriber_id: int) -> Listed:
    """Return a reader; one that is not known any more is not found."""
    found = await asking.with_store(request, lambda store: find_reader(store, subscriber_id))
    if found is None:
        raise HTTPException(404)
    return found


def _offered(request: Request, reader: Listed) -> list[str]:
    """Return the Lists on the page: those that are open, and those the reader is on."""
    front = asking.reception(request)
    mine = {each.list for each in reader.subscriptions if each.state is not SubscriptionState.ENDED}
    return [name for name in front.lists if name in front.open_lists or name in mine]


def _choices(request: Request, given: asking.Fields, reader: Listed) -> Choices:
    front = asking.reception(request)
    wanted = set(given.get("list", ()))
    shown = set(given.get("shown", front.lists))  # what came since is no choice of who read before
    language = asking.one(given, "language")
    pause = asking.one(given, "pause")
    months = int(pause) if pause in {str(each) for each in PAUSES} else 0
    topics = tuple(each for each in given.get("topic", ()) if each in front.settings.topics)
    return Choices(
        language=language if language in front.settings.languages else reader.person.language,
        lists={name: name in wanted for name in _offered(request, reader) if name in shown},
        topics=topics if front.settings.topics else None,
        paused_until=_in_months(asking.now(request), months) if months else None,
        keep_pause=pause == "keep",
    )


def _in_months(now: datetime.datetime, months: int) -> datetime.datetime:
    """Return the same day of a later month, or its last one."""
    years, month = divmod(now.month - 1 + months, 12)
    year = now.year + years
    last = calendar.monthrange(year, month + 1)[1]
    return now.replace(year=year, month=month + 1, day=min(now.day, last))


def _form(
    request: Request,
    reader: Listed,
    tag: str,
    *,
    saved: bool = False,
    asked: bool = False,
    fault: str = "",
) -> Response:
    front = asking.reception(request)
    active = {
        each.list: each for each in reader.subscriptions if each.state is SubscriptionState.ACTIVE
    }
    now = asking.now(request)
    pauses = [
        each.paused_until
        for each in active.values()
        if each.paused_until and each.paused_until > now
    ]
    lists = [
        _Row(name, front.list_name(name, tag), front.list_detail(name, tag), name in active)
        for name in _offered(request, reader)
    ]
    topics = [
        _Row(name, words.get(tag) or next(iter(words.values())), "", name in reader.person.topics)
        for name, words in front.settings.topics.items()
    ]
    token = to_url(front.keys.sign(Purpose.PREFERENCES, reader.subscriber_id))
    return asking.page(
        request,
        "preferences",
        tag,
        422 if fault else 200,
        way=f"{front.base}/preferences/{token}",
        masked=masked(reader.person.address),
        lists=lists,
        topics=topics,
        tongues=front.tongues,
        own=reader.person.language or front.settings.default_language,
        pauses=PAUSES,
        paused=day(max(pauses).date(), tag) if pauses else "",
        saved=saved,
        asked=asked,
        fault=fault,
    )


def masked(address: Address) -> str:
    """Return an address so that only its owner knows it again: a mail may have been passed on."""
    local, _, domain = address.shown.rpartition("@")
    return f"{local[:1]}…@{domain}"


async def new_address(request: Request) -> Response:
    """Take another address; a mail to it asks to confirm, and until then nothing changes."""
    given = await asking.fields(request)
    (subscriber_id,) = asking.numbers(request, Purpose.PREFERENCES, 1)
    reader = await _reader(request, subscriber_id)
    tag = asking.language(request, reader.person.language)
    try:
        address = parse_address(asking.one(given, "address")[:320].strip())
    except ValueError:
        _ = asking.reception(request).words(tag).gettext
        fault = _("Please type your address, for example name@example.org.")
        return _form(request, reader, tag, fault=fault)
    network = asking.network(request)
    wait = cast("SignUpLimits", request.app.state.limits).take(address.key, network)
    if wait:
        raise HTTPException(429, headers={"Retry-After": str(wait)})
    wish = Wish(
        kind=NoticeKind.CHANGE,
        language=tag,
        address=address,
        subscriber_id=subscriber_id,
        network=network,
    )
    await asking.with_store(request, lambda store: ask(store, wish, asking.now(request)))
    request.app.state.metrics.count("newsletter_wishes_total", kind="change")
    return _form(request, reader, tag, asked=True)


async def changing(request: Request) -> Response:
    """Show the button that confirms a new address, or do so."""
    await asking.fields(request)
    number = asking.unexpired(request, Purpose.CHANGE)

    def look(store: PeopleStore) -> tuple[str, bool] | None:
        with store.read() as people:
            notice = people.notices.find(number)
            return (notice.language, bool(asked_address(notice))) if notice else None

    known = await asking.with_store(request, look)
    if known is None:
        raise HTTPException(404)
    tag = asking.language(request, known[0])
    if request.method != "POST":
        if not known[1]:
            raise HTTPException(404)
        return asking.page(request, "change", tag)
    network = asking.network(request)
    answer = await asking.with_store(
        request, lambda store: change_address(store, number, network, asking.now(request))
    )
    if answer is Answer.GONE:
        raise HTTPException(404)
    request.app.state.metrics.count("newsletter_confirmed_total", kind="change")
    return asking.page(request, "changed", tag)
