"""What the readers of sources give: stories, and what they refuse."""

import datetime
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What a page says about an event."""

    starts: datetime.date
    ends: datetime.date | None
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One story as its source tells it.

    `day` is none when none could be read: `dated` is then what stands there instead. `paragraphs`
    are Markdown. `id` is how a feed calls it, in a form that no other feed uses (`unique_id`), and
    `line` where it stands in a text, from 1.
    """

    title: str
    day: datetime.date | None = None
    dated: str = ""
    paragraphs: tuple[str, ...] = ()
    url: str | None = None
    id: str | None = None
    language: str = ""
    picture: str | None = None
    happening: Happening | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """What else there is to say about a source: with line and column (from 1) if it is a spot."""

    text: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source holds: `kind` in words (“an RSS feed”), its own name, and its stories."""

    kind: str
    name: str
    stories: tuple[Story, ...] = ()
    notes: tuple[Note, ...] = ()


_UNIQUE_BY_ITSELF = re.compile(r"(?:https?://|tag:|urn:)\S", re.IGNORECASE)
_LONGEST_NAME = 300
_LONGEST_ID = 600


def unique_id(said: str, feed: str) -> str | None:
    """Return the id of an entry so that it means this one entry of all feeds; none without any.

    Atom asks for ids that are unique in the world (RFC 4287 4.2.6); those of RSS and JSON Feed are
    often numbers, which other feeds use as well: `feed` is then put before them.
    """
    if not said or _UNIQUE_BY_ITSELF.match(said):
        return said[: _LONGEST_NAME + _LONGEST_ID] or None
    name = re.sub(r"^https?://(?:www\.)?", "", feed)[:_LONGEST_NAME]
    return f"{name}#{said[:_LONGEST_ID]}"


class Unreadable(ValueError):
    """A source that no story can be read from; the text says why."""

    def __init__(self, why: str, remedy: str = "") -> None:
        self.remedy = remedy
        super().__init__(why)
