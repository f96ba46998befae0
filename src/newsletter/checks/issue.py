"""Rules about the issue as a whole: its numbers, its sections, its days."""

import re
from collections.abc import Iterator

from newsletter.checks.checked import Checked
from newsletter.checks.mail import Found
from newsletter.checks.page import one_line
from newsletter.checks.rule import rule
from newsletter.compose.compose import MOST_VARIANTS
from newsletter.compose.picks import shows
from newsletter.model.content import Project
from newsletter.model.finding import Severity
from newsletter.model.segment import combinations

_NUMBER = re.compile(r"(?:\bNo\.|№)\s*(\d+)(?:\s*\((\d+)\))?")


@rule(
    "numbering",
    Severity.ERROR,
    title="The running number follows from the year and the number",
    source="`numbering` in newsletter.yaml; libraries file series by it",
    mend="correct `serial`, or else `numbering` in newsletter.yaml if an issue was left out",
)
def numbering(checked: Checked) -> Iterator[Found]:
    """Libraries file an issue by its running number, for ever; two issues cannot share one.

    It is counted from the one issue that newsletter.yaml names.
    """
    issue, numbers = checked.composition.issue, checked.composition.office.settings.numbering
    known, year = numbers.serial_of, issue.date.year
    if issue.number > numbers.per_year:
        yield Found(
            checked.issue_place("number"),
            f"No. {issue.number}, but the year has {numbers.per_year} issues",
            "correct `number`, or `per_year` in newsletter.yaml",
        )
        return
    serial = known.serial + (year - known.year) * numbers.per_year + issue.number - known.number
    if issue.serial != serial:
        yield Found(
            checked.issue_place("serial"),
            f"No. {issue.number} of {year} has the running number {serial}, not {issue.serial}",
        )


@rule(
    "numbering-date",
    Severity.WARNING,
    title="The date lies in the part of the year that the number stands for",
    source="four issues a year: the second appears in the second quarter",
    mend="check `date` and `number`",
)
def numbering_date(checked: Checked) -> Iterator[Found]:
    """Whoever copies the last issue easily forgets to change the number or the date."""
    issue = checked.composition.issue
    year = checked.composition.office.settings.numbering.per_year
    begins, ends = (issue.number - 1) * 12, issue.number * 12  # twelfths of a year, times `year`
    month = issue.date.month
    if issue.number <= year and not (begins < month * year and (month - 1) * year < ends):
        yield Found(
            checked.issue_place("date"),
            f"No. {issue.number} of {year} a year is dated {issue.date}",
        )


@rule(
    "numbering-words",
    Severity.WARNING,
    title="Subject and preheader name the number of this issue",
    source="the house",
    mend="correct it; it may have stayed from the last issue",
)
def numbering_words(checked: Checked) -> Iterator[Found]:
    """The subject is copied from the last issue, and its number stays: every reader sees it.

    A lone number is a slip only if a recent issue had it: “Convention No. 189” is none.
    """
    issue, numbers = checked.composition.issue, checked.composition.office.settings.numbering
    recent = {
        *range(1, numbers.per_year + 1),
        *range(issue.serial - numbers.per_year, issue.serial),
    }
    slips = recent - {issue.number, issue.serial}
    for language, text in issue.texts.items():
        for key, words in (("subject", text.subject), ("preheader", text.preheader)):
            for found in _NUMBER.finditer(words):
                number, serial = int(found[1]), int(found[2] or issue.serial)
                if number in slips or serial != issue.serial:
                    yield Found(
                        checked.issue_place(language, key),
                        f"the {key} names {one_line(found.group())}; the issue is "
                        f"No. {issue.number} ({issue.serial})",
                    )


@rule(
    "empty-section",
    Severity.WARNING,
    title="Every section holds something",
    source="the house",
    mend="check the dates, kinds and countries of its rule, or remove the section",
)
def empty_section(checked: Checked) -> Iterator[Found]:
    """A section without items is left out: most often its rule has the dates of the last issue."""
    issue, marks = checked.composition.issue, checked.composition.source.marks
    for number, entries in enumerate(checked.composition.chosen):
        key = "pick" if issue.sections[number].pick else "items"
        path = ("sections", number, key)
        section = issue.sections[number]
        shown = shows(section, checked.composition.segments)
        if shown and not entries and path in marks.spots:
            layout = section.layout
            yield Found(marks.at(*path), f"the section “{layout}” holds no item")


@rule(
    "many-variants",
    Severity.WARNING,
    title="An issue has few variants",
    source="the house",
    mend="put sections for the same readers under one segment, or let segments exclude each other "
    "by country, language or type of organisation",
    limits={"most": 8},
)
def many_variants(checked: Checked, *, most: float) -> Iterator[Found]:
    """Each combination of segments is a mail of its own, and somebody has to look at each.

    Sections with `only_for` make them: two segments that readers may be in at once make four.
    """
    composition = checked.composition
    found = combinations(composition.only_for, MOST_VARIANTS)
    if not composition.segments and len(found) > most:
        sections = enumerate(composition.issue.sections)
        first = next(number for number, section in sections if section.only_for)
        yield Found(
            checked.issue_place("sections", first, "only_for"),
            f"the segments of its sections make {len(found)} variants of the issue",
        )


@rule(
    "repeated-item",
    Severity.WARNING,
    title="No item stands in an issue twice, nor a section that is drawn from the issue itself",
    source="the house",
    mend="remove it in one of the two places",
)
def repeated_item(checked: Checked) -> Iterator[Found]:
    """A reader who meets a story again thinks of a mistake. A pick never does that; a hand may.

    So does a second editorial: a section without `items` and `pick` says the same words each time.
    """
    seen: set[str] = set()
    drawn: set[str] = set()
    segments = checked.composition.segments
    for number, section in enumerate(checked.composition.issue.sections):
        if not shows(section, segments):
            continue
        if not section.items and not section.pick:
            if section.layout in drawn:
                place = checked.issue_place("sections", number, "layout")
                yield Found(place, f"the section “{section.layout}” stands in this issue twice")
            drawn.add(section.layout)
        for position, item_id in enumerate(section.items):
            if item_id in seen:
                yield Found(
                    checked.issue_place("sections", number, "items", position),
                    f"the item {item_id} stands in this issue twice",
                )
            seen.add(item_id)


@rule(
    "same-title",
    Severity.WARNING,
    title="No two items of an issue have one headline",
    source="the house",
    mend="delete one of the two if it is a copy, or give it a title of its own",
)
def same_title(checked: Checked) -> Iterator[Found]:
    """Two items with one headline are most often one story in two files: a copy, forgotten."""
    for language in checked.composition.issue.languages:
        titles: dict[str, str] = {}
        for entry in checked.entries():
            text = entry.item.texts.get(language)
            if not text:
                continue  # another language stands in, and is looked at itself
            title = text.title
            first = titles.setdefault(one_line(title).casefold(), entry.id)
            if first != entry.id:
                yield Found(
                    entry.marks.at(language, "title"),
                    f"{first} has the same title in this issue ({language})",
                )


@rule(
    "past-deadline",
    Severity.WARNING,
    title="No deadline is over when the issue appears",
    source="the house",
    mend="leave the item out, or correct one of the dates",
)
def past_deadline(checked: Checked) -> Iterator[Found]:
    """An invitation whose last day is over only disappoints."""
    issue = checked.composition.issue
    for entry in checked.entries():
        deadline = getattr(entry.item, "deadline", None)
        if deadline and deadline < issue.date:
            yield Found(
                entry.marks.at("deadline"),
                f"the deadline {deadline} is over when the issue appears ({issue.date})",
            )


@rule(
    "project-dates",
    Severity.ERROR,
    title="No project ends before it starts",
    source="the house",
    mend="check the two dates",
)
def project_dates(checked: Checked) -> Iterator[Found]:
    """The period of a project would be printed the wrong way round."""
    for entry in checked.entries():
        item = entry.item
        if isinstance(item, Project) and item.starts and item.ends and item.ends < item.starts:
            yield Found(
                entry.marks.at("ends"),
                f"the project ends on {item.ends}, before it starts on {item.starts}",
            )
