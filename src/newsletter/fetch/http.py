"""One fetch: the request, the redirects, and what is given back.

    check the address ► resolve and connect (wire.py) ► answer ► redirect? again, at most five times
                                                              └► body, measured (body.py)

An answer of any status is a Fetched; what a 404 means is for the caller to say. Raises
FetchRefused when the guard forbids something, FetchFailed when nothing usable came.
"""

import functools
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import httpcore2
import httpx2

from newsletter import __version__
from newsletter.fetch.body import BadBody, read_body, too_big
from newsletter.fetch.guard import Guard
from newsletter.fetch.refusal import FetchFailed, FetchRefused
from newsletter.fetch.wire import Clock, NotCalled, open_pool

_REDIRECTS = {301, 302, 303, 307, 308}
_PERMANENT = {301, 308}  # RFC 9110 15.4.2 and 15.4.9: links ought to be changed
_CHARSET = re.compile(r';\s*charset\s*=\s*"?([A-Za-z0-9_.:+-]+)', re.IGNORECASE)
_HEADERS = (
    ("User-Agent", f"newsletter/{__version__}"),
    ("Accept", "*/*"),
    ("Accept-Encoding", "gzip"),
    ("Connection", "close"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """How much a fetch may take: bytes of the unpacked body, seconds, redirects."""

    size: int = 10_000_000
    seconds: float = 30
    connect: float = 10
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Redirect:
    """An address that led on to another one, and the status it answered with."""

    url: str
    status: int

    @property
    def permanent(self) -> bool:
        """Whether the server says that the address has changed for good."""
        return self.status in _PERMANENT


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came: `url` is the address that answered in the end, `redirects` those before it.

    `date` is what the server takes for the time, as it wrote it (RFC 9110 6.6.1); empty if it did
    not.
    """

    url: str
    status: int
    content_type: str
    charset: str | None
    data: bytes
    redirects: tuple[Redirect, ...] = ()
    date: str = ""

    @property
    def ok(self) -> bool:
        """Whether the answer is what was asked for."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: dict[str, str]
    data: bytes


def fetch(
    url: str,
    *,
    method: Literal["GET", "HEAD"] = "GET",
    body: bool = True,
    limits: FetchLimits | None = None,
    guard: Guard | None = None,
    tls: ssl.SSLContext | None = None,
) -> Fetched:
    """Return what `url` answers, after redirects.

    Without `body` only status and headers are read. `tls` is whom to trust, by default whom the
    system trusts. Raises FetchRefused and FetchFailed.
    """
    limits, guard = limits or FetchLimits(), guard or Guard()
    clock = Clock(limits.seconds)
    asked = _checked(url, guard)
    seen: list[Redirect] = []
    while True:
        with (
            _in_words(asked, clock),
            open_pool(guard, clock, limits.connect, tls or _system_trust()) as pool,
        ):
            answer = _ask(pool, asked, method, limits.size if body and method == "GET" else None)
        target = answer.headers.get("location", "")
        if answer.status not in _REDIRECTS or not target:
            return _fetched(asked, answer, seen)
        seen.append(Redirect(shown(asked), answer.status))
        if len(seen) > limits.redirects:
            raise FetchRefused(shown(asked), f"leads on more than {limits.redirects} times")
        asked = _redirected(asked, target, guard)


def _checked(url: str, guard: Guard) -> httpx2.URL:
    """Return the address in its parts; raises FetchRefused when it must not be called."""
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError) as fault:
        raise FetchRefused(_without_login(url), f"is not an address: {fault}") from None
    if parsed.scheme not in ("http", "https"):
        raise FetchRefused(
            _without_login(url), "is not an address on the web", "write it with https://"
        )
    if parsed.userinfo:
        raise FetchRefused(
            shown(parsed), "has a user name or password in it", "take them out: nothing is sent"
        )
    host, port = _host(parsed), parsed.port or {"http": 80, "https": 443}[parsed.scheme]
    if objection := guard.objection(host, port):
        raise FetchRefused(shown(parsed), objection, inner=bool(host))
    return parsed


def _redirected(asked: httpx2.URL, target: str, guard: Guard) -> httpx2.URL:
    try:
        following = asked.join(target)
    except (httpx2.InvalidURL, ValueError) as fault:
        raise FetchFailed(shown(asked), f"leads on to what is not an address: {fault}") from None
    return _checked(str(following), guard)


def _ask(pool: httpcore2.ConnectionPool, url: httpx2.URL, method: str, size: int | None) -> _Answer:
    """Return the answer of one server, without its body when `size` is None."""
    target = httpcore2.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )
    headers = [("Host", url.netloc.decode("ascii")), *_HEADERS]
    with pool.stream(method, target, headers=headers) as response:
        found = {name.decode("ascii").lower(): _text(value) for name, value in response.headers}
        if size is None or response.status in _REDIRECTS:
            return _Answer(response.status, found, b"")
        length = found.get("content-length", "")
        if length.isdecimal() and int(length) > size:
            raise too_big(size)
        packed = found.get("content-encoding", "")
        return _Answer(response.status, found, read_body(response.iter_stream(), packed, size))


@contextmanager
def _in_words(url: httpx2.URL, clock: Clock) -> Iterator[None]:
    """Turn what goes wrong on the way into FetchRefused and FetchFailed."""
    try:
        yield
    except (NotCalled, BadBody) as fault:
        if fault.refused:
            inner = isinstance(fault, NotCalled)
            raise FetchRefused(shown(url), str(fault), inner=inner) from None
        raise FetchFailed(shown(url), str(fault)) from None
    except httpcore2.TimeoutException:
        raise FetchFailed(
            shown(url), f"is too slow: not everything came within {clock.seconds:g} seconds"
        ) from None
    except httpcore2.ConnectError as fault:
        raise FetchFailed(shown(url), f"no secure connection: {_tls_words(fault)}") from None
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as fault:
        raise FetchFailed(shown(url), f"the connection broke off: {fault}") from None


def _tls_words(fault: BaseException) -> str:
    """Return what is wrong with a certificate, in one line."""
    cause = fault.__cause__ or fault.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate does not hold ({cause.verify_message.rstrip('.')})"
    return str(fault) or type(fault).__name__


def _fetched(url: httpx2.URL, answer: _Answer, seen: list[Redirect]) -> Fetched:
    written = answer.headers.get("content-type", "")
    charset = _CHARSET.search(written)
    return Fetched(
        url=shown(url),
        status=answer.status,
        content_type=written.partition(";")[0].strip().lower(),
        charset=charset[1].lower() if charset else None,
        data=answer.data,
        redirects=tuple(seen),
        date=answer.headers.get("date", ""),
    )


def shown(url: httpx2.URL) -> str:
    """Return an address for people and files, without user name and password."""
    return str(url.copy_with(userinfo=b"", fragment=None))


def _without_login(url: str) -> str:
    """Return an address that could not be read, with what stands before an @ left out."""
    return re.sub(r"//[^/@\s]*@", "//", url)[:200]


def _host(url: httpx2.URL) -> str:
    return url.raw_host.decode("ascii")


def _text(value: bytes) -> str:
    """Return the value of a header; addresses in Location come in UTF-8 now and then."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


@functools.cache
def _system_trust() -> ssl.SSLContext:
    return httpx2.create_ssl_context(trust_env=False)
