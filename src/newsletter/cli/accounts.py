"""Show where recipients stand: plans before a send, reports after it."""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.progress import duration
from newsletter.cli.show import printable, show_json, show_table

if TYPE_CHECKING:
    import datetime

    from newsletter.checks.proof import Proof
    from newsletter.mailing.ports import Ledger
    from newsletter.mailing.report import Report
    from newsletter.model.ledger import AttemptRecord, Standing, Story
    from newsletter.model.mailing import Tally

EXCLUSION_WORDS = {
    "unsubscribed": "unsubscribed",
    "unconfirmed": "never confirmed",
    "suppressed": "suppressed",
    "paused": "paused for a while",
    "other-list": "get it by another list",
    "other-mailing": "had it before, or get it by another segment",
}


def show_plan(
    ready: "Proof", tallies: "Sequence[Tally]", messages_per_second: float | None
) -> None:
    """Print who will get which edition, who is left out and why, and how long it will take."""
    for language, rendering in ready.everything.items():
        click.echo(f"{language}  {printable(rendering.subject)}  [{rendering.digest[:12]}]")
    click.echo()
    languages = list(ready.renderings)
    show_table(
        ("list", "candidates", *languages, "excluded"),
        [
            (
                tally.name,
                f"{tally.candidates:,}",
                *(f"{tally.by_language.get(language, 0):,}" for language in languages),
                f"{tally.excluded:,}",
            )
            for tally in tallies
        ],
    )
    for tally in tallies:
        for variant, count in tally.by_variant.items():
            click.echo(f"  of {tally.name}: {count:,} get the variant for {variant}")
    _show_exclusions(tallies)
    total = sum(tally.candidates - tally.excluded for tally in tallies)
    if messages_per_second:
        pace = f"about {duration(total / messages_per_second)} at {messages_per_second:g} a second"
    else:
        pace = "as fast as the mail server takes them"
    click.echo(f"\n{total:,} messages, {pace}.")


def show_report(found: "Report", *, next_steps: bool = True) -> None:
    """Print the sums of each Mailing; they add up line by line. Then what is left to do."""
    from newsletter.model.mailing import DeliveryState

    states = [state for state in DeliveryState if state is not DeliveryState.SUBMITTING]
    shown = [
        state
        for state in states
        if state is DeliveryState.ACCEPTED or found.count(state) or _waiting(found, state)
    ]
    show_table(
        ("list", "candidates", "excluded", *(state.value for state in shown)),
        [
            (
                tally.name,
                f"{tally.candidates:,}",
                f"{tally.excluded:,}",
                *(f"{_count(tally, state):,}" for state in shown),
            )
            for tally in found.tallies
        ],
    )
    _show_exclusions(found.tallies)
    if next_steps:
        _show_next_steps(found)


def show_summary(reports: "Sequence[Report]", *, as_json: bool) -> None:
    """Print one line for each issue that was ever sent."""
    if as_json:
        show_json({"issues": [found.as_json() for found in reports]})
        return
    if not reports:
        click.echo("No issue was sent yet.")
        return
    show_table(
        ("issue", "list", "frozen", "candidates", "excluded", "accepted", "other"),
        [
            (
                found.issue,
                tally.name,
                f"{tally.frozen_at:%Y-%m-%d %H:%M}",
                f"{tally.candidates:,}",
                f"{tally.excluded:,}",
                f"{tally.by_state.get(_accepted(), 0):,}",
                f"{sum(tally.by_state.values()) - tally.by_state.get(_accepted(), 0):,}",
            )
            for found in reports
            for tally in found.tallies
        ],
    )


def standings(books: "Ledger", issue: str, states: Collection[str]) -> "Iterator[Standing]":
    """Yield those in `states`; `excluded` stands for those who were left out."""
    from newsletter.model.mailing import DeliveryState

    delivered = [DeliveryState(state) for state in states if state != "excluded"]
    if delivered:
        yield from books.standings(issue, delivered)
    if "excluded" in states:
        yield from books.exclusions(issue)


def show_standings(books: "Ledger", issue: str, states: Collection[str]) -> None:
    """Print a line for each recipient in `states`."""
    for each in standings(books, issue, states):
        where = each.state or f"excluded: {EXCLUSION_WORDS[str(each.exclusion)]}"
        reason = f"  {printable(each.reason)}" if each.reason and each.state else ""
        click.echo(f"{each.address}  {each.list}  {where}{reason}")


def standing_json(each: "Standing") -> dict[str, Any]:
    """Return where one recipient stands, for scripts."""
    return {
        "address": each.address,
        "list": each.list,
        "language": each.language,
        "state": each.state.value if each.state else "excluded",
        "exclusion": each.exclusion.value if each.exclusion else None,
        "reason": each.reason,
        "due_at": each.due_at.isoformat() if each.due_at else None,
    }


def _waiting(found: "Report", state: Any) -> bool:
    return any(_count(tally, state) for tally in found.tallies)


def _count(tally: "Tally", state: Any) -> int:
    """Return a count; those on their way are shown as pending, for nothing is known yet."""
    from newsletter.model.mailing import DeliveryState

    extra = tally.count(DeliveryState.SUBMITTING) if state is DeliveryState.PENDING else 0
    return tally.count(state) + extra


def _accepted() -> Any:
    from newsletter.model.mailing import DeliveryState

    return DeliveryState.ACCEPTED


def _show_exclusions(tallies: "Sequence[Tally]") -> None:
    for tally in tallies:
        parts = [
            f"{count:,} {EXCLUSION_WORDS[reason.value]}"
            for reason, count in tally.exclusions.items()
            if count
        ]
        if parts:
            click.echo(f"  excluded from {tally.name}: {', '.join(parts)}")


def _show_next_steps(found: "Report") -> None:
    """Say what is left to do, and the command that does it."""
    from newsletter.model.mailing import DeliveryState

    issue = found.issue
    if found.in_flight:
        click.echo(
            f"\n{found.in_flight:,} of the pending are in flight, or were when the sender died."
        )
    if unknown := found.count(DeliveryState.UNKNOWN):
        click.echo(
            f"\n{unknown:,} unknown: nobody knows whether the relay took them. See whom, and why:\n"
            f"  newsletter status {issue} --state unknown\n"
            f"then decide: newsletter resolve {issue} --resend | --assume-accepted"
        )
    if refused := found.count(DeliveryState.REFUSED):
        click.echo(f"\n{refused:,} refused; see why: newsletter status {issue} --state refused")
    if found.is_paused:
        if found.paused_because:
            click.echo(
                f"\nPaused: {found.paused_because}.\n"
                f"What came back: newsletter returns report {issue}"
            )
            click.echo(f"To go on: newsletter resume {issue}")
        else:
            click.echo(f"\nPaused; to go on: newsletter resume {issue}")
    elif found.goes_on_at:
        click.echo(
            f"\nHours and limits let it go on {moment(found.goes_on_at)}: "
            f"newsletter resume {issue}\nor, to stay until then: newsletter resume {issue} --wait"
        )
    elif found.count(DeliveryState.DEFERRED) and found.next_due:
        click.echo(f"\nDeferred; next try {moment(found.next_due)}: newsletter resume {issue}")
    elif _waiting(found, DeliveryState.PENDING):
        click.echo(f"\nNot finished; to go on: newsletter resume {issue}")
        _doubt_the_clock(found)


def _doubt_the_clock(found: "Report") -> None:
    """Say why what nobody has tried yet may not go: the calendar was set back since."""
    import datetime

    now = datetime.datetime.now(tz=datetime.UTC)
    if found.next_due and found.next_due > now:
        here = now.astimezone()
        click.echo(
            f"What waits is due {moment(found.next_due)}, and the clock of this computer says that "
            f"it is {here.day} {here:%B}, {here:%H:%M}.\n"
            "If the clock is wrong, set it right first; else nothing goes before that time."
        )


def moment(when: "datetime.datetime") -> str:
    """Return a moment to come as people say it here: at 14:05, tomorrow at 09:00, on 3 April ..."""
    import datetime

    here = when.astimezone()
    days = (here.date() - datetime.datetime.now(tz=here.tzinfo).date()).days
    if days <= 0:
        return f"at {here:%H:%M}"
    day = "tomorrow" if days == 1 else f"on {here.day} {here:%B}"
    return f"{day} at {here:%H:%M}"


def show_story(story: "Story") -> None:
    """Print all that happened to one recipient of an issue."""
    where = story.standing
    state = where.state or f"excluded: {EXCLUSION_WORDS[str(where.exclusion)]}"
    reason = f": {printable(where.reason)}" if where.reason and where.state else ""
    edition = f", edition {where.language}" if where.language else ""
    click.echo(f"{story.issue}, list {where.list}{edition}: {state}{reason}")
    for attempt in story.attempts:
        began = attempt.started_at.astimezone()
        by = f" by {attempt.relay}" if attempt.relay else ""
        click.echo(f"  {attempt.number}. {began:%Y-%m-%d %H:%M:%S}{by}: {_came_to(attempt)}")
    if where.due_at:
        click.echo(f"  next try {moment(where.due_at)}")


def _came_to(attempt: "AttemptRecord") -> str:
    """Return what an Attempt came to, and the server's words."""
    from newsletter.mailing.decide import words

    outcome = attempt.outcome
    if outcome is None:
        return "on its way, or its sender died; `newsletter resume` looks at it"
    stage = "" if outcome.verdict.value == "accepted" else f" at {outcome.stage.value.upper()}"
    return f"{outcome.verdict.value}{stage}: {printable(words(outcome))}"


def story_json(story: "Story") -> dict[str, Any]:
    """Return all that happened to one recipient, for scripts."""
    return {
        "issue": story.issue,
        **standing_json(story.standing),
        "attempts": [
            {
                "number": attempt.number,
                "started_at": attempt.started_at.isoformat(),
                "ended_at": attempt.ended_at.isoformat() if attempt.ended_at else None,
                "relay": attempt.relay,
                "verdict": attempt.outcome.verdict.value if attempt.outcome else None,
                "stage": attempt.outcome.stage.value if attempt.outcome else None,
                "scope": attempt.outcome.scope.value if attempt.outcome else None,
                "code": attempt.outcome.code if attempt.outcome else None,
                "enhanced": attempt.outcome.enhanced if attempt.outcome else None,
                "reply": attempt.outcome.text if attempt.outcome else None,
            }
            for attempt in story.attempts
        ],
    }
