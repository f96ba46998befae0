"""The whole way of an import: what would become of every story, then files.

Each story is held against the wishes of whoever imports, against the pool, and, as the file it
would be, against the format of items. What cannot be used is told with its reason; nothing of a
source stops the rest of it. Files are written one after the other, each remembered as soon as it
stands, so that an import that was broken off goes on where it was.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from newsletter.compose.drafts import NewItem, checked_item, is_taken, write_item
from newsletter.compose.names import slug_of
from newsletter.compose.workspace import Folder, load
from newsletter.errors import InputRefused
from newsletter.gather.guessing import Guesses
from newsletter.gather.known import Known, shared_marks, untracked
from newsletter.gather.markup import plain
from newsletter.gather.story import Reading, Story
from newsletter.model.finding import Finding, Severity
from newsletter.model.place import Place
from newsletter.model.settings import Settings

_LONGEST_LEAD = 500
_LONGEST = {"title": 300, "place": 300, "text": 15_000}
_NO_DATE = "its page may say it: import with --date 2015-04-14 to give it a day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What whoever imports wants.

    `day` is for stories that have none; `again` takes those that were deleted, and those that have
    headline and day of another.
    """

    kind: str = "news"
    language: str = ""
    day: datetime.date | None = None
    since: datetime.date | None = None
    until: datetime.date | None = None
    limit: int = 200
    again: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """A story that would become an item; `cut` names the fields that hold only its beginning."""

    story: Story
    new: NewItem
    cut: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """What would become of the stories of one source; all numbers together are its stories."""

    source: str
    reading: Reading
    taken: tuple[Taken, ...] = ()
    alike: tuple[Finding, ...] = ()
    shortened: tuple[Finding, ...] = ()
    known: int = 0
    deleted: int = 0
    outside: int = 0
    beyond: int = 0
    refused: tuple[Finding, ...] = ()
    shared: frozenset[str] = field(default=frozenset())


class Importer:
    """Plans and writes imports into one pool."""

    def __init__(self, folder: Folder, wishes: Wishes, today: datetime.date) -> None:
        """Read the pool; raises InputRefused when settings or lists have faults."""
        self._folder = folder
        self._wishes = wishes
        self._today = today
        office, _ = load(folder)
        self._settings: Settings = office.settings
        self._known = Known(folder, office)
        self._guesses = Guesses(office.settings)
        self._names: set[str] = set()

    def plan(self, source: str, reading: Reading) -> SourcePlan:
        """Return what would become of the stories of `source`, called so by whoever imports."""
        shared = shared_marks(reading.stories)
        looked_at = reading.stories[: self._wishes.limit]
        counts = dict.fromkeys(("known", "deleted", "outside"), 0)
        taken: list[Taken] = []
        alike: list[Finding] = []
        refused: list[Finding] = []
        beside: set[str] = set()
        for story in map(self._with_day, looked_at):
            if fate := self._fate(story, shared):
                counts[fate] += 1
            elif (twin := self._twin(story, shared, beside)) is not None:
                alike.append(_like_another(story, source, twin))
            else:
                try:
                    each = self._taken(story, source, reading)
                except InputRefused as refusal:
                    refused += refusal.findings
                    continue
                taken.append(each)
                beside.add(each.new.id)
                self._known.add(story, shared, each.new.id)
        return SourcePlan(
            source,
            reading,
            tuple(taken),
            beyond=len(reading.stories) - len(looked_at),
            alike=tuple(alike),
            shortened=tuple(_shortened(each, source) for each in taken if each.cut),
            refused=tuple(refused),
            shared=shared,
            **counts,
        )

    def write(self, planned: SourcePlan) -> Iterator[Path]:
        """Write the items of a plan, and yield the path of each as soon as it stands."""
        for each in planned.taken:
            path = write_item(self._folder, each.new)
            self._known.remember(each.story, planned.shared)
            yield path

    def _with_day(self, story: Story) -> Story:
        """Return a story with the day for those that have none."""
        return replace(story, day=story.day or self._wishes.day)

    def _fate(self, story: Story, shared: frozenset[str]) -> str:
        """Return why a story is passed over, in one word; empty when it is not."""
        day, wishes = story.day, self._wishes
        if self._known.has(story, shared):
            return "known"
        if not wishes.again and self._known.had(story, shared):
            return "deleted"
        too_early = day and wishes.since and day < wishes.since
        too_late = day and wishes.until and day > wishes.until
        return "outside" if too_early or too_late else ""

    def _twin(self, story: Story, shared: frozenset[str], beside: set[str]) -> str | None:
        """Return the item that has headline and day of a story; none when that does not matter."""
        return None if self._wishes.again else self._known.alike(story, shared, beside)

    def _taken(self, story: Story, source: str, reading: Reading) -> Taken:
        """Return the item a story would be; raises InputRefused."""
        day = story.day
        if not story.title or day is None:
            raise InputRefused([_refusal(story, source)])
        happening = story.happening if story.happening and story.happening.place else None
        language = self._wishes.language or self._guesses.language(story)
        words, cut = _words(story)
        new = NewItem(
            kind="event" if happening else self._wishes.kind,
            name=self._name(day, story.title),
            day=day,
            facts=self._facts(story, reading, language),
            words={language: words},
            notes=(_cut_off(story, cut),) if cut else (),
            remarks={
                "draft": "delete this line when the item is ready",
                "countries": "from its words: check",
                "topics": "from its words: check",
            },
            proposals=tuple(_proposals(story)),
        )
        checked_item(self._folder, new)
        return Taken(story, new, cut)

    def _name(self, day: datetime.date, title: str) -> str:
        """Return a name that no item has."""
        base, number = slug_of(title), 1
        name = base
        while f"{day}-{name}" in self._names or is_taken(self._folder, f"{day}-{name}"):
            number += 1
            name = f"{base}-{number}"
        self._names.add(f"{day}-{name}")
        return name

    def _facts(self, story: Story, reading: Reading, language: str) -> dict[str, object]:
        origin = {
            "name": reading.name[:200],
            "url": untracked(story.url) if story.url else None,
            "id": story.id if story.id != story.url else None,
            "taken": self._today,
        }
        facts: dict[str, object] = {
            "draft": True,
            "source": {key: value for key, value in origin.items() if value},
        }
        if countries := self._guesses.countries(story):
            facts["countries"] = countries
        if topics := self._guesses.topics(story):
            facts["topics"] = topics
        if language != (self._settings.translations.source or self._settings.default_language):
            facts["written_in"] = language
        if story.happening and story.happening.place:
            facts["starts"] = story.happening.starts
            if story.happening.ends:
                facts["ends"] = story.happening.ends
        return facts


def _words(story: Story) -> tuple[dict[str, object], tuple[str, ...]]:
    """Return the words of a story, and the names of those that were cut.

    Its first paragraph is the lead, unless it is too long.
    """
    whole = {"title": story.title}
    paragraphs = list(story.paragraphs)
    if paragraphs and len(paragraphs[0]) <= _LONGEST_LEAD and not paragraphs[0].startswith("- "):
        whole["lead"] = plain(paragraphs.pop(0))
    if paragraphs:
        whole["text"] = "\n\n".join(paragraphs)
    if story.happening and story.happening.place:
        whole["place"] = story.happening.place
    words = {name: _beginning(text, _LONGEST.get(name, len(text))) for name, text in whole.items()}
    return {**words}, tuple(name for name in whole if words[name] != whole[name])


def _beginning(text: str, limit: int) -> str:
    """Return `text`, or as many of its paragraphs, or else words, as have room."""
    if len(text) <= limit:
        return text
    for gap, end in (("\n\n", ""), (" ", " …")):
        if (found := text.rfind(gap, 0, limit - len(end))) > limit // 2:
            return text[:found].rstrip() + end
    return text[: limit - 1] + "…"


def _cut_off(story: Story, cut: tuple[str, ...]) -> str:
    whole = f"; the whole is at {untracked(story.url)}" if story.url else ""
    fields = " and ".join(f"`{name}` after {_LONGEST[name]:,} characters" for name in cut)
    return f"Cut off: {fields}{whole}"


def _proposals(story: Story) -> Iterator[str]:
    """Yield what an editor may make use of, but has to look at first."""
    if story.happening and not story.happening.place:
        yield f"An event on {story.happening.starts}, but its page names no place:"
        yield "with `kind: event`, `starts:` here and `place:` below it goes into the calendar."
    if story.url:
        yield "links:"
        yield "  - label: …"
        yield f"    url: {untracked(story.url)}"
    if story.picture:
        yield f"Its picture is at {story.picture}"
        yield "Ask who may print it, put it into issues/images/, and name it above under `image`."


def _like_another(story: Story, source: str, twin: str) -> Finding:
    """Return that a story was passed over for one that may be another."""
    other = f"the item {twin}" if twin else "a story that was taken once, and deleted"
    address = f" ({story.url})" if story.url else ""
    return Finding(
        rule="import",
        place=_place(story, source),
        message=f"“{story.title[:60]}”{address} was left out: {other} has its title and its day",
        remedy="if these are two stories, import it with --again",
        severity=Severity.WARNING,
    )


def _shortened(taken: Taken, source: str) -> Finding:
    """Return that an item has not all that its source has."""
    message = _cut_off(taken.story, taken.cut)
    return Finding(
        rule="import",
        place=_place(taken.story, source),
        message=f"“{taken.story.title[:60]}”: {message[:1].lower()}{message[1:]}",
        remedy="shorten what is there, or write the end of it by hand",
        severity=Severity.WARNING,
    )


def _refusal(story: Story, source: str) -> Finding:
    shown = f"“{story.title[:60]}”" if story.title else "an entry without a title"
    if not story.title:
        message, remedy = shown, "write it yourself: newsletter items add"
    elif story.dated:
        message, remedy = f"{shown}: “{story.dated[:40]}” is not a date", _NO_DATE
    else:
        message, remedy = f"{shown} has no date", _NO_DATE
    return Finding(
        rule="import",
        place=_place(story, source),
        message=message,
        remedy=remedy,
        severity=Severity.WARNING,
    )


def _place(story: Story, source: str) -> Place:
    return Place(source, story.line, 1 if story.line else 0)
