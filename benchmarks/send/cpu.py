"""How much CPU a message costs us, and for what.

The whole is what the process of a send takes from its first query to its last, by getrusage. What
the ledger takes of it is read inside that process, in the ledger's own thread (`ours.py`): `claim`
is to claim chunks and give them back, `record` is to make intents and results durable. `build` and
`transport` are measured by themselves (`steps.py`), and `sign` as what building takes more with a
key. What is left of the whole, `clerk`, is to hand out, decide and count.
"""

import statistics
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.figures import Amount
from benchmarks.send.paths import Way
from benchmarks.send.processes import module, result_of
from benchmarks.send.rig import Rig
from benchmarks.send.senders import Ours, Task
from benchmarks.send.servers import SINK, Server

CONNECTIONS, WINDOW = 10, 4
DKIM_LIMIT = 400.0  # microseconds
_COUNTS = {"40k": 5_000, "5k": 10_000}
_ROUNDS = 3  # CPU is steadier than speed
_SHARE_OF_SIGNING = 10  # it takes so long that fewer are enough
_PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Costs:
    """Microseconds of CPU for one message of a size, by what is done."""

    size: str
    whole: float
    claim: float
    record: float
    build: float
    transport: float
    sign: float

    @property
    def clerk(self) -> float:
        """What is left: handing out, deciding, counting."""
        return self.whole - self.claim - self.record - self.build - self.transport

    def figures(self) -> list[Amount]:
        """Return them one by one."""
        names = ("whole", "claim", "build", "transport", "record", "clerk")
        made = [self._amount(name, getattr(self, name)) for name in names]
        return [*made, self._amount("sign", self.sign, DKIM_LIMIT)]

    def _amount(self, what: str, value: float, limit: float | None = None) -> Amount:
        name = f"CPU of a message, {self.size[:-1]} KB: {what}"
        return Amount(name=name, unit="µs", value=value, limit=limit)


def measure(rig: Rig, size: str, count: int | None = None) -> Costs:
    """Return what a message of a size costs nearby, to a sink that takes everything."""
    count = count or _COUNTS[size]
    rig.tell(f"CPU of a message of {size[:-1]} KB")
    way = Way()
    with SINK.run(way, rig.folder) as sink:
        task = Task(
            rig=rig,
            way=way,
            port=sink.port,
            size=size,
            connections=CONNECTIONS,
            in_flight=WINDOW,
            count=count,
        )
        rounds = min(rig.plan.rounds, _ROUNDS)
        sends = [Ours().send(task) for _ in range(rounds)]

        def alone(step: str, share: int = 1) -> float:
            return _median(rounds, lambda: _alone(step, size, count // share, sink))

        build = alone("build")
        return Costs(
            size=size,
            whole=statistics.median(each.cpu_of_one for each in sends),
            claim=statistics.median(each.steps["claim"] / count * 1e6 for each in sends),
            record=statistics.median(each.steps["record"] / count * 1e6 for each in sends),
            build=build,
            transport=alone("transport"),
            sign=alone("sign", _SHARE_OF_SIGNING) - build,
        )


def _median(rounds: int, one: Callable[[], float]) -> float:
    return statistics.median(one() for _ in range(rounds))


def _alone(step: str, size: str, count: int, sink: Server) -> float:
    """Return the microseconds of CPU that a step takes of one message."""
    words = (step, size, count, Way().host, sink.port, CONNECTIONS)
    found = result_of(module("steps", *map(str, words)), _PATIENCE)
    return float(found["cpu"]) / count * 1e6
