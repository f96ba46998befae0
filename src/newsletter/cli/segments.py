"""Segments on the command line: `newsletter subscribers segments`, and the option --segment."""

from typing import TYPE_CHECKING

import click

from newsletter.cli.delivering import now
from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.show import json_option, show_json, show_table
from newsletter.errors import WrongUsage

if TYPE_CHECKING:
    from newsletter.model.segment import Segment

segment_option = click.option(
    "--segment", "segment_name", default="", metavar="NAME", help="Only readers in this segment."
)


def find_segment(desk: Desk, name: str) -> "Segment | None":
    """Return the Segment called `name`, or none when no name is given; raises WrongUsage."""
    from newsletter.compose.problems import did_you_mean
    from newsletter.compose.workspace import read_segments

    if not name:
        return None
    known = read_segments(desk.folder)
    if name not in known:
        remedy = did_you_mean(name, known) if known else "write it in subscribers/segments.yaml"
        raise WrongUsage(f"there is no segment {name}", remedy)
    return known[name]


@click.command()
@json_option
@pass_desk
def segments(desk: Desk, as_json: bool) -> None:
    """Count the people in each segment.

    For each list: how many a send of today would go to. `subscribers list --segment NAME` shows
    who they are.
    """
    from newsletter.compose.workspace import read_segments
    from newsletter.people.roster import count_segments
    from newsletter.wiring import people_store

    known = read_segments(desk.folder)
    wanted = {name: segment.where for name, segment in known.items()}
    counts = count_segments(people_store(desk.config), wanted, now())
    lists = list(desk.folder.lists().value.lists)
    reached = {
        name: {each: count.reachable.get(each, 0) for each in lists}
        for name, count in counts.items()
    }
    if as_json:
        show_json(
            [
                {
                    "segment": name,
                    "names": dict(segment.names),
                    "people": counts[name].people,
                    "lists": reached[name],
                }
                for name, segment in known.items()
            ]
        )
    elif known:
        show_table(
            ("segment", "people", *lists),
            [(name, counts[name].people, *reached[name].values()) for name in known],
        )
    else:
        click.echo("There is no segment yet; subscribers/segments.yaml holds them.")
