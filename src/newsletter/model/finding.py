"""What a check or a reader has to say about a file: severity, place, message and remedy."""

from dataclasses import dataclass
from enum import StrEnum

from newsletter.model.place import Place


class Severity(StrEnum):
    """How much a Finding matters; only an error stops a build or a send."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Spot:
    """One element of a mail: the language of the edition, and the element's number.

    Elements are counted from 0 by their start tags, from the top of the HTML of the Rendering;
    what stands in comments does not count.
    """

    language: str
    element: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong or doubtful: what, where, and how to mend it.

    `place` is where it is mended; `spot`, if there is one, is where it is seen.
    """

    rule: str
    place: Place
    message: str
    remedy: str
    severity: Severity = Severity.ERROR
    spot: Spot | None = None

    def __str__(self) -> str:
        """Return the line that people read: `file:line:column: what - how to mend it`."""
        return f"{self.place}: {self.message} - {self.remedy}"
