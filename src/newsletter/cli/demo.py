"""`newsletter demo`: the main job from an empty folder to a report, on this computer alone.

The sink's own log is the witness: the demo succeeds only if every candidate is accepted or
excluded, and the sink filed exactly one message for each that was accepted.
"""

import asyncio
import collections
import dataclasses
import datetime
import json
import shutil
from pathlib import Path

import click

from newsletter.checks.proof import Proof, proof
from newsletter.cli.accounts import show_report
from newsletter.cli.demopage import write_page
from newsletter.cli.findings import summary
from newsletter.cli.progress import progress_bar
from newsletter.cli.show import count_of, show_findings
from newsletter.compose.workspace import Folder
from newsletter.config import Config, read_config
from newsletter.errors import WrongUsage
from newsletter.mailing.deliver import Surroundings, deliver
from newsletter.mailing.prepare import prepare
from newsletter.mailing.report import Report
from newsletter.model.mailing import DeliveryState
from newsletter.people.importing import RowOutcome, apply_import, plan_import
from newsletter.render.build import build
from newsletter.smtp.sink import Sink
from newsletter.starter import SAMPLE_PEOPLE, make_workspace
from newsletter.wiring import (
    delivery_settings,
    drafts,
    keys,
    ledger,
    people_store,
    routes,
    vocabulary,
)

ISSUE = "2015-1"
_BASIS = "invented people of the sample workspace"
_MARKER = ".newsletter-demo"


def run_demo(target: Path) -> bool:
    """Run the demo in `target` and return whether everybody is accounted for."""
    _make_folder(target)
    config = read_config(target.resolve(), environment={})
    folder = Folder(config.root)
    _step("Workspace", f"{target}: the sample newsletter of the ILO Moscow office")
    _import_people(config, folder, target)
    ready = proof(folder, ISSUE).require_no_errors()
    _step("Check", summary([f"{ISSUE} ({', '.join(ready.renderings)})"], ready.findings))
    show_findings(ready.findings)
    build(ready.composition, ready.renderings, target / "build" / ISSUE)
    _step("Build", f"{target / 'build' / ISSUE}: HTML, text and .eml in each language")
    report = asyncio.run(_send(config, folder, ready))
    complete = _account(report, target / "sink" / "log.jsonl")
    page = write_page(target, ready)
    click.echo()
    click.echo(f"Editions side by side   {page}")
    click.echo(f"A message as received   {target / 'sink' / 'messages' / '000001.eml'}")
    click.echo(f"Try next                cd {target} && newsletter preview")
    return complete


def _make_folder(target: Path) -> None:
    if (target / _MARKER).is_file():
        shutil.rmtree(target)
    elif target.exists() and any(target.iterdir()):
        raise WrongUsage(f"{target} is not empty", "name a new folder: newsletter demo my-demo")
    make_workspace(target, sample=True)
    (target / _MARKER).write_text("made by newsletter demo, which may replace this folder\n")


def _step(name: str, words: str) -> None:
    click.echo(f"{click.style(f'{name:<10}', bold=True)} {words}")


def _import_people(config: Config, folder: Folder, target: Path) -> None:
    store, words = people_store(config), vocabulary(folder)
    for name, list_name in zip(SAMPLE_PEOPLE, ("constituents", "media"), strict=True):
        file = target / "subscribers" / name
        with plan_import(store, file, list_name=list_name, vocabulary=words) as plan:
            at = datetime.datetime.now(tz=datetime.UTC)
            tally = apply_import(plan, basis=_BASIS, at=at, skip_invalid=True)
        added = tally.count(RowOutcome.NEW, RowOutcome.SUBSCRIBED)
        parts = [f"{count_of(tally.rows, 'row')}, {count_of(added, 'subscription')}"]
        for outcome, what in ((RowOutcome.DUPLICATE, "twice"), (RowOutcome.REFUSED, "unusable")):
            if count := tally.count(outcome):
                parts.append(f"{count:,} {what}")
        _step("Import", f"{name} ({plan.table.encoding.name}) to {list_name}: {', '.join(parts)}")


async def _send(config: Config, folder: Folder, ready: Proof) -> Report:
    settings = ready.composition.office.settings
    books = ledger(config)
    now = datetime.datetime.now(tz=datetime.UTC)
    prepare(books, ISSUE, drafts(ready, ready.composition.issue.lists, now), now)
    async with Sink(folder.root / "sink") as server:
        relay = f"smtp://127.0.0.1:{server.port}?tls=none"
        _step("Send", f"over SMTP to a server of its own, {relay}")
        with progress_bar(quiet=False) as listener:
            return await deliver(
                books,
                routes(dataclasses.replace(config, relay=relay), settings),
                keys(config),
                ISSUE,
                delivery_settings(settings),
                Surroundings(listener=listener),
            )


def _account(report: Report, log: Path) -> bool:
    """Print the report, hold it against what the sink filed, and return whether all fits."""
    click.echo()
    show_report(report)
    filed = collections.Counter(
        json.loads(line)["recipient"] for line in log.read_text(encoding="utf-8").splitlines()
    )
    accepted = report.count(DeliveryState.ACCEPTED)
    candidates = sum(tally.candidates for tally in report.tallies)
    excluded = sum(tally.excluded for tally in report.tallies)
    by_language: collections.Counter[str] = collections.Counter()
    for tally in report.tallies:
        by_language.update(tally.by_language)
    editions = ", ".join(f"{count:,} {language}" for language, count in by_language.items())
    twice = sum(count > 1 for count in filed.values())
    complete = (
        candidates == accepted + excluded and len(filed) == filed.total() == accepted and not twice
    )
    click.echo()
    click.echo(
        f"{candidates:,} candidates = {accepted:,} accepted ({editions}) + {excluded:,} excluded"
    )
    click.echo(f"The server filed {filed.total():,} messages for {len(filed):,} addresses.")
    verdict = ("Everybody is accounted for.", "green") if complete else ("There is a gap.", "red")
    click.echo(click.style(verdict[0], fg=verdict[1], bold=True))
    return complete
