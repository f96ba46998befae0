"""`newsletter subscribers pause`: a reader wants no mail for a while, and stays subscribed."""

import datetime
import zoneinfo

import click

from newsletter.cli.delivering import now
from newsletter.cli.desk import Desk, pass_desk
from newsletter.errors import WrongUsage


@click.command()
@click.argument("address")
@click.option("--list", "-l", "list_name", default="", help="Only this list; else all.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day on which mail may come again.",
)
@click.option("--lift", is_flag=True, help="End the pause now.")
@pass_desk
def pause(
    desk: Desk, address: str, list_name: str, until: datetime.datetime | None, lift: bool
) -> None:
    """Send nothing to ADDRESS for a while, at the reader's own wish.

    The subscription stays. Issues that go out meanwhile are not sent to them later.

    \b
    Examples:
      newsletter subscribers pause anna@example.org --until 2026-09-01
      newsletter subscribers pause anna@example.org --lift
    """
    from newsletter.people.facts import read_address
    from newsletter.people.subscriptions import pause_person
    from newsletter.wiring import people_store

    if (until is None) != lift:
        raise WrongUsage("say until when, or that it is over", "--until YYYY-MM-DD, or --lift")
    found = read_address(address)
    moment = None
    if until:
        zone = zoneinfo.ZoneInfo(desk.folder.settings().value.time_zone)
        moment = until.replace(tzinfo=zone)
        if moment <= now():
            raise WrongUsage(f"{until:%Y-%m-%d} has begun already", "name a day to come")
    changed = pause_person(people_store(desk.config), found, until=moment, list_name=list_name)
    rest = f"paused until {until:%Y-%m-%d}" if until else "not paused any more"
    click.echo(f"{found}: {', '.join(changed)}: {rest}" if changed else f"{found}: nothing changed")
