"""A text of a mail with slots in it: encoded once, filled for each recipient.

A Rendering holds `[[name]]` where readers differ. What goes there is escaped for its place, so a
value is always shown as text, whatever it looks like, and is never searched for slots again.
"""

import html
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Self

from newsletter.message.encode import Encoded, encode
from newsletter.message.headers import text as text_header
from newsletter.model.edition import SLOTS
from newsletter.model.rendering import SLOT


def escape_html(value: str) -> str:
    """Return `value` for the text or a quoted attribute of HTML."""
    return html.escape(value, quote=True)


def as_it_is(value: str) -> str:
    """Return `value` for plain text."""
    return value


@dataclass(frozen=True, slots=True)
class TextPart:
    """One body part: its header fields, and its encoded text with a gap for each slot."""

    start: bytes
    encoded: Encoded
    slots: tuple[str, ...]
    escape: Callable[[str], str]

    @classmethod
    def of(
        cls,
        subtype: str,
        text: str,
        escape: Callable[[str], str],
        known: Collection[str] = SLOTS.keys(),
    ) -> Self:
        """Split `text` at its slots and encode it.

        Raises ValueError when it holds a slot that is not `known`, or cannot be encoded.
        """
        whole = text if text.endswith("\n") else f"{text}\n"
        pieces = SLOT.split(whole)  # text, slot, text, slot, ... text
        unknown = sorted(set(pieces[1::2]) - set(known))
        if unknown:
            named = ", ".join(f"[[{name}]]" for name in unknown)
            raise ValueError(f"no such slot: {named}; there are {', '.join(sorted(known))}")
        encoded = encode(pieces[::2])
        headers = text_header("Content-Type", f"text/{subtype}; charset=utf-8")
        headers += text_header("Content-Transfer-Encoding", encoded.name)
        return cls(headers + b"\r\n", encoded, tuple(pieces[1::2]), escape)

    def fill(self, values: Mapping[str, str]) -> list[bytes]:
        """Return the whole part, headers and text, with `values` in its slots, in pieces."""
        return [self.start, *self.encoded.fill([self.escape(values[name]) for name in self.slots])]
