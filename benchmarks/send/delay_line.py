"""A line between two network namespaces on which every packet is under way for a while.

    namespace A ── tun ──► wait ──► tun ── namespace B

`python -m benchmarks.send.delay_line A B` makes a TUN device in each of the two namespaces and
carries the packets of one to the other, each held back by the same time. What goes over it is real
TCP of this kernel; only the wire is ours. It reads orders on its standard input, one a line: the
seconds of one way, as a number; each is answered with `ready`. It goes when its input is closed,
and the devices with it, so that nothing is left when its master dies.

The devices are told that checksums and the cutting into segments are the other side's business
(as those of virtual machines are): so TCP behaves as on an Ethernet of 1,500 octets, while up to
64 KB cross this program in one piece, and it does not become what is measured.
"""

import collections
import errno
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

DEVICE = "line0"

_TUNSETIFF = 0x400454CA  # linux/if_tun.h
_TUNSETOFFLOAD = 0x400454D0
_IFF_TUN, _IFF_NO_PI, _IFF_VNET_HDR = 0x0001, 0x1000, 0x4000
_CHECKSUM, _SEGMENTS = 0x01, 0x02  # TUN_F_CSUM, TUN_F_TSO4
_LARGEST = 70_000
_AT_ONCE = 64  # packets read before the other side is looked at

Queue = collections.deque[tuple[float, bytes]]


def open_device(namespace: str) -> int:
    """Make a TUN device, move it to `namespace` and return its descriptor."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    asked = struct.pack("16sH22x", b"line%d", _IFF_TUN | _IFF_NO_PI | _IFF_VNET_HDR)
    made = fcntl.ioctl(descriptor, _TUNSETIFF, asked)
    fcntl.ioctl(descriptor, _TUNSETOFFLOAD, _CHECKSUM | _SEGMENTS)
    name = made[:16].rstrip(b"\0").decode()
    subprocess.run(["ip", "link", "set", name, "netns", namespace, "name", DEVICE], check=True)
    return descriptor


class Line:
    """The two ends, and what is on its way to each."""

    def __init__(self, first: int, second: int) -> None:
        self.delay = 0.0
        self._ways: tuple[tuple[int, int, Queue], ...] = (
            (first, second, collections.deque()),
            (second, first, collections.deque()),
        )

    def carry(self, orders: int) -> None:
        """Carry packets until `orders` is closed."""
        sources = [source for source, _, _ in self._ways]
        while True:
            ready, _, _ = select.select([*sources, orders], [], [], self._wait())
            if orders in ready and not self._obey(orders):
                return
            for source, target, queue in self._ways:
                if source in ready:
                    self._take(source, queue)
                self._deliver(target, queue)

    def _wait(self) -> float | None:
        """Return how long nothing is due."""
        due = min((queue[0][0] for _, _, queue in self._ways if queue), default=None)
        return None if due is None else max(0.0, due - time.monotonic())

    def _obey(self, orders: int) -> bool:
        """Take a new delay; whether there was one."""
        line = os.read(orders, 100).split()
        if line:
            self.delay = float(line[-1])
            print("ready", flush=True)
        return bool(line)

    def _take(self, source: int, queue: Queue) -> None:
        for _ in range(_AT_ONCE):
            try:
                packet = os.read(source, _LARGEST)
            except BlockingIOError:
                return
            queue.append((time.monotonic() + self.delay, packet))

    def _deliver(self, target: int, queue: Queue) -> None:
        now = time.monotonic()
        while queue and queue[0][0] <= now:
            try:
                os.write(target, queue.popleft()[1])
            except OSError as fault:
                if fault.errno != errno.EIO:  # that device is down: as on any wire, it is lost
                    raise


def main() -> None:
    """Lay the line between the two namespaces that are named, and work it."""
    namespaces = sys.argv[1:3]
    Line(*map(open_device, namespaces)).carry(sys.stdin.fileno())


if __name__ == "__main__":
    main()
