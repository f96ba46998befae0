"""Waiting that can be cut short."""

import time
from collections.abc import Callable

_SLICE = 0.5  # seconds after which a wish to stop is heard


def pause(seconds: float, until: Callable[[], bool]) -> None:
    """Wait so long, or until `until` says that it is enough."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0 and not until():
        time.sleep(min(_SLICE, left))
