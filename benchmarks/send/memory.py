"""How much memory a send takes, and whether that grows with the list.

Freezing and sending are processes of their own, so the peak of each is its own. 10,000 readers are
measured always; a million takes minutes and is measured when it is asked for.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.figures import Amount
from benchmarks.send import office
from benchmarks.send.paths import Way
from benchmarks.send.processes import CannotMeasure, module, result_of
from benchmarks.send.rig import Rig
from benchmarks.send.servers import SINK

FEW, MANY = 10_000, 1_000_000
_MEGABYTE = 1_000_000
_GROWTH, _PEAK, _FREEZE = 20.0, 150.0, 20.0  # megabytes, megabytes, seconds
_SLOWEST = 1_000.0  # messages a second


@dataclass(frozen=True, slots=True)
class Size:
    """What so many readers took; memory in megabytes."""

    readers: int
    freeze_seconds: float
    freeze_peak: float
    send_seconds: float
    send_peak: float


def measure(rig: Rig, readers: Sequence[int]) -> list[Size]:
    """Return what sends to so many readers take."""
    return [_measure(rig, each) for each in readers]


def figures(sizes: Sequence[Size]) -> list[Amount]:
    """Return what was found as figures; limits hold for the longest list, against the shortest."""
    found = []
    least, most = sizes[0], sizes[-1]
    for size in sizes:
        long = size is most and len(sizes) > 1
        for what, value, unit, limit in (
            ("freeze", size.freeze_seconds, "s", _FREEZE),
            ("freeze, peak", size.freeze_peak, "MB", None),
            ("send", size.send_seconds, "s", None),
            ("send, peak", size.send_peak, "MB", _PEAK),
        ):
            name = f"{size.readers:,} readers: {what}"
            found.append(Amount(name=name, unit=unit, value=value, limit=limit if long else None))
    if least is not most:
        name = f"peak of a send: {most.readers:,} above {least.readers:,}"
        grown = most.send_peak - least.send_peak
        found.append(Amount(name=name, unit="MB", value=grown, limit=_GROWTH))
    return found


def _measure(rig: Rig, readers: int) -> Size:
    rig.tell(f"memory of a send to {readers:,}")
    folder = rig.folder / f"office-of-{readers}"
    frozen = office.make(folder, "40k", readers)
    with SINK.run(Way(), rig.folder) as sink:
        words = (folder, Way().host, sink.port, 10, 4)
        patience = 120 + readers / _SLOWEST
        sent = result_of(module("ours", *map(str, words)), patience)
        stock = sink.take_stock(readers)
    shutil.rmtree(folder)
    if not sent["accepted"] == stock.messages == stock.distinct == readers:
        raise CannotMeasure(
            f"of {readers} mails the ledger has {sent['accepted']} accepted, and the sink "
            f"{stock.messages} for {stock.distinct} recipients; {sent['trouble']}"
        )
    return Size(
        readers=readers,
        freeze_seconds=frozen["seconds"],
        freeze_peak=frozen["peak"] / _MEGABYTE,
        send_seconds=sent["seconds"],
        send_peak=sent["peak"] / _MEGABYTE,
    )
