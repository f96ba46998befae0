"""Commands that send: test, send, status, resume, resolve, cancel."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.accounts import show_plan, show_report, show_standings, show_summary
from newsletter.cli.delivering import deliver_issue, finish, now, reach_relay
from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.show import (
    count_of,
    has_person,
    json_option,
    show_findings,
    show_json,
    stop_here,
)
from newsletter.errors import WrongUsage

if TYPE_CHECKING:
    from newsletter.message.dkim import Signer
    from newsletter.model.ledger import Draft

_STATES = (
    *("accepted", "pending", "deferred", "refused", "unknown"),
    *("skipped", "cancelled", "excluded"),
)
_wait_option = click.option(
    "--wait", is_flag=True, help="Stay until nothing is deferred, however long it takes."
)


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
    from newsletter.mailing.trial import send_trial
    from newsletter.people.facts import read_address
    from newsletter.signing import signer
    from newsletter.wiring import drafts, proof, routes

    ready = proof(desk.folder, issue).require_no_errors()
    show_findings(ready.findings)
    if language and language not in ready.renderings:
        raise WrongUsage(f"{issue} has no edition in {language}")
    wanted = {
        tag: rendering for tag, rendering in ready.renderings.items() if language in (None, tag)
    }
    letters = drafts(ready, ready.composition.issue.lists, now())[0].letters
    outcomes = asyncio.run(
        send_trial(
            [each.transport for each in routes(desk.config, ready.composition.office.settings)],
            wanted,
            {tag: letters[tag].head for tag in wanted},
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
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--dry-run",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write each message as an .eml file into this folder, and send nothing.",
)
@_wait_option
@json_option
@pass_desk
def send(
    desk: Desk,
    issue: str,
    lists: tuple[str, ...],
    yes: bool,
    folder: Path | None,
    wait: bool,
    as_json: bool,
) -> None:
    """Send ISSUE to its lists and account for everybody.

    First you see how many get which edition, who is left out and why, and how long it will take;
    then you type the issue's name. From that moment the editions and the recipients are frozen.
    Ctrl-C stops cleanly at any time; `newsletter resume` goes on.

    \b
    Examples:
      newsletter send 2015-1
      newsletter send 2015-1 --list media --yes
      newsletter send 2015-1 --dry-run /tmp/letters
    """
    from newsletter.mailing.prepare import plan, prepare
    from newsletter.signing import signer
    from newsletter.wiring import drafts, ledger, proof

    ready = proof(desk.folder, issue).require_no_errors()
    settings = ready.composition.office.settings
    signs = signer(desk.config, settings)  # a key that cannot be used is told before all else
    to_freeze = drafts(ready, _chosen(lists, ready.composition.issue.lists, issue), now())
    books = ledger(desk.config)
    tallies = plan(books, issue, to_freeze, now())
    if folder is not None:
        _write_letters(desk, issue, to_freeze, folder, signs)
        return
    if not as_json:
        show_findings(ready.findings)
        show_plan(ready, tallies, settings.limits.messages_per_second)
    if not yes:
        _ask_for(issue)
    reach_relay(desk, settings)
    prepare(books, issue, to_freeze, now())
    names = tuple(draft.list for draft in to_freeze)
    finish(deliver_issue(desk, issue, names, wait=wait, quiet=as_json), as_json=as_json)


@click.command()
@click.argument("issue")
@_wait_option
@json_option
@pass_desk
def resume(desk: Desk, issue: str, wait: bool, as_json: bool) -> None:
    """Go on with a send of ISSUE, or try again what is due.

    What is sent is what was frozen, whatever the files say now.

    \b
    Example:
      newsletter resume 2015-1
    """
    finish(deliver_issue(desk, issue, (), wait=wait, quiet=as_json), as_json=as_json)


@click.command()
@click.argument("issue", required=False)
@click.option("--state", "states", type=click.Choice(_STATES), multiple=True, help="List who is.")
@json_option
@pass_desk
def status(desk: Desk, issue: str | None, states: tuple[str, ...], as_json: bool) -> None:
    """Say where every recipient of ISSUE stands.

    Without ISSUE: all issues that were ever sent.

    \b
    Examples:
      newsletter status
      newsletter status 2015-1
      newsletter status 2015-1 --state unknown --state refused
      newsletter status 2015-1 --json
    """
    from newsletter.mailing.report import report
    from newsletter.wiring import ledger

    books = ledger(desk.config)
    if issue is None:
        show_summary([report(books, slug) for slug in books.issues()], as_json=as_json)
        return
    found = report(books, issue)
    if as_json:
        show_json(
            found.as_json() | ({"recipients": _recipients(desk, issue, states)} if states else {})
        )
        return
    show_report(found)
    if states:
        show_standings(books, issue, states)


@click.command()
@click.argument("issue")
@click.option("--resend", "word", flag_value="resend", help="Send them again: some may get two.")
@click.option(
    "--assume-accepted",
    "word",
    flag_value="assume-accepted",
    help="Take them for accepted: some may get none.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_desk
def resolve(desk: Desk, issue: str, word: str | None, yes: bool) -> None:
    """Decide about the unknown deliveries of ISSUE.

    A delivery is unknown when its whole message was written and the connection was lost before the
    relay answered. Only you can know more (from the relay's log); until then it is held.

    \b
    Examples:
      newsletter status 2015-1 --state unknown
      newsletter resolve 2015-1 --resend
    """
    from newsletter.mailing.report import report
    from newsletter.mailing.resolve import resolve as carry_out
    from newsletter.model.ledger import Resolution
    from newsletter.model.mailing import DeliveryState
    from newsletter.wiring import ledger

    if word is None:
        raise WrongUsage("say what to do", "--resend, or --assume-accepted")
    books = ledger(desk.config)
    waiting = report(books, issue).count(DeliveryState.UNKNOWN)
    if not waiting:
        click.echo(f"Nothing of {issue} is unknown.")
        return
    if not yes:
        _ask_for(issue, f"{count_of(waiting, 'delivery', 'deliveries')}: {word}.")
    moved = carry_out(books, issue, Resolution(word), now())
    click.echo(f"{count_of(moved, 'delivery', 'deliveries')}: {word}")
    if moved and word == "resend":
        click.echo(f"Next: newsletter resume {issue}")


@click.command()
@click.argument("issue")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_desk
def cancel(desk: Desk, issue: str, yes: bool) -> None:
    """Send ISSUE to nobody else.

    What was accepted is accepted; what still waits is cancelled for good.
    """
    from newsletter.mailing.resolve import cancel as carry_out
    from newsletter.wiring import ledger

    if not yes:
        _ask_for(issue, "What still waits will never be sent.")
    moved = carry_out(ledger(desk.config), issue, now())
    click.echo(f"{count_of(moved, 'delivery', 'deliveries')} cancelled")


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


def _ask_for(issue: str, words: str = "") -> None:
    """Let somebody type the issue's name; raises WrongUsage where nobody can."""
    if not has_person():
        raise WrongUsage("nobody is there to ask", "say yes beforehand with --yes")
    if words:
        click.echo(words)
    if click.prompt(f"Type {issue} to go on", default="", show_default=False) != issue:
        stop_here()


def _recipients(desk: Desk, issue: str, states: tuple[str, ...]) -> list[dict[str, object]]:
    from newsletter.cli.accounts import standing_json, standings
    from newsletter.wiring import ledger

    return [standing_json(each) for each in standings(ledger(desk.config), issue, states)]
