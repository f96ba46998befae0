"""What the doctor asks of the world outside, as it needs it."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class DnsSilent(Exception):
    """Nobody answered a question to the DNS; says nothing about the name that was asked for."""


class Names(Protocol):
    """The DNS. What is not there is empty; raises DnsSilent when nobody answers.

    Names are A-labels without a dot at the end, addresses are written as usual.
    """

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the TXT records of `name`, each in one piece."""
        ...

    def mail_hosts(self, name: str) -> tuple[str, ...]:
        """Return the hosts that take mail for `name`, the preferred ones first (MX)."""
        ...

    def addresses(self, name: str) -> tuple[str, ...]:
        """Return the addresses of a host, of both kinds."""
        ...

    def pointers(self, address: str) -> tuple[str, ...]:
        """Return the names that belong to an address (PTR)."""
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """What an address on the web answered; `date` is that of the server, if it said one."""

    status: int
    date: datetime.datetime | None = None


class NotAsked(Exception):
    """An address on the web that is not called: one of this computer or the office's network."""


class NoPage(Exception):
    """An address on the web that does not answer; its text says why."""


Web = Callable[[str], Page]
"""Address -> what it answers; raises NotAsked and NoPage."""
