"""The pool as a list: what items there are, which issues have them, and which are wanted."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from newsletter.compose.picks import choose, day_of
from newsletter.compose.pool import PoolItem
from newsletter.compose.problems import did_you_mean
from newsletter.compose.usage import may_come_again
from newsletter.compose.workspace import Folder, load, readable_issues
from newsletter.errors import WrongUsage
from newsletter.model.content import Item
from newsletter.model.finding import Finding, Severity
from newsletter.model.settings import Settings


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of the pool, and the issues that have it; `title` is in the default language."""

    pooled: PoolItem
    title: str
    issues: tuple[str, ...]

    @property
    def id(self) -> str:
        """The name of the file without its ending."""
        return self.pooled.id

    @property
    def item(self) -> Item:
        """The item itself."""
        return self.pooled.item

    @property
    def day(self) -> datetime.date:
        """The day by which it is chosen and listed: an event's first day."""
        return day_of(self.item)

    def as_json(self) -> dict[str, Any]:
        """Return the entry for scripts."""
        item, source = self.item, self.item.source
        return {
            "id": self.id,
            "kind": item.kind,
            "date": item.date.isoformat(),
            "day": self.day.isoformat(),
            "title": self.title,
            "countries": list(item.countries),
            "topics": list(item.topics),
            "languages": list(item.texts),
            "issues": list(self.issues),
            "draft": item.draft,
            "source": (source.url or source.name) if source else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries of the pool somebody wants to see; what is empty wants nothing special."""

    kinds: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    since: datetime.date | None = None
    until: datetime.date | None = None
    unused: bool = False
    used_in: str = ""
    drafts: bool = False
    text: str = ""

    def insist(self, settings: Settings, slugs: Iterable[str]) -> None:
        """Raise WrongUsage when it names what the office has not."""
        for what, words, known in (
            ("country", self.countries, settings.countries),
            ("topic", self.topics, settings.topics),
            ("issue", (self.used_in,) if self.used_in else (), slugs),
        ):
            insist_known(what, words, known)

    def fits(self, entry: Entry) -> bool:
        """Return whether an entry is wanted."""
        item = entry.item
        return (
            (not self.kinds or item.kind in self.kinds)
            and (not self.countries or bool(set(self.countries) & set(item.countries)))
            and (not self.topics or bool(set(self.topics) & set(item.topics)))
            and (self.since is None or entry.day >= self.since)
            and (self.until is None or entry.day <= self.until)
            and self._is_used_as_wanted(entry)
            and (not self.drafts or item.draft)
            and (not self.text or folded(self.text) in _all_words(entry))
        )

    def _is_used_as_wanted(self, entry: Entry) -> bool:
        return not (self.unused and entry.issues) and self.used_in in ("", *entry.issues)


def insist_known(what: str, words: Iterable[str], known: Iterable[str]) -> None:
    """Raise WrongUsage for the first of `words` that is not `known`."""
    choices = list(known)
    for word in words:
        if word not in choices:
            raise WrongUsage(f"there is no {what} “{word}”", did_you_mean(word, choices))


def catalogue(folder: Folder) -> tuple[list[Entry], list[Finding]]:
    """Return all items, the newest first, and warnings about items and issues.

    They tell what was left out because of its faults, and which items stand in two issues. Raises
    InputRefused when the settings or the lists have faults.
    """
    office, _ = load(folder)
    issues, faults = readable_issues(folder, office)
    used: dict[str, list[str]] = {}
    for slug, issue in issues.items():
        for section in choose(issue, office.pool):
            for each in section:
                used.setdefault(each.id, []).append(slug)
    language = office.settings.default_language
    entries = [
        Entry(each, title_of(each.item, language), tuple(dict.fromkeys(used.get(each.id, ()))))
        for each in office.pool.values()
    ]
    entries.sort(key=lambda entry: entry.day, reverse=True)
    doubts = [*office.doubts, *(replace(fault, severity=Severity.WARNING) for fault in faults)]
    doubts += reused(entries)
    return entries, sorted(dict.fromkeys(doubts), key=lambda finding: finding.place)


def reused(entries: Iterable[Entry]) -> list[Finding]:
    """Return a warning for each item that readers would be told twice.

    What lies ahead may be announced again until it is over: events, vacancies, announcements.
    """
    return [
        Finding(
            rule="reused-item",
            place=entry.pooled.marks.at(),
            message=f"stands in more than one issue: {', '.join(entry.issues)}",
            remedy="readers have read it; take it out of the later one, or leave it out of its "
            "rule with `except`",
            severity=Severity.WARNING,
        )
        for entry in entries
        if len(entry.issues) > 1 and not may_come_again(entry.item)
    ]


def title_of(item: Item, language: str) -> str:
    """Return the headline in `language`, or in the first there is."""
    text = item.texts.get(language) or next(iter(item.texts.values()), None)
    return text.title if text else ""


def folded(text: str) -> str:
    """Return `text` so that it is found however it is written: small letters, ё as е."""
    return " ".join(text.casefold().replace("ё", "е").split())


def _all_words(entry: Entry) -> str:
    """Return the id and all words of an item, to look for others in."""
    texts: list[Mapping[str, Any]] = [text.model_dump() for text in entry.item.texts.values()]
    words = [value for text in texts for value in text.values() if isinstance(value, str)]
    return folded(" ".join((entry.id, *words)))
