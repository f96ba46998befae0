"""Commands that stay on this computer: sink, demo."""

import asyncio
import signal
from pathlib import Path

import click

from newsletter.cli.options import port_option
from newsletter.errors import NewsletterError


@click.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("sink"),
    show_default=True,
    help="Folder for the messages and the log.",
)
@port_option(2525)
@click.option("--quiet", is_flag=True, help="Print nothing but the port.")
def sink(folder: Path, port: int, quiet: bool) -> None:
    """Run a mail server that files whatever it gets.

    It delivers nothing. For practice: with `relay: smtp://localhost:2525?tls=none` in
    newsletter.yaml a whole send goes into a folder. DIR/messages has the messages, DIR/log.jsonl
    a line for each. Ctrl-C ends it.

    \b
    Example:
      newsletter sink --dir /tmp/mail
    """
    from newsletter.smtp.sink import Sink

    async def run() -> None:
        stop = asyncio.Event()
        for kind in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(kind, stop.set)
        try:
            async with Sink(folder, port=port) as server:
                click.echo(f"smtp://localhost:{server.port}?tls=none")
                if not quiet:
                    click.echo(f"Messages go to {folder / 'messages'}. Ctrl-C ends it.")
                await stop.wait()
        except OSError as fault:
            raise NewsletterError(
                f"cannot listen on port {port} or write to {folder}: {fault.strerror}",
                "choose another with --port or --dir",
            ) from None

    asyncio.run(run())


@click.command()
@click.argument(
    "folder", type=click.Path(path_type=Path, file_okay=False), default=Path("newsletter-demo")
)
def demo(folder: Path) -> None:
    """See the whole way once, on this computer alone.

    Makes a workspace in FOLDER, imports 300 invented people, checks and builds issue 2015-1 in
    English and Russian, sends it over SMTP to a server of its own, and accounts for everybody.
    Nothing leaves this computer. A FOLDER of an earlier demo is made anew.
    """
    from newsletter.cli.demo import run_demo

    if not run_demo(folder):
        raise click.exceptions.Exit(3)
