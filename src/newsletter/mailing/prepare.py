"""Prepares the send of an issue: freezes a Mailing to each List, or shows what that would give.

All Lists are frozen in one transaction, so a process that dies here leaves all or nothing. A
reader of two Lists gets the issue by the first one and is an Exclusion of the other.
"""

import datetime
from collections.abc import Mapping, Sequence

from newsletter.errors import NewsletterError
from newsletter.mailing.ports import Ledger
from newsletter.model.ledger import Draft, Letter
from newsletter.model.mailing import Tally
from newsletter.model.message import MailHead
from newsletter.model.rendering import Rendering
from newsletter.model.segment import Segment

_DAYS_IN_DOUBT = datetime.timedelta(days=31)  # an issue may be sent before the day it bears

Heads = Mapping[tuple[str, str], MailHead]
"""The head of each mail, by List and language; a List goes out in those that it has here."""


def drafts_of(
    issue: str,
    lists: Sequence[str],
    renderings: Mapping[str, Rendering],
    heads: Heads,
    default_language: str,
    segment: Segment | None = None,
) -> list[Draft]:
    """Return the Mailings that a send to `lists`, or to a Segment of each, would freeze.

    Raises NewsletterError when there is no edition in `default_language`.
    """
    if default_language not in renderings:
        raise NewsletterError(
            f"issue {issue} has no edition in {default_language}, "
            "which readers get whose language it has not",
            f"add {default_language} to `languages` of the issue, or name another default_language",
        )
    return [
        Draft(
            list=name,
            letters=letters,
            default_language=default_language
            if default_language in letters
            else next(iter(letters)),
            segment=segment,
        )
        for name in lists
        if (letters := letters_of(name, renderings, heads))
    ]


def letters_of(name: str, renderings: Mapping[str, Rendering], heads: Heads) -> dict[str, Letter]:
    """Return the Letters of a List: one for each language in which it goes out."""
    return {
        language: Letter(rendering=rendering, head=heads[name, language])
        for language, rendering in renderings.items()
        if (name, language) in heads
    }


def insist_never_sent(ledger: Ledger, issue: str, day: datetime.date) -> None:
    """Raise NewsletterError when an issue of `day` may have been sent, and the ledger forgot it.

    That may be when an older copy took the place of the ledger, until issues are much later.
    """
    restored = ledger.restored_at()
    if restored and day <= restored.date() + _DAYS_IN_DOUBT:
        raise NewsletterError(
            f"on {restored:%d.%m.%Y} the state was put back to an older copy, "
            f"which would not know it if {issue} had been sent after that copy was made",
            "look into the log of the relay; if it was not, say so: "
            f"newsletter send {issue} --never-sent",
        )


def plan(
    ledger: Ledger, issue: str, drafts: Sequence[Draft], now: datetime.datetime
) -> list[Tally]:
    """Return what `prepare` would, and keep nothing."""
    return ledger.freeze(issue, drafts, now, keep=False)


def prepare(
    ledger: Ledger, issue: str, drafts: Sequence[Draft], now: datetime.datetime
) -> list[Tally]:
    """Freeze `drafts` and the readers of their Lists; nothing is editable after.

    Raises NewsletterError when the issue went to one of the Lists before, one has no Candidates,
    or everybody on all of them is excluded. A Mailing that was cancelled before anybody could have
    got it is replaced.
    """
    return ledger.freeze(issue, drafts, now)
