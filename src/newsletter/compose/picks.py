"""Which items stand in which section: by id in the order given, or by rule from the pool.

Sections choose one after the other; a rule never takes an item that an earlier section has, or
that any section names by its id, so nothing stands in an issue twice by accident. Nor does it take
a draft.
"""

import datetime
from collections.abc import Collection, Mapping

from newsletter.compose.pool import PoolItem
from newsletter.model.content import Event, Issue, Item, Pick, Section


def shows(section: Section, segments: Collection[str] | None) -> bool:
    """Whether readers in `segments` get a section; all sections are shown when it is none."""
    return segments is None or section.only_for is None or section.only_for in segments


def choose(
    issue: Issue, pool: Mapping[str, PoolItem], segments: Collection[str] | None = None
) -> list[list[PoolItem]]:
    """Return the items of each section of `issue`, as readers in `segments` get it.

    A section that they do not get has none, and takes none away from the sections after it.
    """
    shown = [section for section in issue.sections if shows(section, segments)]
    taken = {item_id for section in shown for item_id in section.items}
    chosen: list[list[PoolItem]] = []
    for section in issue.sections:
        if not shows(section, segments):
            entries = []
        elif section.pick:
            entries = _by_rule(section.pick, pool, taken)
            taken |= {entry.id for entry in entries}
        else:
            entries = [pool[item_id] for item_id in section.items]
        chosen.append(entries)
    return chosen


def day_of(item: Item) -> datetime.date:
    """Return the day by which an item is chosen and ordered: an event's first day."""
    return item.starts if isinstance(item, Event) else item.date


def _by_rule(pick: Pick, pool: Mapping[str, PoolItem], taken: set[str]) -> list[PoolItem]:
    fitting = [
        entry
        for entry in pool.values()
        if not entry.item.draft
        and entry.id not in taken
        and entry.id not in pick.leave_out
        and _fits(pick, entry.item)
    ]
    fitting.sort(key=lambda entry: entry.id)
    fitting.sort(key=lambda entry: day_of(entry.item), reverse=pick.order == "newest")
    return fitting[: pick.limit]


def _fits(pick: Pick, item: Item) -> bool:
    day = day_of(item)
    return (
        (not pick.kind or item.kind in pick.kind)
        and (not pick.countries or bool(set(pick.countries) & set(item.countries)))
        and (not pick.topics or bool(set(pick.topics) & set(item.topics)))
        and (pick.since is None or day >= pick.since)
        and (pick.until is None or day <= pick.until)
    )
