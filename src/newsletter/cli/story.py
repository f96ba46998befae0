"""Show the story of one person: what is known, what they did, what became of every issue."""

import datetime
import shutil
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.show import printable
from newsletter.cli.stories import person_json, plain

if TYPE_CHECKING:
    from newsletter.people.roster import Story
    from newsletter.store.returnviews import ReturnLine
    from newsletter.store.roster import ConsentLine, DeliveryLine, Listed

_WIDEST, _NARROWEST = 100, 40
_INDENT = " " * 20
_DEEDS = {"asked": "asked for", "given": "consent given for", "withdrawn": "consent withdrawn for"}

_Event = tuple[datetime.datetime, str, tuple[str, ...]]


def story_json(story: "Story") -> dict[str, Any]:
    """Return all that is known about an address, for scripts."""
    return {
        "address": str(story.address),
        "person": person_json(story.listed) if story.listed else None,
        "consents": [plain(line) for line in story.consents],
        "suppression": plain(story.suppression) if story.suppression else None,
        "deliveries": [plain(line) for line in story.deliveries],
        "exclusions": [plain(line) for line in story.exclusions],
        "returns": [plain(line) for line in story.returns],
    }


def show_story(story: "Story") -> None:
    """Print all that is known about an address, in the order in which it came about."""
    click.echo(click.style(str(story.address), bold=True))
    if story.listed:
        _show_person(story.listed)
    if story.suppression:
        _show("  ", f"suppressed: {story.suppression.reason} ({story.suppression.note})")
    events = sorted(_events(story), key=lambda event: event[0])
    if events:
        click.echo()
    for at, deed, details in events:
        _show(f"  {at:%Y-%m-%d %H:%M}  ", deed)
        for detail in details:
            _show(_INDENT, detail)
    for exclusion in story.exclusions:
        _show("  ", f"{exclusion.issue} by {exclusion.list}: left out, {exclusion.reason}")


def _show_person(listed: "Listed") -> None:
    person = listed.person
    facts = (person.name, person.organisation, person.country, person.language)
    if any(facts):
        _show("  ", ", ".join(filter(None, facts)))
    if person.topics:
        _show("  ", f"topics: {', '.join(person.topics)}")
    for line in listed.subscriptions:
        words = f"{line.state} since {line.since:%Y-%m-%d}"
        if line.ended_at:
            words = f"from {line.since:%Y-%m-%d} to {line.ended_at:%Y-%m-%d} ({line.reason})"
        elif line.paused_until:
            words += f", paused until {line.paused_until:%Y-%m-%d %H:%M} UTC"
        _show("  ", f"{line.list}: {words}")


def _show(lead: str, text: str) -> None:
    """Print a text behind `lead`, its further lines below its first one."""
    width = max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size().columns))
    lines = textwrap.wrap(
        printable(text), width - len(lead), break_on_hyphens=False, break_long_words=True
    )
    for line in lines:
        click.echo(f"{lead}{line}".rstrip())
        lead = " " * len(lead)


def _events(story: "Story") -> Iterator[_Event]:
    for consent in story.consents:
        yield consent.at, f"{_DEEDS[consent.action]} {consent.list}", tuple(_evidence(consent))
    for delivery in story.deliveries:
        yield delivery.changed_at, _mail(delivery), _reply(delivery)
    for line in story.returns:
        yield line.at, f"{line.issue or 'no issue'}: {line.kind} came back", tuple(_told(line))
        if line.undone_at:
            yield line.undone_at, "that counts no more", (line.undone_because,)


def _evidence(consent: "ConsentLine") -> Iterator[str]:
    """Yield how it was done, in words, and what the record of it says."""
    if consent.words_taken_out:
        yield "(an erasure took the words out)"
        return
    yield consent.basis
    shown = f"words {consent.wording}" if consent.wording else ""
    if shown and consent.language:
        shown += f" in {consent.language}"
    network = f"from {consent.network}" if consent.network else ""
    yield f"[{'; '.join(filter(None, (consent.source, shown, network)))}]"


def _mail(delivery: "DeliveryLine") -> str:
    mail = f"{delivery.issue} by {delivery.list}, {delivery.language}: {delivery.state}"
    return f"{mail} at attempt {delivery.attempts}" if delivery.attempts > 1 else mail


def _told(line: "ReturnLine") -> Iterator[str]:
    """Yield what a report says, and what was done because of it."""
    if line.evidence:
        yield f"“{line.evidence}”"
    yield f"{line.because} [{line.action}]"


def _reply(delivery: "DeliveryLine") -> tuple[str, ...]:
    return (delivery.reply,) if delivery.reply else ()
