"""Measures rows: finds out how many messages fill the time, then lets all senders take turns.

After each turn the server is asked what came: another number of messages than were sent, or a
recipient twice, is an error and not a result. Near rows come before far ones; a way is laid once.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import groupby

from benchmarks.send import rows as names
from benchmarks.send.machine import Neighbours, cpu_of
from benchmarks.send.mailmerge import Mailmerge
from benchmarks.send.nodemailer import Nodemailer
from benchmarks.send.paths import Way, delayed_line, why_no_line
from benchmarks.send.processes import CannotMeasure
from benchmarks.send.rig import Rig
from benchmarks.send.rows import OURS, Row
from benchmarks.send.senders import Library, Ours, Sample, Sender, SmtpSource, Task
from benchmarks.send.servers import Server

_PROBES = 5
_PROBE_OF_ONE = 5  # messages for each connection in the first probe
_LEAST_OF_ONE = 20  # fewer would show how a send begins, not how it goes
_GROWTH = 8
_SERIES = tuple(digit * power for power in (10, 100, 1000, 10_000) for digit in (1, 2, 5))


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that was not measured, and why; `is_fault` if it should have been."""

    what: str
    why: str
    is_fault: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """What a row came to: one sample of each sender for each round.

    `crowded` is the largest part of the machine that others took in a round, `at_work` the part of
    one core that server and line were at work while ours sent: near 1, they are what limits.
    """

    row: Row
    samples: dict[str, list[Sample]]
    crowded: float
    at_work: dict[str, float]
    round_trip: float


@contextmanager
def all_senders() -> Iterator[dict[str, Sender]]:
    """Yield everybody who can send, by name; what they leave running ends here."""
    with ExitStack() as stack:
        senders: list[Sender] = [
            Ours(),
            SmtpSource(),
            Nodemailer("composing", stack),
            Nodemailer("raw", stack),
            Library(names.AIOSMTPLIB, "aiosmtplib"),
            Library(names.SMTPLIB, "smtplib"),
            Mailmerge(),
        ]
        yield {sender.name: sender for sender in senders}


def measure(rig: Rig, chosen: Sequence[Row]) -> tuple[list[Measured], list[Missing]]:
    """Measure the rows; return what was measured and what could not be.

    What goes wrong in a row costs that row and no other.
    """
    found: list[Measured] = []
    missing: dict[str, Missing] = {}
    for is_far, group in groupby(sorted(chosen, key=_is_far), key=_is_far):
        if is_far and (why := why_no_line()):
            for row in group:
                missing[row.title] = Missing(row.title, why)
            continue
        with all_senders() as senders, delayed_line() if is_far else _nearby() as way:
            for row in group:
                if why := row.server.missing():
                    missing[row.title] = Missing(row.title, why)
                    continue
                present, absent = _present(senders, row)
                missing |= {each.what: each for each in absent}
                try:
                    found.append(_Course(rig, way, row, present).run())
                except CannotMeasure as fault:
                    rig.tell(f"  {fault}")
                    missing[row.title] = Missing(row.title, str(fault), is_fault=True)
    return found, list(missing.values())


def _is_far(row: Row) -> bool:
    return row.round_trip > 0


@contextmanager
def _nearby() -> Iterator[Way]:
    yield Way()


def _present(senders: dict[str, Sender], row: Row) -> tuple[list[Sender], list[Missing]]:
    """Return who of a row can send on this machine, and who cannot."""
    wanted = [senders[name] for name in (OURS, *row.yardsticks)]
    absent = [Missing(each.name, why) for each in wanted if (why := each.missing())]
    gone = {each.what for each in absent}
    return [each for each in wanted if each.name not in gone], absent


class _Course:
    """One row, while it is measured."""

    def __init__(self, rig: Rig, way: Way, row: Row, senders: Iterable[Sender]) -> None:
        self._rig, self._way, self._row = rig, way, row
        self._senders = list(senders)
        self._samples: dict[str, list[Sample]] = {each.name: [] for each in self._senders}
        self._crowded: list[float] = []
        self._at_work: dict[str, float] = {}

    def run(self) -> Measured:
        """Probe, then let all take turns."""
        row, rig = self._row, self._rig
        self._way.set_round_trip(row.round_trip)
        round_trip = self._way.round_trip(row.round_trip)
        rig.tell(row.title)
        with row.server.run(self._way, rig.folder) as server:
            counts = {each.name: self._count_for(each, server) for each in self._senders}
            for number in range(1, rig.plan.rounds + 1):
                for sender in self._senders:
                    self._take_turn(sender, server, counts[sender.name])
                rates = (f"{name} {each[-1].rate:.0f}" for name, each in self._samples.items())
                rig.tell(f"  round {number} of {rig.plan.rounds}: {', '.join(rates)}")
        crowded = max(self._crowded, default=0.0)
        return Measured(row, self._samples, crowded, self._at_work, round_trip)

    def _count_for(self, sender: Sender, server: Server) -> int:
        """Return how many messages keep a sender at work for the time of the plan."""
        plan = self._rig.plan
        count = _fitting(_PROBE_OF_ONE * self._row.connections)
        for _ in range(_PROBES):
            seconds = self._send(sender, server, count).seconds
            if seconds >= plan.seconds / 2 or count >= plan.most:
                break
            growth = min(_GROWTH, plan.seconds / seconds)
            count = _fitting(min(plan.most, count * growth))
        return max(count, min(plan.most, _LEAST_OF_ONE * self._row.connections))

    def _take_turn(self, sender: Sender, server: Server, count: int) -> None:
        line = self._way.line
        before = cpu_of(line.pid) if line else 0.0
        neighbours = Neighbours([line.pid] if line else [])
        sample, cpu_of_server = self._send_and_check(sender, server, count)
        self._samples[sender.name].append(sample)
        if line and sender.name == OURS:
            self._note("the line", (cpu_of(line.pid) - before) / sample.seconds)
        if cpu_of_server is None:
            return  # Postfix is many processes: who took the machine cannot be told
        own = cpu_of_server + (sample.cpu if sample.persists else 0.0)
        self._crowded.append(neighbours.share(own))
        if sender.name == OURS:
            self._note("the server", cpu_of_server / sample.seconds)

    def _note(self, who: str, part: float) -> None:
        self._at_work[who] = max(part, self._at_work.get(who, 0.0))

    def _send(self, sender: Sender, server: Server, count: int) -> Sample:
        return self._send_and_check(sender, server, count)[0]

    def _send_and_check(
        self, sender: Sender, server: Server, count: int
    ) -> tuple[Sample, float | None]:
        """Send, and see that all came, each once; return also the CPU that the server took."""
        row = self._row
        task = Task(
            rig=self._rig,
            way=self._way,
            port=server.port,
            size=row.size,
            connections=row.connections,
            in_flight=row.in_flight,
            count=count,
        )
        sample = sender.send(task)
        stock = server.take_stock(count)
        distinct = count if stock.distinct is None else stock.distinct
        if (stock.messages, distinct) != (count, count):
            raise CannotMeasure(
                f"{sender.name} was to send {count} messages to {row.server.name}, which has "
                f"{stock.messages} for {distinct} recipients"
            )
        return sample, stock.cpu


def _fitting(count: float) -> int:
    """Return the nearest number of a coarse series, so that few offices have to be made."""
    return min(_SERIES, key=lambda each: abs(each - count))
