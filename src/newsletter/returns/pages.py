"""The text that a server itself wrote: of its own parts, without what it gives back of our mail."""

import html
import re
from collections.abc import Sequence
from functools import lru_cache

from newsletter.returns.parts import Part
from newsletter.returns.words import marks

_LOOKED_AT = 60_000  # letters of a text
_LINES = 600
_LINE = 12_000  # letters
_RULED = re.compile(r"\s{0,20}[-=*_~+#|]{2}")
_BREAKS = re.compile(r"<(?:br|/p|/tr|/div|/li|/h\d)[^<>]{0,200}>", re.IGNORECASE)
_UNSEEN = re.compile(r"<(style|script)\b", re.IGNORECASE)
_TAGS = re.compile(r"<[a-z/!][^<>]{0,2000}>", re.IGNORECASE)


def letters_of(message: Part) -> Sequence[str]:
    """Return the texts of a letter in their order, pages of HTML only where there is no other."""
    own = [each for each in message.own() if not each.parts]
    texts = [each.text for each in own if each.type == "text/plain"]
    if not any(text.strip() for text in texts):
        texts = [_of_page(each.text) for each in own if each.type == "text/html"]
    kept = [_before_original(text) for text in texts[:5]]
    return [text for text in kept if text.strip()]


def first_lines(message: Part, count: int = 6) -> list[str]:
    """Return how a letter begins, in small letters."""
    lines = [line.strip().lower() for text in letters_of(message) for line in text.split("\n")]
    return [line[:300] for line in lines if line.strip("-=*_ ")][:count]


def header_behind(message: Part, name: str) -> str:
    """Return a header of our own mail, where a letter gives it back as text."""
    for part in message.own():
        if part.type != "text/plain" or part.parts:
            continue
        behind = part.text[len(_before_original(part.text)) :][:_LOOKED_AT]
        for text in (behind, part.text[:_LOOKED_AT]):
            found = re.search(
                rf"^[> ]{{0,8}}{name}: ?(.{{3,300}})$", text, re.IGNORECASE | re.MULTILINE
            )
            if found:
                return found[1]
    return ""


@lru_cache(maxsize=8)
def _before_original(text: str) -> str:
    """Return what stands before the line from which on a text gives our mail back."""
    kept: list[str] = []
    for line in text[:_LOOKED_AT].split("\n")[:_LINES]:
        if any(each.strip() for each in kept) and _gives_back(line[:300]):
            break
        kept.append(line[:_LINE])
    return "\n".join(kept)


def _gives_back(line: str) -> bool:
    bare = line.strip("-=*_ >#|~+\t").lower()
    ruled = _RULED.match(line) is not None
    return bool(marks("originals").match(bare) or (ruled and marks("ruled").match(bare)))


@lru_cache(maxsize=8)
def _of_page(page: str) -> str:
    text = _seen(page[: 4 * _LOOKED_AT])
    return html.unescape(_TAGS.sub(" ", _BREAKS.sub("\n", text)))


def _seen(page: str) -> str:
    """Return a page without what no reader sees of it; all behind one that has no end is unseen."""
    small, kept, place = page.lower(), [], 0
    while found := _UNSEEN.search(page, place):
        kept.append(page[place : found.start()])
        place = small.find(f"</{found[1].lower()}", found.end())
        if place < 0:
            break
    else:
        kept.append(page[place:])
    return "".join(kept)
