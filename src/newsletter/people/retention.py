"""Carries out how long an office keeps what it knows (`retention:` in newsletter.yaml).

First all is counted; then, in one transaction, what is older goes, and the database is written anew
so that its free parts have nothing of it. A second run finds nothing to do.
"""

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from newsletter.model.retention import Retention
from newsletter.returns.spool import Spool
from newsletter.store import retention as rules
from newsletter.store.people import PeopleStore

_Rule = Callable[..., int]


@dataclass(frozen=True, slots=True)
class Kept:
    """What one rule says: its name in newsletter.yaml, the period, since when, how much is older.

    `before` is none where everything is kept.
    """

    rule: str
    period: str
    before: datetime.datetime | None
    count: int


_ANSWERS = "answers_months"
_RULES: dict[str, _Rule] = {
    "never_confirmed_days": rules.remove_unconfirmed,
    _ANSWERS: rules.forget_answers,
    "facts_months": rules.forget_facts,
    "imports_months": rules.forget_former_facts,
    "mails_months": rules.forget_mails,
}


def run_retention(
    store: PeopleStore, spool: Spool, periods: Retention, at: datetime.datetime, *, dry_run: bool
) -> tuple[Kept, ...]:
    """Remove what is older than `periods` say, or only count it; return how much, by rule.

    What came back is in files of the spool, too. Raises NewsletterError, and removes nothing, while
    somebody sends.
    """
    if dry_run:
        with store.read() as people:
            counted = _carry_out(people.keep, periods, at, only_count=True)
        return tuple(_with_files(spool, counted, only_count=True))
    store.insist_nobody_sends()
    with store.write() as people:
        done = _carry_out(people.keep, periods, at, only_count=False)
    if any(each.count for each in done):
        store.compact()
        store.empty_log()
    return tuple(_with_files(spool, done, only_count=False))


def _with_files(spool: Spool, done: list[Kept], *, only_count: bool) -> Iterator[Kept]:
    """Yield what was done, and clear the spool of what servers said so long ago."""
    for each in done:
        if each.rule == _ANSWERS and each.before:
            files = spool.clear(each.before, only_count=only_count)
            yield replace(each, count=each.count + files)
        else:
            yield each


def _carry_out(
    keep: Callable[[_Rule, datetime.datetime, bool], int],
    periods: Retention,
    at: datetime.datetime,
    *,
    only_count: bool,
) -> list[Kept]:
    found = []
    for name, rule in _RULES.items():
        number = getattr(periods, name)
        unit = name.rpartition("_")[2]
        before = ago(at, number, unit) if number else None
        count = keep(rule, before, only_count) if before else 0
        period = f"{number} {unit if number > 1 else unit[:-1]}" if number else "for ever"
        found.append(Kept(name, period, before, count))
    return found


def ago(at: datetime.datetime, number: int, unit: str) -> datetime.datetime:
    """Return the moment so many days or months before another; a short month ends earlier."""
    if unit == "days":
        return at - datetime.timedelta(days=number)
    months = at.year * 12 + at.month - 1 - number
    year, month = divmod(months, 12)
    if year < 1:
        return datetime.datetime.min.replace(tzinfo=datetime.UTC)
    first = at.replace(day=1, year=year, month=month + 1)
    last = (first.replace(day=28) + datetime.timedelta(days=4)).replace(day=1)
    return first.replace(day=min(at.day, (last - datetime.timedelta(days=1)).day))
