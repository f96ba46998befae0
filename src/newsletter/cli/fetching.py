"""Commands that take what comes back: `newsletter returns fetch | run | read`."""

import contextlib
import signal
import sys
import textwrap
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.delivering import now
from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.show import complain, count_of, json_option, printable, show_json
from newsletter.errors import NewsletterError, WrongUsage

if TYPE_CHECKING:
    from newsletter.returns.service import Round

_FEW = 5
_TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits: a mail server keeps the mail and tries again
_LARGEST = 50_000_000  # octets
_PIECE = 1_000_000
_WIDTH = 80
_KINDS = {
    "bounce": ("bounce", "bounces"),
    "delay": ("warning of a delay", "warnings of a delay"),
    "complaint": ("complaint", "complaints"),
    "auto-reply": ("automatic answer", "automatic answers"),
}
_OTHERS = {
    "refused": ("refused while sending", "refused while sending"),
    "left": ("left by a mail to the address for that", "left by a mail to the address for that"),
}
_ACTIONS = {
    "suppressed": ("address is not written to any more", "addresses are not written to any more"),
    "ended": ("reader's subscriptions ended", "readers' subscriptions ended"),
    "counted": ("counted, for it may pass", "counted, for they may pass"),
    "ours": ("about us or the mail, not the reader", "about us or the mail, not the readers"),
    "none": (
        "changes nothing: it is about no mail of ours, or no reader of it",
        "change nothing: they are about no mail of ours, or no reader of it",
    ),
}


@click.command()
@json_option
@pass_desk
def fetch(desk: Desk, as_json: bool) -> None:
    """Take what came back from the mailboxes, once, and act on it.

    The mailboxes stand in newsletter.yaml (`returns: mailboxes`). What is about the reader and for
    good ends the mails to an address; what is about us changes nothing for anybody. What relays
    refused while sending is judged, too. Nothing is deleted in a mailbox.

    \b
    Examples:
      newsletter returns fetch
      newsletter returns fetch --json
    """
    from newsletter.returning import mailboxes, returns_desk, spool
    from newsletter.returns.service import fetch_once

    settings = desk.folder.settings().value
    kept = spool(desk.config)
    found = mailboxes(desk.config, settings)
    done = fetch_once(returns_desk(desk.config, settings), kept, found, now)
    if as_json:
        show_json(_as_json(done))
    elif done.is_empty:
        click.echo("Nothing new came back.")
        if not found:
            click.echo("No mailbox is named: `returns: mailboxes` in newsletter.yaml.")
    else:
        _show(done)
        _show_folders(done, desk)
    for fault in done.faults.values():
        complain(fault)
    if done.faults:
        sys.exit(1)
    if any(raised.paused for raised in done.raised):
        sys.exit(4)


@click.command()
@pass_desk
def run(desk: Desk) -> None:
    """Take what comes back and act on it as it comes, until Ctrl-C.

    For a service. A mailbox is looked at when its server tells of news (IMAP), and every few
    minutes (`returns: every_minutes`).

    \b
    Example:
      newsletter returns run
    """
    from newsletter.returning import mailboxes, returns_desk, spool
    from newsletter.returns.service import run as serve

    settings = desk.folder.settings().value
    found = mailboxes(desk.config, settings)
    names = ", ".join(each.name for each in found) or "the spool"
    click.echo(f"Looks at {printable(names)}. Ctrl-C ends it.")
    every = 60.0 * settings.returns.every_minutes
    with _stopping() as stop:
        rounds = serve(
            returns_desk(desk.config, settings), spool(desk.config), found, now, stop, every=every
        )
        for done in rounds:
            click.echo(f"{now().astimezone():%Y-%m-%d %H:%M:%S}")
            _show(done)
            _show_folders(done, desk)
            for fault in done.faults.values():
                complain(fault)
            sys.stdout.flush()


@click.command()
@click.option("--recipient", default="", help="Whom the mail was sent to, if the server says it.")
@pass_desk
def read(desk: Desk, recipient: str) -> None:
    """Keep one message that a mail server hands over on standard input.

    For an alias or a transport of your mail server. It is on the disk when this ends with exit code
    0; at 75 the server has to try again. `newsletter returns run`, or `fetch`, acts on it.

    \b
    Example, in /etc/aliases:
      bounces: "|newsletter -C /srv/newsletter returns read"
    """
    from newsletter.returning import spool

    raw = sys.stdin.buffer.read(_LARGEST)
    while sys.stdin.buffer.read(_PIECE):  # a server whose pipe breaks would send it again
        pass
    if not raw.strip():
        raise WrongUsage("there is no message on standard input", "see --help for how it is used")
    if recipient:
        line = " ".join(recipient.split())
        head, rest = _behind_mbox_line(raw)
        raw = head + f"Delivered-To: {line}\n".encode() + rest  # RFC 9228
    try:
        spool(desk.config).keep(raw)
    except NewsletterError as fault:
        complain(fault)
        sys.exit(_TRY_AGAIN)


def _behind_mbox_line(raw: bytes) -> tuple[bytes, bytes]:
    """Return the line of an mbox with which some servers begin (RFC 4155), and the message."""
    end = raw.find(b"\n") + 1 if raw.startswith(b"From ") else 0
    return raw[:end], raw[end:]


def _show(done: "Round") -> None:
    """Print what came, what was done, and what is alarming."""
    for words in (
        *_counted(done.kinds, _KINDS),
        *_counted({"refused": done.refusals, "left": done.left}, _OTHERS),
        *_counted(done.actions, _ACTIONS),
    ):
        click.echo(f"  {words}")
    for deed in done.suppressed:
        words = f"{printable(deed.address)}: {printable(deed.judgement.because)}"
        click.echo(_wrapped(words, 10))
    for raised in done.raised:
        words = _wrapped(f"ALARM: {raised.issue}: {raised.alarm.words}", 2)
        click.secho(words, fg="red", err=True)
        if raised.paused:
            click.echo(
                f"  The send is paused. See: newsletter returns report {raised.issue}\n"
                f"  To go on all the same: newsletter resume {raised.issue}",
                err=True,
            )


def _wrapped(words: str, indent: int) -> str:
    first, others = " " * indent, " " * (indent + 2)
    return textwrap.fill(
        words,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _counted(counts: Mapping[Any, int], words: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    for key, (one, many) in words.items():
        if count := counts.get(key, 0):
            yield f"{count:>6,}  {one if count == 1 else many}"


def _show_folders(done: "Round", desk: Desk) -> None:
    folder = desk.config.state / "returns"
    if done.letters:
        word = count_of(done.letters, "letter is", "letters are")
        click.echo(f"\n{word} for a person to read: {folder / 'letters'}")
    if done.unreadable:
        word = count_of(done.unreadable, "message", "messages")
        click.echo(f"\n{word} cannot be read at all: {folder / 'unreadable'}")
    for words in done.stumbled[:_FEW]:
        click.echo(_wrapped(printable(words), 2))


def _as_json(done: "Round") -> dict[str, Any]:
    from newsletter.model.judging import Action
    from newsletter.model.returns import ReportKind

    return {
        "taken": done.taken,
        "kinds": {kind.value: done.kinds[kind] for kind in ReportKind},
        "refusals": done.refusals,
        "left": done.left,
        "actions": {action.value: done.actions[action] for action in Action},
        "suppressed": [
            {"address": deed.address, "because": deed.judgement.because} for deed in done.suppressed
        ],
        "letters": done.letters,
        "unreadable": done.unreadable,
        "stumbled": done.stumbled,
        "alarms": [
            {
                "issue": raised.issue,
                "rule": raised.alarm.rule,
                "provider": raised.alarm.provider,
                "count": raised.alarm.count,
                "mails": raised.alarm.mails,
                "paused": raised.paused,
            }
            for raised in done.raised
        ],
        "faults": {name: str(fault) for name, fault in done.faults.items()},
    }


@contextlib.contextmanager
def _stopping() -> Iterator[threading.Event]:
    """Yield what is set at Ctrl-C or SIGTERM."""
    stop = threading.Event()
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(kind, lambda *_: stop.set()) for kind in kinds]
    try:
        yield stop
    finally:
        for kind, handler in zip(kinds, before, strict=True):
            signal.signal(kind, handler)
