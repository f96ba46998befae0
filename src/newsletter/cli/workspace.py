"""Commands for the workspace itself: init, new, items, schema."""

import datetime
from pathlib import Path

import click

from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.show import count_of, json_option, show_findings, show_json, show_table
from newsletter.errors import NewsletterError, WrongUsage

_KINDS = ("news", "announcement", "event", "publication", "project", "vacancy", "interview")


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
    click.echo(f"  cd {folder}")
    click.echo("  newsletter preview       look at the issue while you write")
    click.echo("  newsletter check         what is still to mend")
    click.echo("  newsletter.yaml          who you are, and which mail server to use")


@click.group()
def new() -> None:
    """Begin a new item or issue."""


def _item_command(kind: str) -> click.Command:
    called = {"news": "a news item"}.get(kind, f"{'an' if kind[0] in 'aei' else 'a'} {kind}")

    @click.command(name=kind, help=f"Begin {called}; NAME becomes part of its file's name.")
    @click.argument("name")
    @click.option(
        "--date",
        "day",
        type=click.DateTime(["%Y-%m-%d"]),
        help="Day of the item; today by default.",
    )
    @pass_desk
    def command(desk: Desk, name: str, day: datetime.datetime | None) -> None:
        from newsletter.compose.drafts import new_item
        from newsletter.model.written import is_slug

        if not is_slug(name):
            raise WrongUsage(
                f"“{name}” cannot be part of a file's name here",
                "use small Latin letters, digits and hyphens: arctic-school",
            )
        when = day.date() if day else datetime.datetime.now(tz=datetime.UTC).astimezone().date()
        click.echo(f"{new_item(desk.folder, kind, name, when)}")

    return command


for _kind in _KINDS:
    new.add_command(_item_command(_kind))


@new.command(name="issue")
@click.argument("name")
@pass_desk
def new_issue_command(desk: Desk, name: str) -> None:
    """Begin the issue NAME from the last one.

    Number, serial, date and the dates of its picks move on; the words wait for you.

    \b
    Example:
      newsletter new issue 2015-3
    """
    from newsletter.compose.drafts import new_issue
    from newsletter.model.written import is_slug

    if not is_slug(name):
        raise WrongUsage(f"“{name}” cannot be the name of an issue", "write it like 2015-3")
    path, latest = new_issue(desk.folder, name)
    click.echo(f"{path}  (from {latest})")
    click.echo("Now change the subject, the preheader, the editorial and the lead story.")


@click.command()
@click.option("--kind", type=click.Choice(_KINDS), help="Only this kind.")
@click.option("--country", help="Only items about this country.")
@click.option("--topic", help="Only items on this topic.")
@click.option("--unused", is_flag=True, help="Only items that no issue has yet.")
@json_option
@pass_desk
def items(
    desk: Desk,
    kind: str | None,
    country: str | None,
    topic: str | None,
    unused: bool,
    as_json: bool,
) -> None:
    """List the pool of items, and the issues that have them.

    The newest come first. Files that cannot be used are named as warnings on standard error.

    \b
    Examples:
      newsletter items --unused
      newsletter items --kind event --country kz
    """
    from newsletter.compose.catalogue import catalogue

    found, doubts = catalogue(desk.folder)
    show_findings(doubts, err=True)
    entries = [
        entry
        for entry in found
        if (kind is None or entry.kind == kind)
        and (country is None or country in entry.countries)
        and (topic is None or topic in entry.topics)
        and not (unused and entry.issues)
    ]
    if as_json:
        show_json([entry.as_json() for entry in entries])
        return
    show_table(
        ("item", "kind", "countries", "issues"),
        [
            (
                entry.id,
                entry.kind,
                " ".join(entry.countries),
                " ".join(entry.issues) or "-",
            )
            for entry in entries
        ],
    )
    click.echo(count_of(len(entries), "item"))


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
