"""Ctrl-C and SIGTERM, heeded only while we wait for something.

So a stop never comes between the start of a program and the line that would end it, nor into what
cleans up; it is raised as KeyboardInterrupt, once.
"""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType


class _Stop:
    heard = raised = waits = False


def listen() -> None:
    """From now on hear SIGINT and SIGTERM."""
    _Stop.heard = _Stop.raised = False
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _hear)


@contextlib.contextmanager
def waiting() -> Iterator[None]:
    """Be where a stop may be heeded; one that came before is heeded at once."""
    _Stop.waits = True
    try:
        if _Stop.heard:
            _heed()
        yield
    finally:
        _Stop.waits = False


def _hear(_: int, __: FrameType | None) -> None:
    _Stop.heard = True
    if _Stop.waits:
        _heed()


def _heed() -> None:
    if not _Stop.raised:
        _Stop.raised = True
        raise KeyboardInterrupt
