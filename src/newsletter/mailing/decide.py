"""From what a relay answered to where a Delivery stands: pure functions.

accepted                         accepted
unknown                          unknown: held for the operator
about the recipient              refused, or deferred and tried again after growing pauses
about the message, for now       deferred likewise
about the message, for good;     pending again, for nothing was said about the recipient; from
about the connection, the        the third Attempt on deferred, lest the one mail that makes a
sender or its policy             relay hang up, or the one mailbox whose server always answers
                                 so, bar the way for ever
"""

import datetime
import random

from newsletter.model.ledger import Job, Result
from newsletter.model.mailing import STATE_AFTER, DeliveryState, Outcome, Scope, Stage, Verdict

FIRST_PAUSE = datetime.timedelta(minutes=5)
ABOUT_US = (Scope.CONNECTION, Scope.SENDER, Scope.POLICY)
"""Scopes in which nothing is said about the recipient."""

LONGEST_PAUSE = datetime.timedelta(hours=4)
_PROMPT_ATTEMPTS = 2


def decide(
    job: Job,
    outcome: Outcome,
    now: datetime.datetime,
    give_up_after: datetime.timedelta,
    chance: random.Random,
    *,
    relay: str = "",
) -> Result:
    """Return the Result of an Attempt, by the relay of that name, that came to `outcome`."""
    state = _state_after(job, outcome)
    due_at = None
    reason = "" if state in (DeliveryState.ACCEPTED, DeliveryState.PENDING) else words(outcome)
    if state is DeliveryState.DEFERRED:
        waited = now - (job.deferred_since or now)
        if waited >= give_up_after:
            state, reason = DeliveryState.REFUSED, f"gave up after {_days(waited)}: {reason}"
        else:
            due_at = now + next_pause(waited, chance)
    elif state is DeliveryState.PENDING:
        due_at = now
    return Result(job=job, outcome=outcome, state=state, reason=reason, due_at=due_at, relay=relay)


def holds_for_all(outcome: Outcome) -> bool:
    """Whether an answer would be the same for everybody: our standing, or the issue itself."""
    refused = outcome.verdict is Verdict.REFUSED
    return outcome.scope is Scope.POLICY or (refused and outcome.scope is Scope.MESSAGE)


def _state_after(job: Job, outcome: Outcome) -> DeliveryState:
    if outcome.verdict in (Verdict.ACCEPTED, Verdict.UNKNOWN):
        return STATE_AFTER[outcome.verdict]
    about_us = outcome.scope in ABOUT_US or outcome.verdict is Verdict.RELEASED
    if about_us or holds_for_all(outcome):
        untouched = about_us and outcome.stage in (Stage.LOCAL, Stage.CONNECT)
        prompt = untouched or job.number <= _PROMPT_ATTEMPTS
        return DeliveryState.PENDING if prompt else DeliveryState.DEFERRED
    return STATE_AFTER[outcome.verdict]


def next_pause(waited: datetime.timedelta, chance: random.Random) -> datetime.timedelta:
    """Return how long to wait before the next Attempt, after `waited` since the first deferral.

    The time since then doubles from Attempt to Attempt, and a little chance keeps those who were
    deferred together from coming back together (RFC 5321 4.5.4.1).
    """
    pause = min(max(waited, FIRST_PAUSE), LONGEST_PAUSE)
    return pause * (1 + chance.random() / 4)


def words(outcome: Outcome) -> str:
    """Return what a relay said, or what went wrong, in one line."""
    enhanced = "" if outcome.text.startswith(outcome.enhanced) else outcome.enhanced
    parts = (str(outcome.code) if outcome.code else "", enhanced, outcome.text)
    return " ".join(part for part in parts if part) or f"no answer ({outcome.stage})"


def _days(time: datetime.timedelta) -> str:
    days = time / datetime.timedelta(days=1)
    return f"{days:.3g} days"
