"""Commands for what is kept, where and how long: `newsletter retention run`, `data-map`."""

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.show import json_option, show_json, show_table

if TYPE_CHECKING:
    from newsletter.people.retention import Kept

_WORDS = {
    "never_confirmed_days": "subscriptions that nobody confirmed",
    "answers_months": "answers of mail servers",
    "facts_months": "people who left: name, country and so on",
    "imports_months": "facts as they were before an import",
    "mails_months": "mails: whom they went to",
}


@click.group()
def retention() -> None:
    """Let go of what has been kept long enough."""


@retention.command()
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@json_option
@pass_desk
def run(desk: Desk, dry_run: bool, as_json: bool) -> None:
    """Remove what is older than `retention` in newsletter.yaml says.

    Evidence of consent, suppressions, states of mails and all sums stay. Run it once a month. A
    second time it finds nothing to do; while a send goes on it does nothing.

    \b
    Examples:
      newsletter retention run --dry-run
      newsletter retention run
    """
    from newsletter.people.retention import run_retention
    from newsletter.returns.spool import Spool
    from newsletter.wiring import people_store

    periods = desk.folder.settings().value.retention
    at = datetime.datetime.now(tz=datetime.UTC)
    spool = Spool(desk.config.state)
    found = run_retention(people_store(desk.config), spool, periods, at, dry_run=dry_run)
    if as_json:
        show_json({"removed": not dry_run, "rules": [_json(each) for each in found]})
        return
    rows = [(_WORDS[each.rule], each.period, _day(each), f"{each.count:,}") for each in found]
    show_table(("what", "kept", "older than", "would go" if dry_run else "went"), rows)


def _day(kept: "Kept") -> str:
    return f"{kept.before:%Y-%m-%d}" if kept.before else "-"


def _json(kept: "Kept") -> dict[str, Any]:
    return {
        "rule": kept.rule,
        "period": kept.period,
        "before": kept.before.isoformat() if kept.before else None,
        "count": kept.count,
    }


@click.command(name="data-map")
@click.option("--language", type=click.Choice(["en", "ru"]), help="Language of the page.")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="File.")
@pass_desk
def data_map_command(desk: Desk, language: str | None, output: Path | None) -> None:
    """Write which data are kept, why, where, for whom and how long, as a page for lawyers.

    It is the record of processing of GDPR Article 30 and fits 152-FZ, written from the settings as
    Markdown. What only people can know stands in brackets: fill it in.

    \b
    Example:
      newsletter data-map --language ru -o data-map.ru.md
    """
    from newsletter.people.datamap import LANGUAGES, data_map
    from newsletter.people.exporting import replacing
    from newsletter.wiring import places

    settings, lists = desk.folder.settings().value, desk.folder.lists().value
    default = settings.default_language
    language = language or (default if default in LANGUAGES else LANGUAGES[0])
    day = datetime.datetime.now(tz=datetime.UTC).date()
    page = data_map(settings, lists, places(desk.config, settings), language, day)
    if output is None:
        click.echo(page, nl=False)
        return
    with replacing(output) as stream:
        stream.write(page.encode())
    click.echo(f"{output}: fill in what stands in [brackets]")
