"""The addresses that stand in every mail, and the clock, which the web shows by the way."""

import datetime
from collections.abc import Iterator

from newsletter.doctor.clock import examine_clock
from newsletter.doctor.ports import NoPage, NotAsked, Page, Web
from newsletter.doctor.verdict import Verdict, cannot_tell, doubtful, fine, wrong

_GONE = (404, 410)
_BY_HAND = "no inner address is called from here: open it in a browser, from outside"


def examine_web(
    web: Web, public_url: str, unsubscribe_url: str, now: datetime.datetime
) -> Iterator[Verdict]:
    """Yield what becomes of somebody who follows a link in a mail; `now` is our clock."""
    answered, verdict = public_address(web, public_url)
    yield verdict
    yield unsubscribing(web, unsubscribe_url)
    yield clock(answered, now)


def public_address(web: Web, url: str) -> tuple[Page | None, Verdict]:
    """Whether `public_url` answers; also what it answered."""
    title = "public_url"
    try:
        page = web(url)
    except NotAsked as fault:
        return None, cannot_tell(title, str(fault), _BY_HAND)
    except NoPage as fault:
        return None, wrong(title, str(fault), "links in mails lead there: see `public_url`")
    if page.status >= 500:
        return page, wrong(title, f"{url} answers {page.status}", "ask whoever runs the website")
    if page.status >= 400:
        return page, doubtful(
            title, f"{url} answers {page.status}", "put something there: `newsletter archive build`"
        )
    return page, fine(title, f"{url} answers {page.status}")


def unsubscribing(web: Web, url: str) -> Verdict:
    """Whether somebody is there to take an unsubscription; asking changes nothing (RFC 8058 5)."""
    title = "unsubscribe"
    remedy = (
        "whatever takes unsubscriptions has to answer there: Gmail and others press that button"
    )
    try:
        page = web(url)
    except NotAsked as fault:
        return cannot_tell(title, str(fault), _BY_HAND)
    except NoPage as fault:
        return wrong(title, str(fault), remedy)
    if page.status >= 500:
        return wrong(title, f"{url} answers {page.status}", remedy)
    if page.status in _GONE:
        return doubtful(title, f"{url} answers {page.status}, as if nobody were there", remedy)
    return fine(title, f"{url} answers {page.status}")


def clock(page: Page | None, now: datetime.datetime) -> Verdict:
    """Whether our clock goes with that of the web server."""
    if page is None or page.date is None:
        return cannot_tell("clock", "no server told the time", "compare it with a telephone")
    return examine_clock(page.date - now, "the web server")
