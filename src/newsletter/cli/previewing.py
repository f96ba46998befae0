"""The command `preview`: the editions in the browser, or as pages to mail to a colleague."""

from pathlib import Path

import click

from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.options import port_option
from newsletter.errors import WrongUsage


@click.command()
@click.argument("issue", required=False)
@port_option(8025)
@click.option("--open/--no-open", "browser", default=True, help="Open it in the browser.")
@click.option(
    "--export",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the page into this folder instead, to mail to a colleague.",
)
@pass_desk
def preview(desk: Desk, issue: str | None, port: int, browser: bool, folder: Path | None) -> None:
    """Show the editions in the browser while you write.

    All languages side by side; desktop and phones, light, dark and forced dark, without pictures,
    as plain text, source or message; as any reader. What `check` finds stands beside the place it
    speaks of. The page follows every save. Ctrl-C ends it.

    With --export the same page is written as a file that needs no server and no network. It holds
    nothing about any subscriber.

    \b
    Examples:
      newsletter preview
      newsletter preview 2015-1 --port 9000 --no-open
      newsletter preview 2015-1 --export proof
    """
    if issue is not None and issue not in desk.folder.slugs():
        desk.folder.issue(issue)  # says which issues there are
    if folder:
        _export(desk, issue, folder)
    else:
        _serve(desk, issue, port, browser=browser)


def _serve(desk: Desk, issue: str | None, port: int, *, browser: bool) -> None:
    from newsletter.studio.app import create_app
    from newsletter.studio.desk import FolderDesk
    from newsletter.studio.server import serve

    def ready(url: str) -> None:
        page = f"{url}issue/{issue}" if issue else url
        click.echo(f"{page}\nThe page follows every save. Ctrl-C ends it.")
        if browser:
            click.launch(page)

    serve(create_app(FolderDesk(desk.folder, desk.config)), port=port, ready=ready)


def _export(desk: Desk, issue: str | None, folder: Path) -> None:
    from newsletter.compose.workspace import NO_ISSUE
    from newsletter.studio.desk import FolderDesk
    from newsletter.studio.still import export

    slugs = [issue] if issue else desk.folder.slugs()
    if not slugs:
        raise WrongUsage(*NO_ISSUE)
    for path in export(FolderDesk(desk.folder), slugs, folder):
        click.echo(f"{path}  {max(1, round(path.stat().st_size / 1024))} KB")
    click.echo("The page opens in any browser, without a network; no subscriber is in it.")
