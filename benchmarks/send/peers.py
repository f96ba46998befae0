"""Other senders in Python, as a good programmer would use them; each in a process of its own.

`python -m benchmarks.send.peers NAME BAG HOST PORT CONNECTIONS COUNT` sends ready-made mails of a
bag to so many readers and prints seconds and CPU, as JSON. Nothing is written down and no mail is
made while the clock runs: what they do besides SMTP is nothing.

aiosmtplib: a pool of open connections, one `sendmail` at a time on each.
smtplib: one thread for each connection, from the standard library.
"""

import asyncio
import itertools
import json
import smtplib
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aiosmtplib

from benchmarks.send import mails
from benchmarks.send.machine import own_cpu

_US = "office.example.org"


@dataclass(frozen=True, slots=True)
class Errand:
    """What to send, and where."""

    sender: str
    bag: list[bytes]
    host: str
    port: int
    connections: int
    count: int

    def mails(self) -> Iterator[tuple[str, bytes]]:
        """Yield the address and the mail of each reader."""
        messages = itertools.cycle(self.bag)
        for number in range(1, self.count + 1):
            yield mails.address(number).wire, next(messages)


def send_by_aiosmtplib(errand: Errand) -> None:
    """Send over several connections in one thread."""
    asyncio.run(_send_all(errand))


async def _send_all(errand: Errand) -> None:
    waiting = errand.mails()

    async def work() -> None:
        smtp = aiosmtplib.SMTP(
            hostname=errand.host,
            port=errand.port,
            local_hostname=_US,
            use_tls=False,
            start_tls=False,
        )
        async with smtp:
            for address, message in waiting:
                await smtp.sendmail(errand.sender, [address], message)

    await asyncio.gather(*(work() for _ in range(errand.connections)))


def send_by_smtplib(errand: Errand) -> None:
    """Send over one connection in each thread."""
    waiting, lock = errand.mails(), threading.Lock()
    faults: list[Exception] = []

    def work() -> None:
        try:
            with smtplib.SMTP(errand.host, errand.port, local_hostname=_US) as smtp:
                while True:
                    with lock:
                        found = next(waiting, None)
                    if found is None:
                        return
                    smtp.sendmail(errand.sender, [found[0]], found[1])
        except (OSError, smtplib.SMTPException) as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work) for _ in range(errand.connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


WAYS = {"aiosmtplib": send_by_aiosmtplib, "smtplib": send_by_smtplib}


def main() -> None:
    """Send and print the figures."""
    name, bag, host, port, connections, count = sys.argv[1:]
    sender, messages = mails.open_bag(Path(bag))
    errand = Errand(sender, messages, host, int(port), int(connections), int(count))
    cpu, began = own_cpu(), time.perf_counter()
    WAYS[name](errand)
    seconds, cpu = time.perf_counter() - began, own_cpu() - cpu
    print(json.dumps({"seconds": seconds, "cpu": cpu}))


if __name__ == "__main__":
    main()
