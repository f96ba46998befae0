"""The immutable result of rendering one Edition, and the digest that follows it everywhere.

The digest previewed, approved, frozen, sent and archived is one and the same (invariant I5).
"""

import hashlib
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

SLOT = re.compile(r"\[\[([a-z_]+[2-9]?)\]\]")
"""How a slot is written in the HTML and the text of a Rendering."""


def greeting_values(greeting: str, anonymous: str, name: str) -> dict[str, str]:
    """Return what the slots of the greeting hold for a reader called `name`, or without a name.

    A mail in several languages greets in each: one line for each slot, `greeting`, `greeting2` …
    """
    words = (greeting if name else anonymous).replace("{name}", name)
    if "\n" not in words:
        return {"greeting": words}
    lines = words.split("\n")
    slots = ("greeting", *(f"greeting{number}" for number in range(2, len(lines) + 1)))
    return dict(zip(slots, lines, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that travels with the mail or stands on the web."""

    name: str
    content_type: str
    data: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def cid(self) -> str:
        """Content-ID without angle brackets, the same wherever the picture appears (RFC 2392)."""
        return f"{self.digest[:24]}@newsletter"

    @property
    def web_name(self) -> str:
        """Name of the file on the web; another picture of the same name never takes its place."""
        stem, _, ending = self.name.rpartition(".")
        return f"{stem}-{self.digest[:8]}.{ending}"


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """One Edition as it is sent: subject, HTML, text, pictures, and what slots are filled with.

    `language` is `mul` when several Editions are stacked in one mail; the greetings then have a
    line for each. `greeting` has `{name}` where the reader's name goes; `greeting_anonymous` is
    used for readers without a name. `html` and `text` hold slots as `[[name]]`.
    """

    issue: str
    language: str
    subject: str
    preheader: str
    html: str
    text: str
    pictures: tuple[Picture, ...]
    greeting: str
    greeting_anonymous: str

    @cached_property
    def slots(self) -> frozenset[str]:
        """Names of the slots used in the HTML or the text."""
        return frozenset(SLOT.findall(self.html)) | frozenset(SLOT.findall(self.text))

    def filled(self, values: Mapping[str, str]) -> tuple[str, str]:
        """Return HTML and text with `values` in their slots, escaped for where they stand."""
        return (
            SLOT.sub(lambda slot: html.escape(values[slot[1]]), self.html),
            SLOT.sub(lambda slot: values[slot[1]], self.text),
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all that a reader would see, in hexadecimal."""
        content = [
            self.issue,
            self.language,
            self.subject,
            self.preheader,
            self.html,
            self.text,
            self.greeting,
            self.greeting_anonymous,
            [[picture.name, picture.content_type, picture.digest] for picture in self.pictures],
        ]
        canonical = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()
