"""The bytes of a source: an address on the web, a file, or what is piped into the program."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from newsletter.errors import NewsletterError
from newsletter.fetch import Fetched

MAX_OCTETS = 10_000_000
_WEB = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_HOST = re.compile(r"www\.[\w-]+\.|[\w-]+(\.[\w-]+)*\.[a-zа-яё]{2,}(:\d+)?/", re.IGNORECASE)
_LETTERS = re.compile(r"[а-яё]")
_CAPITALS = re.compile(r"[А-ЯЁ]")


@dataclass(frozen=True, slots=True)
class Origin:
    """What was read, and from where; `url` is none for a file."""

    name: str
    data: bytes
    url: str | None = None
    content_type: str = ""
    charset: str | None = None


Fetch = Callable[[str], Fetched]
"""Brings an address of the web, as `fetch.fetch` does."""


def read_origin(source: str, fetch: Fetch, piped: BinaryIO) -> Origin:
    """Return the bytes of `source`: an address, the name of a file, or `-`.

    Raises NewsletterError when there are none, or too many.
    """
    if source == "-":
        return Origin("what was piped in", _limited(piped, "what was piped in"))
    if _WEB.match(source):
        return _from_web(fetch(source))
    path = Path(source)
    try:
        with path.open("rb") as stream:
            return Origin(path.name, _limited(stream, source))
    except OSError as fault:
        remedy = "name a file, an address that begins with https://, or - for what is piped in"
        if isinstance(fault, FileNotFoundError) and _HOST.match(source):
            remedy = f"did you mean the address https://{source}?"
        raise NewsletterError(
            f"{source}: cannot be read: {fault.strerror}",
            remedy,
        ) from None


def _from_web(found: Fetched) -> Origin:
    if not found.ok:
        raise NewsletterError(
            f"{found.url}: the server says {found.status}", "check the address in your browser"
        )
    host = urlsplit(found.url).hostname or found.url
    return Origin(host, found.data, found.url, found.content_type, found.charset)


def _limited(stream: BinaryIO, name: str) -> bytes:
    data = stream.read(MAX_OCTETS + 1)
    if len(data) > MAX_OCTETS:
        raise NewsletterError(f"{name}: has more than {MAX_OCTETS // 1_000_000} MB")
    return data


def text_of(origin: Origin) -> str:
    """Return the text of an origin: UTF-8, what it says itself, or the Cyrillic set that fits."""
    data = origin.data
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    for charset in (origin.charset, "utf-8-sig"):
        try:
            if charset:
                return data.decode(charset)
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode(likely_charset(data), errors="replace")


def likely_charset(data: bytes) -> str:
    """Return the eight-bit set in which a text reads like Russian; what is none, is of the West.

    Read in the wrong one of the two, Russian words are all capitals but for their first letters.
    """
    scores = {each: _score(data.decode(each, errors="replace")) for each in ("cp1251", "koi8-r")}
    best = max(scores, key=lambda each: scores[each])
    return best if scores[best] > 0 else "cp1252"


def _score(text: str) -> int:
    return len(_LETTERS.findall(text)) - 2 * len(_CAPITALS.findall(text))
