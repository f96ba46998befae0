"""Commands that publish issues for everybody: the archive on the web."""

import datetime
import time
import zoneinfo
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.show import count_of, json_option, show_findings, show_json
from newsletter.errors import InputRefused, WrongUsage

if TYPE_CHECKING:
    from newsletter.model.finding import Finding
    from newsletter.publish.archive import Archive
    from newsletter.publish.contents import Published
    from newsletter.publish.shelving import Shelved


@click.group()
def archive() -> None:
    """Past issues as a website."""


@archive.command(name="build")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--issue", "only", multiple=True, help="This issue and no other; may be given again.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Issues dated up to this day; by default up to today.",
)
@click.option("--sent", is_flag=True, help="Only issues whose sending has begun.")
@click.option(
    "--pdf/--no-pdf",
    default=None,
    help="With the print edition of each issue, or without; by default as DIR has been built last.",
)
@json_option
@pass_desk
def build_archive(
    desk: Desk,
    folder: Path,
    only: tuple[str, ...],
    until: datetime.datetime | None,
    sent: bool,
    pdf: bool | None,
    as_json: bool,
) -> None:
    """Make a website of past issues in DIR.

    Each issue in each of its languages, lists by year, country and topic, feeds, a sitemap. It is
    made of plain files for any web server, at the address `public_url` in newsletter.yaml: links
    “View in browser” lead there. No page needs a script, and none knows a reader.

    Issues dated later than today are left out, so that nobody publishes a draft by accident. An
    error in one of the others stops the command before anything is written. DIR must be new,
    empty, or an earlier archive, of which only the archive's own files are replaced.

    With --pdf each page links its issue as a PDF for print. What was printed before is kept, so
    that only new and changed issues take time; it needs more than the program itself: pip install
    "newsletter[pdf]". DIR remembers: later builds go on with PDFs until one says --no-pdf, for
    links to them may be anywhere.

    \b
    Examples:
      newsletter archive build site
      newsletter archive build site --pdf
      newsletter archive build site --sent
      newsletter archive build site --until 2015-06-30
    """
    from newsletter.publish.archive import draw_archive
    from newsletter.publish.shelving import own_files, shelve

    begun = time.monotonic()
    before = own_files(folder)  # refuses a folder of something else before the work begins
    choice = _choose(desk, only, until.date() if until else None, sent=sent)
    issues, findings = _proofs(desk, choice.taken)
    if any(name.endswith(".pdf") for name in before) if pdf is None else pdf:
        issues, doubts = _printed(desk, issues)
        findings += doubts
    drawn = draw_archive(desk.folder, issues)
    shelved = shelve(folder, drawn.files, drawn.still_needs)
    if as_json:
        show_json(_facts(folder, choice, drawn, shelved))
        return
    show_findings(findings)
    for slug, why in choice.left:
        click.echo(f"{slug}  left out: {why}")
    click.echo(f"{folder / 'index.html'}")
    papers = f"{count_of(len(drawn.papers), 'PDF')}, " if drawn.papers else ""
    click.echo(
        f"{count_of(len(drawn.issues), 'issue')} in {', '.join(drawn.languages)}: "
        f"{count_of(drawn.pages, 'page')}, {papers}{count_of(len(drawn.files), 'file')}, "
        f"{drawn.octets / 1e6:.1f} MB; "
        f"{shelved.written} new or changed, {shelved.removed} removed; "
        f"{time.monotonic() - begun:.1f} s"
    )


def _facts(folder: Path, choice: "_Choice", drawn: "Archive", shelved: "Shelved") -> dict[str, Any]:
    """Return what scripts are told; docs/json.md explains the keys."""
    return {
        "folder": str(folder),
        "issues": list(drawn.issues),
        "skipped": [{"issue": slug, "reason": why} for slug, why in choice.left],
        "languages": list(drawn.languages),
        "pages": drawn.pages,
        "papers": list(drawn.papers),
        "files": len(drawn.files),
        "bytes": drawn.octets,
        "written": shelved.written,
        "removed": shelved.removed,
    }


@dataclass(frozen=True)
class _Choice:
    """Issues that go into the archive, and those that do not, with the reason."""

    taken: list[str]
    left: list[tuple[str, str]]


def _choose(
    desk: Desk, only: tuple[str, ...], until: datetime.date | None, *, sent: bool
) -> _Choice:
    """Return which issues to publish; raises WrongUsage when there is none."""
    settings = desk.folder.settings().value
    today = datetime.datetime.now(zoneinfo.ZoneInfo(settings.time_zone)).date()
    sent_issues = _sent_issues(desk) if sent else None
    choice = _Choice([], [])
    for slug in only or desk.folder.slugs():
        try:
            date = desk.folder.issue(slug).value.date
        except InputRefused:
            choice.taken.append(slug)  # its faults are told with those of all others
            continue
        why = _reason(slug, date, until or today, sent_issues, by_name=bool(only))
        choice.left.append((slug, why)) if why else choice.taken.append(slug)
    if not choice.taken:
        reasons = "; ".join(f"{slug}: {why}" for slug, why in choice.left) or "there is none"
        raise WrongUsage(
            f"there is no issue to publish: {reasons}",
            "name one with --issue, or a later day with --until",
        )
    return choice


def _reason(
    slug: str, date: datetime.date, last: datetime.date, sent: set[str] | None, *, by_name: bool
) -> str:
    """Return why an issue is left out; empty when it is not."""
    if sent is not None and slug not in sent:
        return "it has not been sent"
    if date > last and not by_name:
        return f"it is dated {date}, after {last}"
    return ""


def _sent_issues(desk: Desk) -> set[str]:
    """Return the issues that the ledger knows; a workspace that never sent has no ledger."""
    from newsletter.store.engine import database_file
    from newsletter.wiring import ledger

    if not database_file(desk.config.database_url).exists():
        return set()
    return set(ledger(desk.config).issues())


def _proofs(desk: Desk, slugs: list[str]) -> "tuple[list[Published], list[Finding]]":
    """Return the issues, checked, and warnings; raises InputRefused with the errors of all."""
    from newsletter.checks.proof import proof
    from newsletter.publish.contents import Published
    from newsletter.render.theme import read_theme

    issues: list[Published] = []
    warnings: dict[Finding, None] = {}
    errors: dict[Finding, None] = {}
    for slug in dict.fromkeys(slugs):
        try:
            ready = proof(desk.folder, slug).without_mail().require_no_errors()
        except InputRefused as refused:
            errors.update(dict.fromkeys(refused.findings))
            continue
        warnings.update(dict.fromkeys(ready.findings))
        issue = ready.composition.issue
        theme = read_theme(desk.folder.root, issue.theme, issue.languages, desk.folder.cache)
        issues.append(Published(ready.composition, theme))
    if errors:
        raise InputRefused(errors)
    return issues, list(warnings)


def _printed(desk: Desk, issues: "list[Published]") -> "tuple[list[Published], list[Finding]]":
    """Return the issues with their print editions, and warnings; says what it had to print.

    Raises InputRefused with the faults of all of them, and NewsletterError when what it takes to
    print is not installed.
    """
    from newsletter.publish.paper import print_issue
    from newsletter.publish.papershelf import PaperShelf

    shelf = PaperShelf(desk.config.paper_cache)
    printed: list[Published] = []
    faults: dict[Finding, None] = {}
    doubts: dict[Finding, None] = {}
    for issue in issues:
        try:
            papers = print_issue(desk.folder, issue.composition, shelf)
        except InputRefused as refused:
            faults.update(dict.fromkeys(refused.findings))
            continue
        printed.append(replace(issue, papers=papers))
        doubts.update(dict.fromkeys(doubt for each in papers.values() for doubt in each.doubts))
        if fresh := [language for language, paper in papers.items() if not paper.kept]:
            click.echo(f"{issue.slug}  printed in {', '.join(fresh)}", err=True)
    if faults:
        raise InputRefused(faults)
    return printed, list(doubts)
