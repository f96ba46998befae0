"""Ways from a sender to a server: this machine itself, or a line on which every packet takes time.

The line joins two network namespaces (`delay_line.py`). Its addresses begin with 127, so that our
rule that no mail goes to another machine in clear holds here too; inside the namespaces only
127.0.0.1 is the machine itself. Nothing outside of the two is touched, and both go at the end.
"""

import contextlib
import itertools
import os
import statistics
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.send.processes import CannotMeasure, ask, find, module, run, started

CLIENT_ADDRESS, SERVER_ADDRESS = "127.77.0.1", "127.77.0.2"
ETHERNET = 1500
_DEVICE = "line0"
_PATIENCE = 20.0
_PINGS = 15
_numbers = itertools.count(1)
_TRIES = 3
_TOLERANCE, _SLACK = 0.1, 0.002


@dataclass(frozen=True, slots=True)
class Way:
    """Where the server listens, and what stands before a command of either side."""

    host: str = "127.0.0.1"
    client_side: tuple[str, ...] = ()
    server_side: tuple[str, ...] = ()
    line: subprocess.Popen[str] | None = None

    def to_client(self, command: Sequence[str]) -> list[str]:
        """Return `command` as one of the sender's side."""
        return [*self.client_side, *command]

    def to_server(self, command: Sequence[str]) -> list[str]:
        """Return `command` as one of the server's side."""
        return [*self.server_side, *command]

    def set_round_trip(self, seconds: float) -> None:
        """Let packets take so long there and back."""
        if self.line is not None:
            ask(self.line, str(seconds / 2))
        elif seconds:
            raise CannotMeasure("there is no line to this server, so nothing can be delayed")

    def round_trip(self, wanted: float) -> float:
        """Return how long a ping takes; CannotMeasure when that is not what was wanted."""
        measured = self.ping()
        for _ in range(_TRIES):
            if wanted <= measured <= wanted * (1 + _TOLERANCE) + _SLACK:
                return measured
            measured = self.ping()
        raise CannotMeasure(
            f"the way takes {measured * 1000:.1f} ms there and back instead of "
            f"{wanted * 1000:.0f}: the machine is too busy"
        )

    def ping(self) -> float:
        """Return the seconds that one octet takes there and back, the median of several."""
        with started(self.to_server(module("ping", "answer", self.host))) as server:
            port = ask(server, "")
            printed = run(self.to_client(module("ping", "ask", self.host, port, str(_PINGS))), 60)
        return statistics.median(map(float, printed.split()))


def why_no_line() -> str:
    """Return why no line can be laid on this machine; nothing when one can."""
    if os.geteuid() != 0:
        return "a line with a round trip needs root, to make network namespaces"
    if not find("ip"):
        return "a line with a round trip needs `ip`: apt-get install iproute2"
    if not Path("/dev/net/tun").exists():
        return "a line with a round trip needs /dev/net/tun: modprobe tun"
    return ""


@contextlib.contextmanager
def delayed_line(mtu: int = ETHERNET) -> Iterator[Way]:
    """Lay a line between two new namespaces; without a delay until one is set."""
    name = f"newsletter-bench-{os.getpid()}-{next(_numbers)}"
    client, server = f"{name}-client", f"{name}-server"
    with (
        _namespace(client),
        _namespace(server),
        started(module("delay_line", client, server)) as line,
    ):
        ask(line, "0")
        for namespace, address in ((client, CLIENT_ADDRESS), (server, SERVER_ADDRESS)):
            _furnish(namespace, address, mtu)
        yield Way(SERVER_ADDRESS, _inside(client), _inside(server), line)


def _inside(namespace: str) -> tuple[str, ...]:
    return (find("ip"), "netns", "exec", namespace)


@contextlib.contextmanager
def _namespace(name: str) -> Iterator[None]:
    _ip("netns", "add", name)
    try:
        yield
    finally:
        _ip("netns", "del", name)


def _furnish(namespace: str, address: str, mtu: int) -> None:
    """Give a namespace its address on the line, and itself no more of 127.0.0.0/8 than it needs."""
    for arguments in (
        "link set lo up",
        "addr del 127.0.0.1/8 dev lo",
        "addr add 127.0.0.1/32 dev lo",
        f"addr add {address}/30 dev {_DEVICE}",
        f"link set {_DEVICE} mtu {mtu} up",
    ):
        _ip("-n", namespace, *arguments.split())
    for name in ("all", _DEVICE):
        setting = f"net.ipv4.conf.{name}.route_localnet=1"
        run([*_inside(namespace), find("sysctl"), "-qw", setting], _PATIENCE)


def _ip(*arguments: str) -> None:
    run([find("ip"), *arguments], _PATIENCE)
