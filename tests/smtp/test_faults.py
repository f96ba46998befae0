"""A server that goes wrong at every stage, and what one connection makes of it."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.model.mailing import Scope, Stage, Verdict
from newsletter.smtp.exchange import Manner
from tests.smtp.client import connected, settled, submit
from tests.smtp.fault_server import Break, FaultServer, Script
from tests.smtp.faults import FAULTS, Fault

ACCEPTED, RELEASED, UNKNOWN = Verdict.ACCEPTED, Verdict.RELEASED, Verdict.UNKNOWN


@pytest.mark.parametrize("manner", [Manner.LOCK_STEP, Manner.PIPELINED])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
async def test_a_fault_comes_to(fault: Fault, manner: Manner) -> None:
    async with FaultServer(fault.script) as server:
        connection = await connected(server, fault.timeouts, manner)
        outcome = await submit(connection, fault.message)
        assert (outcome.verdict, outcome.scope, outcome.stage) == (
            fault.verdict,
            fault.scope,
            fault.stage,
        )
        assert fault.text in outcome.text
        assert outcome.text.isprintable()
        assert len(server.messages) == (fault.stage is Stage.FINAL)
        await settled(connection, usable=fault.usable)
        assert connection.usable is fault.usable
        if fault.usable:
            assert (await submit(connection)).verdict is ACCEPTED
        else:
            assert (await submit(connection)).verdict is RELEASED
        await connection.close()


async def test_f17_one_reply_too_many_is_never_taken_for_a_yes() -> None:
    script = {"MAIL": [b"250 ok\r\n250 ok again\r\n"]}
    for manner, stage in ((Manner.LOCK_STEP, Stage.MAIL), (Manner.PIPELINED, Stage.DATA)):
        async with FaultServer(script) as server:
            connection = await connected(server, manner=manner)
            outcome = await submit(connection)
            assert (outcome.verdict, outcome.scope) == (RELEASED, Scope.CONNECTION)
            assert outcome.stage is stage
            assert not connection.usable
            await connection.close()
        assert not server.messages


REPLIES = st.sampled_from(
    [
        *(
            b"250 yes\r\n",
            b"299 yes\r\n",
            b"250-yes\r\n451 no\r\n",
            b"354 go on\r\n",
            b"421 bye\r\n",
        ),
        *(b"450 4.2.0 no\r\n", b"451 4.7.1 no\r\n", b"503 5.5.1 no\r\n", b"550 5.1.1 no\r\n"),
        *(b"550 5.7.1 no\r\n", b"garbage\r\n", b"\r\n"),
    ]
)
BREAKS = st.sampled_from([Break.DROP, Break.RESET])
ACTIONS = st.one_of(
    REPLIES.map(lambda r: [r]), BREAKS.map(lambda b: [b]), st.tuples(REPLIES, BREAKS)
)
STAGES = st.sampled_from(["MAIL", "RCPT", "DATA", "DOT", "RSET"])


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(STAGES, ACTIONS, max_size=3))
def test_whatever_goes_wrong_the_verdict_is_true(script: Script) -> None:
    """Accepted only if the server said so; released, deferred or refused only if it did not."""

    async def attempt() -> tuple[Verdict, bool]:
        async with FaultServer(script) as server:
            connection = await connected(server)
            outcome = await submit(connection)
            await connection.close()
        last_line = server.said["DOT"].rstrip().rpartition(b"\n")[2]
        return outcome.verdict, bool(server.messages) and last_line.startswith(b"2")

    verdict, taken = asyncio.run(attempt())
    if taken:
        assert verdict in (ACCEPTED, UNKNOWN)
    else:
        assert verdict is not ACCEPTED
