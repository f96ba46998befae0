"""One-click unsubscribes while a send runs: how many a second, how long each takes, and none lost.

`./run bench web` makes an office with many readers, begins a real send to a sink, serves the public
pages in a process of their own, and lets readers leave at a steady pace for a minute, as mail
programs do (RFC 8058). Then it counts: every reader who was told yes is off the list, and nobody
whose mail was begun after that answer got one.
"""

import argparse
import asyncio
import contextlib
import datetime
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.address import Address
from newsletter.config import read_config
from newsletter.model.people import Person
from newsletter.store.people import Evidence
from newsletter.tokens import Purpose, to_url
from newsletter.wiring import keys, people_store

COMMAND = (sys.executable, "-m", "newsletter")
LIST, ISSUE = "media", "2015-1"
_BODY = b"List-Unsubscribe=One-Click"
_AT_ONCE = 1000


@dataclass
class Tally:
    """What the readers who left were answered, when, and after how long."""

    answers: Counter[str] = field(default_factory=Counter)
    told: dict[int, float] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)


def main(arguments: list[str]) -> int:
    """Run the benchmark and print its figures; 1 when a reader was lost or an error came."""
    parser = argparse.ArgumentParser(prog="./run bench web", description=__doc__)
    parser.add_argument("--rate", type=int, default=500, help="unsubscribes a second")
    parser.add_argument("--seconds", type=int, default=60, help="for how long")
    parser.add_argument("--send-rate", type=int, default=300, help="mails a second meanwhile")
    asked = parser.parse_args(arguments)
    count = asked.rate * asked.seconds
    with tempfile.TemporaryDirectory(prefix="bench-web-") as folder:
        office = Path(folder) / "office"
        run(Path(folder), "init", "--sample", "office")
        readers = max(count, asked.send_rate * asked.seconds) + count // 2
        paths = make_readers(office, readers)
        pace(office, asked.send_rate)
        with sink() as relay, serving(office, relay) as port, sending(office, relay):
            tally = asyncio.run(leave_all(port, paths[:count], asked.rate))
        return report(office, tally, asked.rate, asked.seconds)


def run(folder: Path, *arguments: str) -> None:
    """Run a command that must succeed."""
    subprocess.run([*COMMAND, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def make_readers(office: Path, count: int) -> list[tuple[int, str]]:
    """Put readers on the list; return number and path to leave of each, as they lie in no order."""
    config = read_config(office)
    store, ring = people_store(config), keys(config)
    at = datetime.datetime.now(datetime.UTC)
    given = Evidence(basis="asked for it", source="benchmark", at=at)
    numbers: list[int] = []
    with store.write() as books:
        list_id = books.add_list(LIST)
    for begin in range(0, count, _AT_ONCE):
        people = [
            Person(address=Address(f"reader{n}", "example.org", f"reader{n}@example.org"))
            for n in range(begin, min(begin + _AT_ONCE, count))
        ]
        with store.write() as books:
            ids = books.add_subscribers(people, at)
            known = {ids[person.address.key]: person for person in people}
            books.subscribe(known, list_id, given)
        numbers += known
    numbers.sort(key=lambda number: number * 7919 % 1_000_003)
    return [
        (number, f"/unsubscribe/{to_url(ring.sign(Purpose.UNSUBSCRIBE, number, list_id))}")
        for number in numbers
    ]


def pace(office: Path, rate: int) -> None:
    """Let the send go at a steady pace."""
    settings = office / "newsletter.yaml"
    text = settings.read_text(encoding="utf-8")
    changed = text.replace("messages_per_second: 50", f"messages_per_second: {rate}", 1)
    settings.write_text(changed, encoding="utf-8")


@contextlib.contextmanager
def sink() -> Iterator[str]:
    """Run the sink of `bench send`; yield its address as a relay."""
    command = [sys.executable, "-m", "benchmarks.send.sink", "127.0.0.1"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout  # noqa: S101 (it was asked for)
        yield f"smtp://127.0.0.1:{process.stdout.readline().strip()}?tls=none"
        process.terminate()


@contextlib.contextmanager
def serving(office: Path, relay: str) -> Iterator[int]:
    """Serve the public pages; yield their port."""
    with subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"],
        cwd=office,
        env=os.environ | {"NEWSLETTER_RELAY": relay},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout  # noqa: S101 (it was asked for)
        yield int(process.stdout.readline().strip().rstrip("/").rpartition(":")[2])
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@contextlib.contextmanager
def sending(office: Path, relay: str) -> Iterator[None]:
    """Let a send run for as long as the block lasts."""
    with subprocess.Popen(
        [*COMMAND, "send", ISSUE, "--list", LIST, "--yes"],
        cwd=office,
        env=os.environ | {"NEWSLETTER_RELAY": relay},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while not accepted(office) and process.poll() is None:
            time.sleep(0.2)
        yield
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def accepted(office: Path) -> int:
    """Return how many mails were accepted so far."""
    query = "SELECT count(*) FROM deliveries WHERE state = 'accepted'"
    with contextlib.closing(sqlite3.connect(office / ".newsletter" / "state.db")) as state:
        return int(state.execute(query).fetchone()[0])


async def leave_all(port: int, readers: list[tuple[int, str]], rate: int) -> Tally:
    """Let readers leave, each at its moment; a late answer holds up none of the others."""
    tally, waiting = Tally(), asyncio.Queue[tuple[int, str, float]]()
    workers = [asyncio.create_task(_worker(port, waiting, tally)) for _ in range(64)]
    begun = time.monotonic()
    for position, (number, path) in enumerate(readers):
        moment = begun + position / rate
        if (early := moment - time.monotonic()) > 0:
            await asyncio.sleep(early)
        waiting.put_nowait((number, path, moment))
    await waiting.join()
    for worker in workers:
        worker.cancel()
    tally.times.sort()
    return tally


async def _worker(port: int, waiting: asyncio.Queue[tuple[int, str, float]], tally: Tally) -> None:
    """Take readers on one connection that is kept."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while True:
        number, path, moment = await waiting.get()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(_BODY)}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        )
        try:
            writer.write(head.encode() + _BODY)
            answer = await reader.readuntil(b"\r\n\r\n")
            status = answer.split(b" ", 2)[1].decode()
            fields = dict(line.lower().split(b": ", 1) for line in answer.split(b"\r\n")[1:-2])
            await reader.readexactly(int(fields[b"content-length"]))
        except (OSError, asyncio.IncompleteReadError) as fault:
            status = type(fault).__name__
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        tally.answers[status] += 1
        tally.times.append(time.monotonic() - moment)
        if status == "200":
            tally.told[number] = time.time()
        waiting.task_done()


def report(office: Path, tally: Tally, rate: int, seconds: int) -> int:
    """Print what came of it."""
    with contextlib.closing(sqlite3.connect(office / ".newsletter" / "state.db")) as state:
        ended = {
            number
            for (number,) in state.execute(
                "SELECT subscriber_id FROM subscriptions WHERE state = 'ended'"
            )
        }
        begun = dict(
            state.execute(
                "SELECT subscriber_id, max(started_at) FROM attempts "
                "JOIN deliveries ON deliveries.id = delivery_id GROUP BY subscriber_id"
            )
        )
        skipped = state.execute("SELECT count(*) FROM deliveries WHERE state = 'skipped'")
        left_out = int(skipped.fetchone()[0])
    lost = tally.told.keys() - ended
    late = [
        number
        for number, told in tally.told.items()
        if number in begun
        and datetime.datetime.fromisoformat(f"{begun[number]}+00:00").timestamp() > told
    ]
    errors = sum(count for status, count in tally.answers.items() if status != "200")
    middle, nearly_all = (
        statistics.quantiles(tally.times, n=100, method="inclusive")[n] for n in (49, 98)
    )
    print(f"asked            {rate:,} a second for {seconds} s: {len(tally.times):,}")
    print(f"told yes         {len(tally.told):,}; other answers {errors} {dict(tally.answers)}")
    print(f"lost             {len(lost)}")
    print(f"mailed though they had been told yes before their mail was begun: {len(late)}")
    print(f"mails meanwhile  {accepted(office):,} accepted, {left_out:,} skipped")
    print(f"answer           median {middle:.3f} s, 99 of 100 within {nearly_all:.3f} s")
    return int(bool(lost or late or errors))
