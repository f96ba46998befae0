"""Commands for signing mails: dkim new-key, dkim records."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.desk import Desk, pass_desk
from newsletter.errors import WrongUsage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from newsletter.message.dkim import DnsRecord


@click.group()
def dkim() -> None:
    """Sign mails yourself, where the relay does not.

    Most relays sign; then you need none of this. See the setting `dkim`.
    """


@dkim.command(name="new-key")
@click.argument("selector")
@click.option("--ed25519", is_flag=True, help="Make an Ed25519 key, for a second signature.")
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to put it; by default dkim/SELECTOR.pem in the state folder.",
)
@pass_desk
def new_key(desk: Desk, selector: str, ed25519: bool, file: Path | None) -> None:
    """Make a key and show what to publish.

    SELECTOR is the name that the key gets in the DNS, for example news2026. Nothing is signed with
    it before `dkim` in newsletter.yaml names it. A file that is there already stays as it is.

    \b
    Examples:
      newsletter dkim new-key news2026
      newsletter dkim new-key news2026-ed --ed25519
    """
    from newsletter.message.dkim import Signer
    from newsletter.message.dkimkeys import KeyKind
    from newsletter.model.written import is_selector
    from newsletter.signing import make_signing_key, signing_domain

    if not is_selector(selector):
        raise WrongUsage(
            f"“{selector}” cannot be the name of a key",
            "use small Latin letters, digits and hyphens, like news2026",
        )
    domain = signing_domain(desk.folder.settings().value)
    path = file or desk.config.state / "dkim" / f"{selector}.pem"
    key = make_signing_key(path, KeyKind.ED25519 if ed25519 else KeyKind.RSA, selector)
    shown = _as_written(path.absolute(), desk.config.root)
    click.echo(f"{shown} is made; only you can read it. It belongs into your backup.\n")
    _show_records(Signer(domain=domain, keys=(key,)).records)
    click.echo("When it is there, name the key in newsletter.yaml:\n")
    margin = "    " if ed25519 else "  "
    click.echo("dkim:" + ("\n  ed25519:" if ed25519 else ""))
    click.echo(f"{margin}selector: {selector}\n{margin}key_file: {shown}")


@dkim.command()
@pass_desk
def records(desk: Desk) -> None:
    """Show what the DNS has to say of the keys in use.

    These are the keys that `dkim` in newsletter.yaml names.
    """
    from newsletter.signing import signer

    found = signer(desk.config, desk.folder.settings().value)
    if found is None:
        raise WrongUsage(
            "mails are not signed here: newsletter.yaml has no `dkim`",
            "leave that to the relay, or begin with: newsletter dkim new-key SELECTOR",
        )
    _show_records(found.records)


def _show_records(records: "Iterable[DnsRecord]") -> None:
    """Show each record for a form on the web, and as lines of a zone file."""
    for record in records:
        click.echo("Publish this in the DNS:\n")
        click.echo(f"name:  {record.name}\ntype:  TXT\nvalue: {record.value}\n")
        click.echo(f"The same for a zone file:\n\n{record.zone_lines}\n")


def _as_written(path: Path, root: Path) -> Path:
    """Return a path as one writes it in newsletter.yaml."""
    return path.relative_to(root) if path.is_relative_to(root) else path
