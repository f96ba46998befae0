"""A process that delivers, to be killed; alone, or as the leader of workers.

`python -m tests.mailing.sender FOLDER PORT hold|resend [PROCESSES [PER_SECOND]]` prints the report.
As `python -m tests.mailing.sender` without arguments it is such a worker.
"""

import asyncio
import contextlib
import datetime
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from newsletter.mailing import worker
from newsletter.mailing.deliver import DeliverySettings, Route, Surroundings, deliver
from newsletter.mailing.limits import Gentleness, rules_of
from newsletter.mailing.news import Order
from newsletter.mailing.report import Report
from newsletter.mailing.send import Send, Workforce
from newsletter.store.ledger import Ledger
from tests.mailing.sends import relay_at
from tests.store.office import ISSUE, KEYS, opened

COMMAND = (sys.executable, "-m", "tests.mailing.sender")


def routes(port: str, per_second: str = "") -> list[Route]:
    gentle = Gentleness(rules=rules_of(float(per_second) if per_second else None))
    return [Route(transport=relay_at(int(port)), connections=4, gentleness=gentle)]


def outfit_of(folder: str, port: str, unknown: str, per_second: str = "") -> bytes:
    """Return what a worker is told besides its Order."""
    return json.dumps([folder, port, unknown, per_second]).encode()


def settings(unknown: str, processes: str = "1") -> DeliverySettings:
    return DeliverySettings(
        resend_unknown=unknown == "resend",
        processes=int(processes),
        faults_in_a_row=4,
        grace=datetime.timedelta(seconds=5),
    )


async def lead(
    folder: str, port: str, unknown: str, processes: str = "1", per_second: str = ""
) -> Report:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    outfit = outfit_of(folder, port, unknown, per_second)
    with opened(Path(folder)) as database:
        return await deliver(
            Ledger(database),
            routes(port, per_second),
            KEYS,
            ISSUE,
            settings(unknown, processes),
            Surroundings(stop=stop, workforce=Workforce(COMMAND, outfit)),
        )


@contextlib.contextmanager
def equip(order: Order, outfit: bytes) -> Iterator[Send]:
    folder, port, unknown, per_second = json.loads(outfit)
    with opened(Path(folder)) as database:
        around = Surroundings()
        yield Send(
            ledger=Ledger(database),
            routes=routes(port, per_second),
            keys=KEYS,
            signer=None,
            issue=order.issue,
            only=order.only,
            settings=settings(unknown),
            clock=around.clock,
            chance=around.chance,
        )


def main(*arguments: str) -> int:
    report = asyncio.run(lead(*arguments))
    print(json.dumps(report.as_json() | {"stopped": str(report.stopped or "")}))  # noqa: T201 (its starter reads it)
    return report.exit_code


if __name__ == "__main__":
    if len(sys.argv) == 1:
        worker.main(equip)
    else:
        sys.exit(main(*sys.argv[1:]))
