"""One cell of a table: what a person typed into it, and how it is written so that nothing runs it.

A spreadsheet takes a cell that starts with one of six characters for a formula. `guard` puts an
apostrophe before such a cell, `unguard` takes it off again; `unguard(guard(x)) == x` always.
"""

import re
import unicodedata
from functools import lru_cache

_FORMULA = re.compile(r"'*[=+\-@\t\r]")  # OWASP ASVS 5.0 V1.2.10
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"))  # not the joiners: names need them
# Category Cc, and what turns the direction of writing (UAX 9).
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_BREAKS = frozenset("\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
MAX_LENGTH = 200
"""Letters that a cell may have."""
_SHOWN = 80


def guard(cell: str) -> str:
    """Return `cell` so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguard(cell: str) -> str:
    """Return `cell` without the apostrophe that `guard` gave it."""
    return cell[1:] if _GUARDED.match(cell) else cell


def is_blank(cell: str) -> bool:
    """Whether nothing can be seen in `cell`."""
    return not cell.translate(_UNSEEN).strip()


def printable(cell: str) -> str:
    """Return `cell` so that a message can hold it: on one line, not too long, nothing unseen."""
    text = "".join(letter if letter.isprintable() else "�" for letter in " ".join(cell.split()))
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


@lru_cache(maxsize=8192)  # columns of countries and languages repeat few words
def fold(cell: str) -> str:
    """Return the words of `cell` in small letters without signs, to look them up by."""
    text = unicodedata.normalize("NFC", cell.translate(_UNSEEN)).casefold().replace("ё", "е")
    return " ".join(re.findall(r"[^\W_]+", text))


def tidy(cell: str, *, fold_lines: bool = False) -> str:
    """Return the text of `cell` in NFC with single spaces and nothing invisible around it.

    Raises ValueError with a sentence about what is wrong. Line breaks are wrong too, unless
    `fold_lines`: then they become spaces.
    """
    text = cell.translate(_UNSEEN).strip()
    if not fold_lines and _BREAKS & set(text):
        raise ValueError("has a line break in it")
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    if unwanted := _UNWANTED.search(text):
        raise ValueError(f"has an invisible character in it (U+{ord(unwanted[0]):04X})")
    if len(text) > MAX_LENGTH:
        raise ValueError(f"is longer than {MAX_LENGTH} characters")
    return text
