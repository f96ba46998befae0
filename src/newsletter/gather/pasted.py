"""A list of news that somebody copied from a page: title, date, summary, one after the other.

What tells the stories apart:

    marks of a list (1. 2. - •)     a story from mark to mark; what stands before the first is left
    no marks, a date comes first    a story from date to date: date, title, summary
    no marks, a title comes first   the paragraph above a date is its title; what follows the date,
                                    up to the next title, is the summary

Dates stand alone in their lines, or begin or end the line of the title.
"""

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from newsletter.gather.days import Days
from newsletter.gather.markup import clean, escaped, line_of, paragraphs_of_text
from newsletter.gather.origin import Origin, text_of
from newsletter.gather.story import Note, Reading, Story, Unreadable

_MARK = re.compile(r"^[ \t]*(?:\d{1,3}[.)]|[-–—*•·▪●◦‣])[ \t\u00a0]+(?=\S)")
_MOST_LINES = 100_000
_LONGEST_TITLE = 300


@dataclass(frozen=True, slots=True)
class _Line:
    """A line with its number; `gap` tells that an empty one stands above it.

    `day` is that of a line that is a date; `opens` and `ends` have the day that a title opens or
    ends with, and the title.
    """

    number: int
    text: str
    marked: bool
    gap: bool
    day: datetime.date | None
    opens: tuple[datetime.date, str] | None
    ends: tuple[datetime.date, str] | None


def read_pasted(origin: Origin, days: Days) -> Reading:
    """Return the stories of a pasted text; raises Unreadable."""
    lines = list(_lines(text_of(origin), days))
    groups = list(_groups(lines))
    if not groups:
        raise _no_list(lines, days)
    begins = groups[0][0].number
    before = sum(1 for line in lines if line.number < begins)
    notes = (Note(f"{before} lines above the first entry were left out"),) if before else ()
    return Reading(
        "a pasted list", origin.name, tuple(_story(each, days) for each in groups), notes
    )


def _lines(text: str, days: Days) -> Iterator[_Line]:
    gap = True
    for number, raw in enumerate(clean(text).split("\n")[:_MOST_LINES], 1):
        mark = _MARK.match(raw)
        words = line_of(raw[mark.end() :] if mark else raw)
        if words:
            day = days.alone(words)
            opens = None if day else days.first(words)
            ends = None if day or opens else days.last(_parted(raw, mark))
            yield _Line(number, words, bool(mark), gap, day, opens, ends)
        gap = not words


def _parted(raw: str, mark: re.Match[str] | None) -> str:
    """Return a line in which what stands in two columns of a table is told apart."""
    words = raw[mark.end() :] if mark else raw
    return line_of(re.sub(r"(?<=\S)(?:\t| {3,})\s*(?=\S)", " | ", words))


def _no_list(lines: Sequence[_Line], days: Days) -> Unreadable:
    inside = next((line for line in lines if days.somewhere(line.text)), None)
    return Unreadable(
        "holds no list of news: "
        + (
            f"the date in line {inside.number} stands among other words"
            if inside
            else "there is no line with a date in it"
        ),
        "each entry needs a title, a date such as 14 April 2015 below it, or after it like this: "
        "A school opens - 14.04.2015; and may have a summary",
    )


def _groups(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    """Yield the lines of each story."""
    marked = [index for index, line in enumerate(lines) if line.marked]
    dated = [index for index, line in enumerate(lines) if line.day]
    opening = [index for index, line in enumerate(lines) if line.opens]
    ending = [index for index, line in enumerate(lines) if line.ends]
    if marked and _each_has_a_date(lines, marked, {*dated, *opening, *ending}):
        yield from _cut(lines, marked)
    elif dated and dated[0] == 0:
        yield from _cut(lines, dated)
    elif dated:
        yield from _cut(lines, _title_starts(lines, dated))
    elif opening or ending:
        yield from _cut(lines, opening or ending)


def _each_has_a_date(lines: Sequence[_Line], starts: list[int], dated: set[int]) -> bool:
    """Whether marks begin stories: at least half of what they begin holds a date."""
    ends = [*starts[1:], len(lines)]
    having = sum(
        1 for start, end in zip(starts, ends, strict=True) if dated & set(range(start, end))
    )
    return having * 2 >= len(starts)


def _cut(lines: Sequence[_Line], starts: list[int]) -> Iterator[list[_Line]]:
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield list(lines[start:end])


def _title_starts(lines: Sequence[_Line], dated: list[int]) -> list[int]:
    """Return where the title above each date begins: with its paragraph, if that is one."""
    starts: list[int] = []
    floor = 0
    for index in dated:
        start = max(index - 1, floor)
        while start > floor and not lines[start].gap and not _holds_more(lines, start, floor):
            start -= 1
        if start < index:
            starts.append(start)
        floor = index + 1
    return starts


def _holds_more(lines: Sequence[_Line], start: int, floor: int) -> bool:
    """Whether the paragraph around `start` reaches up to the date before it.

    Then it holds the summary of that story too, and only its last line is a title.
    """
    top = start
    while top > floor and not lines[top].gap:
        top -= 1
    return top == floor and floor > 0 and not lines[top].gap


def _story(lines: list[_Line], days: Days) -> Story:
    """Return the story that a group of lines tells."""
    dated = next((index for index, line in enumerate(lines) if line.day), None)
    if dated is None and (titled := lines[0].opens or lines[0].ends):
        return _made(lines[0].number, [titled[1]], titled[0], "", lines[1:])
    if dated is None:
        doubtful = next((line for line in lines[1:] if days.looks_dated(line.text)), None)
        rest = [line for line in lines[1:] if line is not doubtful]
        return _made(
            lines[0].number, [lines[0].text], None, doubtful.text if doubtful else "", rest
        )
    before, after = lines[:dated], lines[dated + 1 :]
    if before:
        title = [line.text for line in before]
    else:  # the date came first
        count = next((i for i, line in enumerate(after) if i and line.gap), len(after))
        count = count if count < len(after) else 1
        title, after = [line.text for line in after[:count]], after[count:]
    return _made(lines[0].number, title, lines[dated].day, lines[dated].text, after)


def _made(
    number: int, title: list[str], day: datetime.date | None, dated: str, rest: list[_Line]
) -> Story:
    headline, *more = [" ".join(title)]
    if len(headline) > _LONGEST_TITLE:
        headline, more = headline[:_LONGEST_TITLE].rpartition(" ")[0], [headline]
    paragraphs = tuple(escaped(each) for each in more) + tuple(_paragraphs(rest))
    return Story(title=headline, day=day, dated=dated, paragraphs=paragraphs, line=number)


def _paragraphs(lines: list[_Line]) -> Iterator[str]:
    current: list[str] = []
    for line in [*lines, None]:
        if current and (line is None or line.gap or line.marked):
            yield from paragraphs_of_text(" ".join(current))
            current = []
        if line:
            current.append(line.text)
