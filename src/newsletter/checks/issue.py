"""Rules about the issue as a whole: its numbers, the lines for the inbox, its sections."""

import re
from collections.abc import Iterator

from newsletter.checks.checked import Checked, error, warning
from newsletter.checks.page import one_line
from newsletter.model.content import Project
from newsletter.model.finding import Finding

SUBJECT_LENGTH = 70
PREHEADER_LENGTHS = (40, 110)
_NUMBER = re.compile(r"(?:\bNo\.|№)\s*(\d+)(?:\s*\((\d+)\))?")


def numbering(checked: Checked) -> Iterator[Finding]:
    """The running number follows from the year and the number: libraries file by it, for ever.

    Counted from the one issue that newsletter.yaml names; what the ILO's own issues show.
    """
    issue, rule = checked.composition.issue, checked.composition.office.settings.numbering
    known, year = rule.serial_of, issue.date.year
    if issue.number > rule.per_year:
        yield error(
            "numbering",
            checked.issue_place("number"),
            f"No. {issue.number}, but the year has {rule.per_year} issues",
            "correct `number`, or `per_year` in newsletter.yaml",
        )
        return
    serial = known.serial + (year - known.year) * rule.per_year + issue.number - known.number
    if issue.serial != serial:
        yield error(
            "numbering",
            checked.issue_place("serial"),
            f"No. {issue.number} of {year} has the running number {serial}, not {issue.serial}",
            "correct `serial`, or else `numbering` in newsletter.yaml if an issue was left out",
        )


def date_of_number(checked: Checked) -> Iterator[Finding]:
    """The second of four issues appears in the second quarter: else a number or date was kept.

    Whoever copies the last issue easily forgets one of the two.
    """
    issue = checked.composition.issue
    year = checked.composition.office.settings.numbering.per_year
    begins, ends = (issue.number - 1) * 12, issue.number * 12  # twelfths of a year, times `year`
    month = issue.date.month
    if issue.number <= year and not (begins < month * year and (month - 1) * year < ends):
        yield warning(
            "numbering",
            checked.issue_place("date"),
            f"No. {issue.number} of {year} a year is dated {issue.date}",
            "check `date` and `number`",
        )


def number_in_words(checked: Checked) -> Iterator[Finding]:
    """The subject names the number of this issue, not that of the one it was copied from.

    A lone number is a slip only if a recent issue had it: “Convention No. 189” is none.
    """
    issue, rule = checked.composition.issue, checked.composition.office.settings.numbering
    recent = {*range(1, rule.per_year + 1), *range(issue.serial - rule.per_year, issue.serial)}
    slips = recent - {issue.number, issue.serial}
    for language, edition in checked.composition.editions.items():
        for key, text in (("subject", edition.subject), ("preheader", edition.preheader)):
            for found in _NUMBER.finditer(text):
                number, serial = int(found[1]), int(found[2] or issue.serial)
                if number in slips or serial != issue.serial:
                    yield warning(
                        "numbering",
                        checked.issue_place(language, key),
                        f"the {key} names {one_line(found.group())}; the issue is "
                        f"No. {issue.number} ({issue.serial})",
                        "correct it; it may have stayed from the last issue",
                    )


def subject_length(checked: Checked) -> Iterator[Finding]:
    """Inboxes on a desk show 50 to 70 characters of a subject, on a phone about 40."""
    for language, edition in checked.composition.editions.items():
        if (length := len(edition.subject)) > SUBJECT_LENGTH:
            yield warning(
                "subject-length",
                checked.issue_place(language, "subject"),
                f"the subject has {length} characters; inboxes cut it after {SUBJECT_LENGTH}",
                "shorten it, and begin with what matters",
            )


def preheader(checked: Checked) -> Iterator[Finding]:
    """The line after the subject: clients show 40 to 140 characters of it, and it is a second try.

    One that repeats the subject says nothing, and looks like a mistake in every inbox.
    """
    shortest, longest = PREHEADER_LENGTHS
    for language, edition in checked.composition.editions.items():
        place = checked.issue_place(language, "preheader")
        if one_line(edition.preheader).casefold() == one_line(edition.subject).casefold():
            message = "the preheader repeats the subject"
            yield error("preheader", place, message, "say what else is in the issue")
        elif not shortest <= (length := len(edition.preheader)) <= longest:
            yield warning(
                "preheader",
                place,
                f"the preheader has {length} characters; {shortest} to {longest} read best",
                "lengthen it" if length < shortest else "shorten it",
            )


def empty_section(checked: Checked) -> Iterator[Finding]:
    """A heading with nothing below it: most often a rule still has the dates of the last issue."""
    issue, marks = checked.composition.issue, checked.composition.source.marks
    for number, entries in enumerate(checked.composition.chosen):
        key = "pick" if issue.sections[number].pick else "items"
        path = ("sections", number, key)
        if not entries and path in marks.spots:
            yield warning(
                "empty-section",
                marks.at(*path),
                f"the section “{issue.sections[number].layout}” holds no item",
                "check the dates, kinds and countries of its rule, or remove the section",
            )


def repeated_item(checked: Checked) -> Iterator[Finding]:
    """An item that is named twice stands twice in the mail; a rule never does that, a hand may."""
    seen: set[str] = set()
    for number, section in enumerate(checked.composition.issue.sections):
        for position, item_id in enumerate(section.items):
            if item_id in seen:
                yield warning(
                    "repeated-item",
                    checked.issue_place("sections", number, "items", position),
                    f"the item {item_id} stands in this issue twice",
                    "remove it in one of the two places",
                )
            seen.add(item_id)


def same_title(checked: Checked) -> Iterator[Finding]:
    """Two items with one headline are most often one story in two files: a copy, forgotten."""
    for language in checked.composition.editions:
        titles: dict[str, str] = {}
        for entry, item in checked.items(language):
            first = titles.setdefault(one_line(item.title).casefold(), entry.id)
            if first != entry.id:
                yield warning(
                    "same-title",
                    entry.marks.at(language, "title"),
                    f"{first} has the same title in this issue ({language})",
                    "delete one of the two if it is a copy, or give it a title of its own",
                )


def past_deadline(checked: Checked) -> Iterator[Finding]:
    """An invitation whose last day is over when the issue appears only disappoints."""
    issue = checked.composition.issue
    for entry, _ in checked.items(issue.languages[0]):
        deadline = getattr(entry.item, "deadline", None)
        if deadline and deadline < issue.date:
            yield warning(
                "past-deadline",
                entry.marks.at("deadline"),
                f"the deadline {deadline} is over when the issue appears ({issue.date})",
                "leave the item out, or correct one of the dates",
            )


def project_dates(checked: Checked) -> Iterator[Finding]:
    """A project does not end before it starts: its period would be printed the wrong way round."""
    for entry, _ in checked.items(checked.composition.issue.languages[0]):
        item = entry.item
        if isinstance(item, Project) and item.starts and item.ends and item.ends < item.starts:
            yield error(
                "project-dates",
                entry.marks.at("ends"),
                f"the project ends on {item.ends}, before it starts",
                "check the two dates",
            )
