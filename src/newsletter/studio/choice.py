"""What the switches of the page say. It all stands in the query, so a page can be linked to."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from urllib.parse import urlencode

from newsletter.studio.live import Look
from newsletter.studio.mail import SCHEMES, Scheme
from newsletter.studio.readers import NOBODY, Reader

WIDTHS = {"desktop": 640, "phone": 375, "small": 320}
"""Widths in pixels at which a mail is shown."""

VIEWS = {
    "mail": "Mail",
    "text": "Plain text",
    "inbox": "Inbox",
    "source": "Source",
    "message": "Message",
    "findings": "Findings",
}
"""What of an edition can be looked at."""

PICTURES = {"on": "On", "off": "Off"}
LINES = {"laid": "Laid out", "wrap": "Wrapped", "scroll": "As they are"}
"""How the source is shown: a tag a line, or the lines that are sent."""

USES = {
    "mail": {"width", "scheme", "pictures", "reader"},
    "text": {"width", "scheme", "reader"},
    "inbox": set[str](),
    "source": {"lines", "reader"},
    "message": {"reader"},
    "findings": set[str](),
}
"""Which switches change anything in which view, besides those of view and edition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the switches say; an empty edition stands for all, `who` is searched for."""

    edition: str = ""
    view: str = "mail"
    width: str = "desktop"
    scheme: Scheme = "light"
    pictures: str = "on"
    lines: str = "laid"
    reader: Reader = NOBODY
    who: str = ""

    def query(self, **changes: str) -> str:
        """Return the query that stands for this choice, with `changes`."""
        values = asdict(replace(self, reader=NOBODY)) | {"reader": self.reader.key} | changes
        usual = asdict(Choice()) | {"reader": ""}
        return urlencode({name: each for name, each in values.items() if each != usual[name]})


def read_choice(query: Mapping[str, str], look: Look, reader: Reader) -> Choice:
    """Return the choice in a query; what cannot be chosen is as if it were not there."""
    allowed = {
        "edition": look.shown.editions,
        "view": VIEWS,
        "width": WIDTHS,
        "scheme": SCHEMES,
        "pictures": PICTURES,
        "lines": LINES,
    }
    chosen = {key: query[key] for key, values in allowed.items() if query.get(key) in values}
    return replace(Choice(reader=reader, who=query.get("who", "").strip()[:100]), **chosen)  # type: ignore[arg-type]
