"""Put the Editions of an issue one below the other, for one mail that everybody can read."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from newsletter.compose.short import shortened
from newsletter.compose.typography import set_text
from newsletter.model.content import Issue
from newsletter.model.edition import Edition, EditionStack

SUBJECT_LENGTH = 70
PREHEADER_LENGTH = 110
_BETWEEN = " · "


def stacked(issue: Issue, editions: Sequence[Edition]) -> EditionStack:
    """Return `editions` stacked, with the subject and the preheader of the whole.

    Each is what `stacked:` says, or that of all languages in one line where they fit. Else the
    first language has the subject and the others the preheader: an inbox shows both.
    """
    first = editions[0]
    subject = _together((each.subject for each in editions), SUBJECT_LENGTH)
    if subject:
        preheader = _together((each.preheader for each in editions), PREHEADER_LENGTH)
        preheader = preheader or first.preheader
    else:
        subject = first.subject
        others = [each.subject for each in editions[1:]]
        preheader = _together(others, PREHEADER_LENGTH) or others[0]
    written = issue.stacked
    if written and written.subject:
        subject = set_text(written.subject, first.language)
    if written and written.preheader:
        preheader = set_text(written.preheader, first.language)
    if written and written.stories == "short":
        editions = [shortened(each) for each in editions]
    return EditionStack(
        issue=first.issue,
        language=first.language,
        direction=first.direction,
        subject=subject,
        preheader=preheader,
        editions=tuple(replace(each, depth=1) for each in editions),
    )


def _together(lines: Iterable[str], length: int) -> str:
    """Return `lines` as one, equal ones once; empty when it is longer than `length`."""
    joined = _BETWEEN.join(dict.fromkeys(lines))
    return joined if len(joined) <= length else ""
