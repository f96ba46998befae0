"""A server that goes wrong at every stage, and what becomes of the Delivery.

The marks F2 to F19 number the faults: drops, hangs, garbage and refusals before and after the dot.
"""

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.model.mailing import Scope, Stage, Verdict
from newsletter.smtp.connection import Timeouts
from newsletter.smtp.exchange import Manner
from tests.smtp.client import LONG, MAIL, PATIENT, SHORT, connected, settled, submit
from tests.smtp.fault_server import Break, FaultServer, Script

LINE_TOO_LONG = b"250 " + b"z" * 200_000 + b"\r\n"

ACCEPTED, DEFERRED, REFUSED, UNKNOWN, RELEASED = Verdict
CONNECTION, SENDER, MESSAGE, RECIPIENT, POLICY = Scope


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What the server does, and what has to come of it."""

    id: str
    script: Script
    verdict: Verdict
    scope: Scope
    stage: Stage
    usable: bool
    message: bytes = MAIL
    text: str = ""
    timeouts: Timeouts = PATIENT


FAULTS = [
    Fault(
        id="F4 451 at MAIL",
        script={"MAIL": [b"451 4.7.1 slow down\r\n"]},
        verdict=RELEASED, scope=SENDER, stage=Stage.MAIL, usable=True,
    ),
    Fault(
        id="F4 452 at MAIL",
        script={"MAIL": [b"452 4.3.1 out of space\r\n"]},
        verdict=RELEASED, scope=CONNECTION, stage=Stage.MAIL, usable=False,
    ),
    Fault(
        id="F5 greylisting",
        script={"RCPT": [b"450 4.7.1 come back\r\n"]},
        verdict=DEFERRED, scope=RECIPIENT, stage=Stage.RCPT, usable=True,
    ),
    Fault(
        id="F6 no such user",
        script={"RCPT": [b"550 5.1.1 no such user\r\n"]},
        verdict=REFUSED, scope=RECIPIENT, stage=Stage.RCPT, usable=True, text="no such user",
    ),
    Fault(
        id="F7 policy",
        script={"RCPT": [b"550 5.7.1 blocked\r\n"]},
        verdict=REFUSED, scope=POLICY, stage=Stage.RCPT, usable=True,
    ),
    Fault(
        id="F8 mailbox full",
        script={"RCPT": [b"552 5.2.2 full\r\n"]},
        verdict=REFUSED, scope=RECIPIENT, stage=Stage.RCPT, usable=True,
    ),
    Fault(
        id="F9 421 at RCPT and close",
        script={"RCPT": [b"421 4.3.2 going down\r\n", Break.DROP]},
        verdict=RELEASED, scope=CONNECTION, stage=Stage.RCPT, usable=False, text="going down",
    ),
    *(
        Fault(
            id=f"F10 {how.name.lower()} at {stage.name}",
            script={step: [how]},
            verdict=RELEASED, scope=CONNECTION, stage=stage, usable=False, message=message,
        )
        for how in (Break.DROP, Break.RESET)
        for step, stage, message in (
            ("MAIL", Stage.MAIL, MAIL),
            ("RCPT", Stage.RCPT, MAIL),
            ("DATA", Stage.DATA, MAIL),
        )
    ),
    *(
        Fault(
            id=f"F2 hang at {stage.name}",
            script={stage.name: [Break.HANG]},
            verdict=RELEASED, scope=CONNECTION, stage=stage, usable=False,
            text="no reply within 0.3 seconds", timeouts=SHORT,
        )
        for stage in (Stage.MAIL, Stage.RCPT, Stage.DATA)
    ),
    *(
        Fault(
            id=f"F11 {how.name.lower()} after the dot of {len(message)} octets",
            script={"DOT": [how]},
            verdict=UNKNOWN, scope=CONNECTION, stage=Stage.FINAL, usable=False,
            message=message,
        )
        for how in (Break.DROP, Break.RESET)
        for message in (MAIL, LONG)
    ),
    Fault(
        id="F12 hang after the dot",
        script={"DOT": [Break.HANG]},
        verdict=UNKNOWN, scope=CONNECTION, stage=Stage.FINAL, usable=False,
        text="no reply within 0.3 seconds", timeouts=SHORT,
    ),
    Fault(
        id="F13 slow drip of the reply",
        script={"DOT": [b"2", 0.15, b"5", 0.15, b"0", 0.15, b" ok\r\n"]}, timeouts=SHORT,
        verdict=UNKNOWN, scope=CONNECTION, stage=Stage.FINAL, usable=False,
    ),
    Fault(
        id="F14 4xx after the dot",
        script={"DOT": [b"451 4.3.0 try later\r\n"]},
        verdict=DEFERRED, scope=CONNECTION, stage=Stage.FINAL, usable=True,
    ),
    Fault(
        id="F14 421 after the dot",
        script={"DOT": [b"421 4.3.2 going down\r\n", Break.DROP]},
        verdict=DEFERRED, scope=CONNECTION, stage=Stage.FINAL, usable=False,
    ),
    Fault(
        id="F15 5xx after the dot",
        script={"DOT": [b"554 5.6.0 bad content\r\n"]},
        verdict=REFUSED, scope=MESSAGE, stage=Stage.FINAL, usable=True,
    ),
    Fault(
        id="F16 garbage after the dot",
        script={"DOT": [b"\x00\xffHTTP/1.1 200 OK\r\n"]},
        verdict=UNKNOWN, scope=CONNECTION, stage=Stage.FINAL, usable=False,
        text="not an SMTP reply",
    ),
    Fault(
        id="F16 a reply that is neither yes nor no after the dot",
        script={"DOT": [b"354 go on\r\n"]},
        verdict=UNKNOWN, scope=CONNECTION, stage=Stage.FINAL, usable=False,
    ),
    Fault(
        id="F17 yes before the message was begun",
        script={"DATA": [b"354 go on\r\n250 2.0.0 taken\r\n"]},
        verdict=RELEASED, scope=CONNECTION, stage=Stage.DATA, usable=False,
        text="before the end of the message",
    ),
    Fault(
        id="F17 yes in the middle of the message",
        script={"BODY": [b"250 2.0.0 taken\r\n", Break.HANG]}, message=LONG * 30,
        verdict=UNKNOWN, scope=CONNECTION, stage=Stage.BODY, usable=False,
        text="before the end of the message",
    ),
    Fault(
        id="F17 no in the middle of the message",
        script={"BODY": [b"552 5.3.4 too big\r\n", Break.HANG]}, message=LONG * 30,
        verdict=REFUSED, scope=MESSAGE, stage=Stage.BODY, usable=False,
    ),
    Fault(
        id="F17 a reply before it was asked for",
        script={"DOT": [b"250 2.0.0 taken\r\n250 ok again\r\n"]},
        verdict=ACCEPTED, scope=RECIPIENT, stage=Stage.FINAL, usable=False,
    ),
    *(
        Fault(
            id=f"F10 {how.name.lower()} inside the body",
            script={"BODY": [how]}, message=LONG * 30,
            verdict=RELEASED, scope=CONNECTION, stage=Stage.BODY, usable=False,
        )
        for how in (Break.DROP, Break.RESET)
    ),
    Fault(
        id="F2 hang inside the body",
        script={"BODY": [Break.HANG]}, message=LONG * 60,
        verdict=RELEASED, scope=CONNECTION, stage=Stage.BODY, usable=False,
        text="nothing was taken within 0.3 seconds", timeouts=SHORT,
    ),
    Fault(
        id="F18 lines that disagree",
        script={"DOT": [b"250-fine\r\n451 or not\r\n"]},
        verdict=DEFERRED, scope=MESSAGE, stage=Stage.FINAL, usable=True,
    ),
    Fault(
        id="F18 a line of 200 kB",
        script={"DOT": [LINE_TOO_LONG]},
        verdict=ACCEPTED, scope=RECIPIENT, stage=Stage.FINAL, usable=True,
    ),
    Fault(
        id="F18 3,000 lines",
        script={"DOT": [b"250-word\r\n" * 3000 + b"250 done\r\n"]},
        verdict=ACCEPTED, scope=RECIPIENT, stage=Stage.FINAL, usable=True,
    ),
    Fault(
        id="F18 lines without end",
        script={"DOT": [b"250-word\r\n" * 150_000]},
        verdict=UNKNOWN, scope=CONNECTION, stage=Stage.FINAL, usable=False,
        text="a reply without end",
    ),
    Fault(
        id="F19 a reply in cp1251",
        script={"RCPT": ["550 5.1.1 нет такого\r\n".encode("cp1251")]},
        verdict=REFUSED, scope=RECIPIENT, stage=Stage.RCPT, usable=True, text="нет такого",
    ),
    Fault(
        id="F19 a reply with NUL and ANSI codes",
        script={"RCPT": [b"550 5.1.1 no\x00\x1b[31m one\r\n"]},
        verdict=REFUSED, scope=RECIPIENT, stage=Stage.RCPT, usable=True, text="no [31m one",
    ),
    Fault(
        id="no at DATA",
        script={"DATA": [b"554 5.7.1 no\r\n"]},
        verdict=REFUSED, scope=POLICY, stage=Stage.DATA, usable=True,
    ),
    Fault(
        id="yes and close",
        script={"DOT": [b"250 2.0.0 taken\r\n", Break.DROP]},
        verdict=ACCEPTED, scope=RECIPIENT, stage=Stage.FINAL, usable=False,
    ),
]  # fmt: skip


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


async def test_one_reply_too_many_is_never_taken_for_a_yes() -> None:  # F17
    script = {"MAIL": [b"250 ok\r\n250 ok again\r\n"]}
    for manner, stage in ((Manner.LOCK_STEP, Stage.MAIL), (Manner.PIPELINED, Stage.DATA)):
        async with FaultServer(script) as server:
            connection = await connected(server, manner=manner)
            outcome = await submit(connection)
            assert (outcome.verdict, outcome.scope) == (RELEASED, CONNECTION)
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
