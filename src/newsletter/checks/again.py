"""Rules about what readers have read before: items and words of earlier issues."""

from collections.abc import Iterator

from newsletter.checks.checked import Checked
from newsletter.checks.mail import Found
from newsletter.checks.rule import rule
from newsletter.compose.usage import may_come_again
from newsletter.model.content import IssueText
from newsletter.model.finding import Severity


@rule(
    "reused-item",
    Severity.WARNING,
    title="No story stands in two issues",
    source="the house; `newsletter items --unused` lists what no issue has",
    mend="take it out, or leave it out of the rule with `except`",
)
def reused_item(checked: Checked) -> Iterator[Found]:
    """Who reads an issue has read the one before: a story told twice looks like a mistake.

    Events, announcements and vacancies may come again while they lie ahead.
    """
    composition = checked.composition
    told = {item: each.slug for each in composition.earlier for item in each.items}
    for number, entries in enumerate(composition.chosen):
        section = composition.issue.sections[number]
        for entry in entries:
            if entry.id not in told or may_come_again(entry.item):
                continue
            by_name = section.items.index(entry.id) if section.items else None
            path = ("pick",) if by_name is None else ("items", by_name)
            yield Found(
                checked.issue_place("sections", number, *path),
                f"{entry.id} stood in {told[entry.id]} already",
            )


@rule(
    "copied-words",
    Severity.WARNING,
    title="Subject, preheader and editorial are those of this issue",
    source="the house: a new issue begins as a copy of the last one",
    mend="write it anew",
)
def copied_words(checked: Checked) -> Iterator[Found]:
    """A new issue begins as a copy; what nobody wrote anew, readers get a second time."""
    if not checked.composition.earlier:
        return
    last = checked.composition.earlier[-1]
    for language, text in checked.composition.issue.texts.items():
        if not (old := last.issue.texts.get(language)):
            continue
        was = _words(old)
        for path, words in _words(text).items():
            if words and words == was[path]:
                yield Found(
                    checked.issue_place(language, *path),
                    f"the {' '.join(path)} in {language} is still that of {last.slug}",
                )


def _words(text: IssueText) -> dict[tuple[str, ...], str]:
    """Return the words of an issue by their keys."""
    editorial = text.editorial
    return {
        ("subject",): text.subject,
        ("preheader",): text.preheader,
        ("editorial", "title"): editorial.title if editorial else "",
        ("editorial", "text"): editorial.text if editorial else "",
    }
