"""What is held against what: the rows, their targets, and the grid of all ways and sizes.

A row is a way to a server and a size of mail; ours and each yardstick send there in turns. A target
is the least that ours has to reach as a multiple of the yardstick; the aim is what prototypes did.
"""

from dataclasses import dataclass

from benchmarks.send.servers import (
    PIPELINING_POSTFIX,
    PIPELINING_SINK,
    POSTFIX,
    SINK,
    SMTP_SINK,
    Kind,
)

_WINDOW = 4  # what an office gets

OURS = "newsletter"
SOURCE = "smtp-source -d"
COMPOSING, RAW = "nodemailer pool, composing", "nodemailer pool, raw"
AIOSMTPLIB, SMTPLIB, MAILMERGE = "aiosmtplib sendmail", "smtplib, threads", "mailmerge"


@dataclass(frozen=True, slots=True)
class Target:
    """What the ratio to a yardstick has to reach, and what it might; none: it is only told."""

    least: float | None = None
    aim: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One way, one server, one size of mail, and who is measured there."""

    key: str
    server: Kind
    yardsticks: dict[str, Target]
    round_trip: float = 0.0
    size: str = "40k"
    connections: int = 10
    in_flight: int = _WINDOW

    @property
    def title(self) -> str:
        """The row in words."""
        window = f", window {self.in_flight}" if self.in_flight != _WINDOW else ""
        connections = f"{self.connections} connection{'s' * (self.connections > 1)}"
        return (
            f"{self.round_trip * 1000:.0f} ms, {self.server.name}{window}, "
            f"{self.size[:-1]} KB, {connections}"
        )


TABLE = (
    Row(
        key="near",
        server=SMTP_SINK,
        yardsticks={
            SOURCE: Target(0.8, 1.1),
            COMPOSING: Target(8, 11),
            RAW: Target(2.5, 2.9),
            AIOSMTPLIB: Target(3.5, 4.5),
            SMTPLIB: Target(),
            MAILMERGE: Target(),
        },
    ),
    Row(
        key="far",
        server=SMTP_SINK,
        round_trip=0.02,
        yardsticks={
            SOURCE: Target(2.5, 3),
            COMPOSING: Target(1.5),
            RAW: Target(1.5),
            AIOSMTPLIB: Target(2.5, 3),
        },
    ),
    Row(
        key="chunking",
        server=SINK,
        round_trip=0.02,
        in_flight=8,
        yardsticks={
            SOURCE: Target(20, 30),
            COMPOSING: Target(10, 18),
            RAW: Target(10, 18),
            AIOSMTPLIB: Target(20, 30),
        },
    ),
    Row(key="postfix", server=POSTFIX, yardsticks={AIOSMTPLIB: Target(1.4), SOURCE: Target()}),
    Row(
        key="postfix-far",
        server=PIPELINING_POSTFIX,
        round_trip=0.02,
        yardsticks={AIOSMTPLIB: Target(2.5)},
    ),
    Row(
        key="postfix-chunking",
        server=POSTFIX,
        round_trip=0.02,
        in_flight=8,
        yardsticks={AIOSMTPLIB: Target(5)},
    ),
)
"""The rows that have targets."""

SMALL = Row(
    key="small",
    server=SMTP_SINK,
    size="5k",
    yardsticks={name: Target() for name in (SOURCE, COMPOSING, RAW, AIOSMTPLIB, SMTPLIB)},
)
"""Small mails nearby: what a message costs apart from its octets."""

GRID = tuple(
    Row(
        key="grid",
        server=server,
        round_trip=round_trip,
        size=size,
        connections=connections,
        yardsticks={name: Target() for name in (SOURCE, RAW, AIOSMTPLIB)},
    )
    for size in ("40k", "5k")
    for round_trip in (0.0, 0.02, 0.08)
    for server in (PIPELINING_SINK, SINK)
    for connections in (1, 10, 50)
)
"""Every way, size and number of connections; ours is set up as an office gets it."""

BY_KEY = {row.key: (row,) for row in (*TABLE, SMALL)} | {"grid": GRID}
