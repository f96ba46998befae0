"""The command `notices`: mails to single readers about what they asked for."""

import asyncio
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.show import count_of, json_option, show_json, show_table

if TYPE_CHECKING:
    from newsletter.model.notices import Notice

_STATES = ("pending", "submitting", "accepted", "deferred", "refused", "unknown", "skipped")


@click.group(invoke_without_command=True)
@click.option(
    "--state", "states", multiple=True, type=click.Choice(_STATES), help="Only in this state."
)
@json_option
@click.pass_context
def notices(ctx: click.Context, states: tuple[str, ...], as_json: bool) -> None:
    """List the mails to single readers: confirm, welcome and the like.

    They are written when readers use the public pages, and sent by `newsletter serve`. The newest
    come first. An address is shown while it is needed, or is that of a subscriber.

    \b
    Examples:
      newsletter notices
      newsletter notices --state refused --state unknown
      newsletter notices send
    """
    if ctx.invoked_subcommand:
        return
    from newsletter.model.mailing import DeliveryState
    from newsletter.wiring import known_people

    store = known_people(ctx.find_object(Desk).config)  # type: ignore[union-attr]
    found: list[Notice] = []
    if store:
        with store.read() as people:
            found = list(people.notices.all([DeliveryState(each) for each in states]))
    if as_json:
        show_json([_as_json(each) for each in found])
        return
    if not found:
        click.echo("There are no notices.")
        return
    show_table(
        ("asked for", "kind", "address", "state", "tries", "why"),
        (
            (
                f"{each.created_at:%Y-%m-%d %H:%M}",
                each.kind,
                each.address or "",
                each.state,
                each.attempts,
                each.reason or each.reply,
            )
            for each in found
        ),
    )


def _as_json(notice: "Notice") -> dict[str, Any]:
    return {
        "id": notice.id,
        "kind": notice.kind,
        "address": str(notice.address or ""),
        "language": notice.language,
        "lists": list(notice.lists),
        "state": notice.state,
        "reason": notice.reason,
        "attempts": notice.attempts,
        "reply": notice.reply,
        "created_at": notice.created_at.isoformat(),
        "due_at": notice.due_at.isoformat() if notice.due_at else None,
        "changed_at": notice.changed_at.isoformat(),
        "done_at": notice.done_at.isoformat() if notice.done_at else None,
    }


@notices.command()
@pass_desk
def send(desk: Desk) -> None:
    """Send the notices that are due, and end.

    `newsletter serve` does so by itself; this is for an office that serves its pages otherwise, or
    wants to see what the relay says. Exit code 3: some could not be sent yet.
    """
    from newsletter.errors import NewsletterError
    from newsletter.model.mailing import DeliveryState
    from newsletter.noticing import notice_writer, postman
    from newsletter.wiring import keys, people_store

    writer = notice_writer(desk.folder, desk.config, keys(desk.config))
    works = postman(desk.folder, desk.config, people_store(desk.config), writer)
    with works.alone() as mine:
        if not mine:
            raise NewsletterError(
                "another process sends the notices already", "leave it to `newsletter serve`"
            )
        sent = asyncio.run(works.work_off())
    for state, count in sorted(sent.counts.items()):
        click.echo(f"{state}: {count_of(count, 'notice')}")
    if not sent.total:
        click.echo("Nothing was due.")
    if sent.fault:
        click.echo(f"the relay: {sent.fault}", err=True)
    if set(sent.counts) - {DeliveryState.ACCEPTED}:
        raise click.exceptions.Exit(3)
