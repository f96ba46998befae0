"""What the pages are given: the desk they look at, and an issue as it lies there now.

    Desk ──read(slug)──► Draft ──editions──► DraftEdition ──rendering──► Rendering

The pages know no file but through a Desk; `studio/desk.py` is the one for a workspace.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from newsletter.model.finding import Finding, Severity
from newsletter.model.rendering import Picture, Rendering


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftEdition:
    """One edition to look at: its Rendering, the name inboxes show, and sample values for slots."""

    rendering: Rendering
    sender: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An issue as its files make it at this moment.

    `editions` by language is empty when the files have faults; `findings` then names them.
    `pictures` maps the address that stands in `src` to the picture.
    """

    title: str = ""
    editions: Mapping[str, DraftEdition] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def of(self, severity: Severity) -> list[Finding]:
        """Return the findings of one severity."""
        return [finding for finding in self.findings if finding.severity is severity]


class Desk(Protocol):
    """Where issues lie. It is asked from one thread at a time, never from the event loop."""

    @property
    def root(self) -> Path:
        """The folder whose files matter."""

    def issues(self) -> list[str]:
        """Return the names of the issues, in order."""

    def read(self, slug: str) -> Draft:
        """Return the issue `slug` as it is now; faults in files are findings, not exceptions."""
