"""What the readers of sources give: stories, and what they refuse."""

import datetime
from dataclasses import dataclass, field


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
    are Markdown. `id` is how a feed calls it, `line` where it stands in a text, from 1.
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
class Reading:
    """What a source holds: `kind` in words (“an RSS feed”), its own name, and its stories."""

    kind: str
    name: str
    stories: tuple[Story, ...] = ()
    notes: tuple[str, ...] = field(default=())


class Unreadable(ValueError):
    """A source that no story can be read from; the text says why."""

    def __init__(self, why: str, remedy: str = "") -> None:
        self.remedy = remedy
        super().__init__(why)
