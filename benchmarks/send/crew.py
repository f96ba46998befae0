"""How much faster several processes send than one, to a sink that takes mails in chunks.

`python -m benchmarks.send.crew [--processes 1 2] [--readers N] [--at FOLDER]` lets all take turns
and prints messages a second, from the first step to the last, and the CPU of a message over all
processes; each is held to what the sink has. The sink and the senders share the machine, so on few
cores it says little. `lead …` and `work` are what it starts.
"""

import argparse
import asyncio
import contextlib
import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.send import mails
from benchmarks.send.machine import children_cpu, own_cpu
from benchmarks.send.office import state_url
from benchmarks.send.paths import Way
from benchmarks.send.processes import CannotMeasure, module, result_of
from benchmarks.send.rig import Plan, Rig, rig
from benchmarks.send.servers import SINK, Server
from benchmarks.send.stopping import listen
from newsletter.mailing import worker
from newsletter.mailing.deliver import DeliverySettings, Route, Surroundings, deliver
from newsletter.mailing.news import Order
from newsletter.mailing.report import Report
from newsletter.mailing.send import Send, Workforce
from newsletter.model.mailing import DeliveryState
from newsletter.servers import Tls
from newsletter.smtp.relay import Relay
from newsletter.smtp.transport import SmtpTransport
from newsletter.store.engine import open_database
from newsletter.store.ledger import Ledger

_UNBOUNDED = 10**9
_CONNECTIONS = 8
_PATIENCE = 600.0


def measure(shared: Rig, asked: argparse.Namespace) -> dict[int, list[dict[str, float]]]:
    """Return what each number of processes took, round by round."""
    found: defaultdict[int, list[dict[str, float]]] = defaultdict(list)
    with SINK.run(Way(), shared.folder) as server:
        for _ in range(asked.rounds):
            for count in asked.processes:
                found[count].append(_once(shared, server, asked.size, asked.readers, count))
    return found


def _once(shared: Rig, server: Server, size: str, readers: int, count: int) -> dict[str, float]:
    folder = shared.office(size, readers)
    command = module("crew", "lead", str(folder), str(server.port), str(count))
    figures: dict[str, Any] = result_of(command, _PATIENCE)
    stock = server.take_stock(readers)
    if not figures["accepted"] == stock.messages == stock.distinct == readers:
        raise CannotMeasure(f"{readers} readers, {figures['accepted']} accepted, {stock}")
    return {
        "a_second": readers / figures["seconds"],
        "microseconds": figures["cpu"] / readers * 1e6,
        "of_the_sink": (stock.cpu or 0.0) / readers * 1e6,
    }


def _routes(port: int) -> list[Route]:
    relay = Relay("127.0.0.1", port, Tls.NONE)
    return [
        Route(
            transport=SmtpTransport(relay),
            connections=_CONNECTIONS,
            messages_per_connection=_UNBOUNDED,
        )
    ]


def _lead(folder: str, port: str, count: str) -> None:
    """Deliver, and print what it took, workers with it."""
    outfit = json.dumps([folder, int(port)]).encode()
    workforce = Workforce(tuple(module("crew", "work")), outfit)

    async def send(ledger: Ledger) -> Report:
        settings, around = DeliverySettings(processes=int(count)), Surroundings(workforce=workforce)
        return await deliver(ledger, _routes(int(port)), mails.KEYS, mails.ISSUE, settings, around)

    with open_database(state_url(Path(folder))) as database:
        began = time.perf_counter()
        report = asyncio.run(send(Ledger(database)))
        seconds = time.perf_counter() - began
    accepted, cpu = report.count(DeliveryState.ACCEPTED), own_cpu() + children_cpu()
    print(json.dumps({"seconds": seconds, "cpu": cpu, "accepted": accepted}))


@contextlib.contextmanager
def _equip(order: Order, outfit: bytes) -> Iterator[Send]:
    folder, port = json.loads(outfit)
    with open_database(state_url(Path(folder))) as database:
        around = Surroundings()
        yield Send(
            ledger=Ledger(database),
            routes=_routes(port),
            keys=mails.KEYS,
            signer=None,
            issue=order.issue,
            only=order.only,
            settings=DeliverySettings(),
            clock=around.clock,
            chance=around.chance,
        )


def main() -> None:
    """Measure and print, or do what a measurement has started."""
    match sys.argv[1:]:
        case ["lead", folder, port, count]:
            _lead(folder, port, count)
            return
        case ["work"]:
            worker.main(_equip)
            return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--size", choices=list(mails.SIZES), default="5k")
    parser.add_argument("--at", type=Path, help="where the ledgers lie; in memory no disk counts")
    asked = parser.parse_args()
    listen()
    with rig(Plan(), asked.at) as shared:
        found = measure(shared, asked)
    print("processes  messages a second  µs of CPU a message  of the sink")
    for processes, rounds in found.items():
        middle = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
        print(
            f"{processes:>9}  {middle['a_second']:>17,.0f}  {middle['microseconds']:>19,.0f}"
            f"  {middle['of_the_sink']:>11,.0f}"
        )


if __name__ == "__main__":
    main()
