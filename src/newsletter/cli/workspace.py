"""Commands for the workspace itself: init, new, schema, completion."""

import datetime
import shlex
from pathlib import Path

import click

from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.options import KINDS, day_option
from newsletter.cli.proposal import show_proposal
from newsletter.cli.show import show_findings
from newsletter.errors import NewsletterError, WrongUsage


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--sample", is_flag=True, help="Copy the whole sample: the ILO Moscow newsletter.")
def init(folder: Path, sample: bool) -> None:
    """Make a workspace in FOLDER.

    The folder must be empty or new. It gets settings with comments, a list, a theme, two items and
    a first issue, ready for `newsletter preview`.

    \b
    Examples:
      newsletter init my-office
      newsletter init --sample moscow
    """
    from newsletter.starter import make_workspace

    make_workspace(folder, sample=sample)
    click.echo(f"{folder} is ready. Next:")
    click.echo(f"  cd {shlex.quote(str(folder))}")
    click.echo("  newsletter preview       look at the issue while you write")
    click.echo("  newsletter check         what is still to mend")
    click.echo("  newsletter.yaml          who you are, and which mail server to use")


@click.group()
def new() -> None:
    """Begin a new item or issue."""


def _item_command(kind: str) -> click.Command:
    called = {"news": "a news item"}.get(kind, f"{'an' if kind[0] in 'aei' else 'a'} {kind}")

    @click.command(
        name=kind,
        help=f"Write {called} to fill in with your text editor; NAME becomes part of its file's "
        "name. To be asked for the words instead: newsletter items add.",
    )
    @click.argument("name")
    @day_option("--date", "day", help="Day of the item; today by default.")
    @pass_desk
    def command(desk: Desk, name: str, day: datetime.date | None) -> None:
        from newsletter.compose.drafts import skeleton
        from newsletter.model.written import is_slug

        if not is_slug(name):
            raise WrongUsage(
                f"“{name}” cannot be part of a file's name here",
                "use small Latin letters, digits and hyphens: arctic-school",
            )
        when = day or datetime.datetime.now(tz=datetime.UTC).astimezone().date()
        path = skeleton(desk.folder, kind, name, when)
        click.echo(path.relative_to(desk.config.root).as_posix())

    return command


for _kind in KINDS:
    new.add_command(_item_command(_kind))


@new.command(name="issue")
@click.argument("name", required=False)
@click.option("--dry-run", is_flag=True, help="Show what would be in it, and write nothing.")
@pass_desk
def new_issue_command(desk: Desk, name: str | None, dry_run: bool) -> None:
    """Begin the next issue from the last one.

    Number, serial, date and the dates of its rules move on; the words wait for you. NAME is the
    name of its folder; without it the next one in the row, as 2015-3 after 2015-2. What could
    stand in it is shown: items that no issue has, events to come, what has to be translated.

    \b
    Examples:
      newsletter new issue
      newsletter new issue 2015-3 --dry-run
    """
    from newsletter.compose.nextissue import propose, write_issue
    from newsletter.model.written import is_slug

    if name is not None and not is_slug(name):
        raise WrongUsage(f"“{name}” cannot be the name of an issue", "write it like 2015-3")
    settings = desk.folder.settings().value
    proposed = propose(desk.folder, name)
    path = None if dry_run else write_issue(desk.folder, proposed)
    show_findings(proposed.doubts, err=True)
    show_proposal(proposed, settings)
    if path:
        click.echo(
            f"{path.relative_to(desk.config.root).as_posix()} is made from {proposed.previous}."
        )
        click.echo("Now change the subject, the preheader, the editorial and the lead story.")


@click.command()
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write to; by default schemas/ in the workspace.",
)
@pass_desk
def schema(desk: Desk, output: Path | None) -> None:
    """Write JSON Schemas for your text editor.

    With them it completes and checks the YAML files while you type.

    The sample files name them in their first line; an editor with a YAML plug-in (yaml-language-
    server, for example in VS Code) needs no more.
    """
    from newsletter.compose.schema import write_schemas

    folder = output or desk.config.root / "schemas"
    for path in write_schemas(desk.folder.settings().value.languages, folder):
        click.echo(str(path))


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes commands in SHELL.

    \b
    Example, for bash, in ~/.bashrc:
      eval "$(newsletter completion bash)"
    """
    from click.shell_completion import get_completion_class

    completer = get_completion_class(shell)
    if completer is None:
        raise NewsletterError(f"there is no completion for {shell}")
    click.echo(
        completer(
            click.get_current_context().find_root().command,
            {},
            "newsletter",
            "_NEWSLETTER_COMPLETE",
        ).source()
    )
