"""Commands that keep an office safe: backup, restore."""

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.delivering import now
from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.show import ask_for, count_of, printable, yes_option
from newsletter.config import Config, read_config
from newsletter.errors import NewsletterError, WrongUsage

if TYPE_CHECKING:
    from newsletter.backups.making import Premises
    from newsletter.backups.restoring import Examined, PutBack
    from newsletter.store.copies import Contents

_AN_HOUR, _A_DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)


@click.command()
@click.argument("target", type=click.Path(path_type=Path), required=False)
@click.option(
    "--keep",
    type=click.IntRange(1),
    metavar="N",
    help="Keep the latest N backups in the folder, and remove older ones.",
)
@click.option(
    "--without-keys", is_flag=True, help="Leave the keys out, which you keep in another place."
)
@pass_desk
def backup(desk: Desk, target: Path | None, keep: int | None, without_keys: bool) -> None:
    """Make a backup, at any time, also while a send runs.

    One file with the database, the keys, newsletter.yaml and subscribers/*.yaml, from which any
    computer goes on. TARGET is a file that ends in .tar, or a folder, in which the backup is named
    by the moment; by default the folder backups in the state folder. It holds addresses and keys:
    only you may read it. What you write (items, issues, themes) is in your version control.

    \b
    Examples:
      newsletter backup
      newsletter backup /mnt/backups/ --keep 14
      newsletter backup office.tar --without-keys
    """
    from newsletter.backups.making import BACKUPS, make_backup

    folder = target or desk.config.state / BACKUPS
    is_folder = folder.is_dir() or folder.suffix != ".tar"
    if keep and not is_folder:
        raise WrongUsage("--keep needs a folder", f"newsletter backup {folder}/ --keep {keep}")
    made = make_backup(
        _premises(desk.config),
        folder,
        now(),
        is_folder=is_folder,
        with_keys=not without_keys,
        keep=keep,
    )
    click.echo(f"{made.file}  {made.file.stat().st_size / 2**20:,.1f} MB")
    _show_contents(made.contents)
    if made.removed:
        click.echo(f"{count_of(len(made.removed), 'older backup')} removed.")
    if without_keys:
        click.echo("The keys are not in it: keep a copy of them in another place.")
    if target is None:
        click.echo("It is on the same disk as the office: copy it to another computer.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--check", is_flag=True, help="Only look whether it is whole, and what is in it.")
@yes_option
@pass_desk
def restore(desk: Desk, file: Path, check: bool, yes: bool) -> None:
    """Put the backup FILE in the place of the state, or look whether it could be.

    Everything is looked through first: each file against its digest, the database page by page,
    the keys, the sums of every issue. What is there now is set aside, not deleted. Whoever waits in
    the backup may have got the mail since it was made: they are unknown until you decide. On a new
    computer name the folder of the office to come: newsletter -C FOLDER restore FILE.

    \b
    Examples:
      newsletter restore /mnt/backups/newsletter-20260331T040000Z.tar --check
      newsletter restore /mnt/backups/newsletter-20260331T040000Z.tar
    """
    from newsletter.backups.restoring import examine, put_back

    config = _config_here_or_to_come(desk)
    premises = _premises(config)
    with examine(file, premises) as found:
        _show(file, found)
        if check:
            click.echo(click.style("The backup is whole, and its keys fit.", fg="green"))
            return
        if not yes:
            ask_for("restore", _what_is_there(premises, found))
        done = put_back(found, premises, now())
    _tell(done, found)


def _premises(config: Config) -> "Premises":
    from newsletter.backups.making import Premises
    from newsletter.store.engine import database_file

    return Premises(
        root=config.root,
        state=config.state,
        database=database_file(config.database_url),
        key_file=config.key_file,
    )


def _config_here_or_to_come(desk: Desk) -> Config:
    """Return where the office is, or will be: a backup brings its settings along."""
    given = desk.given
    if given is not None and (not given.exists() or not any(given.iterdir())):
        return read_config(given.absolute())
    try:
        return desk.config
    except WrongUsage as fault:
        remedy = "name the folder of the office to come: newsletter -C FOLDER restore FILE"
        raise WrongUsage(fault.message, remedy) from None


def _show(file: Path, found: "Examined") -> None:
    made = found.manifest.made_at.astimezone()
    click.echo(
        f"{file}: made on {made:%d.%m.%Y at %H:%M}, {_age(found.manifest.made_at)}, "
        f"by version {printable(found.manifest.program)}"
    )
    _show_contents(found.contents)
    others = [each.name for each in found.manifest.members if "/" in each.name]
    if others:
        click.echo(f"  {printable(', '.join(others))}")
    click.echo(f"  keys: {'in it' if found.manifest.has_keys else 'not in it; those here fit'}")


def _show_contents(contents: "Contents") -> None:
    counts = contents.counts
    click.echo(
        f"  {count_of(counts['subscribers'], 'subscriber')}, "
        f"{count_of(counts['subscriptions'], 'subscription')}, "
        f"{count_of(counts['suppressions'], 'suppression')}, "
        f"{count_of(counts['consents'], 'piece of evidence', 'pieces of evidence')}"
    )
    issue, frozen_at = contents.latest
    latest = f"; the latest: {printable(issue)}, frozen {printable(frozen_at)} UTC" if issue else ""
    click.echo(
        f"  {count_of(counts['mailings'], 'mailing')}, "
        f"{count_of(counts['deliveries'], 'delivery', 'deliveries')}{latest}"
    )
    if contents.consent:
        click.echo(f"  newest evidence: {printable(contents.consent)}")


def _age(made_at: datetime.datetime) -> str:
    age = now() - made_at
    if age < datetime.timedelta(0):
        return "later than the clock of this computer says it is"
    if age < _AN_HOUR:
        return "less than an hour ago"
    if age < _A_DAY:
        return f"{count_of(age // _AN_HOUR, 'hour')} ago"
    return f"{count_of(age.days, 'day')} ago"


def _what_is_there(premises: "Premises", found: "Examined") -> str:
    """Say what the backup would take the place of, and what that has which the backup has not."""
    from newsletter.store.copies import contents_of

    if not premises.database.exists():
        return "There is no state here yet."
    try:
        there = contents_of(premises.database)
    except NewsletterError as fault:
        return f"The state that is here cannot be used: {fault.message}"
    more = [
        f"{there.counts[name] - count:,} more {words}"
        for name, words in (
            ("consents", "pieces of evidence (who came, who left)"),
            ("suppressions", "suppressions"),
            ("mailings", "mailings"),
        )
        if there.counts[name] > (count := found.contents.counts[name])
    ]
    if not more:
        return "The state that is here is set aside."
    return (
        f"The state that is here is newer: it has {', '.join(more)}.\n"
        "Who left since the backup was made stays out; what else happened since is lost."
    )


def _tell(done: "PutBack", found: "Examined") -> None:
    click.echo("The backup is in place.")
    if done.aside:
        click.echo(f"What was here before: {done.aside}")
    for file in done.left_alone:
        click.echo(f"Left as it is here, and another in the backup: {file}")
    made = found.manifest.made_at.astimezone()
    if done.held:
        click.echo(
            f"{count_of(done.held, 'delivery', 'deliveries')} waited, and may have gone since: "
            "unknown until you decide.\nSee: newsletter status"
        )
    if done.carried:
        click.echo(
            f"Kept out, for they left since: {count_of(done.carried.ended, 'subscription')}, "
            f"{count_of(done.carried.suppressed, 'suppression')}."
        )
        if done.erased:
            click.echo(
                f"Erased once more, as asked since: {count_of(done.erased, 'person', 'people')}."
            )
    else:
        click.echo(
            f"Whoever left after {made:%d.%m.%Y, %H:%M} is not known to have left: enter them "
            "before\nthe next send (newsletter subscribers remove, suppress)."
        )
    click.echo("An issue that was sent since is not known here: `send` asks before it goes again.")
