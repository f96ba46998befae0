"""Who sends: we, and those that we are held against. Each works in a process of its own.

A Sender says what it lacks on this machine, and sends so many mails to a server. What came there is
for the server to say (`servers.py`), not for the sender.
"""

import time
from dataclasses import dataclass, field
from typing import Protocol

from benchmarks.send.machine import children_cpu
from benchmarks.send.paths import Way
from benchmarks.send.processes import CannotMeasure, find, module, result_of, run
from benchmarks.send.rig import Rig

_SHORTEST, _SLOWEST = 120.0, 2.0  # seconds at least; messages a second and connection at worst


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """So many mails of a size, to a server at the end of a way."""

    rig: Rig
    way: Way
    port: int
    size: str
    connections: int
    in_flight: int
    count: int

    @property
    def patience(self) -> float:
        """How long it may take before something must be wrong."""
        return _SHORTEST + self.count / self.connections / _SLOWEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one sender did once; `steps` are seconds of CPU by what was done, `peak` is in octets.

    `persists` says that the process lived on, so that its CPU is not yet among that of children.
    """

    count: int
    seconds: float
    cpu: float
    persists: bool = False
    peak: int = 0
    steps: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.count / self.seconds

    @property
    def cpu_of_one(self) -> float:
        """Microseconds of CPU for each message."""
        return self.cpu / self.count * 1e6


class Sender(Protocol):
    """Somebody who sends mails."""

    @property
    def name(self) -> str:
        """What it is called in the results."""

    def missing(self) -> str:
        """Return what is missing on this machine to use it; nothing when all is there."""

    def send(self, task: Task) -> Sample:
        """Send; CannotMeasure when something went wrong."""


@dataclass(frozen=True, slots=True)
class Ours:
    """The whole of our send: ledger, tokens, slots, SMTP."""

    name: str = "newsletter"

    def missing(self) -> str:
        """Nothing is."""
        return ""

    def send(self, task: Task) -> Sample:
        """Deliver the frozen issue of a fresh office."""
        folder = task.rig.office(task.size, task.count)
        words = (folder, task.way.host, task.port, task.connections, task.in_flight)
        command = task.way.to_client(module("ours", *map(str, words)))
        found = result_of(command, task.patience)
        if found["accepted"] != task.count or found["trouble"]:
            raise CannotMeasure(
                f"our ledger has {found['accepted']} of {task.count} accepted; {found['trouble']}"
            )
        return Sample(
            count=task.count,
            seconds=found["seconds"],
            cpu=found["cpu"],
            peak=found["peak"],
            steps=found["steps"],
        )


@dataclass(frozen=True, slots=True)
class SmtpSource:
    """The load generator of Postfix: C, one and the same finished message, no books."""

    name: str = "smtp-source -d"

    def missing(self) -> str:
        """Say whether Postfix is there."""
        return "" if find("smtp-source") else "smtp-source is not there: apt-get install postfix"

    def send(self, task: Task) -> Sample:
        """Let it send; its start is a matter of milliseconds and counts."""
        options = {
            "-s": task.connections,
            "-m": task.count,
            "-F": task.rig.bag(task.size) / "mail.txt",
            "-M": "office.example.org",
            "-f": "bounces@example.org",
            "-t": "reader@example.com",
        }
        words = [str(word) for pair in options.items() for word in pair]
        command = [find("smtp-source"), "-d", "-N", *words]
        cpu, began = children_cpu(), time.perf_counter()
        run(task.way.to_client([*command, f"{task.way.host}:{task.port}"]), task.patience)
        seconds = time.perf_counter() - began
        return Sample(count=task.count, seconds=seconds, cpu=children_cpu() - cpu)


@dataclass(frozen=True, slots=True)
class Library:
    """A library of Python as a program would use it, with ready-made mails (`peers.py`)."""

    name: str
    peer: str

    def missing(self) -> str:
        """Nothing is: one is the standard library's, we depend on the other."""
        return ""

    def send(self, task: Task) -> Sample:
        """Let it send the mails of a bag."""
        words = (self.peer, task.rig.bag(task.size), task.way.host, task.port)
        command = module("peers", *map(str, (*words, task.connections, task.count)))
        found = result_of(task.way.to_client(command), task.patience)
        return Sample(count=task.count, seconds=found["seconds"], cpu=found["cpu"])
