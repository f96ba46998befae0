"""Commands for what comes back: `newsletter returns explain | report | undo`, and to take it."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli import fetching
from newsletter.cli.delivering import now
from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.show import count_of, json_option, printable, show_json, show_table
from newsletter.errors import NewsletterError, WrongUsage

if TYPE_CHECKING:
    from newsletter.model.returns import Report, Reported
    from newsletter.store.returnviews import IssueReturns


@click.group()
def returns() -> None:
    """Bounces, complaints and automatic answers: take them, act on them, tell of them."""


for _command in (fetching.fetch, fetching.run, fetching.read):
    returns.add_command(_command)


@returns.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def explain(files: tuple[Path, ...], as_json: bool) -> None:
    """Say what the messages in FILES mean; - is standard input.

    A file holds one message, or several as an mbox; a folder, such as a Maildir, holds files. What
    a provider posted is known by the end of its name: .ses, .mailgun, .postmark, .sendgrid, .brevo.
    Nothing is changed: this is to see how the program understands what came back.

    \b
    Examples:
      newsletter returns explain bounce.eml
      newsletter returns explain ~/Maildir/new --json
    """
    for name, report in _reports(files):
        if as_json:
            click.echo(json.dumps(_as_json(report), ensure_ascii=False))
        else:
            _show(name, report)


def _reports(files: tuple[Path, ...]) -> "Iterator[tuple[str, Report]]":
    for file in files:
        for each in _files_in(file):
            several = _reports_in(each)
            for number, report in enumerate(several, start=1):
                yield (f"{each} ({number})" if len(several) > 1 else str(each)), report


def _reports_in(file: Path) -> "list[Report]":
    from newsletter.returns.mailboxes import messages_in
    from newsletter.returns.providers.reading import PROVIDERS, read_posted
    from newsletter.returns.reading import read_report

    provider = file.suffix.lstrip(".")
    if provider in PROVIDERS:
        return [posted.report for posted in read_posted(provider, _read(file))]
    return [read_report(data) for data in messages_in(_read(file))]


def _files_in(file: Path) -> list[Path]:
    if not file.is_dir():
        return [file]
    return sorted(each for each in file.rglob("*") if each.is_file())


def _read(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as fault:
        raise NewsletterError(
            f"{file}: cannot be read: {fault.strerror}", "check its name and rights"
        ) from fault


def _as_json(report: "Report") -> dict[str, Any]:
    """Return a Report as plain values, for scripts."""
    return {
        "kind": report.kind,
        "recipients": [
            {
                "address": each.address,
                "permanent": each.permanent,
                "status": each.status,
                "reason": each.reason,
                "scope": each.scope,
                "suppress": each.suppress,
                "confidence": each.confidence,
                "evidence": each.evidence,
            }
            for each in report.recipients
        ],
        "reporter": report.reporter,
        "message_id": report.message_id,
        "evidence": report.evidence,
    }


_KINDS = {
    "bounce": "a bounce",
    "delay": "a delay: it is tried further, nothing is to be done",
    "complaint": "a complaint: the reader wants no more mail",
    "auto-reply": "an automatic answer: it changes nothing",
    "other": "none of these: for a person to read",
}
_ABOUT = {
    "recipient": "the reader",
    "sender": "us",
    "message": "this mail",
    "network": "the way there",
}


_UNSURE = {
    "medium": "not quite sure: only words or code say so, or they differ",
    "low": "not sure: neither words nor code say why",
}
_WORDS = 74  # letters between the quotation marks, so that a line has 80 at most


def _cut(words: str) -> str:
    return words if len(words) <= _WORDS else f"{words[: _WORDS - 1]}…"


def _show(name: str, report: "Report") -> None:
    click.echo(f"{printable(name)}: {_KINDS[report.kind]}")
    by = f"; from {printable(report.reporter)}" if report.reporter else ""
    click.echo(f"  {printable(report.evidence)}{by}")
    for each in report.recipients:
        _show_recipient(each, is_complaint=report.kind == "complaint")


def _show_recipient(told: "Reported", *, is_complaint: bool) -> None:
    click.echo(f"  {printable(told.address)}")
    if is_complaint:
        return
    lasting = {True: "for good", False: "for now", None: "nobody says for how long"}
    about = _ABOUT[told.scope] if told.reason != "unknown" else "nobody knows what"
    code = f" ({told.status})" if told.status else ""
    click.echo(
        f"    {told.reason.replace('_', ' ')}{code}, {lasting[told.permanent]}; about {about}"
    )
    if told.evidence:
        click.echo(f"    “{_cut(printable(told.evidence))}”")
    if told.confidence != "high":
        click.echo(f"    {_UNSURE[told.confidence]}")
    if told.suppress:
        click.echo("    by this alone the address would not be written to any more")


@returns.command()
@click.argument("issue")
@json_option
@pass_desk
def report(desk: Desk, issue: str, as_json: bool) -> None:
    """Tell what came back of ISSUE, by provider and reason.

    \b
    Examples:
      newsletter returns report 2015-1
      newsletter returns report 2015-1 --json
    """
    from newsletter.mailing.report import insist_frozen
    from newsletter.wiring import ledger, people_store

    insist_frozen(ledger(desk.config), issue)
    with people_store(desk.config).read() as people:
        found = people.returns.of_issue(issue)
    if as_json:
        show_json(_report_json(found))
        return
    share = f" ({100 * found.came_back / found.mails:.1f} %)" if found.mails else ""
    click.echo(
        f"{issue}: {count_of(found.mails, 'mail')} went out, something came back of "
        f"{found.came_back:,}{share}."
    )
    if found.counts:
        click.echo()
        show_table(
            ("provider", "what", "why", "mails", "done"),
            [
                (
                    each.provider,
                    each.kind,
                    each.reason.replace("_", " ") if each.reason != "unknown" else "",
                    f"{each.mails:,}",
                    _DONE[each.action],
                )
                for each in found.counts
            ],
        )
    for each in found.alarms:
        where = f" at {each.provider}" if each.provider else ""
        click.echo(
            f"\nAlarm of {each.at:%Y-%m-%d %H:%M} UTC, {each.rule.replace('-', ' ')}{where}: "
            f"{each.count:,} of {each.mails:,} mails"
        )


_DONE = {
    "suppressed": "not written to any more",
    "ended": "subscriptions ended",
    "counted": "counted",
    "ours": "nothing: about us",
    "none": "nothing",
}


def _report_json(found: "IssueReturns") -> dict[str, Any]:
    return {
        "issue": found.issue,
        "mails": found.mails,
        "came_back": found.came_back,
        "counts": [
            {
                "provider": each.provider,
                "kind": each.kind,
                "reason": each.reason,
                "action": each.action,
                "mails": each.mails,
            }
            for each in found.counts
        ],
        "alarms": [
            {
                "rule": each.rule,
                "provider": each.provider,
                "count": each.count,
                "mails": each.mails,
                "at": each.at.isoformat(),
            }
            for each in found.alarms
        ],
    }


@returns.command()
@click.argument("addresses", nargs=-1)
@click.option("--issue", default="", help="All that this issue suppressed.")
@click.option("--provider", default="", help="Of these only those at this domain's provider.")
@click.option("--reason", required=True, help="Why, in words; it is kept.")
@pass_desk
def undo(desk: Desk, addresses: tuple[str, ...], issue: str, provider: str, reason: str) -> None:
    """Write to ADDRESSES again that were suppressed because of what came back.

    What came back of them so far counts no more. Subscriptions that ended because a reader called a
    mail spam stay ended: only the reader begins them anew.

    \b
    Examples:
      newsletter returns undo anna@example.org --reason "she called"
      newsletter returns undo --issue 2015-1 --provider gmail.com \\
          --reason "their fault of 14 December"
    """
    from newsletter.mailing.report import insist_frozen
    from newsletter.people.facts import read_address
    from newsletter.returns.undoing import undo as carry_out
    from newsletter.returns.undoing import undo_issue
    from newsletter.wiring import ledger, people_store

    store, at = people_store(desk.config), now()
    if bool(addresses) == bool(issue) or (provider and not issue):
        raise WrongUsage(
            "name addresses, or an issue", "see `newsletter returns undo --help` for examples"
        )
    if issue:
        insist_frozen(ledger(desk.config), issue)
        done = undo_issue(store, issue, provider, reason=reason, at=at)
    else:
        done = carry_out(store, [read_address(each) for each in addresses], reason=reason, at=at)
    for address in done:
        click.echo(f"{printable(address)} is written to again.")
    if not done:
        click.echo("Nobody was suppressed because of that.")
