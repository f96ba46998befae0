"""What the servers of providers answer: rows of `replies.txt`, and the cases that they make."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.returns.mailers.cases import Case, Wanted

EARLY = frozenset({"greeting", "mail"})
"""Stages before a server has heard whom a mail is for: what it says there is for a whole domain."""

_TABLE = Path(__file__).with_name("replies.txt")
_PEOPLE = [
    "aigul.sadykova",
    "anna.petrova",
    "b.karimov",
    "d.mammadov",
    "e.ivanova",
    "farrukh.n",
    "gulnara",
    "i.smirnov",
    "jane.miller",
    "k.hovhannisyan",
    "lena",
    "leyla.aliyeva",
    "m.atayev",
    "mehri.j",
    "n.beridze",
    "o.kovalenko",
    "press",
    "r.akhmetov",
    "s.usmanov",
    "tamar.g",
    "umida",
    "v.sargsyan",
    "zarina.rahimova",
    "info",
    "office",
]


@dataclass(frozen=True, slots=True)
class Reply:
    """One row: where a server says what, why, and whether it is for good."""

    domain: str
    address: str
    stage: str
    reason: str
    permanent: bool
    lines: tuple[bytes, ...]

    @property
    def name(self) -> str:
        """What the file of its report is called by."""
        provider, _, _ = self.domain.partition(".")
        return f"{provider}-{self.reason.replace('_', '-')}"


def read_replies(path: Path = _TABLE) -> list[Reply]:
    """Return the rows of a table; an early one has a domain of its own."""
    replies: list[Reply] = []
    numbers: dict[str, Iterator[int]] = {}
    for head, lines in _rows(path.read_text(encoding="utf-8")):
        provider, stage, reason, *options = head.split()
        chosen = dict(each.split("=") for each in options)
        number = next(numbers.setdefault(provider, itertools.count(1)))
        domain = f"{provider}{number}.example" if stage in EARLY else f"{provider}.example"
        person = _PEOPLE[len(replies) * 7 % len(_PEOPLE)]
        person = chosen.get("to", f"{person}{number if number > 1 else ''}")
        address = f"{person}@{domain}"
        words = {"address": address, "user": person, "domain": domain, "ip": "192.0.2.10"}
        text = [line.format_map(words) for line in lines]
        permanent = text[-1].startswith("5") if "permanent" not in chosen else False
        charset = chosen.get("charset", "utf-8")
        encoded = tuple(line.encode(charset) for line in text)
        replies.append(Reply(domain, address, stage, reason, permanent, encoded))
    return replies


def _rows(text: str) -> Iterator[tuple[str, list[str]]]:
    head, lines = "", list[str]()
    for line in text.splitlines():
        if line.startswith("    "):
            lines.append(line[4:])
        elif line and not line.startswith("#"):
            if head:
                yield head, lines
            head, lines = line, []
    yield head, lines


def cases_of(replies: list[Reply], every: int = 1, start: int = 0) -> list[Case]:
    """Return a case for each reply, or for some of them.

    What is put off is given up when its time is over; every third such mail keeps the warning.
    """
    cases: list[Case] = []
    names: dict[str, Iterator[int]] = {}
    for place, reply in enumerate(replies[start::every]):
        # A refusal as greeting is for good by RFC 5321 3.1, and tried again by many.
        lasting = None if reply.stage == "greeting" and reply.permanent else reply.permanent
        wanted = Wanted(reply.address, reply.reason, permanent=lasting)
        later = not reply.lines[-1].startswith(b"5")
        number = next(names.setdefault(reply.name, itertools.count(1)))
        name = reply.name if number == 1 else f"{reply.name}-{number}"
        kinds = ("delay", "bounce") if later else ("bounce",)
        whole = "full" if place % 3 == 0 else "hdrs"
        made = f"answered at {reply.stage}: {_shown(reply.lines[-1])}"
        cases.append(Case(name, (wanted,), kinds, returns=whole, made=made))
    return cases


def _shown(line: bytes) -> str:
    return line.decode("utf-8", "replace")[:60].strip()
