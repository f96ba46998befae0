"""The next issue, made from the last one: its numbers and dates, and what could stand in it.

Number, serial, date and the dates of its rules move on; words stay for the editor to change. Items
that the last issue named have been read, so they go, and comments offer those that no issue has.
"""

import calendar
import datetime
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from newsletter.compose import dates
from newsletter.compose.catalogue import Entry, catalogue
from newsletter.compose.files import write_new
from newsletter.compose.pool import Source
from newsletter.compose.workspace import NO_ISSUE, Folder
from newsletter.errors import WrongUsage
from newsletter.model.content import Issue
from newsletter.model.finding import Finding
from newsletter.model.place import Marks
from newsletter.model.settings import Settings

_DATE_LINE = re.compile(r"(?P<key>\b(?:from|to): *)(?P<day>\d{4}-\d{2}-\d{2})")
_OFFERED = 8
_COMMENT_WIDTH = 100


@dataclass(frozen=True, slots=True)
class NextIssue:
    """What the next issue would be.

    `since` to `date` are the days it reports on, up to `until` those it looks ahead to. `unused`
    and `coming` are the items for both that no issue has, `drafts` those that are not ready.
    `kinds` has the kind of each item.
    """

    slug: str
    previous: str
    number: int
    serial: int
    date: datetime.date
    since: datetime.date
    until: datetime.date
    languages: tuple[str, ...]
    unused: tuple[Entry, ...]
    coming: tuple[Entry, ...]
    drafts: tuple[Entry, ...]
    kinds: Mapping[str, str]
    doubts: tuple[Finding, ...]

    @property
    def untranslated(self) -> list[tuple[Entry, list[str]]]:
        """The items for it that lack languages, with these."""
        lacking = (
            (entry, [each for each in self.languages if each not in entry.item.texts])
            for entry in (*self.unused, *self.coming)
        )
        return [(entry, languages) for entry, languages in lacking if languages]


def propose(folder: Folder, slug: str | None = None) -> NextIssue:
    """Return the issue after the last; raises WrongUsage when there is none to go on from."""
    previous = _latest(folder)
    issue, settings = folder.issue(previous).value, folder.settings().value
    per_year = settings.numbering.per_year
    number, date = _following(issue, per_year)
    since, until = issue.date + datetime.timedelta(days=1), later(date, per_year)
    entries, doubts = catalogue(folder)
    fresh = [entry for entry in reversed(entries) if not entry.issues and not entry.item.draft]
    return NextIssue(
        slug=slug or _next_name(previous, issue, number, date),
        previous=previous,
        number=number,
        serial=issue.serial + 1,
        date=date,
        since=since,
        until=until,
        languages=issue.languages,
        unused=tuple(e for e in fresh if e.item.kind != "event" and since <= e.day <= date),
        coming=tuple(e for e in fresh if e.item.kind == "event" and date < e.day <= until),
        drafts=tuple(e for e in reversed(entries) if e.item.draft and since <= e.day <= until),
        kinds={entry.id: entry.item.kind for entry in entries},
        doubts=tuple(doubts),
    )


def write_issue(folder: Folder, proposed: NextIssue) -> Path:
    """Write the file of an issue and return its path; raises WrongUsage if it exists."""
    source, settings = folder.issue(proposed.previous), folder.settings().value
    old = folder.root / "issues" / proposed.previous / "issue.yaml"
    text = issue_text(old.read_text(encoding="utf-8-sig"), source, settings, proposed)
    path = folder.root / "issues" / proposed.slug / "issue.yaml"
    try:
        write_new(path, text)
    except FileExistsError:
        raise WrongUsage(f"{path} is there already", "choose another name, or edit it") from None
    return path


def issue_text(text: str, source: Source[Issue], settings: Settings, proposed: NextIssue) -> str:
    """Return the file of the next issue, made from that of the last."""
    text = _with_offers(text, source, proposed)
    changes = {"number": proposed.number, "serial": proposed.serial, "date": proposed.date}
    for key, value in changes.items():
        line = re.compile(rf"^{key}:[ \t]*[^\s#]+", re.MULTILINE)
        text = line.sub(f"{key}: {value}", text, count=1)
    per_year = settings.numbering.per_year
    text = _DATE_LINE.sub(
        lambda found: f"{found['key']}{later(datetime.date.fromisoformat(found['day']), per_year)}",
        text,
    )
    return _with_new_comments(text, source.value, settings, proposed)


def later(day: datetime.date, per_year: int) -> datetime.date:
    """Return `day` one issue later, when `per_year` of them are evenly spread over a year."""
    if per_year <= 12:
        return _months_later(day, 12 // per_year)
    if per_year == 24:
        return _half_a_month_later(day)
    return day + datetime.timedelta(days=max(365 // per_year, 1))


def _following(issue: Issue, per_year: int) -> tuple[int, datetime.date]:
    """Return number and date of the issue after `issue`."""
    last = issue.number >= per_year
    date = later(issue.date, per_year)
    if per_year > 12:  # 52 weeks are no year, and a day may be left out
        while last and date.year == issue.date.year:
            date = later(date, per_year)
        last = date.year != issue.date.year
    return 1 if last else issue.number + 1, date


def _half_a_month_later(day: datetime.date) -> datetime.date:
    """Return the day of the same rank in the other half: 1st and 16th, 15th and last."""
    last = calendar.monthrange(day.year, day.month)[1]
    if day.day <= 15:
        return day.replace(day=last if day.day == 15 else min(day.day + 15, last))
    following = day.replace(day=1) + datetime.timedelta(days=last)
    return following.replace(day=15 if day.day == last else day.day - 15)


def _months_later(day: datetime.date, months: int) -> datetime.date:
    """Return `day` some months later; the last day of a month stays the last."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    last = calendar.monthrange(year, month)[1]
    was_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return datetime.date(year, month, last if was_last else min(day.day, last))


def numbered(issue: tuple[int, int, datetime.date], settings: Settings, language: str) -> str:
    """Return number, serial and date as the masthead writes them: No. 2 (61), June 2015."""
    number, serial, date = issue
    form = settings.numbering.texts[language]
    return form.filled_in(number, serial, dates.month(date, language))


def _latest(folder: Folder) -> str:
    slugs = folder.slugs()
    if not slugs:
        raise WrongUsage(*NO_ISSUE)
    return max(slugs, key=lambda each: folder.issue(each).value.serial)


def _next_name(previous: str, issue: Issue, number: int, date: datetime.date) -> str:
    if previous != f"{issue.date.year}-{issue.number}":
        raise WrongUsage(
            f"what comes after {previous}? It is not named by year and number",
            "say the name: newsletter new issue NAME",
        )
    return f"{date.year}-{number}"


def _with_offers(text: str, source: Source[Issue], proposed: NextIssue) -> str:
    """Take out the items that sections name, and offer others in comments."""
    lines = text.split("\n")
    named = [n for n, section in enumerate(source.value.sections) if section.items]
    for number in reversed(named):  # from below, so that the places above stay true
        section = source.value.sections[number]
        first, last = _span(lines, source.marks, number, len(section.items))
        head = re.split(r"\bitems:", lines[first])[0]
        tail = re.split(r"\]", lines[last])[-1] if "]" in lines[last] else ""
        wanted = {proposed.kinds[each] for each in section.items if each in proposed.kinds}
        entries = [each for each in proposed.unused if each.item.kind in (wanted or {"news"})]
        indent = " " * (len(head) - len(head.lstrip(" -")))
        offers = [f"{indent}# {line}" for line in _offers(entries)]
        lines[first : last + 1] = [f"{head}items: []{tail}", *offers]
    return "\n".join(lines)


def _span(lines: list[str], marks: Marks, section: int, count: int) -> tuple[int, int]:
    """Return the first and last line (from 0) of the items that a section names."""
    path = ("sections", section, "items")
    first = marks.at(*path).line - 1
    last = marks.at(*path, count - 1).line - 1
    if "[" in lines[first].partition("items:")[2]:
        while "]" not in lines[last]:
            last += 1
    return first, last


def _offers(entries: Iterable[Entry]) -> Iterator[str]:
    offered = list(entries)
    if not offered:
        yield "Nothing for this section yet. Look with: newsletter items --unused"
        return
    yield "Write ids between the brackets. No issue has yet:"
    for entry in offered[:_OFFERED]:
        yield f"  {entry.id}: {entry.title}"[:_COMMENT_WIDTH]
    if len(offered) > _OFFERED:
        yield f"  and {len(offered) - _OFFERED} more: newsletter items --unused"


def _with_new_comments(text: str, issue: Issue, settings: Settings, proposed: NextIssue) -> str:
    """Move on the number where a comment names it."""
    old = (issue.number, issue.serial, issue.date)
    new = (proposed.number, proposed.serial, proposed.date)
    pairs = [
        (numbered(old, settings, language), numbered(new, settings, language))
        for language in settings.languages
    ]

    def move_on(comment: re.Match[str]) -> str:
        line = comment[0]
        for was, now in pairs:
            line = line.replace(was, now)
        return line

    return re.sub(r"^[ \t]*#.*$", move_on, text, flags=re.MULTILINE)
