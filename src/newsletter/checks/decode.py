"""The letters of an HTML file from elsewhere: in which encoding they are, and whether that holds.

    a byte order mark, else what <meta> says, else what the head of the mail says, else what fits

What stands in no encoding is shown as U+FFFD and named with its line. A file that holds no letters
at all, but a picture or a program's own format, is told by how it begins.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.model.finding import Finding, Severity
from newsletter.model.place import Place

_HEAD = 1024  # where browsers look for it (HTML 13.2.3.2)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(rb"<meta\b[^>]*?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_TAKEN_FOR = {"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254"}
"""What browsers take for another, larger one (Encoding Standard 4.2)."""
_CYRILLIC = "cp1251"
_CYRILLIC_WORD = re.compile(rb"[\xc0-\xff]{4,}")  # Western words have one or two such letters
_WORDS = 3
_OTHERWISE = "cp1252"
_FORMATS = (
    (b"\xd0\xcf\x11\xe0", "a file of Outlook (.msg) or of an old Office"),
    (b"PK\x03\x04", "a ZIP archive or a file of Office (.docx)"),
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"\x1f\x8b", "packed (gzip)"),
    (b"{\\rtf", "a text in RTF"),
    (b"bplist", "a web archive of Safari"),
)
"""What people take for HTML, by its first bytes."""
_NO_LETTERS = bytes({*range(32)} - {*b"\t\n\f\r\x1b"})  # ISO-2022 has escapes between letters
_LOOKED_AT = 65_536
_STRAYS = 8
_REMEDY = "save the file as UTF-8 and say so: <meta charset=utf-8> first in <head>"


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, and what is odd about how it was written down."""

    text: str
    findings: tuple[Finding, ...]


def decode(data: bytes, place: Place, said: str = "") -> Decoded:
    """Return the text of an HTML file; `said` is the encoding that the head of a mail names."""
    findings: list[Finding] = []
    bom = next(((mark, name) for mark, name in _BOMS if data.startswith(mark)), None)
    meta = _META.search(data[:_HEAD])
    name = meta[1].decode("ascii") if meta else said
    known = _codec(name)
    if bom:
        known, data = bom[1], data[len(bom[0]) :]
    elif known is None:
        if name:
            findings.append(_odd(place, f"there is no encoding “{name}”"))
        known, guess = _fitting(data)
        if not guess.isascii() or name:
            findings.append(
                _odd(place, f"the file says no encoding; its letters look like {known}")
            )
    text = data.decode(known, errors="replace").replace("\0", "\ufffd")
    findings += _broken(data, known, place)
    if known != "utf-8":
        findings.append(_odd(place, f"the mail is written in {known}, not in UTF-8", Severity.NOTE))
    return Decoded(text, tuple(findings))


def what_it_is(data: bytes) -> str:
    """Return what a file is that holds no text; empty for a text in any encoding."""
    if any(data.startswith(mark) for mark, _ in _BOMS):
        return ""
    known = next((name for mark, name in _FORMATS if data.startswith(mark)), "")
    begin = data[:_LOOKED_AT]
    odd = len(begin) - len(begin.translate(None, _NO_LETTERS))
    return known or ("not a text" if odd > max(len(begin) / 100, _STRAYS) else "")


def _codec(name: str) -> str | None:
    """Return Python's name for an encoding of texts, or None."""
    try:
        found = codecs.lookup(name.strip()) if name.strip() else None
        if found is None or not found._is_text_encoding:  # noqa: SLF001
            return None
    except (LookupError, ValueError):
        return None
    known = _TAKEN_FOR.get(found.name, found.name)
    # A <meta> that was read as ASCII cannot stand in UTF-16 (HTML 13.2.3.2).
    return "utf-8" if known.startswith(("utf-16", "utf-32", "utf-7")) else known


def _fitting(data: bytes) -> tuple[str, str]:
    """Return an encoding that fits bytes about which nothing is said, and the text it gives."""
    try:
        return "utf-8", data.decode("utf-8")
    except UnicodeDecodeError:
        name = _CYRILLIC if len(_CYRILLIC_WORD.findall(data)) >= _WORDS else _OTHERWISE
        return name, data.decode(name, errors="replace")


def _broken(data: bytes, known: str, place: Place) -> Iterator[Finding]:
    """Yield an error at the first byte that is not in the encoding."""
    try:
        data.decode(known)
    except UnicodeDecodeError as fault:
        before = data[: fault.start].decode(known, errors="replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        yield Finding(
            rule="html-encoding",
            place=Place(place.file, line, column),
            message=f"the file is said to be {known}; the byte {data[fault.start]:#04x} is not",
            remedy=_REMEDY,
        )


def _odd(place: Place, message: str, severity: Severity = Severity.WARNING) -> Finding:
    return Finding(
        rule="html-encoding", place=place, message=message, remedy=_REMEDY, severity=severity
    )
