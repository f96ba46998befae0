"""Looks for an address in files: in every way in which programs write one.

That is: as people write it and with the domain as it travels, in capital letters too; in UTF-8 and
UTF-16, in base64 (wherever a text begins in it), quoted-printable, addresses of the web, and with
the escapes of JSON and HTML.
"""

import base64
import itertools
import os
import quopri
import urllib.parse
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from newsletter.address import Address

_CHUNK = 8 * 1024 * 1024
_BOUNDARY = 1
_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789._%+-!#$&'*/=?^`{|}~")


@dataclass(frozen=True, slots=True)
class Patterns:
    """Octets to look for: `folded` in text made small, `exact` as they are.

    `whole_words` leaves out what goes on before or behind: another person's longer address.
    """

    folded: tuple[bytes, ...]
    exact: tuple[bytes, ...]
    whole_words: bool = False


def spellings(address: Address) -> tuple[str, ...]:
    """Return the ways to write an address as text."""
    shown_domain = address.shown.rpartition("@")[2]
    forms = {address.shown, address.key, str(address)}
    forms |= {f"{address.local}@{domain}" for domain in (address.domain, shown_domain)}
    forms |= {form.casefold() for form in forms} | {form.upper() for form in forms}
    return tuple(sorted(forms))


def patterns_of(*addresses: Address, whole_words: bool = False) -> Patterns:
    """Return what to look for to find any of some addresses."""
    folded: set[bytes] = set()
    exact: set[bytes] = set()
    for text in (form for each in addresses for form in spellings(each)):
        folded |= {form.lower() for form in _written(text)}
        exact |= set(_in_base64(text))
    return Patterns(tuple(sorted(folded)), tuple(sorted(exact)), whole_words)


def _written(text: str) -> Iterator[bytes]:
    """Yield the octets of a text in each way but base64."""
    yield text.encode()
    yield text.encode("utf-16-le")
    yield text.encode("utf-16-be")
    local, _, domain = text.rpartition("@")
    yield urllib.parse.quote(text, safe="").encode()
    yield urllib.parse.quote(text, safe="@").encode()
    for at in ("=40", "&#64;", "\\u0040"):
        yield f"{local}{at}{domain}".encode()
    yield quopri.encodestring(text.encode(), quotetabs=True)
    yield text.encode("ascii", "backslashreplace")


def _in_base64(text: str) -> Iterator[bytes]:
    """Yield what stands in base64 of any text that has this one in it: one for each beginning."""
    octets = text.encode()
    for ahead in range(3):
        encoded = base64.b64encode(b"\0" * ahead + octets)
        begin = -(-ahead * 8 // 6)
        end = (ahead + len(octets)) * 8 // 6
        yield encoded[begin:end]


def search(files: Collection[Path], patterns: Patterns) -> tuple[list[Path], int]:
    """Return those of `files` that have the address, and how many octets were looked at.

    A file that goes meanwhile has nothing any more.
    """
    found, octets = [], 0
    for file in files:
        try:
            size = file.stat().st_size
            if _holds(file, patterns):
                found.append(file)
        except FileNotFoundError:
            continue
        octets += size
    return found, octets


def _holds(file: Path, patterns: Patterns) -> bool:
    longest = max(map(len, (*patterns.folded, *patterns.exact))) + 2 * _BOUNDARY
    rest = b""
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            octets = rest + chunk
            if _in(octets, patterns):
                return True
            rest = octets[-longest:]
    return False


def _in(octets: bytes, patterns: Patterns) -> bool:
    small = octets.lower()
    if not patterns.whole_words:
        return any(each in small for each in patterns.folded) or any(
            each in octets for each in patterns.exact
        )
    return any(_stands_alone(small, each) for each in patterns.folded)


def _stands_alone(octets: bytes, pattern: bytes) -> bool:
    """Whether `pattern` stands in `octets` with no letter of an address before or behind it."""
    place = octets.find(pattern)
    while place >= 0:
        around = (
            octets[max(0, place - 1) : place]
            + octets[place + len(pattern) : place + len(pattern) + 1]
        )
        if _LETTERS.isdisjoint(around):
            return True
        place = octets.find(pattern, place + 1)
    return False


def files_below(folder: Path, *, without: Collection[Path] = ()) -> Iterator[Path]:
    """Yield the files in a folder and below, but for the folders `without`; follows no links."""
    left_out = {each.resolve() for each in without}
    for root, folders, names in os.walk(folder):
        here = Path(root)
        folders[:] = sorted(
            name
            for name in folders
            if (here / name).resolve() not in left_out and not (here / name).is_symlink()
        )
        files = (here / name for name in sorted(names))
        yield from itertools.filterfalse(Path.is_symlink, files)
