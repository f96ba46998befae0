"""What a server may do wrong to one mail, and what has to come of it.

The marks F2 to F19 number the faults: drops, hangs, garbage and refusals before and after the dot.
`test_faults.py` holds one connection to this table, `tests/mailing/test_faults.py` a whole send.
"""

from dataclasses import dataclass
from enum import Enum

from newsletter.model.mailing import Scope, Stage, Verdict
from newsletter.smtp.connection import Timeouts
from tests.smtp.client import LONG, MAIL, PATIENT, SHORT
from tests.smtp.fault_server import Break, Script

LINE_TOO_LONG = b"250 " + b"z" * 200_000 + b"\r\n"

ACCEPTED, DEFERRED, REFUSED, UNKNOWN, RELEASED = Verdict
CONNECTION, SENDER, MESSAGE, RECIPIENT, POLICY = Scope


class Ending(Enum):
    """How a send ends in which the first mail meets a fault."""

    TAKEN = "everybody has it, that mail at the first attempt"
    AGAIN = "everybody has it, that mail at the second attempt"
    LATER = "that mail waits for five minutes or more; all others have it"
    REFUSED = "that mail is refused; all others have it"
    HELD = "nobody knows whether that mail was taken, so it is held; all others have it"
    STOPPED = "the send stops with the words of the relay; all wait"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What the server does, what has to come of it, and how a whole send ends with it."""

    id: str
    script: Script
    verdict: Verdict
    scope: Scope
    stage: Stage
    usable: bool
    ending: Ending
    message: bytes = MAIL
    text: str = ""
    timeouts: Timeouts = PATIENT


TAKEN, AGAIN, LATER, NO, HELD, STOPPED = Ending

FAULTS = [
    Fault(
        id="F4 451 at MAIL",
        script={"MAIL": [b"451 4.7.1 slow down\r\n"]},
        verdict=RELEASED, scope=SENDER, stage=Stage.MAIL, usable=True,
        ending=AGAIN,
    ),
    Fault(
        id="F4 452 at MAIL",
        script={"MAIL": [b"452 4.3.1 out of space\r\n"]},
        verdict=RELEASED, scope=CONNECTION, stage=Stage.MAIL, usable=False,
        ending=AGAIN,
    ),
    Fault(
        id="F4 421 at MAIL and close",
        script={"MAIL": [b"421 4.7.0 enough for now\r\n", Break.DROP]},
        verdict=RELEASED, scope=CONNECTION, stage=Stage.MAIL, usable=False,
        ending=AGAIN,
    ),
    Fault(
        id="F5 greylisting",
        script={"RCPT": [b"450 4.7.1 come back\r\n"]},
        verdict=DEFERRED, scope=RECIPIENT, stage=Stage.RCPT, usable=True,
        ending=LATER,
    ),
    Fault(
        id="F5 451 at RCPT",
        script={"RCPT": [b"451 4.7.1 greylisted, come back in 5 minutes\r\n"]},
        verdict=DEFERRED, scope=RECIPIENT, stage=Stage.RCPT, usable=True,
        ending=LATER,
    ),
    Fault(
        id="F6 no such user",
        script={"RCPT": [b"550 5.1.1 no such user\r\n"]},
        verdict=REFUSED, scope=RECIPIENT, stage=Stage.RCPT, usable=True, text="no such user",
        ending=NO,
    ),
    Fault(
        id="F7 policy",
        script={"RCPT": [b"550 5.7.1 blocked\r\n"]},
        verdict=RELEASED, scope=SENDER, stage=Stage.RCPT, usable=True,
        ending=AGAIN,
    ),
    Fault(
        id="F7 policy after the dot",
        script={"DOT": [b"550 5.7.1 message rejected\r\n"]},
        verdict=REFUSED, scope=SENDER, stage=Stage.FINAL, usable=True,
        ending=AGAIN,
    ),
    Fault(
        id="F7 authentication",
        script={"DOT": [b"550 5.7.515 access denied, not authenticated\r\n"]},
        verdict=REFUSED, scope=POLICY, stage=Stage.FINAL, usable=True,
        ending=STOPPED,
    ),
    Fault(
        id="F8 mailbox full",
        script={"RCPT": [b"552 5.2.2 full\r\n"]},
        verdict=REFUSED, scope=RECIPIENT, stage=Stage.RCPT, usable=True,
        ending=NO,
    ),
    Fault(
        id="F8 mailbox full for now",
        script={"RCPT": [b"422 4.2.2 full\r\n"]},
        verdict=DEFERRED, scope=RECIPIENT, stage=Stage.RCPT, usable=True,
        ending=LATER,
    ),
    Fault(
        id="F8 mailbox full after the dot",
        script={"DOT": [b"452 4.2.2 over quota\r\n"]},
        verdict=DEFERRED, scope=RECIPIENT, stage=Stage.FINAL, usable=True,
        ending=LATER,
    ),
    Fault(
        id="F9 421 at RCPT and close",
        script={"RCPT": [b"421 4.3.2 going down\r\n", Break.DROP]},
        verdict=RELEASED, scope=CONNECTION, stage=Stage.RCPT, usable=False, text="going down",
        ending=AGAIN,
    ),
    *(
        Fault(
            id=f"F10 {how.name.lower()} at {stage.name}",
            script={step: [how]},
            verdict=RELEASED, scope=CONNECTION, stage=stage, usable=False, message=message,
            ending=AGAIN,
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
            ending=AGAIN,
            text="no reply within 0.3 seconds", timeouts=SHORT,
        )
        for stage in (Stage.MAIL, Stage.RCPT, Stage.DATA)
    ),
    *(
        Fault(
            id=f"F11 {how.name.lower()} after the dot of {len(message)} octets",
            script={"DOT": [how]},
            verdict=UNKNOWN, scope=CONNECTION, stage=Stage.FINAL, usable=False,
            ending=HELD,
            message=message,
        )
        for how in (Break.DROP, Break.RESET)
        for message in (MAIL, LONG)
    ),
    Fault(
        id="F12 hang after the dot",
        script={"DOT": [Break.HANG]},
        verdict=UNKNOWN, scope=CONNECTION, stage=Stage.FINAL, usable=False,
        ending=HELD,
        text="no reply within 0.3 seconds", timeouts=SHORT,
    ),
    Fault(
        id="F13 slow drip of the reply",
        script={"DOT": [b"2", 0.15, b"5", 0.15, b"0", 0.15, b" ok\r\n"]}, timeouts=SHORT,
        verdict=UNKNOWN, scope=CONNECTION, stage=Stage.FINAL, usable=False,
        ending=HELD,
    ),
    Fault(
        id="F14 4xx after the dot",
        script={"DOT": [b"451 4.3.0 try later\r\n"]},
        verdict=DEFERRED, scope=CONNECTION, stage=Stage.FINAL, usable=True,
        ending=AGAIN,
    ),
    Fault(
        id="F14 421 after the dot",
        script={"DOT": [b"421 4.3.2 going down\r\n", Break.DROP]},
        verdict=DEFERRED, scope=CONNECTION, stage=Stage.FINAL, usable=False,
        ending=AGAIN,
    ),
    Fault(
        id="F15 5xx after the dot",
        script={"DOT": [b"554 5.6.0 bad content\r\n"]},
        verdict=REFUSED, scope=MESSAGE, stage=Stage.FINAL, usable=True,
        ending=STOPPED,
    ),
    Fault(
        id="F15 no such user after the dot",
        script={"DOT": [b"550 5.1.1 no such user\r\n"]},
        verdict=REFUSED, scope=RECIPIENT, stage=Stage.FINAL, usable=True,
        ending=NO,
    ),
    Fault(
        id="F16 garbage after the dot",
        script={"DOT": [b"\x00\xffHTTP/1.1 200 OK\r\n"]},
        verdict=UNKNOWN, scope=CONNECTION, stage=Stage.FINAL, usable=False,
        ending=HELD,
        text="not an SMTP reply",
    ),
    Fault(
        id="F16 a reply that is neither yes nor no after the dot",
        script={"DOT": [b"354 go on\r\n"]},
        verdict=UNKNOWN, scope=CONNECTION, stage=Stage.FINAL, usable=False,
        ending=HELD,
    ),
    Fault(
        id="F17 yes before the message was begun",
        script={"DATA": [b"354 go on\r\n250 2.0.0 taken\r\n"]},
        verdict=RELEASED, scope=CONNECTION, stage=Stage.DATA, usable=False,
        ending=AGAIN,
        text="before the end of the message",
    ),
    Fault(
        id="F17 yes in the middle of the message",
        script={"BODY": [b"250 2.0.0 taken\r\n", Break.HANG]}, message=LONG * 30,
        verdict=UNKNOWN, scope=CONNECTION, stage=Stage.BODY, usable=False,
        ending=HELD,
        text="before the end of the message",
    ),
    Fault(
        id="F17 no in the middle of the message",
        script={"BODY": [b"552 5.3.4 too big\r\n", Break.HANG]}, message=LONG * 30,
        verdict=REFUSED, scope=MESSAGE, stage=Stage.BODY, usable=False,
        ending=STOPPED,
    ),
    Fault(
        id="F17 a reply before it was asked for",
        script={"DOT": [b"250 2.0.0 taken\r\n250 ok again\r\n"]},
        verdict=ACCEPTED, scope=RECIPIENT, stage=Stage.FINAL, usable=False,
        ending=TAKEN,
    ),
    *(
        Fault(
            id=f"F10 {how.name.lower()} inside the body",
            script={"BODY": [how]}, message=LONG * 30,
            verdict=RELEASED, scope=CONNECTION, stage=Stage.BODY, usable=False,
            ending=AGAIN,
        )
        for how in (Break.DROP, Break.RESET)
    ),
    Fault(
        id="F2 hang inside the body",
        script={"BODY": [Break.HANG]}, message=LONG * 60,
        verdict=RELEASED, scope=CONNECTION, stage=Stage.BODY, usable=False,
        ending=AGAIN,
        text="nothing was taken within 0.3 seconds", timeouts=SHORT,
    ),
    Fault(
        id="F18 lines that disagree",
        script={"DOT": [b"250-fine\r\n451 or not\r\n"]},
        verdict=DEFERRED, scope=MESSAGE, stage=Stage.FINAL, usable=True,
        ending=LATER,
    ),
    Fault(
        id="F18 a line of 200 kB",
        script={"DOT": [LINE_TOO_LONG]},
        verdict=ACCEPTED, scope=RECIPIENT, stage=Stage.FINAL, usable=True,
        ending=TAKEN,
    ),
    Fault(
        id="F18 3,000 lines",
        script={"DOT": [b"250-word\r\n" * 3000 + b"250 done\r\n"]},
        verdict=ACCEPTED, scope=RECIPIENT, stage=Stage.FINAL, usable=True,
        ending=TAKEN,
    ),
    Fault(
        id="F18 lines without end",
        script={"DOT": [b"250-word\r\n" * 150_000]},
        verdict=UNKNOWN, scope=CONNECTION, stage=Stage.FINAL, usable=False,
        ending=HELD,
        text="a reply without end",
    ),
    Fault(
        id="F19 a reply in cp1251",
        script={"RCPT": ["550 5.1.1 нет такого\r\n".encode("cp1251")]},
        verdict=REFUSED, scope=RECIPIENT, stage=Stage.RCPT, usable=True, text="нет такого",
        ending=NO,
    ),
    Fault(
        id="F19 a reply in UTF-8",
        script={"RCPT": ["550 5.1.1 нет такого — увы\r\n".encode()]},
        verdict=REFUSED, scope=RECIPIENT, stage=Stage.RCPT, usable=True, text="нет такого — увы",
        ending=NO,
    ),
    Fault(
        id="F19 a reply with NUL and ANSI codes",
        script={"RCPT": [b"550 5.1.1 no\x00\x1b[31m one\r\n"]},
        verdict=REFUSED, scope=RECIPIENT, stage=Stage.RCPT, usable=True, text="no [31m one",
        ending=NO,
    ),
    Fault(
        id="F7 policy at DATA",
        script={"DATA": [b"554 5.7.1 no\r\n"]},
        verdict=RELEASED, scope=SENDER, stage=Stage.DATA, usable=True,
        ending=AGAIN,
    ),
    Fault(
        id="F26 yes and close",
        script={"DOT": [b"250 2.0.0 taken\r\n", Break.DROP]},
        verdict=ACCEPTED, scope=RECIPIENT, stage=Stage.FINAL, usable=False,
        ending=TAKEN,
    ),
]  # fmt: skip
