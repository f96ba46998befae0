"""The pool as a list: what items there are, and which issues have them."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from newsletter.compose.picks import choose, day_of
from newsletter.compose.references import issue_findings
from newsletter.compose.workspace import Folder, load
from newsletter.errors import InputRefused
from newsletter.model.content import Item


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


def catalogue(folder: Folder) -> list[Entry]:
    """Return all items, the newest first; raises InputRefused when files have faults."""
    office, issues = load(folder, *folder.slugs())
    used: dict[str, list[str]] = {}
    for slug, source in issues.items():
        if findings := issue_findings(
            source.value, source.marks, office.settings, office.lists, office.pool, folder.root
        ):
            raise InputRefused(findings)
        for section in choose(source.value, office.pool):
            for entry in section:
                used.setdefault(entry.id, []).append(slug)
    entries = sorted(office.pool.values(), key=lambda entry: day_of(entry.item), reverse=True)
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
    ]


def _title(item: Item, language: str) -> str:
    """Return the headline in `language`, or in the first there is."""
    text = item.texts.get(language) or next(iter(item.texts.values()), None)
    return text.title if text else ""
