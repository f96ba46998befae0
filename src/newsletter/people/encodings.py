"""In which encoding a file of people is written, told from its bytes alone.

In this order: size, kinds of file that are not text, byte order mark, UTF-8 if every byte fits,
else letter statistics: the encoding whose letters look most like names and words wins. The whole
file is read once, piece by piece; its digest is taken on the way.
"""

import codecs
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from newsletter.errors import InputRefused
from newsletter.model.finding import Finding
from newsletter.model.place import Place

MAX_SIZE = 256 * 2**20
LONG_LINE = 2**20
"""Characters that no line of a table has."""
_PIECE = 2**20
_SAMPLE = 2**16

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with BOM"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16 LE"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16 BE"),
)
_NOT_TEXT = (
    (b"PK\x03\x04", "an Excel or LibreOffice workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF document"),
)
NAMES = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1251": "Windows-1251",
    "koi8-r": "KOI8-R",
    "cp1252": "Windows-1252",
    "cp866": "DOS 866",
    "mac-cyrillic": "Mac Cyrillic",
}
_TOLD_BY_LETTERS = ("cp1251", "koi8-r", "cp1252")
_SAVE = "save the table as “CSV UTF-8” and import that file"


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding: what Python calls it and what people call it."""

    codec: str
    name: str


@dataclass(frozen=True, slots=True)
class Scan:
    """What one pass over a file found; `long_lines` if one of them may have LONG_LINE octets."""

    encoding: Encoding
    digest: str
    long_lines: bool


def scan(file: Path, *, encoding: str = "", max_size: int = MAX_SIZE) -> Scan:
    """Return encoding and digest of `file`; a given `encoding` is taken at its word.

    Raises InputRefused when the file is too large, no text, or of no encoding we know.
    """
    try:
        size = file.stat().st_size
        if size > max_size:
            raise _refuse(
                file, f"is larger than {max_size:,} octets", "split it into several files"
            )
        return _scan(file, encoding)
    except OSError as fault:
        raise _refuse(
            file, f"cannot be read: {fault.strerror}", "check its name and rights"
        ) from fault


def digest_of(file: Path) -> str:
    """Return the SHA-256 of `file`, as a Scan has it; empty when it cannot be read any more."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def _scan(file: Path, encoding: str) -> Scan:
    digest, sample, strict, lines = hashlib.sha256(), bytearray(), _Utf8(), _Lines()
    head = b""
    with file.open("rb") as stream:
        while piece := stream.read(_PIECE):
            head = head or piece[:8]
            digest.update(piece)
            strict.feed(piece)
            lines.feed(piece)
            if len(sample) < _SAMPLE and not piece.isascii():
                sample += b"\n".join(_ODD.findall(piece)) + b"\n"
    for start, kind in _NOT_TEXT:
        if head.startswith(start):
            raise _refuse(file, f"is {kind}, not a CSV table", _SAVE)
    found = _named(file, encoding) if encoding else _marked(head)
    encoded = found or _judge(file, bytes(sample), strict)
    return Scan(encoded, digest.hexdigest(), lines.longest >= LONG_LINE)


# Letters beyond ASCII with as much around them as shows whether they stand in a word of ASCII.
_ODD = re.compile(rb"[\x20-\x7e]{0,3}[\x80-\xff]+[\x20-\x7e]{0,3}")


class _Lines:
    """Measures the lines of all pieces together, as far as they are longer than a piece."""

    def __init__(self) -> None:
        self._run = 0
        self.longest = 0

    def feed(self, piece: bytes) -> None:
        breaks = [spot for mark in (b"\n", b"\r") if (spot := piece.find(mark)) >= 0]
        self.longest = max(self.longest, self._run + min(breaks, default=len(piece)))
        last = max(piece.rfind(b"\n"), piece.rfind(b"\r"))
        self._run = len(piece) - last if breaks else self._run + len(piece)


class _Utf8:
    """Says whether all pieces together are UTF-8, and the line of the first fault."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._lines = 1
        self.fault_line = 0

    def feed(self, piece: bytes) -> None:
        if self.fault_line:
            return
        try:
            self._decoder.decode(piece)
            self._lines += piece.count(b"\n")
        except UnicodeDecodeError as fault:
            self.fault_line = self._lines + fault.object[: fault.start].count(b"\n")

    def ends_well(self) -> bool:
        """Whether the last character is whole as well."""
        if not self.fault_line and self._decoder.getstate()[0]:
            self.fault_line = self._lines
        return not self.fault_line


def _named(file: Path, encoding: str) -> Encoding:
    codec = encoding.strip().lower().replace("_", "-")
    if codec not in NAMES:
        what = f"cannot be read as “{encoding}”: that encoding is not known here"
        raise _refuse(file, what, f"use one of {', '.join(NAMES)}")
    return Encoding("utf-8-sig" if codec == "utf-8" else codec, NAMES[codec])


def _marked(head: bytes) -> Encoding | None:
    for mark, codec, name in _MARKS:
        if head.startswith(mark):
            return Encoding(codec, name)
    return None


def _judge(file: Path, sample: bytes, utf8: _Utf8) -> Encoding:
    """Return the encoding of a file without a byte order mark."""
    if utf8.ends_well():
        return Encoding("utf-8", "UTF-8")
    decoded = sample.decode("utf-8", errors="replace")
    odd = sum(not letter.isascii() for letter in decoded)
    if decoded.count("\ufffd") * 5 < odd:
        what = "is UTF-8 but for some damaged characters, here is the first"
        raise _refuse(file, what, "type them again and save the file", utf8.fault_line)
    codec = max(_TOLD_BY_LETTERS, key=lambda codec: _likeness(sample, codec))
    if _likeness(sample, codec) < _LIKELY:
        raise _refuse(file, "is in an encoding that cannot be told", _SAVE)
    return Encoding(codec, NAMES[codec])


# --- Letter statistics. A letter has as many points as there are rarer ones in Russian. ---

_BY_FREQUENCY = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"
_POINTS = {letter: len(_BY_FREQUENCY) - rank for rank, letter in enumerate(_BY_FREQUENCY)}
_POINTS |= dict.fromkeys("іїєґўј", 3)
_NEUTRAL = frozenset("«»„“”‘’–—…№\xa0§©®°·")
_ODD_ONE = -20
_LIKELY = 5


def _likeness(sample: bytes, codec: str) -> float:
    """Return how much `sample` looks like text in `codec`: the mean points of its letters."""
    text = sample.decode(codec, errors="replace")
    points = [
        _points(text[spot - 1 : spot], letter, text[spot + 1 : spot + 2])
        for spot, letter in enumerate(text)
        if not letter.isascii() and letter not in _NEUTRAL
    ]
    return sum(points) / len(points) if points else 0


def _points(before: str, letter: str, after: str) -> int:
    beside_ascii = any(near.isascii() and near.isalpha() for near in (before, after))
    if "À" <= letter <= "ž":  # Latin: its accented letters stand alone among plain ones
        return 15 if beside_ascii else _ODD_ONE
    if beside_ascii or (before.islower() and letter.isupper()):
        return _ODD_ONE
    return _POINTS.get(letter.lower(), _ODD_ONE)


def _refuse(file: Path, what: str, remedy: str, line: int = 0) -> InputRefused:
    place = Place(str(file), line, 1 if line else 0)
    return InputRefused([Finding(rule="people-file", place=place, message=what, remedy=remedy)])
