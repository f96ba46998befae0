"""What a worker process runs: `newsletter send` starts several where that makes it faster.

A worker is given the settings as the leader has read them, for a file may be changed while a send
runs, and all must have the same. Keys and passwords it reads where the leader does.
"""

import contextlib
import pickle
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from newsletter.mailing.send import Send, Surroundings, Workforce
from newsletter.mailing.worker import main

if TYPE_CHECKING:
    from newsletter.config import Config
    from newsletter.mailing.news import Order
    from newsletter.model.settings import Settings


def workforce(config: "Config", settings: "Settings") -> Workforce:
    """Return how workers for a workspace are started; -P: not with what lies in its folder."""
    command = (sys.executable, "-P", "-m", "newsletter.cli.working")
    return Workforce(command, pickle.dumps((config, settings)))


@contextlib.contextmanager
def equip(order: "Order", outfit: bytes) -> Iterator[Send]:
    """Yield the Send of an Order, made as the leader makes its own."""
    from newsletter.signing import signer
    from newsletter.wiring import delivery_settings, keys, ledger, routes

    config, settings = pickle.loads(outfit)  # noqa: S301 (through a pipe of which both ends are ours)
    around = Surroundings()
    yield Send(
        ledger=ledger(config),
        routes=routes(config, settings),
        keys=keys(config),
        signer=signer(config, settings),
        issue=order.issue,
        only=order.only,
        settings=delivery_settings(settings),
        clock=around.clock,
        chance=around.chance,
    )


if __name__ == "__main__":
    main(equip)
