"""The root command: finds the workspace, runs a command, and turns errors into lines and codes."""

import io
import sys
from pathlib import Path
from typing import Any

import click

import newsletter
from newsletter.cli import (
    backups,
    batches,
    checking,
    composing,
    doctor,
    evidence,
    keeping,
    local,
    noticing,
    orders,
    people,
    pool,
    previewing,
    publishing,
    rehearsing,
    resting,
    returns,
    segments,
    sending,
    serving,
    signing,
    statuses,
    translating,
    workspace,
)
from newsletter.cli.desk import Desk
from newsletter.cli.show import complain
from newsletter.errors import NewsletterError

EXIT_CODES = {
    0: "done",
    1: "findings, or input that was refused",
    2: "wrong usage",
    3: "some deliveries were refused, are deferred or unknown, or still wait",
    4: "stopped by the relay or by the operator",
}
"""What the exit codes mean; the reference is generated from here."""

FAMILIES: tuple[tuple[str, tuple[click.Command, ...]], ...] = (
    ("Begin", (local.demo, workspace.init, workspace.new)),
    (
        "Write",
        (pool.items, checking.check, translating.translations, composing.build, previewing.preview),
    ),
    (
        "Readers",
        (
            people.subscribers,
            evidence.consent,
            keeping.retention,
            keeping.data_map_command,
            serving.serve,
            noticing.notices,
        ),
    ),
    (
        "Send",
        (
            *(doctor.doctor, sending.test, rehearsing.rehearse),
            *(sending.send, statuses.status),
            *(orders.pause, orders.resume, orders.resolve, orders.retry, orders.cancel),
        ),
    ),
    ("Afterwards", (returns.returns,)),
    ("Keep", (backups.backup, backups.restore)),
    ("Publish", (publishing.archive,)),
    ("Tools", (local.sink, signing.dkim, workspace.schema, workspace.completion)),
)
"""All commands, in the order in which an office needs them."""


class Root(click.Group):
    """A group whose commands fail in words, never in a traceback (but for -v)."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands family by family, in the order of the work."""
        width = max(len(name) for name in self.commands)
        for heading, commands in FAMILIES:
            with formatter.section(heading):
                room = formatter.width - width - 4
                formatter.write_dl(
                    [(f"{each.name:<{width}}", each.get_short_help_str(room)) for each in commands]
                )

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; print what went wrong and exit with its code."""
        try:
            return super().invoke(ctx)
        except NewsletterError as error:
            if ctx.params.get("verbose"):
                raise
            complain(error)
            sys.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("\nstopped", err=True)
            sys.exit(4)
        except click.Abort:  # Ctrl-C at a question
            click.echo("\nNothing was done.", err=True)
            sys.exit(4)
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise
        except OSError as error:
            if ctx.params.get("verbose"):
                raise
            where = f"{error.filename}: " if error.filename else ""
            click.echo(f"error: {where}{error.strerror or error}", err=True)
            sys.exit(1)
        except Exception as error:
            if ctx.params.get("verbose"):
                raise
            click.echo(f"error: a fault in the program: {type(error).__name__}: {error}", err=True)
            click.echo("  please report it with what `newsletter -v …` prints", err=True)
            sys.exit(1)


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-C",
    "--workspace",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to work in; by default the nearest one with newsletter.yaml.",
)
@click.option("-v", "--verbose", is_flag=True, help="Show the whole traceback of an error.")
@click.version_option(newsletter.__version__, prog_name="newsletter")
@click.pass_context
def main(ctx: click.Context, workspace: Path | None, verbose: bool) -> None:  # noqa: ARG001 (Root reads it)
    """A newsletter office in a folder.

    Editors write news items as YAML files; an issue picks them; one issue becomes an edition in
    each language; every recipient is accounted for.

    \b
    First steps:
      newsletter demo               see the whole way once, on this computer
      newsletter init my-office     make a folder of your own
      newsletter check              what is wrong in it
      newsletter preview            look at it while you write
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks letters shows others
    ctx.obj = Desk(workspace)


for command in (resting.pause, segments.segments, batches.batches, batches.undo):
    people.subscribers.add_command(command)
for _, commands in FAMILIES:
    for command in commands:
        main.add_command(command)
