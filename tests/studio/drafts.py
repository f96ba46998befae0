"""Drafts with findings that are known, and a desk that has them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from newsletter.checks.page import read_page
from newsletter.compose.workspace import Folder
from newsletter.model.finding import Finding, Severity, Spot
from newsletter.model.place import Place
from newsletter.studio.desk import FolderDesk
from newsletter.studio.ports import Draft

PLACE = Place("issues/items/school.yaml", 6, 3)


def finding(message: str, spot: Spot | None = None, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(
        rule="made-up",
        place=PLACE,
        message=message,
        remedy="write `another`",
        severity=severity,
        spot=spot,
    )


def draft_of(root: Path, slug: str = "spring") -> Draft:
    return FolderDesk(Folder(root)).read(slug)


def element_of(draft: Draft, language: str, tag: str) -> int:
    """Return the number of the first `tag` in an edition that is not in its head."""
    html = draft.editions[language].rendering.html
    return next(number for number, each in enumerate(read_page(html).elements) if each.tag == tag)


@dataclass(frozen=True, slots=True)
class FoundDesk(FolderDesk):
    """A desk whose issues have the findings that a test has put into a list."""

    found: Sequence[Finding] = ()

    def read(self, slug: str) -> Draft:
        draft = FolderDesk.read(self, slug)
        return replace(draft, findings=tuple(self.found)) if draft.editions else draft
