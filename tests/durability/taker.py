"""The outside witness: a relay in a process of its own that writes down each mail that it took."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.mailing.witness import Way
from tests.workspace import ROOT


@dataclass(frozen=True)
class Mail:
    """A mail that the relay took: when its last octet was there, its envelope, its Message-ID."""

    at: int
    sender: str
    recipient: str
    message_id: str


@dataclass(frozen=True)
class Taker:
    """A running witness."""

    log: Path
    port: int

    @property
    def relay(self) -> str:
        """Its address, as the program wants it."""
        return f"smtp://127.0.0.1:{self.port}?tls=none"

    def mails(self) -> list[Mail]:
        """Return what it took until now, in order."""
        whole, _, _ = self.log.read_text(encoding="utf-8").rpartition("\n")
        return [Mail(**json.loads(line)) for line in whole.splitlines()]

    def wait_for(self, count: int, process: "subprocess.Popen[str]") -> None:
        """Wait until it took `count` mails in all, or the sender is done."""
        while self.log.read_bytes().count(b"\n") < count and process.poll() is None:
            time.sleep(0.002)


@contextlib.contextmanager
def taking(log: Path, way: Way = Way.PIPELINING, pause: float = 0.0) -> Iterator[Taker]:
    """Run a witness that speaks in `way` and thinks for `pause` seconds about each mail."""
    log.touch()
    command = [sys.executable, "-m", "tests.mailing.witness", str(log), way, str(pause)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield Taker(log, int(process.stdout.readline()))
        finally:
            process.kill()
