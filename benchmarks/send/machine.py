"""What is known about the machine, and how busy it is with what is none of ours."""

import os
import platform
import re
import resource
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_TICKS = os.sysconf("SC_CLK_TCK")
_COMMITS = 40


def own_cpu() -> float:
    """Return the seconds of CPU that this process has taken."""
    return _seconds(resource.RUSAGE_SELF)


def children_cpu() -> float:
    """Return the seconds of CPU that the processes took that this one started and saw end."""
    return _seconds(resource.RUSAGE_CHILDREN)


def own_peak() -> int:
    """Return the most octets of memory that this program ever had (proc_pid_status(5), VmHWM).

    That of getrusage also counts what the process had that started it, before it became this one.
    """
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    (kilobytes,) = re.findall(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)
    return int(kilobytes) * 1024


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU that a running process has taken (proc_pid_stat(5), 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def all_cpu() -> float:
    """Return the seconds of CPU that all programs of the machine have taken (proc_stat(5))."""
    first = Path("/proc/stat").read_text(encoding="utf-8").splitlines()[0]
    return sum(map(int, first.split()[1:4])) / _TICKS


class Neighbours:
    """How much of the machine others take while something is measured."""

    def __init__(self, pids: Sequence[int] = ()) -> None:
        """Begin to look; the CPU of the processes `pids` is ours."""
        self._pids = pids
        self._began, self._all, self._ours = time.monotonic(), all_cpu(), self._own()

    def share(self, also_ours: float = 0.0) -> float:
        """Return what part of the machine was taken by others, from 0 to 1."""
        seconds = time.monotonic() - self._began
        theirs = (all_cpu() - self._all) - (self._own() - self._ours) - also_ours
        return max(0.0, theirs / seconds / (os.cpu_count() or 1))

    def _own(self) -> float:
        return own_cpu() + children_cpu() + sum(map(cpu_of, self._pids))


def commit_seconds(folder: Path) -> float:
    """Return how long it takes until a small write is on the disk: what every commit waits for."""
    file, taken = folder / "commit", []
    with file.open("wb", buffering=0) as stream:
        for _ in range(_COMMITS):
            stream.write(bytes(4096))
            began = time.perf_counter()
            os.fdatasync(stream.fileno())
            taken.append(time.perf_counter() - began)
    file.unlink()
    return statistics.median(taken)


def facts(folder: Path) -> dict[str, Any]:
    """Return what somebody needs to know who compares figures of two machines."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "tcp": _read("/proc/sys/net/ipv4/tcp_congestion_control"),
        "commit_ms": round(commit_seconds(folder) * 1000, 3),
        "load": round(os.getloadavg()[0], 1),
    }


def _processor() -> str:
    lines = _read("/proc/cpuinfo").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _read(file: str) -> str:
    path = Path(file)
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def _seconds(whose: int) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime
