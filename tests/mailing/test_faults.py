"""A whole send to a relay that goes wrong: what becomes of everybody, of the relay, of the send.

The marks F1 to F27 number the faults. Those of one mail stand in `tests/smtp/faults.py`; here the
first mail of a send meets each of them, and all others have to come through.
"""

import asyncio
import collections
import email
import email.policy
from pathlib import Path

import pytest

from newsletter.mailing.decide import FIRST_PAUSE
from newsletter.mailing.report import Report
from newsletter.model.mailing import DeliveryState, Outcome, Scope, Stage
from newsletter.smtp.connection import Timeouts
from newsletter.store.ledger import Ledger
from tests.mailing.sends import SwiftClock, office, send, standing
from tests.smtp.client import SHORT, leap
from tests.smtp.fault_server import FaultServer, Script
from tests.smtp.faults import FAULTS, Ending, Fault
from tests.store.office import NOON, address, opened, readers

pytestmark = pytest.mark.slow

S = DeliveryState
READERS = 3
FIRST = readers(1)[0]
STATES = {
    Ending.TAKEN: S.ACCEPTED,
    Ending.AGAIN: S.ACCEPTED,
    Ending.LATER: S.DEFERRED,
    Ending.REFUSED: S.REFUSED,
    Ending.HELD: S.UNKNOWN,
    Ending.STOPPED: S.PENDING,
}
EXIT_CODES = {Ending.TAKEN: 0, Ending.AGAIN: 0, Ending.STOPPED: 4}  # all others: 3
PATIENCE = Timeouts()  # of RFC 5321, as in a real send


def recipients(server: FaultServer) -> collections.Counter[str]:
    """Return how often a whole mail came for each reader, by the left side of the address."""
    messages = [
        email.message_from_bytes(each, policy=email.policy.default) for each in server.messages
    ]
    return collections.Counter(str(each["To"].addresses[0].username) for each in messages)


def outcomes(ledger: Ledger, local: str) -> list[Outcome | None]:
    """Return what the attempts to mail somebody came to."""
    (story,) = ledger.stories(address(local).key)
    return [each.outcome for each in story.attempts]


async def carry(ledger: Ledger, server: FaultServer, fault: Fault, clock: SwiftClock) -> Report:
    """Send; where the server falls silent, let the time pass until nearly its limit, then on."""
    if fault.timeouts is not SHORT:
        return await send(ledger, server.port, clock=clock, connections=1)
    limit = PATIENCE.block if fault.stage is Stage.BODY else PATIENCE.of(fault.stage)
    task = asyncio.create_task(
        send(ledger, server.port, clock=clock, connections=1, timeouts=PATIENCE)
    )
    (stage,) = fault.script
    await server.reached(stage)
    for seconds in (0.0, limit - 5):
        leap(seconds)
        await asyncio.sleep(0.2)
        assert not any(outcomes(ledger, FIRST))
    leap(10)
    return await task


def patient(script: Script) -> Script:
    """Return `script` with its pauses as much longer as the limits of a real send are."""
    longer = PATIENCE.final / SHORT.final
    return {
        stage: [each * longer if isinstance(each, float) else each for each in actions]
        for stage, actions in script.items()
    }


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
async def test_a_send_whose_first_mail_meets(fault: Fault, tmp_path: Path) -> None:
    clock = SwiftClock()
    with opened(tmp_path) as database:
        ledger = office(database, READERS, octets=len(fault.message) * 3 // 4)
        async with FaultServer(patient(fault.script)) as server:
            report = await carry(ledger, server, fault, clock)
            met(ledger, report, fault)
            assert report.exit_code == EXIT_CODES.get(fault.ending, 3)
            others = S.PENDING if fault.ending is Ending.STOPPED else S.ACCEPTED
            assert report.count(others) >= READERS - 1
            trouble = fault.scope in (Scope.CONNECTION, Scope.SENDER)
            if trouble or fault.usable:  # else it depends on what else was in flight
                assert (clock.passed > 0) == trouble
            again = not fault.usable or fault.ending is Ending.AGAIN
            assert (server.verbs.count("EHLO") > 1) == (
                again and fault.ending is not Ending.STOPPED
            )
            await comes_to_its_end(ledger, server, report, fault, clock)
        came = recipients(server)
        assert [came[local] for local in readers(READERS)[1:]] == [1] * (READERS - 1)


def met(ledger: Ledger, report: Report, fault: Fault) -> None:
    """See where the mail stands that met the fault, and why."""
    state, reason = standing(ledger, FIRST)
    assert state is STATES[fault.ending]
    first, *more = outcomes(ledger, FIRST)
    assert first
    assert (first.verdict, first.scope, first.stage) == (fault.verdict, fault.scope, fault.stage)
    assert len(more) == (fault.ending is Ending.AGAIN)
    if fault.ending is Ending.STOPPED:
        assert first.text in str(report.stopped)
    elif state is not S.ACCEPTED:
        assert first.text in reason
    if state is S.DEFERRED:
        assert report.next_due
        assert report.next_due >= NOON + FIRST_PAUSE


async def comes_to_its_end(
    ledger: Ledger, server: FaultServer, report: Report, fault: Fault, clock: SwiftClock
) -> None:
    """Do what a person does next: wait, go on, or have what is unknown sent once more."""
    if report.next_due:
        clock.go_to(max(report.next_due, clock.now()))
    again = await send(ledger, server.port, clock=clock, connections=1)
    if fault.ending is Ending.HELD:
        assert again.tallies == report.tallies
        assert recipients(server)[FIRST] == (fault.stage is Stage.FINAL)
        again = await send(ledger, server.port, clock=clock, connections=1, resend_unknown=True)
        assert recipients(server)[FIRST] <= 2
        assert (
            len({email.message_from_bytes(each)["Message-ID"] for each in server.messages})
            == READERS
        )
    assert again.count(S.ACCEPTED) == READERS - (fault.ending is Ending.REFUSED)
    assert again.exit_code == (3 if fault.ending is Ending.REFUSED else 0)
