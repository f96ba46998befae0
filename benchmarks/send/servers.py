"""Servers that take the mails: smtp-sink, a sink of ours with CHUNKING, and a real Postfix.

Each says afterwards how many messages came and, where it can, to whom, so that every sender is held
to the truth: all accepted, each recipient once.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.send.machine import cpu_of
from benchmarks.send.paths import Way
from benchmarks.send.postfix import DISCARD, free_port, postfix
from benchmarks.send.processes import (
    CannotMeasure,
    ask,
    find,
    leaning_on,
    module,
    read_line,
    run,
    started,
)
from benchmarks.send.stopping import waiting

_PATIENCE = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What came to a server since it was last asked.

    `distinct` is the number of different recipients, `cpu` the seconds that the server took; none
    where the server does not tell.
    """

    messages: int
    distinct: int | None = None
    cpu: float | None = None


class Server(Protocol):
    """A server that takes mails."""

    @property
    def port(self) -> int:
        """Where it listens."""

    def take_stock(self, expected: int) -> Stock:
        """Return what came; a server that goes on working is waited for."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of server, by the name that stands in the results."""

    name: str
    run: Callable[[Way, Path], AbstractContextManager[Server]]
    missing: Callable[[], str]


# --- smtp-sink ---


class _SmtpSink:
    """The sink of Postfix: written in C, counts and keeps nothing."""

    def __init__(self, process: subprocess.Popen[str], port: int, counter: Path) -> None:
        self.port = port
        self._process, self._counter = process, counter
        self._messages, self._cpu = 0, cpu_of(process.pid)

    def take_stock(self, expected: int) -> Stock:
        """Read its running counter."""
        found = re.findall(rb"mesg=(\d+)", self._tail())
        messages, cpu = int(found[-1]) if found else 0, cpu_of(self._process.pid)
        stock = Stock(messages=messages - self._messages, cpu=cpu - self._cpu)
        self._messages, self._cpu = messages, cpu
        return stock

    def _tail(self) -> bytes:
        with self._counter.open("rb") as stream:
            stream.seek(max(0, self._counter.stat().st_size - 200))
            return stream.read()


@contextlib.contextmanager
def _smtp_sink(way: Way, folder: Path) -> Iterator[Server]:
    port, counter = free_port(), folder / "smtp-sink.count"
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [find("smtp-sink"), "-c", *user, f"{way.host}:{port}", "1000"]
    with (
        counter.open("w") as output,
        started(way.to_server(command), output=output) as process,
        leaning_on(process, "smtp-sink"),
    ):
        _wait_for(way, port)
        yield _SmtpSink(process, port, counter)


def _wait_for(way: Way, port: int) -> None:
    run(way.to_server(module("ping", "wait", way.host, str(port))), _PATIENCE)


# --- ours ---


class _OurSink:
    """The sink of these benchmarks: it keeps every recipient."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self.port = int(read_line(process))
        self._process, self._file = process, folder / "recipients"

    def take_stock(self, expected: int) -> Stock:
        """Ask for its book."""
        figures = json.loads(ask(self._process, f"report {self._file}"))
        return Stock(
            messages=figures["messages"],
            distinct=distinct_in(self._file),
            cpu=figures["cpu"],
        )


def distinct_in(file: Path) -> int:
    """Return how many different readers stand in a file, by the number in each address."""
    seen = bytearray()
    with file.open("rb") as lines:
        for line in lines:
            number = int(re.sub(rb"\D", b"", line))
            if number >= len(seen):
                seen += bytes(max(number + 1 - len(seen), 1 << 16))
            seen[number] = 1
    return sum(seen)


def _our_sink(*options: str) -> Callable[[Way, Path], AbstractContextManager[Server]]:
    @contextlib.contextmanager
    def run_it(way: Way, folder: Path) -> Iterator[Server]:
        with (
            started(way.to_server(module("sink", way.host, *options))) as process,
            leaning_on(process, "our sink"),
        ):
            yield _OurSink(process, folder)

    return run_it


# --- Postfix ---

_DISCARDED = re.compile(rb"to=<[^>0-9]*(\d+)[^>]*>.* status=sent")


class _Postfix:
    """A whole Postfix with a queue of its own; what it has taken, it throws away by itself."""

    def __init__(self, port: int, log: Path) -> None:
        self.port = port
        self._log, self._read = log, 0

    def take_stock(self, expected: int) -> Stock:
        """Wait until the queue is empty, and read in the log who was in it."""
        latest = time.monotonic() + _PATIENCE
        while len(numbers := self._discarded()) < expected:
            if time.monotonic() > latest:
                raise CannotMeasure(
                    f"Postfix has let go of {len(numbers)} messages out of {expected} only"
                )
            with waiting():
                time.sleep(0.1)
        self._read = self._log.stat().st_size
        return Stock(messages=len(numbers), distinct=len(set(numbers)))

    def _discarded(self) -> list[bytes]:
        with self._log.open("rb") as stream:
            stream.seek(self._read)
            return _DISCARDED.findall(stream.read())


def _postfix(hidden: str) -> Callable[[Way, Path], AbstractContextManager[Server]]:
    settings = {
        "mynetworks": "127.0.0.0/8",
        "smtpd_relay_restrictions": "permit_mynetworks, reject",
        "smtpd_peername_lookup": "no",
        "smtpd_discard_ehlo_keywords": hidden,
        "default_transport": "discard:",
    }

    @contextlib.contextmanager
    def run_it(way: Way, folder: Path) -> Iterator[Server]:
        home = folder / "postfix"
        try:
            with postfix(home, settings, DISCARD, host=way.host, side=way.to_server) as port:
                yield _Postfix(port, home / "log")
        finally:
            shutil.rmtree(home)

    return run_it


def _needs_postfix() -> str:
    if not find("smtp-sink"):
        return "smtp-sink is not there: apt-get install postfix"
    return ""


def _needs_root() -> str:
    return _needs_postfix() or ("" if os.geteuid() == 0 else "Postfix starts as root only")


SMTP_SINK = Kind("smtp-sink", _smtp_sink, _needs_postfix)
SINK = Kind("our sink", _our_sink(), str)
PIPELINING_SINK = Kind("our sink, no CHUNKING", _our_sink("--no-chunking"), str)
POSTFIX = Kind("Postfix", _postfix(""), _needs_root)
PIPELINING_POSTFIX = Kind("Postfix, no CHUNKING", _postfix("chunking"), _needs_root)
