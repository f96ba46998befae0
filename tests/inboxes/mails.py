"""Mails by number, and what was taken of them."""

from collections.abc import Iterable

from newsletter.model.inbox import Arrival


def mail(number: int, size: int = 0) -> bytes:
    return b"Subject: %d\r\n\r\n" % number + b"x" * size + b"\r\n"


def subjects(arrivals: Iterable[Arrival]) -> list[int]:
    return [int(each.raw.partition(b"Subject: ")[2].split(maxsplit=1)[0]) for each in arrivals]
