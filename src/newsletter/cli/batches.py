"""Commands for imports that were made: `newsletter subscribers batches | undo`."""

import dataclasses
import datetime
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.show import (
    confirm,
    json_option,
    printable,
    show_json,
    show_table,
    yes_option,
)

if TYPE_CHECKING:
    from newsletter.store.batches import BatchLine
    from newsletter.store.undo import UndoCounts

_WORDS = {
    "ended": ("subscription ends", "subscriptions end"),
    "forgotten": ("of them is forgotten", "of them are forgotten: nobody else knows them"),
    "restored": ("person has the facts of before", "people have the facts of before"),
    "unsubscribed": ("has left since and stays out", "have left since and stay out"),
    "touched": ("did something since and stays", "did something since and stay"),
    "kept": ("person has newer facts and keeps them", "people have newer facts and keep them"),
}


@click.command()
@json_option
@pass_desk
def batches(desk: Desk, as_json: bool) -> None:
    """List the imports that changed anything, the newest first.

    \b
    Example:
      newsletter subscribers batches
    """
    from newsletter.people.undoing import list_batches
    from newsletter.wiring import people_store

    found = list_batches(people_store(desk.config))
    if as_json:
        show_json([_batch_json(each) for each in found])
        return
    show_table(
        ("import", "day", "list", "file", "new", "changed", "undone"),
        [
            (
                each.id,
                f"{each.at:%Y-%m-%d}",
                each.list,
                each.file,
                sum(each.counts.get(name, 0) for name in ("new", "subscribed")),
                each.counts.get("changed", 0),
                f"{each.undone_at:%Y-%m-%d}" if each.undone_at else "",
            )
            for each in found
        ],
    )


@click.command()
@click.argument("number", type=click.IntRange(1), metavar="IMPORT")
@yes_option
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@json_option
@pass_desk
def undo(desk: Desk, number: int, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Take an import back; `subscribers batches` tells its number.

    The subscriptions that it began end, the facts that it changed are as before, and people whom
    nobody else knows are forgotten, unless a mail went to them. Whoever unsubscribed or did
    anything else since stays as they are.

    \b
    Examples:
      newsletter subscribers undo 3 --dry-run
      newsletter subscribers undo 3
    """
    from newsletter.people.undoing import apply_undo, later_batches, plan_undo
    from newsletter.wiring import people_store

    store = people_store(desk.config)
    batch, counts = plan_undo(store, number)
    if not as_json:
        click.echo(f"Import {number}: {printable(batch.file)} to {batch.list}, {batch.at:%Y-%m-%d}")
        if counts:
            _show(counts)
            for each in later_batches(store, batch):
                click.echo(
                    f"Import {each.id} ({printable(each.file)}) came later and found people here.\n"
                    "  Who was in both goes as well: bring that file in again afterwards."
                )
    done = False
    if counts and not dry_run:
        if not yes and not as_json:
            confirm("Take it back?")
        counts = apply_undo(store, number, datetime.datetime.now(tz=datetime.UTC))
        done = counts is not None
    if as_json:
        numbers = dataclasses.asdict(counts) if counts else dict.fromkeys(_WORDS, 0)
        show_json({"import": number, "undone": done, **numbers})
    elif counts is None:
        click.echo("It was taken back before; nothing was changed.")
    else:
        click.echo("Taken back." if done else "Nothing was changed.")


def _show(counts: "UndoCounts") -> None:
    for name, (one, many) in _WORDS.items():
        if count := getattr(counts, name):
            click.echo(f"  {count:>7,}  {one if count == 1 else many}")


def _batch_json(batch: "BatchLine") -> dict[str, Any]:
    from newsletter.model.people import RowOutcome

    return {
        "import": batch.id,
        "list": batch.list,
        "file": batch.file,
        "digest": batch.digest,
        "basis": batch.basis,
        "rows": {str(each): batch.counts.get(each, 0) for each in RowOutcome},
        "at": batch.at.isoformat(),
        "undone_at": batch.undone_at.isoformat() if batch.undone_at else None,
    }
