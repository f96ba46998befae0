"""The pool as a list: what items there are, and which issues have them."""

import dataclasses
from dataclasses import dataclass, replace
from typing import Any

from newsletter.compose.picks import choose, day_of
from newsletter.compose.workspace import Folder, load, readable_issues
from newsletter.model.content import Item
from newsletter.model.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of the pool."""

    id: str
    kind: str
    date: str
    title: str
    countries: tuple[str, ...]
    topics: tuple[str, ...]
    languages: tuple[str, ...]
    issues: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the entry for scripts."""
        return dataclasses.asdict(self)


def catalogue(folder: Folder) -> tuple[list[Entry], list[Finding]]:
    """Return all items, the newest first, and warnings about items and issues left out.

    Raises InputRefused when the settings or the lists have faults.
    """
    office, _ = load(folder)
    issues, faults = readable_issues(folder, office)
    used: dict[str, list[str]] = {}
    for slug, issue in issues.items():
        for section in choose(issue, office.pool):
            for entry in section:
                used.setdefault(entry.id, []).append(slug)
    entries = sorted(office.pool.values(), key=lambda entry: day_of(entry.item), reverse=True)
    doubts = [*office.doubts, *(replace(fault, severity=Severity.WARNING) for fault in faults)]
    return [
        Entry(
            id=entry.id,
            kind=entry.item.kind,
            date=entry.item.date.isoformat(),
            title=_title(entry.item, office.settings.default_language),
            countries=entry.item.countries,
            topics=entry.item.topics,
            languages=tuple(entry.item.texts),
            issues=tuple(used.get(entry.id, ())),
        )
        for entry in entries
    ], sorted(dict.fromkeys(doubts), key=lambda finding: finding.place)


def _title(item: Item, language: str) -> str:
    """Return the headline in `language`, or in the first there is."""
    text = item.texts.get(language) or next(iter(item.texts.values()), None)
    return text.title if text else ""
