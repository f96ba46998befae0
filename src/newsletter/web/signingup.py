"""Subscribing: the form, and the confirmation that a mail asks for (double opt-in).

The answer to a form is the same for all, and so is the work: one row is written, whoever it is
about. Who they are is found out when the mail is made (`people/noticing.py`), later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from newsletter.address import Address, parse_address
from newsletter.model.notices import CONFIRM_WITHIN, Notice, NoticeKind, Wish
from newsletter.people.choices import Answer, ask, confirm
from newsletter.store.people import PeopleStore
from newsletter.tokens import Purpose
from newsletter.web import asking
from newsletter.web.forms import TRAP, is_fresh, stamp
from newsletter.web.limits import SignUpLimits
from newsletter.web.wording import version_of

_LONGEST = 320


@dataclass(frozen=True, slots=True)
class _Form:
    """What somebody filled in, and what is wrong with it by field."""

    address: str
    lists: tuple[str, ...]
    language: str
    agreed: bool
    faults: dict[str, str]


async def subscribe(request: Request) -> Response:
    """Show the form, or take what was filled in."""
    given = await asking.fields(request)
    front = asking.reception(request)
    tag = asking.language(request)
    if not front.open_lists:
        return asking.page(request, "closed", tag)
    if request.method != "POST":
        chosen = request.query_params.getlist("list")
        return _form(request, tag, _Form("", tuple(chosen), tag, agreed=False, faults={}))
    filled = _filled(request, given, tag)
    if asking.one(given, TRAP):
        return asking.page(request, "asked", tag, days=CONFIRM_WITHIN.days)
    if not is_fresh(front.keys, asking.one(given, "shown"), asking.now(request).timestamp()):
        return _form(request, tag, filled, again=True)
    if filled.faults:
        return _form(request, tag, filled, status=422)
    return await _take(request, tag, filled)


async def _take(request: Request, tag: str, filled: _Form) -> Response:
    address = parse_address(filled.address)
    network = asking.network(request)
    wait = cast("SignUpLimits", request.app.state.limits).take(address.key, network)
    if wait:
        raise HTTPException(429, headers={"Retry-After": str(wait)})
    words = _words(request, tag, filled.lists)
    wish = Wish(
        kind=NoticeKind.CONFIRM,
        language=filled.language,
        address=address,
        lists=filled.lists,
        words=words,
        wording=version_of(words),
        network=network,
    )
    await asking.with_store(request, lambda store: ask(store, wish, asking.now(request)))
    request.app.state.metrics.count("newsletter_wishes_total", kind="confirm")
    return asking.page(request, "asked", tag, days=CONFIRM_WITHIN.days)


def _filled(request: Request, given: asking.Fields, tag: str) -> _Form:
    front = asking.reception(request)
    _ = front.words(tag).gettext
    faults: dict[str, str] = {}
    text = asking.one(given, "address")[:_LONGEST].strip()
    if _address(text) is None:
        faults["address"] = _("Please type your address, for example name@example.org.")
    wanted = [name for name in given.get("list", []) if name in front.open_lists]
    if len(front.open_lists) == 1:
        wanted = list(front.open_lists)
    if not wanted:
        faults["list"] = _("Please choose at least one list.")
    agreed = asking.one(given, "agreed") == "yes"
    if not agreed:
        faults["agreed"] = _("We may write to you only if you agree to it.")
    chosen = asking.one(given, "language")
    offered = front.settings.languages
    wish = chosen if chosen in offered else tag
    return _Form(text, tuple(dict.fromkeys(wanted)), wish, agreed, faults)


def _address(text: str) -> Address | None:
    try:
        return parse_address(text)
    except ValueError:
        return None


def _form(
    request: Request, tag: str, filled: _Form, *, again: bool = False, status: int = 200
) -> Response:
    front = asking.reception(request)
    return asking.page(
        request,
        "subscribe",
        tag,
        status,
        form=filled,
        again=again,
        faults=filled.faults if status == 422 else {},
        lists=front.offered(tag),
        tongues=front.tongues,
        consent=_words(request, tag, ()),
        privacy=front.settings.web.privacy,
        stamp=stamp(front.keys, asking.now(request).timestamp()),
        trap=TRAP,
    )


def _words(request: Request, tag: str, lists: Sequence[str]) -> str:
    """Return the consent as it is shown, and behind it the names of the lists that were ticked."""
    front = asking.reception(request)
    said = front.words(tag).gettext(
        "I agree that %(office)s keeps my address and sends me the newsletter there. I can "
        "withdraw this at any time, with one click in each mail."
    ) % {"office": front.office(tag).short_name}
    names = ", ".join(front.list_name(name, tag) for name in lists)
    return f"{said} [{names}]" if names else said


async def confirmation(request: Request) -> Response:
    """Show the button that confirms, or do so: a mail scanner's GET confirms nothing (B18)."""
    await asking.fields(request)
    number = asking.unexpired(request, Purpose.CONFIRM)
    notice = await asking.with_store(request, lambda store: _notice(store, number))
    if notice is None:
        raise HTTPException(404)
    tag = asking.language(request, notice.language)
    front = asking.reception(request)
    names = [name for each in notice.lists if (name := front.list_name(each, tag))]
    if request.method != "POST":
        return asking.page(request, "confirm", tag, lists=names)
    network = asking.network(request)
    answer = await asking.with_store(
        request, lambda store: confirm(store, number, network, asking.now(request))
    )
    if answer is Answer.GONE:
        raise HTTPException(404)
    request.app.state.metrics.count("newsletter_confirmed_total", kind="confirm")
    return asking.page(request, "confirmed", tag, lists=names)


def _notice(store: PeopleStore, number: int) -> Notice | None:
    with store.read() as people:
        return people.notices.find(number)
