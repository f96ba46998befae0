"""Commands for what comes back: `newsletter returns explain`."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.show import json_option, printable
from newsletter.errors import NewsletterError

if TYPE_CHECKING:
    from newsletter.model.returns import Report, Reported


@click.group()
def returns() -> None:
    """Read bounces, complaints and automatic answers."""


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
    if told.suppress:
        click.echo("    by this alone the address would not be written to any more")
