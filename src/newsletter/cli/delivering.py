"""Carry out a send at a terminal: reach the relay, deliver until stopped, show what came of it."""

import asyncio
import contextlib
import datetime
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from newsletter.cli.accounts import show_report
from newsletter.cli.desk import Desk
from newsletter.cli.progress import progress_bar
from newsletter.cli.show import show_json
from newsletter.errors import DatabaseFault, Stopped, Unfinished

if TYPE_CHECKING:
    from newsletter.mailing.report import Report
    from newsletter.model.settings import Settings
    from newsletter.store.ledger import Ledger


def reach_relay(desk: Desk, settings: "Settings") -> None:
    """Try the mail server before anything is frozen; raises Stopped when it cannot be used."""
    from newsletter.mailing.trial import reach
    from newsletter.servers import is_loopback
    from newsletter.wiring import relays, routes

    try:
        asyncio.run(reach([route.transport for route in routes(desk.config, settings)]))
    except Stopped as stopped:
        remedy = "nothing was frozen or sent; mend that and send again"
        if any(is_loopback(relay.host) for relay in relays(desk.config, settings)):
            remedy += " (for practice, start the local server first: newsletter sink)"
        raise Stopped(stopped.message, remedy) from None


def hold_older_copy(books: "Ledger") -> None:
    """Hold who waits in a state that is older than what was sent from it, and say so."""
    if books.hold_older_copy(now()):
        click.echo(
            f"{click.style('warning:', fg='yellow')} the state is an older copy: more was sent "
            "from here than it knows.\n  Whoever waited in it may have the mail: they are unknown "
            "until you decide.",
            err=True,
        )


def deliver_issue(
    desk: Desk,
    issue: str,
    lists: tuple[str, ...],
    *,
    wait: bool,
    quiet: bool,
    go_on: bool = False,
) -> "Report":
    """Deliver what is due; with `wait` until nothing is, with `go_on` though it was paused."""
    with begun(issue):
        return _deliver_issue(desk, issue, lists, wait=wait, quiet=quiet, go_on=go_on)


@contextlib.contextmanager
def begun(issue: str) -> Iterator[None]:
    """Raise Unfinished when the database cannot be used any more: what was begun is to go on."""
    try:
        yield
    except DatabaseFault as fault:
        remedy = f"{fault.remedy}; then `newsletter resume {issue}` goes on"
        raise Unfinished(fault.message, remedy) from fault


def _deliver_issue(
    desk: Desk, issue: str, lists: tuple[str, ...], *, wait: bool, quiet: bool, go_on: bool
) -> "Report":
    from newsletter.cli.working import workforce
    from newsletter.mailing.deliver import Surroundings, deliver
    from newsletter.mailing.resolve import unpause
    from newsletter.signing import signer
    from newsletter.wiring import delivery_settings, keys, ledger, routes

    settings = desk.folder.settings().value
    ways, signs = routes(desk.config, settings), signer(desk.config, settings)
    helpers = workforce(desk.config, settings)
    books = ledger(desk.config)
    if go_on:
        unpause(books, issue)

    async def run() -> "Report":
        stop = asyncio.Event()
        with stopped_by_signals(stop), progress_bar(quiet=quiet) as listener:
            while True:
                found = await deliver(
                    books,
                    ways,
                    keys(desk.config),
                    issue,
                    delivery_settings(settings),
                    Surroundings(stop=stop, listener=listener, workforce=helpers),
                    only=lists,
                    signer=signs,
                )
                if not (wait and found.next_due) or stop.is_set() or found.stopped:
                    return found
                pause = (found.next_due - now()).total_seconds()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), timeout=max(pause, 1))

    try:
        return asyncio.run(run())
    except asyncio.CancelledError:
        raise Stopped(
            "ended at once; what was in flight is unknown", f"newsletter resume {issue}"
        ) from None


def finish(found: "Report", *, as_json: bool) -> None:
    """Show the report and exit with its code."""
    if as_json:
        show_json(found.as_json())
    else:
        show_report(found)
    _say_why(found)
    if found.exit_code:
        raise click.exceptions.Exit(found.exit_code)


def finish_all(found: "list[Report]", *, as_json: bool) -> None:
    """Show several reports; exit with the code of one that was stopped, and else with 0.

    What waits for its time is no fault to whoever comes again and again.
    """
    if as_json:
        show_json([each.as_json() for each in found])
    elif not found:
        click.echo("Nothing is to be sent now.")
    for each in found:
        if not as_json:
            show_report(each)
        _say_why(each)
    if codes := [each.exit_code for each in found if each.stopped]:
        raise click.exceptions.Exit(max(codes))


def _say_why(found: "Report") -> None:
    if found.stopped:
        click.echo(f"{click.style('stopped:', fg='red')} {found.stopped}", err=True)


@contextlib.contextmanager
def stopped_by_signals(stop: asyncio.Event) -> Iterator[None]:
    """Set `stop` at Ctrl-C or SIGTERM; a second one ends the send at once."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    kinds = (signal.SIGINT, signal.SIGTERM)

    def on_signal() -> None:
        if stop.is_set() and task is not None:
            task.cancel()
            return
        stop.set()
        click.echo(
            "\nStopping: what is in flight is finished first, for 30 s at most. "
            "Ctrl-C again ends it at once.",
            err=True,
        )

    for kind in kinds:
        loop.add_signal_handler(kind, on_signal)
    try:
        yield
    finally:
        for kind in kinds:
            loop.remove_signal_handler(kind)


def now() -> datetime.datetime:
    """Return the moment, in UTC."""
    return datetime.datetime.now(tz=datetime.UTC)
