"""Commands that send: test, send."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.accounts import show_plan
from newsletter.cli.delivering import (
    deliver_issue,
    finish,
    hold_older_copy,
    now,
    reach_relay,
)
from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.segments import find_segment, segment_option
from newsletter.cli.show import (
    ask_for,
    count_of,
    json_option,
    show_findings,
    wait_option,
    yes_option,
)
from newsletter.errors import DatabaseFault, WrongUsage

if TYPE_CHECKING:
    from newsletter.message.dkim import Signer
    from newsletter.model.ledger import Draft


@click.command()
@click.argument("issue")
@click.option("--to", "addresses", required=True, multiple=True, help="Who gets the test.")
@click.option("--language", help="Only this edition.")
@pass_desk
def test(desk: Desk, issue: str, addresses: tuple[str, ...], language: str | None) -> None:
    """Send ISSUE as real mail to colleagues only.

    This is outside of any mailing. The subject begins with [Test]; nobody is entered anywhere, and
    the links to unsubscribe lead nowhere.

    \b
    Example:
      newsletter test 2015-1 --to anna@example.org --to boris@example.org
    """
    from newsletter.checks.proof import proof
    from newsletter.mailing.trial import send_trial
    from newsletter.people.facts import read_address
    from newsletter.signing import signer
    from newsletter.wiring import drafts, routes

    ready = proof(desk.folder, issue).require_no_errors()
    show_findings(ready.findings)
    if language and language not in ready.renderings:
        raise WrongUsage(f"{issue} has no edition in {language}")
    wanted = {
        tag: rendering for tag, rendering in ready.renderings.items() if language in (None, tag)
    }
    heads = {
        tag: letter.head
        for draft in reversed(drafts(ready, ready.composition.issue.lists, now()))
        for tag, letter in draft.letters.items()
    }
    if nobodys := [tag for tag in wanted if tag not in heads]:
        raise WrongUsage(f"no list of {issue} goes out in {', '.join(nobodys)}")
    outcomes = asyncio.run(
        send_trial(
            [each.transport for each in routes(desk.config, ready.composition.office.settings)],
            wanted,
            heads,
            [read_address(address) for address in addresses],
            signer(desk.config, ready.composition.office.settings),
        )
    )
    for outcome in outcomes:
        click.echo(f"{outcome.address} {outcome.language}: {outcome.words}")
    if not all(outcome.accepted for outcome in outcomes):
        raise click.exceptions.Exit(3)


@click.command()
@click.argument("issue")
@click.option("--list", "-l", "lists", multiple=True, help="Only this list of the issue's lists.")
@segment_option
@yes_option
@click.option(
    "--dry-run",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write each message as an .eml file into this folder, and send nothing.",
)
@click.option(
    "--never-sent",
    is_flag=True,
    help="After a restored backup: you know that ISSUE was not sent since it was made.",
)
@wait_option
@json_option
@pass_desk
def send(
    desk: Desk,
    issue: str,
    lists: tuple[str, ...],
    segment_name: str,
    yes: bool,
    folder: Path | None,
    never_sent: bool,
    wait: bool,
    as_json: bool,
) -> None:
    """Send ISSUE to its lists and account for everybody.

    First you see how many get which edition, who is left out and why, and how long it will take;
    then you type the issue's name. From that moment the editions and the recipients are frozen.
    Ctrl-C stops cleanly at any time; `newsletter resume` goes on. Whoever got the issue as one of a
    segment does not get it again when you send it to another segment, or to the whole list.

    \b
    Examples:
      newsletter send 2015-1
      newsletter send 2015-1 --list media --yes
      newsletter send 2015-1 --segment kz-employers
      newsletter send 2015-1 --dry-run /tmp/letters
    """
    from newsletter.checks.proof import proof
    from newsletter.mailing.prepare import insist_never_sent, plan, prepare
    from newsletter.signing import signer
    from newsletter.wiring import drafts, ledger

    ready = proof(desk.folder, issue).require_no_errors()
    settings = ready.composition.office.settings
    signs = signer(desk.config, settings)  # a key that cannot be used is told before all else
    chosen = _chosen(lists, ready.composition.issue.lists, issue)
    to_freeze = drafts(ready, chosen, now(), find_segment(desk, segment_name))
    books = ledger(desk.config)
    hold_older_copy(books)
    if not never_sent and folder is None:
        insist_never_sent(books, issue, ready.composition.issue.date)
    tallies = plan(books, issue, to_freeze, now())
    if folder is not None:
        _write_letters(desk, issue, to_freeze, folder, signs)
        return
    if not as_json:
        show_findings(ready.findings)
        show_plan(ready, tallies, settings.limits.messages_per_second)
    if not yes:
        ask_for(issue)
    reach_relay(desk, settings)
    with _freezing(issue):
        prepare(books, issue, to_freeze, now())
    names = tuple(draft.name for draft in to_freeze)
    finish(deliver_issue(desk, issue, names, wait=wait, quiet=as_json), as_json=as_json)


@contextlib.contextmanager
def _freezing(issue: str) -> Iterator[None]:
    """Say how to go on when the disk fails as the issue is to be frozen.

    A transaction whose last sync fails may stand all the same once the database is opened anew.
    """
    try:
        yield
    except DatabaseFault as fault:
        again = (
            f"it may be frozen all the same: if `newsletter status {issue}` knows it, "
            f"`newsletter resume {issue}`, else send it again"
        )
        raise DatabaseFault(fault.message, f"{fault.remedy}; {again}") from fault


def _write_letters(
    desk: Desk, issue: str, drafts: "list[Draft]", folder: Path, signs: "Signer | None"
) -> None:
    from newsletter.mailing.dryrun import write_letters
    from newsletter.wiring import keys, ledger

    books, ring = ledger(desk.config), keys(desk.config)
    count = write_letters(books, ring, issue, drafts, folder, now(), signs)
    click.echo(f"{folder}: {count_of(count, 'message')}, nothing was sent")


def _chosen(asked: tuple[str, ...], lists: tuple[str, ...], issue: str) -> tuple[str, ...]:
    for name in asked:
        if name not in lists:
            raise WrongUsage(f"{issue} does not go to {name}", f"its lists: {', '.join(lists)}")
    return asked or lists
