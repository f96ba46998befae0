"""What the pages are given: the desk they look at, and an issue as it lies there now.

    Desk ──read(slug)──► Draft ──editions──► DraftEdition ──rendering──► Rendering
      └──register()──► IssueLine ──sum_up(slug)──► Summary, for the table of issues

The pages know no file and no database but through a Desk; `studio/desk.py` is the one for a
workspace.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from newsletter.model.finding import Finding, Severity
from newsletter.model.message import MailHead
from newsletter.model.rendering import Picture, Rendering
from newsletter.studio.readers import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftEdition:
    """One edition to look at: what the switches call it, its Rendering, and the head of its mail.

    `values` are those of the slots for nobody in particular: links that change nothing. `variant`
    names the Segments whose readers get it; it is empty for the general variant.
    """

    name: str
    rendering: Rendering
    head: MailHead
    values: Mapping[str, str]
    variant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """How far one language of an issue is: how many fields lack, are out of date, or differ."""

    language: str
    missing: int = 0
    stale: int = 0
    mismatched: int = 0

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return not (self.missing or self.stale or self.mismatched)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An issue as its files make it at this moment.

    `editions` by language is empty when the files have faults; `findings` then names them.
    `pictures` maps the address that stands in `src` to the picture. `languages` are those of the
    issue; readers of another get the edition in `default_language`.
    """

    title: str = ""
    editions: Mapping[str, DraftEdition] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    languages: tuple[str, ...] = ()
    default_language: str = ""

    def of(self, severity: Severity) -> list[Finding]:
        """Return the findings of one severity."""
        return [finding for finding in self.findings if finding.severity is severity]

    def edition_for(self, reader: Reader) -> str:
        """Return the key of the edition that a send gives to `reader`; empty when there is none."""
        for language in (reader.language, self.default_language):
            if language in self.editions:
                return language
        return next(iter(self.editions), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueLine:
    """What the table of issues shows at once, without putting the issue together.

    `number` is 0 when the issue's file cannot be read. `sending` says in words what the ledger
    knows; it is empty while nothing was sent.
    """

    slug: str
    number: int = 0
    serial: int = 0
    date: datetime.date | None = None
    subject: str = ""
    language: str = ""
    languages: tuple[str, ...] = ()
    sending: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the table says of an issue once it was put together."""

    counts: Mapping[Severity, int]
    items: int = 0
    translations: tuple[Translation, ...] = ()


class Desk(Protocol):
    """Where issues lie. It is asked from one thread at a time, never from the event loop."""

    @property
    def root(self) -> Path:
        """The folder whose files matter."""

    def issues(self) -> list[str]:
        """Return the names of the issues, in order."""

    def register(self) -> list[IssueLine]:
        """Return a line for each issue, in the order of their names."""

    def read(self, slug: str) -> Draft:
        """Return the issue `slug` as it is now; faults in files are findings, not exceptions."""

    def sum_up(self, slug: str) -> Summary:
        """Return the sums of the issue `slug` as it is now; takes as long as `read`."""

    def has_people(self) -> bool:
        """Whether there are subscribers to look at an issue as."""

    def find_readers(self, text: str) -> tuple[Reader, ...]:
        """Return the first subscribers in whose name or address `text` stands."""

    def reader(self, key: str) -> Reader | None:
        """Return the subscriber with the key of a Reader, or none."""
