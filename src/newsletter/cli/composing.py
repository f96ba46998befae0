"""Commands for those who write: check, build, preview."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.show import count_of, json_option, show_findings, show_json
from newsletter.errors import InputRefused, WrongUsage
from newsletter.model.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable


@click.command()
@click.argument("issue", required=False)
@json_option
@pass_desk
def check(desk: Desk, issue: str | None, as_json: bool) -> None:
    """Say what is wrong in the workspace or in one ISSUE.

    Reads every file, renders every edition, and reports all faults at once, each with its file,
    line and column. An item that cannot be used is an error in the workspace, but only a warning
    for an ISSUE that does not name it. Exit code 1 when there are errors; warnings alone do not
    count.

    \b
    Examples:
      newsletter check
      newsletter check 2015-1
      newsletter check --json 2015-1
    """
    slugs = [issue] if issue else desk.folder.slugs()
    if not slugs:
        raise WrongUsage("there is no issue yet", "begin one with: newsletter new issue NAME")
    findings = _findings(desk, slugs, whole=issue is None)
    if as_json:
        show_json({"issues": slugs, "findings": [_as_json(each) for each in findings]})
    else:
        show_findings(findings)
        click.echo(_summary(slugs, findings))
    if any(each.severity is Severity.ERROR for each in findings):
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("issue")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write to; by default build/ISSUE in the workspace.",
)
@json_option
@pass_desk
def build(desk: Desk, issue: str, output: Path | None, as_json: bool) -> None:
    """Write the editions of ISSUE as files.

    Each language gets newsletter.html, newsletter.txt and newsletter.eml; manifest.json holds
    their digests. The same workspace always gives the same bytes.

    \b
    Examples:
      newsletter build 2015-1
      newsletter build 2015-1 --output /tmp/proof
    """
    from newsletter.render.build import build as write
    from newsletter.wiring import proof

    ready = proof(desk.folder, issue).require_no_errors()
    folder = output or desk.config.root / "build" / issue
    manifest = write(ready.composition, ready.renderings, folder)
    if as_json:
        show_json(manifest)
        return
    show_findings(ready.findings)
    for language, rendering in ready.renderings.items():
        click.echo(f"{folder / language / 'newsletter.html'}  {rendering.digest[:12]}")
    click.echo(f"{folder / 'manifest.json'}")


@click.command()
@click.argument("issue", required=False)
@click.option("--port", default=8025, show_default=True, help="Port on this computer.")
@click.option("--open/--no-open", "browser", default=True, help="Open it in the browser.")
@pass_desk
def preview(desk: Desk, issue: str | None, port: int, browser: bool) -> None:
    """Show the editions in the browser while you write.

    Both languages, as on a desktop and on a phone, in light and dark. The page follows every save.
    Ctrl-C ends it.

    \b
    Examples:
      newsletter preview
      newsletter preview 2015-1 --port 9000 --no-open
    """
    from newsletter.studio.app import create_app
    from newsletter.studio.desk import FolderDesk
    from newsletter.studio.server import serve

    if issue is not None and issue not in desk.folder.slugs():
        desk.folder.issue(issue)  # says which issues there are

    def ready(url: str) -> None:
        page = f"{url}issue/{issue}" if issue else url
        click.echo(f"{page}\nThe page follows every save. Ctrl-C ends it.")
        if browser:
            click.launch(page)

    serve(create_app(FolderDesk(desk.folder)), port=port, ready=ready)


def _findings(desk: Desk, slugs: "Iterable[str]", *, whole: bool) -> list[Finding]:
    """Return the findings of all issues, and of all items if `whole`; each once, errors first."""
    from newsletter.compose.workspace import item_faults
    from newsletter.wiring import proof

    found: dict[Finding, None] = dict.fromkeys(item_faults(desk.folder) if whole else ())
    for slug in slugs:
        try:
            found.update(dict.fromkeys(proof(desk.folder, slug).findings))
        except InputRefused as refused:
            found.update(dict.fromkeys(refused.findings))
    order = list(Severity)
    for fault in [each for each in found if each.severity is Severity.ERROR]:
        found.pop(replace(fault, severity=Severity.WARNING), None)  # the graver of the two counts
    return sorted(found, key=lambda each: (order.index(each.severity), each.place))


def _summary(slugs: list[str], findings: list[Finding]) -> str:
    counts = [
        count_of(number, severity.value)
        for severity in Severity
        if (number := sum(each.severity is severity for each in findings))
    ]
    return f"{', '.join(slugs)}: {', '.join(counts) or 'nothing to mend'}"


def _as_json(finding: Finding) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "file": finding.place.file,
        "line": finding.place.line,
        "column": finding.place.column,
        "message": finding.message,
        "remedy": finding.remedy,
    }
