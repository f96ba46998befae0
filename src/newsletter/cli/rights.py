"""Commands for what readers may ask for: `subscribers export-person | erase | requests`."""

import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.show import (
    confirm,
    count_of,
    json_option,
    show_json,
    show_table,
    yes_option,
)
from newsletter.cli.story import story_json
from newsletter.errors import NewsletterError

if TYPE_CHECKING:
    from newsletter.address import Address
    from newsletter.people.rights import Known, Traces
    from newsletter.store.erasure import Erased

_basis_option = click.option("--basis", default="", help="Who asked for it and how, in words.")


@click.command(name="export-person")
@click.argument("address")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="File.")
@_basis_option
@pass_desk
def export_person_command(desk: Desk, address: str, output: Path | None, basis: str) -> None:
    """Write all that is known about ADDRESS as JSON, to give it to the person.

    Facts, subscriptions, evidence of consent, each mail with all attempts, issues they were left
    out of, suppression (GDPR Articles 15 and 20). That it was given out is recorded.

    \b
    Example:
      newsletter subscribers export-person anna@example.org -o anna.json
    """
    from newsletter.people.exporting import replacing
    from newsletter.people.facts import read_address
    from newsletter.people.rights import export_person
    from newsletter.wiring import people_store

    found, at = read_address(address), datetime.datetime.now(tz=datetime.UTC)
    exported = export_person(people_store(desk.config), found, basis=basis, at=at)
    known = {**_person_json(desk, exported), "exported_at": at.isoformat()}
    if output is None:
        show_json(known)
        return
    with replacing(output) as stream:
        stream.write(json.dumps(known, ensure_ascii=False, indent=2).encode() + b"\n")
    click.echo(f"{output}: all that is known about {found}; only you may read it")


def _person_json(desk: Desk, exported: "Known") -> dict[str, Any]:
    """Return the story with the attempts of each mail, and what other tables say."""
    from newsletter.cli.accounts import story_json as mail_json
    from newsletter.wiring import ledger

    story = exported.story
    known = story_json(story)
    del known["deliveries"], known["exclusions"]  # `mails` has more about them
    known["mails"] = [mail_json(each) for each in ledger(desk.config).stories(story.address.key)]
    known["elsewhere"] = {
        name: [{key: _plain(value) for key, value in row.items()} for row in rows]
        for name, rows in exported.elsewhere.items()
    }
    return known


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime.datetime) else value


@click.command()
@click.argument("address")
@_basis_option
@yes_option
@json_option
@pass_desk
def erase(desk: Desk, address: str, basis: str, yes: bool, as_json: bool) -> None:
    """Forget ADDRESS and the person behind it. This cannot be taken back.

    Goes: the person, subscriptions, the address in mails and in words that quote it. Stays: a keyed
    hash, so that nobody writes there again; evidence and sums without the address. Every file of
    the state folder is searched afterwards, and files of the workspace that still have the address
    are named. Interrupted, or while a send goes on: give the command again.

    \b
    Example:
      newsletter subscribers erase anna@example.org --basis "letter of 3 May"
    """
    from newsletter.people.facts import read_address
    from newsletter.people.rights import clear_traces, erase_person
    from newsletter.wiring import people_store

    found, at = read_address(address), datetime.datetime.now(tz=datetime.UTC)
    if not yes:
        confirm(f"Forget {found} for ever?")
    store = people_store(desk.config)
    erased = erase_person(store, found, basis=basis, at=at)
    config = desk.config
    traces = clear_traces(
        store, found, state=config.state, root=config.root, at=at, former=erased.former
    )
    if as_json:
        show_json(_erased_json(erased, traces))
    else:
        _show_erased(found, erased, traces)
    if traces.hindrance:
        raise NewsletterError(
            f"{traces.hindrance}; so the free parts of the database were not cleared",
            "what was known is gone from its tables; give the command again when no send goes on",
        )
    if traces.left:
        raise NewsletterError(
            f"the address still stands in {count_of(len(traces.left), 'file')} "
            f"of the state folder: {', '.join(map(str, traces.left))}",
            "delete what the program does not use, and give the command again",
        )


def _erased_json(erased: "Erased", traces: "Traces") -> dict[str, Any]:
    return {
        "person": erased.person,
        "deliveries": erased.deliveries,
        "exclusions": erased.exclusions,
        "subscriptions": erased.rows.get("subscriptions", 0),
        "evidence": erased.evidence,
        "quotes": erased.quotes,
        "issues": list(erased.frozen),
        "files": traces.files,
        "bytes": traces.octets,
        "left": [str(file) for file in traces.left],
        "beside": [str(file) for file in traces.beside],
    }


def _show_erased(address: "Address", erased: "Erased", traces: "Traces") -> None:
    counts = (
        (erased.rows.get("subscriptions", 0), "subscription"),
        (erased.deliveries, "mail"),
        (erased.exclusions, "exclusion"),
        (erased.evidence, "piece of evidence"),
        (erased.quotes, "other note"),
    )
    many = {"piece of evidence": "pieces of evidence"}
    went = [count_of(number, one, many.get(one, "")) for number, one in counts if number]
    about = f": {', '.join(went)}" if went else ""
    click.echo(f"{address} is erased{about}.")
    click.echo("A keyed hash stays, so that nobody writes there again; so do all sums.")
    if erased.frozen:
        click.echo(f"In the words of {', '.join(erased.frozen)}, which everybody got, it stays.")
    if not traces.left and not traces.hindrance:
        how = " as a word of its own" if traces.by_whole_words else ""
        size = f"{traces.octets / 1_000_000:,.1f} MB"
        click.echo(f"Searched{how}: {count_of(traces.files, 'file')}, {size}. No trace is left.")
    if traces.beside:
        click.echo("It still stands in these files, which are yours to mend or delete:")
        for file in traces.beside:
            click.echo(f"  {file}")
    click.echo("Backups made before and the mail server's logs have it as long as they last.")


@click.command(name="requests")
@json_option
@pass_desk
def requests_command(desk: Desk, as_json: bool) -> None:
    """List what was done at readers' requests: exports and erasures.

    Whose data it was is known by a keyed hash alone.
    """
    from newsletter.people.rights import all_requests
    from newsletter.wiring import people_store

    found = all_requests(people_store(desk.config))
    if as_json:
        keys = ("number", "kind", "address_digest", "basis")
        show_json(
            [
                {key: getattr(each, key) for key in keys} | {"at": each.at.isoformat()}
                for each in found
            ]
        )
        return
    rows = [
        (f"{each.at:%Y-%m-%d %H:%M}", each.kind, each.address_digest[:12], each.basis)
        for each in found
    ]
    show_table(("when", "what", "whose (hash)", "at whose word"), rows)
