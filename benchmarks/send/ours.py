"""Our whole send, as `newsletter send` does it with a frozen issue: ledger, tokens, slots, SMTP.

`python -m benchmarks.send.ours FOLDER HOST PORT CONNECTIONS IN_FLIGHT` delivers the issue of a
prepared office and prints, as JSON, seconds, CPU, the peak of memory, how many were accepted, and
how much CPU the ledger took, by what it was asked. That is read from outside: the ledger that is
handed to `deliver` looks at the clock of its own thread around each call.
"""

import asyncio
import datetime
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TypeVar

from benchmarks.send import mails
from benchmarks.send.machine import own_cpu, own_peak
from benchmarks.send.office import state_url
from newsletter.mailing.deliver import DeliverySettings, Route, deliver
from newsletter.mailing.report import Report
from newsletter.model.ledger import Claim, Job, Result, Turn
from newsletter.model.mailing import DeliveryState
from newsletter.servers import Tls
from newsletter.smtp.relay import Relay
from newsletter.smtp.transport import SmtpTransport
from newsletter.store.engine import open_database
from newsletter.store.ledger import Ledger

_UNBOUNDED = 10**9

T = TypeVar("T")


class TimedLedger(Ledger):
    """The ledger, with a look at the clock: `cpu` holds seconds by what was asked."""

    cpu: defaultdict[str, float]

    def claim(
        self, issue: str, now: datetime.datetime, *, only: Collection[str] = ()
    ) -> Claim | None:
        """Claim, timed."""
        return self._timed("claim", lambda: super(TimedLedger, self).claim(issue, now, only=only))

    def finish(self, held: Claim, now: datetime.datetime) -> None:
        """Give a claim back, timed."""
        self._timed("claim", lambda: super(TimedLedger, self).finish(held, now))

    def turn(
        self,
        results: Sequence[Result],
        held: Claim | None,
        jobs: Sequence[Job],
        now: datetime.datetime,
    ) -> Turn:
        """Write results and intents, timed."""
        return self._timed(
            "record", lambda: super(TimedLedger, self).turn(results, held, jobs, now)
        )

    def _timed(self, what: str, work: Callable[[], T]) -> T:
        began = time.thread_time()
        try:
            return work()
        finally:
            self.cpu[what] += time.thread_time() - began


def main() -> None:
    """Deliver and print the figures."""
    folder, host, port, connections, in_flight = sys.argv[1:]
    route = Route(
        transport=SmtpTransport(Relay(host, int(port), Tls.NONE), in_flight=int(in_flight)),
        connections=int(connections),
        messages_per_connection=_UNBOUNDED,
    )
    with open_database(state_url(Path(folder))) as database:
        ledger = TimedLedger(database)
        ledger.cpu = defaultdict(float)
        cpu, began = own_cpu(), time.perf_counter()
        report = asyncio.run(_deliver(ledger, route))
        seconds, cpu = time.perf_counter() - began, own_cpu() - cpu
    (tally,) = report.tallies
    figures = {
        "seconds": seconds,
        "cpu": cpu,
        "peak": own_peak(),
        "accepted": tally.count(DeliveryState.ACCEPTED),
        "steps": dict(ledger.cpu),
        "trouble": str(report.stopped or ""),
    }
    print(json.dumps(figures))


async def _deliver(ledger: Ledger, route: Route) -> Report:
    return await deliver(ledger, [route], mails.KEYS, mails.ISSUE, DeliverySettings())


if __name__ == "__main__":
    main()
