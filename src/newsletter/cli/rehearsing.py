"""The command that tries a whole send without sending it: rehearse."""

import asyncio
import random
from typing import TYPE_CHECKING

import click

from newsletter.cli.accounts import show_report
from newsletter.cli.delivering import now, stopped_by_signals
from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.progress import duration, progress_bar
from newsletter.cli.segments import find_segment, segment_option
from newsletter.cli.show import json_option, show_findings, show_json

if TYPE_CHECKING:
    from newsletter.mailing.rehearse import Rehearsal
    from newsletter.model.segment import Segment

_LEVELS = ("calm", "rough", "storm")
_WHAT = {
    "later": "recipients greylisted",
    "gone": "answers that a mailbox is gone",
    "full": "answers that a mailbox is full",
    "slow": "slow answers",
    "busy": "connections refused",
    "goodbye": "connections ended with 421",
    "drop_before": "connections lost before a mail was taken",
    "drop_after": "connections lost after a mail was taken",
}


@click.command()
@click.argument("issue")
@click.option(
    "--faults",
    type=click.Choice(_LEVELS),
    default="calm",
    show_default=True,
    help="How much goes wrong.",
)
@click.option("--limits", is_flag=True, help="Keep to the hours and limits of newsletter.yaml.")
@click.option(
    "--speed-up",
    type=click.FloatRange(1, 100_000),
    default=1.0,
    show_default=True,
    help="How many times faster the clock runs.",
)
@click.option("--seed", type=int, help="Repeat a rehearsal with its number.")
@segment_option
@json_option
@pass_desk
def rehearse(
    desk: Desk,
    issue: str,
    faults: str,
    limits: bool,
    speed_up: float,
    seed: int | None,
    segment_name: str,
    as_json: bool,
) -> None:
    """Send ISSUE to all its readers, to a mail server of this program.

    The whole send with the real readers, in a copy of the state: nothing leaves this computer, and
    afterwards nothing has changed. The server can go wrong as servers do (--faults); in the end the
    account is held against what it took.

    \b
    Examples:
      newsletter rehearse 2015-1
      newsletter rehearse 2015-1 --faults storm
      newsletter rehearse 2015-1 --segment kz-employers
      newsletter rehearse 2015-1 --limits --speed-up 100
    """
    chosen = random.randrange(10**6) if seed is None else seed  # noqa: S311 (no secret)
    found = _carry_out(
        desk,
        issue,
        find_segment(desk, segment_name),
        faults,
        chosen,
        speed_up,
        limits=limits,
        quiet=as_json,
    )
    if as_json:
        show_json(_plain(found, faults, chosen))
    else:
        _show(found, faults, chosen)
    if found.problems:
        raise click.exceptions.Exit(3)
    if found.report.stopped:
        raise click.exceptions.Exit(found.report.stopped.exit_code)


def _carry_out(
    desk: Desk,
    issue: str,
    segment: "Segment | None",
    faults: str,
    seed: int,
    speed: float,
    *,
    limits: bool,
    quiet: bool,
) -> "Rehearsal":
    from newsletter.checks.proof import proof
    from newsletter.mailing.rehearse import Stage, rehearse
    from newsletter.signing import signer
    from newsletter.smtp.drill import FAULTS
    from newsletter.wiring import (
        delivery_settings,
        drafts,
        keys,
        ledger_copy,
        near_relay,
        routes,
    )

    ready = proof(desk.folder, issue).require_no_errors()
    settings = ready.composition.office.settings
    if not quiet:
        show_findings(ready.findings)

    async def run() -> "Rehearsal":
        stop = asyncio.Event()
        with (
            ledger_copy(desk.config) as books,
            stopped_by_signals(stop),
            progress_bar(quiet=quiet) as listener,
        ):
            return await rehearse(
                books,
                drafts(ready, ready.composition.issue.lists, now(), segment),
                issue,
                keys(desk.config),
                signer(desk.config, settings),
                routes(desk.config, settings),
                delivery_settings(settings),
                Stage(faults=FAULTS[faults], seed=seed, speed=speed, with_limits=limits),
                near_relay,
                listener,
                stop,
            )

    return asyncio.run(run())


def _show(found: "Rehearsal", faults: str, seed: int) -> None:
    show_report(found.report, next_steps=False)
    mean = found.octets / max(found.taken, 1)
    click.echo(
        f"\nThe server took {found.taken:,} mails for {found.addresses:,} addresses: "
        f"{found.octets / 2**20:,.1f} MB, {mean / 1024:,.0f} KB each."
    )
    if found.injected:
        click.echo(f"What went wrong on purpose ({faults}, --seed {seed}):")
        for fault, count in found.injected.items():
            click.echo(f"  {count:,} {_WHAT[fault]}")
    click.echo(f"It took {duration(found.seconds)} here.")
    if found.seconds_there > 2 * found.seconds + 60:
        click.echo(f"With all waiting it would have taken {duration(found.seconds_there)}.")
    if found.seconds_at_limits:
        click.echo(f"By your limits a send takes {duration(found.seconds_at_limits)} at least.")
    if found.report.stopped:
        click.echo(f"{click.style('stopped:', fg='red')} {found.report.stopped}", err=True)
    for problem in found.problems:
        click.echo(click.style(f"This does not fit: {problem}", fg="red"), err=True)
    if not found.problems:
        click.echo(click.style("Everybody is accounted for. Nothing was sent.", fg="green"))


def _plain(found: "Rehearsal", faults: str, seed: int) -> dict[str, object]:
    return found.report.as_json() | {
        "faults": faults,
        "seed": seed,
        "seconds": round(found.seconds, 3),
        "seconds_there": round(found.seconds_there, 3),
        "seconds_at_limits": round(found.seconds_at_limits, 3),
        "taken": found.taken,
        "addresses": found.addresses,
        "octets": found.octets,
        "injected": found.injected,
        "problems": found.problems,
    }
