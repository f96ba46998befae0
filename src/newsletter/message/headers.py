"""The header fields of a mail, byte by byte (RFC 5322, 2047, 2231, 2369).

Each function returns one whole field with its CRLF. Lines are at most 76 octets wherever they can
be broken; an address or an identifier is never broken. Values with line breaks or control
characters are refused with a ValueError that names the header: nobody can add a header of theirs.
"""

import base64
import datetime
import re
from collections.abc import Callable, Iterable

LINE = 76
"""Octets in a line that holds an encoded word (RFC 2047 2); the others keep to it too."""

_WORD = 75  # octets in one encoded word (RFC 2047 2)
_SHELL = len("=?utf-8?b??=")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_FIT = re.compile("[!-;=?-~]+")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOT_ATOM = r"[^\s\x00-\x20\"(),.:;<>@\[\\\]]+"
_ADDR_SPEC = re.compile(rf"{_DOT_ATOM}(?:\.{_DOT_ATOM})*@{_DOT_ATOM}(?:\.{_DOT_ATOM})*")
_BARE_IN_Q = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_BARE_IN_2231 = _BARE_IN_Q - frozenset(b"*/") | frozenset(b"._")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def text(name: str, value: str) -> bytes:
    """Return a field of free text: folded as it is, or as encoded words when it must be."""
    _refuse_unprintable(name, value)
    if _is_plain(value):
        lines = _fold(f"{name}:", value.split(" "))
        if all(len(line) <= LINE for line in lines):
            return _field(lines)
    return _field(_encoded_words(f"{name}: ", value))


def mailbox(name: str, display: str, address: str, *, utf8: bool = False) -> bytes:
    """Return a field with one address, after the name it belongs to if there is one.

    An address with letters beyond ASCII is allowed with `utf8` alone (RFC 6532); the name is
    encoded all the same.
    """
    _refuse_unprintable(name, display)
    _refuse_unprintable(name, address)
    if not _ADDR_SPEC.fullmatch(address):
        raise ValueError(f"{name}: {address!r} is not an address")
    if not utf8 and not address.isascii():
        raise ValueError(f"{name}: {address} needs a relay that offers SMTPUTF8")
    if not display:
        return _field([f"{name}: {address}"])
    lines = _phrase(f"{name}: ", display)
    if len(f"{lines[-1]} <{address}>".encode()) <= LINE:
        lines[-1] = f"{lines[-1]} <{address}>"
    else:
        lines.append(f" <{address}>")
    return _field(lines)


def plain(name: str, value: str) -> bytes:
    """Return a field whose value is one unbroken run of printable ASCII."""
    _refuse_unprintable(name, value)
    if not value or not value.isascii() or " " in value:
        raise ValueError(f"{name}: {value!r} has to be ASCII without spaces")
    return _field([f"{name}: {value}"])


def angled(name: str, *values: str) -> bytes:
    """Return a field of values in angle brackets, folded between them only (RFC 2369 2)."""
    for value in values:
        _refuse_unfit(name, value)
    items = f"<{'>, <'.join(values)}>".split(" ")
    return _field(_fold(f"{name}:", items))


def list_id(name: str, display: str, identifier: str) -> bytes:
    """Return the List-Id (RFC 2919); a name beyond ASCII is left out, for many read it as it is."""
    _refuse_unprintable(name, display)
    _refuse_unfit(name, identifier)
    words = [_quoted(display)] if display and display.isascii() else []
    return _field(_fold(f"{name}:", [*words, f"<{identifier}>"]))


def date(name: str, moment: datetime.datetime) -> bytes:
    """Return a field with a moment and its own zone (RFC 5322 3.3)."""
    if moment.tzinfo is None:
        raise ValueError(f"{name}: the moment has no time zone")
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return _field([f"{name}: {day}, {moment.day:02} {month} {moment:%Y %H:%M:%S %z}"])


def disposition(kind: str, filename: str) -> bytes:
    """Return a Content-Disposition; a name beyond ASCII is written as RFC 2231 says."""
    name = "Content-Disposition"
    _refuse_unprintable(name, filename)
    if filename.isascii():
        return _field(_fold(f"{name}:", [f"{kind};", f"filename={_quoted(filename)}"]))
    octets = [chr(o) if o in _BARE_IN_2231 else f"%{o:02X}" for o in filename.encode()]
    rows = [octets[start : start + 18] for start in range(0, len(octets), 18)]
    if len(rows) == 1:
        words = [f"filename*=UTF-8''{''.join(rows[0])}"]
    else:
        rows[0].insert(0, "UTF-8''")
        words = [f"filename*{number}*={''.join(row)}" for number, row in enumerate(rows)]
    return _field(_fold(f"{name}:", [f"{kind};", *(f"{word};" for word in words[:-1]), words[-1]]))


def _refuse_unprintable(name: str, value: str) -> None:
    found = _UNPRINTABLE.search(value)
    if found:
        letter = f"U+{ord(found.group()):04X}"
        raise ValueError(f"{name}: holds a line break or a control character ({letter})")


def _refuse_unfit(name: str, value: str) -> None:
    """Refuse what cannot stand between angle brackets as it is."""
    if not _FIT.fullmatch(value):
        _refuse_unprintable(name, value)
        raise ValueError(f"{name}: {value!r} has to be ASCII without spaces and brackets")


def _field(lines: Iterable[str]) -> bytes:
    return "\r\n".join(lines).encode() + b"\r\n"


def _fold(first: str, words: Iterable[str]) -> list[str]:
    """Return lines of `words`; the first word stays with the name, for some readers need it."""
    lines = [first]
    for word in words:
        if len(lines[-1]) + 1 + len(word) <= LINE or lines == [first]:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(f" {word}")
    return lines


def _is_plain(value: str) -> bool:
    """Whether `value` reads the same after any folding, and is not taken for an encoded word."""
    return value.isascii() and "=?" not in value and value == " ".join(value.split())


def _quoted(value: str) -> str:
    escaped = re.sub(r'(["\\])', r"\\\1", value)
    return f'"{escaped}"'


def _phrase(start: str, display: str) -> list[str]:
    """Return a display name as atoms, a quoted string or encoded words, whichever is right."""
    if _is_plain(display):
        shown = display if _ATOMS.fullmatch(display) else _quoted(display)
        if len(start) + len(shown) <= LINE:
            return [start + shown]
    return _encoded_words(start, display)


def _encoded_words(start: str, value: str) -> list[str]:
    """Return lines of encoded words, in the shorter of the two encodings (RFC 2047 4)."""
    room = min(_WORD, LINE - len(start))
    as_b = [_b(piece) for piece in _pieces(value, room, _b_room, _b_size)]
    as_q = [_q(piece) for piece in _pieces(value, room, _q_room, _q_size)]
    words = as_b if sum(map(len, as_b)) < sum(map(len, as_q)) else as_q
    return [start + words[0], *(f" {word}" for word in words[1:])]


def _pieces(
    value: str, first: int, room: Callable[[int], int], size: Callable[[str], int]
) -> list[str]:
    """Cut `value` between characters so that each piece fits into an encoded word."""
    pieces, used, limit = [""], 0, room(first)
    for letter in value:
        cost = size(letter)
        if used + cost > limit:
            pieces.append("")
            used, limit = 0, room(_WORD)
        pieces[-1] += letter
        used += cost
    return pieces


def _b_room(length: int) -> int:
    return (length - _SHELL) // 4 * 3


def _b_size(letter: str) -> int:
    return len(letter.encode())


def _b(piece: str) -> str:
    return f"=?utf-8?b?{base64.b64encode(piece.encode()).decode()}?="


def _q_room(length: int) -> int:
    return length - _SHELL


def _q_size(letter: str) -> int:
    return len(_q_letter(letter))


def _q(piece: str) -> str:
    return f"=?utf-8?q?{''.join(map(_q_letter, piece))}?="


def _q_letter(letter: str) -> str:
    """Return `letter` in the form that is safe in a display name too (RFC 2047 5 (3))."""
    if letter == " ":
        return "_"
    return "".join(chr(o) if o in _BARE_IN_Q else f"={o:02X}" for o in letter.encode())
