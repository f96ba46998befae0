"""The command `doctor`: whether relay, domain, website and this computer are well."""

import datetime
import email.utils
import ipaddress
import os
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.show import json_option, printable, show_json
from newsletter.errors import InputRefused, NewsletterError, WrongUsage

if TYPE_CHECKING:
    from newsletter.doctor.examine import Instruments, Office
    from newsletter.doctor.office import Premises
    from newsletter.doctor.ports import Names, Page
    from newsletter.doctor.sender import Signature
    from newsletter.doctor.verdict import Examined, Verdict
    from newsletter.model.settings import Settings
    from newsletter.smtp.relay import Relay

_WIDTH, _NAMES = 80, 17
_COLOURS = {"wrong": "red", "doubtful": "yellow", "cannot-tell": "blue", "fine": "green"}
_WORDS = {"cannot-tell": "?"}
_ISSUES_OF_LATE = 4
_SECONDS = 15.0


@click.command()
@click.option("--offline", is_flag=True, help="Ask neither the DNS nor the web.")
@click.option(
    "--nameserver",
    metavar="ADDRESS[:PORT]",
    help="Ask this server for names, not those of this computer.",
)
@click.option(
    "--selector",
    "selectors",
    multiple=True,
    metavar="NAME",
    help="Examine this DKIM key too: the s= of DKIM-Signature in a test mail. May be repeated.",
)
@json_option
@pass_desk
def doctor(
    desk: Desk, offline: bool, nameserver: str | None, selectors: tuple[str, ...], as_json: bool
) -> None:
    """See whether all is well before a send.

    Looks at the relay (connection, TLS, certificate, login, what it offers), the domain (MX, SPF,
    DKIM, DMARC), the addresses in the mails, the clock, and this computer (disk, keys, database),
    and says what to do. It changes nothing and sends no mail. Exit code 1 when something is wrong;
    what is doubtful, or cannot be told from here, does not count.

    \b
    Examples:
      newsletter doctor
      newsletter doctor --offline
      newsletter doctor --selector s2026 --nameserver 9.9.9.9
    """
    from newsletter.doctor.examine import examine

    names = None if offline else _names(nameserver)
    office = _office(desk, selectors)
    found: list[Examined] = []
    for each in examine(office, _instruments(names, offline=offline)):
        found.append(each)
        if not as_json:
            _show(each)
    verdicts = [verdict for each in found for verdict in each.verdicts]
    if as_json:
        show_json(_as_json(found, verdicts))
    else:
        click.echo(_summary(verdicts))
    if any(each.grade == "wrong" for each in verdicts):
        raise click.exceptions.Exit(1)


# --- What is examined ---


def _office(desk: Desk, selectors: tuple[str, ...]) -> "Office":
    from newsletter.address import parse_address
    from newsletter.doctor.examine import Office
    from newsletter.doctor.sender import Origin

    settings = desk.folder.settings().value
    relays, no_relay = _relays(desk, settings)
    signatures, no_key = _signatures(desk, settings, selectors)
    base = settings.public_url.rstrip("/")
    return Office(
        relays=relays,
        origin=Origin(
            from_address=parse_address(settings.sender.address).wire,
            return_path=parse_address(settings.sender.return_path).wire,
            signatures=signatures,
        ),
        public_url=f"{base}/",
        unsubscribe_url=f"{base}/unsubscribe/doctor",  # a word in place of a token: changes nothing
        premises=_premises(desk, settings),
        largest=_largest_mail(desk),
        faults=(*no_relay, *no_key),
    )


def _relays(desk: Desk, settings: "Settings") -> "tuple[list[Relay], list[Verdict]]":
    from newsletter import wiring
    from newsletter.doctor.verdict import wrong

    try:
        return wiring.relays(desk.config, settings), []
    except WrongUsage as fault:
        return [], [wrong("relay", fault.message, fault.remedy)]


def _signatures(
    desk: Desk, settings: "Settings", selectors: tuple[str, ...]
) -> "tuple[tuple[Signature, ...], list[Verdict]]":
    """Return the signatures that we make, and those of the relay that somebody names."""
    from newsletter.doctor.sender import Signature
    from newsletter.doctor.verdict import wrong
    from newsletter.model.written import is_selector
    from newsletter.signing import signer, signing_domain

    domain = signing_domain(settings)
    for selector in selectors:
        if not is_selector(selector):
            raise WrongUsage(
                f"“{selector}” cannot be the name of a key",
                "it is what stands behind s= in the DKIM-Signature of a mail",
            )
    named = [Signature(domain=domain, selector=selector) for selector in selectors]
    try:
        ours = signer(desk.config, settings)
    except NewsletterError as fault:
        return tuple(named), [wrong("DKIM key", fault.message, fault.remedy)]
    if ours is None:
        return tuple(named), []
    made = (
        Signature(domain=ours.domain, selector=key.selector, record=key.record) for key in ours.keys
    )
    return (*made, *named), []


def _premises(desk: Desk, settings: "Settings") -> "Premises":
    from newsletter.doctor.office import Premises
    from newsletter.store.engine import database_file

    config = desk.config
    files = [] if config.relay else [settings.relay_file, *(r.relay_file for r in settings.relays)]
    if settings.dkim:
        second = settings.dkim.ed25519
        files += [settings.dkim.key_file, second.key_file if second else None]
    return Premises(
        state=_from_here(config.state),
        database=_from_here(database_file(config.database_url)),
        keys=_from_here(config.key_file),
        secrets=tuple(_from_here(config.root / Path(file).expanduser()) for file in files if file),
    )


def _from_here(path: Path) -> Path:
    """Return `path` as one would type it here, if it is below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _largest_mail(desk: Desk) -> int | None:
    """Return the octets of the largest mail of the latest issues that can be made."""
    from newsletter.checks.proof import proof
    from newsletter.message.compile import compile_message
    from newsletter.render.build import sample_head, sample_recipient

    sizes: list[int] = []
    for slug in _latest_issues(desk):
        try:
            ready = proof(desk.folder, slug)
        except InputRefused:  # `newsletter check` tells what is wrong with it
            continue
        for rendering in ready.renderings.values():
            head = sample_head(rendering, ready.composition)
            sizes.append(len(compile_message(rendering, head).build(sample_recipient(head))))
    return max(sizes, default=None)


def _latest_issues(desk: Desk) -> list[str]:
    dated: list[tuple[datetime.date, str]] = []
    for slug in desk.folder.slugs():
        try:
            dated.append((desk.folder.issue(slug).value.date, slug))
        except InputRefused:
            continue
    return [slug for _, slug in sorted(dated)[-_ISSUES_OF_LATE:]]


# --- With what ---


def _instruments(names: "Names | None", *, offline: bool) -> "Instruments":
    import asyncio

    from newsletter.doctor.examine import Instruments
    from newsletter.smtp.visit import visit
    from newsletter.store.health import faults_of

    return Instruments(
        visit=lambda relay: asyncio.run(visit(relay)),
        faults=faults_of,
        names=names,
        web=None if offline else _ask_web,
        now=lambda: datetime.datetime.now(datetime.UTC),
    )


def _names(nameserver: str | None) -> "Names":
    from newsletter.doctor.resolver import Dns

    if nameserver is None:
        return Dns()
    host, port = nameserver, ""
    if nameserver.count(":") == 1:
        host, _, port = nameserver.partition(":")
    try:
        return Dns([str(ipaddress.ip_address(host))], port=int(port or 53))
    except ValueError:
        raise WrongUsage(
            f"“{nameserver}” is not the address of a name server",
            "write it as 9.9.9.9 or 127.0.0.1:5353",
        ) from None


def _ask_web(url: str) -> "Page":
    from newsletter.doctor.ports import NoPage, NotAsked, Page
    from newsletter.fetch import FetchFailed, FetchLimits, FetchRefused, fetch

    try:
        found = fetch(url, body=False, limits=FetchLimits(seconds=_SECONDS))
    except FetchRefused as fault:
        if fault.inner:
            raise NotAsked(fault.message) from None
        raise NoPage(fault.message) from None
    except FetchFailed as fault:
        raise NoPage(fault.message) from None
    return Page(found.status, _moment(found.date))


def _moment(date: str) -> datetime.datetime | None:
    """Return what a server takes for the time; one that writes it wrongly tells nothing."""
    try:
        found = email.utils.parsedate_to_datetime(date)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)


# --- How it is told ---


def _show(examined: "Examined") -> None:
    click.echo(_paint(printable(examined.title), bold=True))
    indent = " " * (_NAMES + 14)
    for each in examined.verdicts:
        word = _paint(f"{_WORDS.get(each.grade, each.grade):<8}", fg=_COLOURS[each.grade])
        lines = _wrapped(each.words, _WIDTH - len(indent))
        beside = lines.pop(0) if len(each.name) <= _NAMES else ""  # else the name fills the line
        click.echo(f"  {word}  {each.name:<{_NAMES}}  {beside}".rstrip())
        for line in lines:
            click.echo(f"{indent}{line}")
        for line in _wrapped(f"→ {each.remedy}", _WIDTH - len(indent)) if each.remedy else ():
            click.echo(f"{indent}{_paint(line, dim=True)}")
    click.echo()


def _wrapped(text: str, room: int) -> list[str]:
    return textwrap.wrap(printable(text), room, break_on_hyphens=False, break_long_words=False) or [
        ""
    ]


def _summary(verdicts: "list[Verdict]") -> str:
    counts = {grade: sum(each.grade == grade for each in verdicts) for grade in _COLOURS}
    told = [f"{count} {_said(grade)}" for grade, count in counts.items() if count]
    return ", ".join(told)


def _said(grade: str) -> str:
    return "that only you can tell" if grade == "cannot-tell" else grade


def _as_json(found: "list[Examined]", verdicts: "list[Verdict]") -> dict[str, Any]:
    return {
        "examined": [
            {
                "title": each.title,
                "verdicts": [
                    {
                        "name": verdict.name,
                        "grade": verdict.grade.value,
                        "words": verdict.words,
                        "remedy": verdict.remedy,
                    }
                    for verdict in each.verdicts
                ],
            }
            for each in found
        ],
        "wrong": sum(each.grade == "wrong" for each in verdicts),
        "doubtful": sum(each.grade == "doubtful" for each in verdicts),
    }


def _paint(text: str, **style: "str | bool") -> str:
    """Return `text` in colours, unless somebody asked for none (https://no-color.org)."""
    return text if os.environ.get("NO_COLOR") else click.style(text, **style)  # type: ignore[arg-type]
