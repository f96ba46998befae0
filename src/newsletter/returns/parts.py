"""A message taken apart, whatever it is: within limits, and never with an error.

Strangers write these messages. So nothing here calls itself without a limit, no pattern looks back,
and of a message of many megabytes only the beginning is looked at: reports stand there, and behind
them is what we wrote ourselves. Headers are kept with small names, unfolded and decoded.
"""

import binascii
import email.errors
import email.header
import quopri
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

ENVELOPE = ("x-original-to", "delivered-to", "envelope-to", "x-envelope-to", "to", "apparently-to")
"""Headers that say whom a message was sent to, the surest first."""

_LOOKED_AT = 1_000_000  # octets of a message
_DEEP, _MANY = 12, 200  # parts in parts, and parts in all
_LONG_HEADER = 4_000  # letters
_HEADERS = 200
_GIVEN_BACK = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")
_TEXT = 200_000  # letters of a part
_HEADER = re.compile(rb"([!-9;-~]{1,80})[ \t]*:(.*)", re.DOTALL)
_FROM_SERVER = re.compile(rb">?From (?:<>|\S{0,40}mailer[-_]?daemon|postmaster)", re.IGNORECASE)
_PARAMETER = re.compile(r';\s*([\w-]{1,40})\*?\s*=\s*(?:"([^"]{0,400})"|([^\s;"]{1,400}))')
_NO_CHARSET = re.compile("puny|idna|escape")  # for names and programs; slow in a long text
_KOI8 = re.compile(rb"[\xc0-\xdf]")  # small letters of KOI8-R, capitals of Windows-1251


@dataclass(frozen=True)
class Part:
    """One part of a message: its headers, its body as it stands, the parts in it."""

    headers: Mapping[str, tuple[str, ...]]
    body: bytes
    parts: tuple["Part", ...] = field(default=())

    def header(self, name: str) -> str:
        """Return the first header with a name in small letters; empty when there is none."""
        return self.headers.get(name, ("",))[0]

    @cached_property
    def type(self) -> str:
        """The media type in small letters; text/plain unless said otherwise (RFC 2045 5.2)."""
        said = self.header("content-type").partition(";")[0].strip().lower()
        return said if "/" in said else "text/plain"

    @cached_property
    def parameters(self) -> Mapping[str, str]:
        """The parameters of the media type."""
        found = _PARAMETER.findall(self.header("content-type"))
        return {name.lower(): quoted or plain for name, quoted, plain in found}

    @cached_property
    def text(self) -> str:
        """The body as text, with LF at the end of lines."""
        data = _transferred(self.body[: 2 * _TEXT], self.header("content-transfer-encoding"))
        charset = self.parameters.get("charset", "")
        if b"\x1b$" in data[:_TEXT]:  # it says itself that it is Japanese (RFC 1468)
            charset = "iso-2022-jp"
        return _decoded(data, charset)[:_TEXT]

    def walk(self) -> Iterator["Part"]:
        """Yield this part and all in it, in the order in which they stand."""
        yield self
        for each in self.parts:
            yield from each.walk()

    def own(self) -> Iterator["Part"]:
        """Yield the same but for what is inside a message that is given back or forwarded."""
        yield self
        if self.type.startswith("message/"):
            return
        for each in self.parts:
            yield from each.own()

    def given_back(self) -> Iterator["Part"]:
        """Yield what a report gives back of our own mail, whole or its headers alone."""
        for each in self.of_type(*_GIVEN_BACK):
            yield each.parts[0] if each.parts else headers_in(each.text)

    def of_type(self, *types: str) -> Iterator["Part"]:
        """Yield the parts of some types."""
        return (each for each in self.walk() if each.type in types)


def take_apart(data: bytes) -> Part:
    """Return a message as parts; what cannot be understood is text."""
    data = data[:_LOOKED_AT].replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n")
    if data.startswith((b"From ", b">From ")):  # the line of an mbox, with the envelope sender
        line, _, data = data.partition(b"\n")
        if _FROM_SERVER.match(line):
            data = b"Return-Path: <MAILER-DAEMON>\n" + data
    return _part(data, _DEEP, [_MANY])


def headers_in(text: str) -> Part:
    """Return the headers that stand at the beginning of a text."""
    return _part(text.lstrip("\n").encode("utf-8", "replace"), 0, [0])


def _part(data: bytes, deep: int, left: list[int]) -> Part:
    headers, body = _split(data)
    part = Part(headers, body)
    left[0] -= 1
    inner: tuple[Part, ...] = ()
    if deep > 0 and left[0] > 0:
        if part.type.startswith("multipart/"):
            pieces = _pieces(body, part.parameters.get("boundary", ""))
            inner = tuple(_part(each, deep - 1, left) for each in pieces if left[0] > 0)
        elif part.type in ("message/rfc822", "message/global"):
            content = _transferred(body, part.header("content-transfer-encoding"))
            inner = (_part(content.lstrip(b"\n"), deep - 1, left),)
    return Part(headers, body, inner)


def _split(data: bytes) -> tuple[dict[str, tuple[str, ...]], bytes]:
    """Return the headers of a message or part, and what stands behind them."""
    found: dict[str, list[str]] = {}
    place, count, name, value = 0, 0, "", b""

    def keep() -> None:
        if name and count <= _HEADERS:
            found.setdefault(name, []).append(_shown(value))

    while place < len(data):
        end = data.find(b"\n", place)
        end = len(data) if end < 0 else end
        line = data[place:end]
        if not line.strip():
            place = end + 1
            break
        if line[:1] in b" \t" and name:
            if len(value) < _LONG_HEADER:
                value += b" " + line.strip()
        elif matched := _HEADER.match(line):
            keep()
            name, value = matched[1].decode("ascii").lower(), matched[2].strip()
            count += 1
        else:  # no header at all: the body began without an empty line
            break
        place = end + 1
    keep()
    return {name: tuple(values) for name, values in found.items()}, data[place:]


def _pieces(body: bytes, boundary: str) -> list[bytes]:
    """Return what stands between the lines with a boundary (RFC 2046 5.1.1)."""
    if not boundary:
        return []
    line = re.compile(
        rb"^--" + re.escape(boundary.encode("utf-8", "replace")) + rb"(--)?[ \t]*$", re.MULTILINE
    )
    pieces, begun = [], -1
    for found in line.finditer(body):
        if begun >= 0:
            pieces.append(body[begun : max(begun, found.start() - 1)])
        begun = found.end() + 1
        if found[1] or len(pieces) > _MANY:
            begun = -1
            break
    if begun >= 0:  # it was cut off
        pieces.append(body[begun:])
    return pieces


def _shown(value: bytes) -> str:
    """Return a header in plain text (RFC 2047); what is broken stays as it is."""
    text = _decoded(value[:_LONG_HEADER], "")
    if "=?" not in text:
        return text
    try:
        words = email.header.decode_header(text)
        return "".join(
            _decoded(word, charset or "") if isinstance(word, bytes) else word
            for word, charset in words
        )
    except (ValueError, LookupError, email.errors.MessageError):
        return text


def _transferred(data: bytes, encoding: str) -> bytes:
    """Return a body without its transfer encoding."""
    kind = encoding.strip().lower()
    try:
        if kind == "base64":
            letters = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
            return binascii.a2b_base64(letters[: len(letters) // 4 * 4])
        if kind == "quoted-printable":
            return quopri.decodestring(data)
    except (ValueError, binascii.Error):
        return data
    return data


def _decoded(data: bytes, charset: str) -> str:
    """Return text in the charset that is named, else in the one that it seems to be in."""
    text = _in_charset(data, charset.strip("'\" ").lower()).replace("\r\n", "\n")
    # UTF-7 and others may hold half a pair of surrogates, which no file and no table takes.
    return text.encode("utf-8", "replace").decode()


def _in_charset(data: bytes, charset: str) -> str:
    charset = "" if _NO_CHARSET.search(charset) else charset
    try:
        return data.decode(charset or "utf-8")
    except (LookupError, ValueError):
        pass
    if charset not in ("", "us-ascii", "ascii", "utf-8", "utf8", "unknown-8bit"):
        try:
            return data.decode(charset, "replace")
        except (LookupError, ValueError):
            pass
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        high = sum(octet >= 0xC0 for octet in data)
        small = len(_KOI8.findall(data))
        # Of Russian letters most are small: 0xC0 to 0xDF in KOI8-R, 0xE0 to 0xFF in Windows-1251.
        return data.decode("koi8-r" if high and small * 2 > high else "cp1251", "replace")
