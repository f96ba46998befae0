"""`newsletter items import`: stories from feeds, pages and pasted lists, as drafts."""

import collections
import datetime
import functools
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.listing import shortened
from newsletter.cli.options import day_option, insist_on_order
from newsletter.cli.show import complain, count_of, json_option, show_findings, show_json
from newsletter.errors import NewsletterError
from newsletter.model.place import Place

if TYPE_CHECKING:
    from newsletter.gather.importing import Importer, SourcePlan
    from newsletter.gather.origin import Fetch
    from newsletter.gather.story import Note
    from newsletter.model.finding import Finding


@click.command(name="import")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE…")
@click.option(
    "--kind",
    type=click.Choice(("news", "announcement", "publication", "project")),
    default="news",
    help="What the items are; events of a page are events. News by default.",
)
@click.option("--language", default="", help="Language of the words; found out by default.")
@day_option("--date", "day", help="Day of stories whose source names none.")
@day_option("--from", "since", help="Only stories from this day on.")
@day_option("--to", "until", help="Only stories up to this day.")
@click.option(
    "--limit",
    type=click.IntRange(1, 2000),
    default=200,
    help="At most so many stories of each source, from its top; 200 by default.",
)
@click.option(
    "--again",
    is_flag=True,
    help="Also stories that were deleted, or that have title and day of another item.",
)
@click.option(
    "--inside",
    is_flag=True,
    help="SOURCE may be on this computer or in your own network: an intranet.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@json_option
@pass_desk
def import_items(
    desk: Desk,
    sources: tuple[str, ...],
    kind: str,
    language: str,
    day: datetime.date | None,
    since: datetime.date | None,
    until: datetime.date | None,
    limit: int,
    again: bool,
    inside: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take stories from elsewhere as drafts.

    SOURCE is an address, a file, or - for what is piped in: an RSS, Atom or JSON feed, a web page,
    or a list of news that you copied from one (title, date, summary). Each story becomes a file
    with `draft: true`, which no issue takes until you delete that line. The same story never comes
    twice, not even after you deleted its file.

    \b
    Examples:
      newsletter items import https://www.example.org/news/rss.xml
      newsletter items import --from 2015-04-01 --dry-run feed.xml
      newsletter items import --language ru news.txt
    """
    from newsletter.compose.catalogue import insist_known
    from newsletter.gather.importing import Importer, Wishes

    insist_on_order(since, until)
    settings = desk.folder.settings().value
    insist_known("language", (language,) if language else (), settings.languages)
    wishes = Wishes(
        kind=kind,
        language=language,
        day=day,
        since=since,
        until=until,
        limit=limit,
        again=again,
    )
    importer = Importer(desk.folder, wishes, datetime.date.today())  # noqa: DTZ011 (the editor's day)
    done: list[dict[str, object]] = []
    failed = False
    for source in sources:
        try:
            planned = _planned(importer, source, settings.languages, inside=inside)
        except NewsletterError as error:
            failed = True
            complain(error)
            continue
        if not dry_run:
            collections.deque(importer.write(planned), maxlen=0)
        failed = failed or bool(planned.refused)
        done.append(_as_json(planned))
        show_findings((*planned.alike, *planned.shortened, *planned.refused), err=True)
        if not as_json:
            _show_plan(planned, dry_run=dry_run)
    if as_json:
        show_json({"written": not dry_run, "sources": done})
    elif not dry_run and any(each["new"] for each in done):
        click.echo("Next: read them, and delete the line `draft: true` in those you want.")
    if failed:
        raise click.exceptions.Exit(1)


def _planned(
    importer: "Importer", source: str, languages: Iterable[str], *, inside: bool
) -> "SourcePlan":
    """Return what would become of the stories of `source`; raises NewsletterError."""
    from newsletter.fetch import FetchRefused
    from newsletter.gather.days import Days
    from newsletter.gather.origin import read_origin
    from newsletter.gather.reading import read_stories
    from newsletter.gather.story import Unreadable

    try:
        origin = read_origin(source, _fetcher(source, inside=inside), sys.stdin.buffer)
    except FetchRefused as refused:
        remedy = "if it is in your own network, add --inside" if refused.inner else refused.remedy
        raise NewsletterError(refused.message, remedy) from None
    try:
        reading = read_stories(origin, Days(languages))
    except Unreadable as fault:
        raise NewsletterError(f"{source} {fault}", fault.remedy) from None
    return importer.plan(source, reading)


def _fetcher(source: str, *, inside: bool) -> "Fetch":
    """Return how to fetch `source`; `inside` vouches for its own host and port, no others."""
    from urllib.parse import urlsplit

    from newsletter.fetch import Guard, fetch

    if not inside:
        return fetch
    try:
        parts = urlsplit(source)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        return fetch  # which says what is wrong with it
    return functools.partial(fetch, guard=Guard(inside=frozenset({(parts.hostname or "", port)})))


def _as_json(planned: "SourcePlan") -> dict[str, object]:
    return {
        "source": planned.source,
        "kind": planned.reading.kind,
        "name": planned.reading.name,
        "new": [
            {
                "id": each.new.id,
                "title": each.story.title,
                "date": each.new.day.isoformat(),
                "url": each.story.url,
                "cut": list(each.cut),
            }
            for each in planned.taken
        ],
        "known": planned.known,
        "deleted": planned.deleted,
        "outside": planned.outside,
        "beyond": planned.beyond,
        "alike": _told(planned.alike),
        "refused": _told(planned.refused),
        "notes": [_note(planned.source, each) for each in planned.reading.notes],
    }


def _told(findings: Iterable["Finding"]) -> list[dict[str, object]]:
    return [
        {"line": each.place.line, "message": each.message, "remedy": each.remedy}
        for each in findings
    ]


def _show_plan(planned: "SourcePlan", *, dry_run: bool) -> None:
    """Print what became of one source, or would."""
    reading = planned.reading
    click.echo(f"{planned.source}: {reading.kind}, {_stories(len(reading.stories))}")
    for each in planned.taken:
        click.echo(f"  {each.new.id}")
        click.echo(f"    {shortened(each.story.title, 4)}")
    told = [f"{len(planned.taken)} {'would be new' if dry_run else 'new'}"]
    told.append(f"{planned.known} already there")
    for count, words in (
        (planned.deleted, "deleted before (--again takes them)"),
        (len(planned.alike), "with title and day of another (--again takes them)"),
        (planned.outside, "of other days"),
        (planned.beyond, "beyond --limit"),
        (len(planned.refused), "refused"),
    ):
        if count:
            told.append(f"{count} {words}")
    click.echo(f"  {', '.join(told)}")
    for note in reading.notes:
        click.echo(f"  {_note(planned.source, note)}")


def _note(source: str, note: "Note") -> str:
    return f"{Place(source, note.line, note.column)}: {note.text}" if note.line else note.text


def _stories(number: int) -> str:
    return count_of(number, "story", "stories")
