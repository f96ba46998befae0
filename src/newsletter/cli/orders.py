"""Commands by which the operator steers a send: resume, pause, resolve, retry, cancel."""

from typing import TYPE_CHECKING

import click

from newsletter.cli.delivering import (
    begun,
    deliver_issue,
    finish,
    finish_all,
    hold_older_copy,
    now,
)
from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.show import ask_for, count_of, json_option, wait_option, yes_option
from newsletter.errors import AnotherSender, WrongUsage

if TYPE_CHECKING:
    from newsletter.mailing.report import Report


@click.command()
@click.argument("issue", required=False)
@wait_option
@json_option
@pass_desk
def resume(desk: Desk, issue: str | None, wait: bool, as_json: bool) -> None:
    """Go on with a send of ISSUE, or try again what is due.

    What is sent is what was frozen, whatever the files say now. An issue that was paused goes on.
    Without ISSUE every send that is not paused and has something due goes on, as far as it can
    now: for a timer. While another process sends there is nothing to do.

    \b
    Examples:
      newsletter resume 2015-1
      newsletter resume
    """
    if issue is None:
        _resume_what_is_due(desk, wait=wait, as_json=as_json)
    else:
        _resume(desk, issue, wait=wait, as_json=as_json)


def _resume_what_is_due(desk: Desk, *, wait: bool, as_json: bool) -> None:
    from newsletter.mailing.report import report
    from newsletter.wiring import ledger

    books = ledger(desk.config)
    hold_older_copy(books)
    due = [each for each in reversed(books.issues()) if report(books, each).is_due(now())]
    found: list[Report] = []
    try:
        found.extend(deliver_issue(desk, each, (), wait=wait, quiet=as_json) for each in due)
    except AnotherSender as busy:
        click.echo(busy.message, err=True)
    finish_all(found, as_json=as_json)


def _resume(desk: Desk, issue: str, *, wait: bool, as_json: bool) -> None:
    from newsletter.mailing.report import report
    from newsletter.wiring import ledger

    with begun(issue):
        books = ledger(desk.config)
        hold_older_copy(books)
        was_over = report(books, issue).is_over
    found = deliver_issue(desk, issue, (), wait=wait, quiet=as_json, go_on=True)
    if was_over and found.is_over and not as_json:
        click.echo(f"Nothing of {issue} was left to send.")
    finish(found, as_json=as_json)


@click.command()
@click.argument("issue")
@pass_desk
def pause(desk: Desk, issue: str) -> None:
    """Let nothing more of ISSUE go, wherever it is being sent.

    A send that is under way, also in another window, finishes what is in flight and ends. Nobody is
    lost, and what was accepted stays accepted.

    \b
    Example:
      newsletter pause 2015-1
    """
    from newsletter.mailing.resolve import pause as carry_out
    from newsletter.wiring import ledger

    if carry_out(ledger(desk.config), issue, now()):
        click.echo(f"{issue} is paused. To go on: newsletter resume {issue}")
    else:
        click.echo(f"{issue} was paused or cancelled before.")


@click.command()
@click.argument("issue")
@click.option("--resend", "word", flag_value="resend", help="Send them again: some may get two.")
@click.option(
    "--assume-accepted",
    "word",
    flag_value="assume-accepted",
    help="Take them for accepted: some may get none.",
)
@yes_option
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
        ask_for(issue, f"{count_of(waiting, 'delivery', 'deliveries')}: {word}.")
    moved = carry_out(books, issue, Resolution(word), now())
    click.echo(f"{count_of(moved, 'delivery', 'deliveries')}: {word}")
    if moved and word == "resend":
        click.echo(f"Next: newsletter resume {issue}")


@click.command()
@click.argument("issue")
@click.option("--refused", is_flag=True, help="What a server refused for good.")
@click.option("--matching", default="", help="Only where the server's words hold this text.")
@yes_option
@pass_desk
def retry(desk: Desk, issue: str, refused: bool, matching: str, yes: bool) -> None:
    """Try again what was refused of ISSUE, once the reason is mended.

    For example after the relay had been set up wrongly. Who has unsubscribed since, or is on the
    do-not-mail list, is skipped as always.

    \b
    Examples:
      newsletter status 2015-1 --state refused
      newsletter retry 2015-1 --refused --matching "relay access denied"
    """
    from newsletter.mailing.report import report
    from newsletter.mailing.resolve import retry as carry_out
    from newsletter.model.mailing import DeliveryState
    from newsletter.wiring import ledger

    if not refused:
        raise WrongUsage("say what to try again", "--refused")
    books = ledger(desk.config)
    waiting = report(books, issue).count(DeliveryState.REFUSED)
    if not waiting:
        click.echo(f"Nothing of {issue} was refused.")
        return
    if not yes:
        of = f" that hold “{matching}”" if matching else ""
        ask_for(issue, f"{count_of(waiting, 'refusal')}{of}: to be tried again.")
    moved = carry_out(books, issue, now(), matching=matching)
    click.echo(f"{count_of(moved, 'delivery', 'deliveries')} to be tried again")
    if moved:
        click.echo(f"Next: newsletter resume {issue}")


@click.command()
@click.argument("issue")
@yes_option
@pass_desk
def cancel(desk: Desk, issue: str, yes: bool) -> None:
    """Send ISSUE to nobody else.

    What was accepted is accepted; what still waits is cancelled for good. Afterwards nothing of it
    can be sent again, neither what is unknown nor what was refused.
    """
    from newsletter.mailing.resolve import cancel as carry_out
    from newsletter.wiring import ledger

    if not yes:
        ask_for(issue, "What still waits will never be sent.")
    moved = carry_out(ledger(desk.config), issue, now())
    click.echo(f"{count_of(moved, 'delivery', 'deliveries')} cancelled")
