"""Text as quoted-printable or base64, in pieces that take values of any length between them.

The fixed pieces of a body are encoded once; `fill` encodes only the values and puts all in a row.
Quoted-printable pieces each begin a line and are joined by soft line breaks. Base64 works on
groups of three octets, so a fixed piece is kept in three forms, one for each number of octets that
the group before it may lack. Lines are at most 76 octets and end with CRLF (RFC 2045 6.7, 6.8).
"""

import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, Self

_LINE = 76
_GROUP = 57  # octets that make a base64 line of 76
_SOFT_BREAK = b"=\r\n"
_QP = tuple(
    bytes([octet]) if octet in range(33, 127) and octet != ord("=") else b"=%02X" % octet
    for octet in range(256)
)
_PLAIN = re.compile(rb"(?:[!-<>-~ ]*[!-<>-~])?")  # nothing in it is encoded
_SHORT = re.compile(
    rf"[!-\-/-<>-EG-~](?:[!-<>-~ ]{{0,{_LINE - 3}}}[!-<>-~])?"
)  # as it is, in a line
_BLANKS = {ord(" "): b" ", ord("\t"): b"\t"}
_NOT_FIRST = {ord("."): b"=2E", ord("F"): b"=46"}


class Encoded(Protocol):
    """Fixed pieces of a text, encoded, with a gap for a value between each two."""

    @property
    def name(self) -> str:
        """The Content-Transfer-Encoding."""

    def fill(self, values: Sequence[str]) -> list[bytes]:
        """Return the encoded text with `values` in the gaps, and a CRLF for the delimiter.

        It comes in pieces, for long ones are best copied only once: when the mail is put together.
        """


def encode(pieces: Sequence[str]) -> Encoded:
    """Encode the fixed `pieces` of a text in whichever way is shorter; the last ends a line."""
    quoted, based = QuotedPrintable.of(pieces), Base64.of(pieces)
    gaps = [""] * (len(pieces) - 1)
    return quoted if _length(quoted.fill(gaps)) <= _length(based.fill(gaps)) else based


def _length(pieces: Iterable[bytes]) -> int:
    return sum(map(len, pieces))


@dataclass(frozen=True, slots=True)
class QuotedPrintable:
    """A text as quoted-printable (RFC 2045 6.7)."""

    pieces: tuple[bytes, ...]
    name: str = "quoted-printable"

    @classmethod
    def of(cls, pieces: Sequence[str]) -> Self:
        """Encode `pieces`; a gap follows each but the last, so those end with a soft line break."""
        return cls((*map(_followed, pieces[:-1]), quoted_printable(pieces[-1]) + b"\r\n"))

    def fill(self, values: Sequence[str]) -> list[bytes]:
        """Return the encoded text with `values` in the gaps."""
        row = [self.pieces[0]]
        for value, piece in zip(values, self.pieces[1:], strict=True):
            row += (_followed(value), piece)
        return row


@lru_cache(maxsize=64)  # a value stands in the text and on the page
def _followed(text: str) -> bytes:
    if _SHORT.fullmatch(text):
        return text.encode() + _SOFT_BREAK
    return quoted_printable(text) + _SOFT_BREAK if text else b""


def quoted_printable(text: str) -> bytes:
    """Return `text` as quoted-printable, each of its line breaks as CRLF."""
    return b"\r\n".join(_quote(line.encode()) for line in _lines(text))


def _quote(line: bytes) -> bytes:
    """Return one line of text as one or more lines, none ending with a blank.

    A full stop or `From` at the start of a line is encoded: some servers eat the one and mark the
    other (RFC 2049 3).
    """
    if _PLAIN.fullmatch(line):
        plain = [line[start : start + _LINE - 1] for start in range(0, len(line) or 1, _LINE - 1)]
        if not any(row[:1] in (b".", b"F") for row in plain):
            return _SOFT_BREAK.join(plain)
    rows: list[bytes] = []
    row = bytearray()
    last = len(line) - 1
    for index, octet in enumerate(line):
        token = _BLANKS.get(octet, _QP[octet]) if index < last else _QP[octet]
        if len(row) + len(token) > _LINE - 1:
            rows.append(bytes(row))
            row.clear()
        row += token if row else _NOT_FIRST.get(octet, token)
    rows.append(bytes(row))
    return _SOFT_BREAK.join(rows)


@dataclass(frozen=True, slots=True)
class _Phase:
    """A fixed piece cut where groups of three octets begin: `head` completes the group before."""

    head: bytes
    body: bytes
    tail: bytes


@dataclass(frozen=True, slots=True)
class Base64:
    """A text as base64 (RFC 2045 6.8)."""

    pieces: tuple[tuple[_Phase, ...], ...]
    name: str = "base64"

    @classmethod
    def of(cls, pieces: Sequence[str]) -> Self:
        """Encode `pieces` three times over: for a group before that lacks 0, 1 or 2 octets."""
        return cls(tuple(tuple(_phase(_octets(p), lack) for lack in range(3)) for p in pieces))

    def fill(self, values: Sequence[str]) -> list[bytes]:
        """Return the encoded text with `values` in the gaps."""
        row: list[bytes] = []
        open_group = b""
        for value, piece in zip(("", *values), self.pieces, strict=True):
            open_group += _octets(value)
            phase = piece[-len(open_group) % 3]
            open_group += phase.head
            if len(open_group) % 3 == 0:  # else the piece was too short to complete the group
                row += (base64_lines(open_group), phase.body)
                open_group = phase.tail
        row.append(base64_lines(open_group))
        return row


def _phase(octets: bytes, lack: int) -> _Phase:
    end = len(octets) - (len(octets) - lack) % 3 if len(octets) >= lack else lack
    return _Phase(octets[:lack], base64_lines(octets[lack:end]), octets[end:])


def base64_lines(octets: bytes) -> bytes:
    """Return `octets` as base64 in lines of 76, each ended with CRLF."""
    return b"".join(
        binascii.b2a_base64(octets[start : start + _GROUP], newline=False) + b"\r\n"
        for start in range(0, len(octets), _GROUP)
    )


def _octets(text: str) -> bytes:
    return "\r\n".join(_lines(text)).encode()


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
