"""The command that says where everybody stands: status."""

import contextlib
import time
from typing import TYPE_CHECKING

import click

from newsletter.cli.accounts import (
    show_report,
    show_standings,
    show_story,
    show_summary,
    standing_json,
    standings,
    story_json,
)
from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.show import json_option, show_json
from newsletter.errors import NewsletterError, WrongUsage

if TYPE_CHECKING:
    from newsletter.store.ledger import Ledger

_STATES = (
    *("accepted", "pending", "deferred", "refused", "unknown"),
    *("skipped", "cancelled", "excluded"),
)


@click.command()
@click.argument("issue", required=False)
@click.option("--state", "states", type=click.Choice(_STATES), multiple=True, help="List who is.")
@click.option("--recipient", "address", help="All that happened to one address.")
@click.option("--watch", is_flag=True, help="Stay, and show how it goes on, until it is over.")
@json_option
@pass_desk
def status(
    desk: Desk,
    issue: str | None,
    states: tuple[str, ...],
    address: str | None,
    watch: bool,
    as_json: bool,
) -> None:
    """Say where every recipient of ISSUE stands.

    Without ISSUE: all issues that were ever sent.

    \b
    Examples:
      newsletter status
      newsletter status 2015-1
      newsletter status 2015-1 --watch
      newsletter status 2015-1 --state unknown --state refused
      newsletter status 2015-1 --recipient anna@example.org
      newsletter status 2015-1 --json
    """
    from newsletter.mailing.report import report
    from newsletter.wiring import ledger

    books = ledger(desk.config)
    if address:
        _tell_story(books, issue, address, as_json=as_json)
        return
    if issue is None:
        if watch:
            raise WrongUsage("name the issue to watch", "newsletter status ISSUE --watch")
        show_summary([report(books, slug) for slug in books.issues()], as_json=as_json)
        return
    if watch:
        _watch(books, issue)
    found = report(books, issue)
    if as_json:
        told = [standing_json(each) for each in standings(books, issue, states)]
        show_json(found.as_json() | ({"recipients": told} if states else {}))
        return
    show_report(found)
    if states:
        show_standings(books, issue, states)


def _tell_story(books: "Ledger", issue: str | None, address: str, *, as_json: bool) -> None:
    """Tell what became of an address, in one issue or all."""
    from newsletter.people.facts import read_address

    key = read_address(address).key
    told = [each for each in books.stories(key) if issue in (None, each.issue)]
    if as_json:
        show_json({"address": address, "stories": [story_json(each) for each in told]})
        return
    if not told:
        where = f"of {issue}" if issue else "of any issue"
        raise NewsletterError(
            f"{address} was no recipient {where}",
            f"newsletter subscribers show {address} says whether it is known",
        )
    for story in told:
        show_story(story)


def _watch(books: "Ledger", issue: str) -> None:
    """Show how a send goes on, whoever sends, until nothing of it waits any more."""
    from newsletter.cli.progress import progress_bar
    from newsletter.mailing.clock import SystemClock
    from newsletter.mailing.progress import Meter
    from newsletter.mailing.report import insist_frozen

    with contextlib.suppress(KeyboardInterrupt), progress_bar(quiet=False) as listener:
        meter = Meter(insist_frozen(books, issue), SystemClock(), listener)
        while meter.read(books.tallies(issue)):
            time.sleep(_SECONDS_BETWEEN_LOOKS)


_SECONDS_BETWEEN_LOOKS = 1.0
