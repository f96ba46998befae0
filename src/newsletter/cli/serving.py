"""The command `serve`: the pages that readers use."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.options import port_option
from newsletter.errors import WrongUsage

if TYPE_CHECKING:
    from newsletter.web.reception import Reception


@click.command()
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen at; the usual one is for a proxy on this computer.",
)
@port_option(8080)
@pass_desk
def serve(desk: Desk, host: str, port: int) -> None:
    """Serve the pages that readers use.

    Subscribe and confirm, preferences, unsubscribe, also with one click of a mail program (RFC
    8058). The mails that belong to these go out from here, too. A web server with TLS stands before
    it and passes on what it is asked for at `public_url`. Ctrl-C ends it.

    \b
    Examples:
      newsletter serve
      newsletter serve --port 9000
    """
    from newsletter.noticing import notice_writer, postman
    from newsletter.people.postman import Postman
    from newsletter.web.app import create_app
    from newsletter.web.server import serve as serve_pages

    reception = _reception(desk)
    writer = notice_writer(desk.folder, desk.config, reception.keys)

    def make() -> Postman | None:
        store = reception.open_store()
        return postman(desk.folder, desk.config, store, writer) if store else None

    def ready(url: str) -> None:
        click.echo(f"{url}\nServes {reception.settings.public_url}. Ctrl-C ends it.")

    serve_pages(create_app(reception, make), host, port, ready=ready)


def _reception(desk: Desk) -> "Reception":
    from newsletter.web.reception import Reception
    from newsletter.webhooks import postbox
    from newsletter.wiring import ServedPeople, journal, keys_without_database, pages_theme

    settings = desk.folder.settings().value
    theme = pages_theme(desk.folder, settings)
    return Reception(
        settings=settings,
        lists=desk.folder.lists().value.lists,
        colours=dict(theme.file.value.colours) if theme else {},
        keys=keys_without_database(desk.config),
        journal=journal(desk.config),
        open_store=ServedPeople(desk.config),
        archive=_archive(desk, settings.web.archive),
        postbox=postbox(desk.config, settings.returns.webhooks),
    )


def _archive(desk: Desk, folder: str | None) -> Path | None:
    if folder is None:
        return None
    path = desk.config.root / folder
    if not path.is_dir():
        raise WrongUsage(
            f"{path}: there is no archive here (newsletter.yaml: `web: archive`)",
            f"make it first: newsletter archive build {folder}",
        )
    return path
