"""Commands for evidence: `newsletter consent verify`."""

import dataclasses
from typing import TYPE_CHECKING

import click

from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.show import complain, count_of, json_option, printable, show_json
from newsletter.errors import NewsletterError

if TYPE_CHECKING:
    from newsletter.people.evidence import ChainReport


@click.group()
def consent() -> None:
    """Show that the evidence of consent is what was once written down."""


@consent.command()
@click.option("--noted", default="", metavar="DIGEST", help="A digest that you noted earlier.")
@json_option
@pass_desk
def verify(desk: Desk, noted: str, as_json: bool) -> None:
    """See whether a piece of evidence was altered, removed, put in or moved since it was written.

    Each event carries a digest of itself and of the one before it. Note the newest digest outside
    this computer now and then, with the day: only --noted shows that nobody wrote everything anew.
    Each subscription is held against the newest evidence about it, too.

    \b
    Examples:
      newsletter consent verify
      newsletter consent verify --noted 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b…
    """
    from newsletter.people.evidence import verify_chain
    from newsletter.wiring import people_store

    report = verify_chain(people_store(desk.config), noted)
    if as_json:
        show_json({**dataclasses.asdict(report), "holds": report.holds})
    else:
        _show(report, noted)
    if not report.holds:
        raise click.exceptions.Exit(1)


def _show(report: "ChainReport", noted: str) -> None:
    for each in report.breaks:
        click.echo(f"{click.style(f'{each.kind}:', fg='red', bold=True)} {printable(each.what)}")
    if more := report.break_count - len(report.breaks):
        click.echo(f"… and {count_of(more, 'more break')}")
    if not report.holds:
        complain(
            NewsletterError(
                f"the chain of evidence does not hold: {count_of(report.break_count, 'break')}",
                "compare with your backups: the newest one in which it holds shows what changed",
            )
        )
        return
    if not report.events:
        click.echo("There is no evidence yet.")
        return
    since = ", back to the digest you noted and before it" if noted else ""
    click.echo(f"The chain holds: {count_of(report.events, 'event')}{since}.")
    if report.words_taken_out:
        click.echo(f"Of {count_of(report.words_taken_out, 'event')} an erasure took the words out.")
    click.echo(f"Newest digest:\n  {report.newest}")
    click.echo("Note it outside this computer, with the day; --noted asks for it later.")
