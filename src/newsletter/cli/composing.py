"""The command `build`: an issue as files."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.show import count_of, json_option, show_findings, show_json
from newsletter.cli.translating import note_translations

if TYPE_CHECKING:
    from newsletter.compose.compose import Composition
    from newsletter.model.paper import Paper


@click.command()
@click.argument("issue")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write to; by default build/ISSUE in the workspace.",
)
@click.option("--pdf", is_flag=True, help="Write the print edition, too: newsletter.pdf.")
@json_option
@pass_desk
def build(desk: Desk, issue: str, output: Path | None, pdf: bool, as_json: bool) -> None:
    """Write the editions of ISSUE as files.

    Each language gets newsletter.html, newsletter.txt and newsletter.eml; manifest.json holds
    their digests. The same workspace always gives the same bytes. With --pdf each language also
    gets newsletter.pdf: A4 pages for print, tagged for screen readers. This needs more than the
    program itself: pip install "newsletter[pdf]". Files of an earlier build that this one does
    not make, such as its PDF, are removed. Translations that are seen for the first time are
    noted in issues/translations.lock. Sections for a segment stand in editions of their own, as
    en.SEGMENT.

    \b
    Examples:
      newsletter build 2015-1
      newsletter build 2015-1 --pdf
      newsletter build 2015-1 --output /tmp/proof
    """
    from newsletter.checks.proof import proof
    from newsletter.render.build import build as write

    ready = proof(desk.folder, issue).require_no_errors()
    folder = output or desk.config.root / "build" / issue
    papers = _papers(desk, ready.composition) if pdf else {}
    built = write(ready.composition, ready.everything, folder, papers)
    note_translations(desk, ready.composition)
    if as_json:
        show_json(built.manifest)
        return
    doubts = [doubt for paper in papers.values() for doubt in paper.doubts]
    show_findings([*ready.findings, *doubts])
    for language, rendering in ready.everything.items():
        click.echo(f"{folder / language / 'newsletter.html'}  {rendering.digest[:12]}")
    for language, paper in papers.items():
        pages = count_of(paper.pages, "page")
        click.echo(f"{folder / language / 'newsletter.pdf'}  {paper.digest[:12]}, {pages}")
    for name in built.removed:
        click.echo(f"{folder / name}  removed: an earlier build made it, this one does not")
    click.echo(f"{folder / 'manifest.json'}")


def _papers(desk: Desk, composition: "Composition") -> "dict[str, Paper]":
    from newsletter.publish.paper import print_issue
    from newsletter.publish.papershelf import PaperShelf

    return print_issue(desk.folder, composition, PaperShelf(desk.config.paper_cache))
