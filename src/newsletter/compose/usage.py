"""Which issues came before one, and what readers have read there."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from newsletter.compose.picks import choose
from newsletter.compose.pool import PoolItem
from newsletter.compose.workspace import Folder, Office
from newsletter.errors import InputRefused
from newsletter.model.content import Issue, Item

_MAY_COME_AGAIN = ("event", "announcement", "vacancy")
_LOOKS_BACK = 8
"""So many issues readers may remember: two years of four."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An issue that came before, and the ids of its items."""

    slug: str
    issue: Issue
    items: frozenset[str] = field(default=frozenset())


def earlier_issues(folder: Folder, office: Office, issue: Issue) -> tuple[Earlier, ...]:
    """Return the last issues with smaller running numbers, the latest at the end.

    One that cannot be read is left out: it is told when it is checked itself.
    """
    before: list[tuple[str, Issue]] = []
    for slug in folder.slugs():
        try:
            each = folder.issue(slug).value
        except InputRefused:
            continue
        if each.serial < issue.serial:
            before.append((slug, each))
    before.sort(key=lambda pair: pair[1].serial)
    return tuple(
        Earlier(slug, each, _items(each, office.pool)) for slug, each in before[-_LOOKS_BACK:]
    )


def may_come_again(item: Item) -> bool:
    """Whether an item is true until a day comes, so that two issues may have it.

    Events, announcements and vacancies are; the other kinds are told once.
    """
    return item.kind in _MAY_COME_AGAIN


def _items(issue: Issue, pool: Mapping[str, PoolItem]) -> frozenset[str]:
    named = {item_id for section in issue.sections for item_id in section.items}
    if not named <= pool.keys():  # one of them has faults now; what its rules take is not known
        return frozenset(named & pool.keys())
    return frozenset(entry.id for entries in choose(issue, pool) for entry in entries)
