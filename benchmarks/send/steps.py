"""One step of a send by itself, to know how much CPU it takes of a message.

`python -m benchmarks.send.steps STEP SIZE COUNT HOST PORT CONNECTIONS` does it so many times and
prints the seconds of CPU, as JSON.

build: tokens, links, headers and slots of a reader become the octets of a mail.
sign: the same with a DKIM signature (RSA of 2,048 bits).
transport: finished mails go to a server over so many connections; no ledger, nothing is built.
"""

import asyncio
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.send import mails
from benchmarks.send.machine import own_cpu
from newsletter.message.compile import compile_message
from newsletter.message.dkim import Signer
from newsletter.message.dkimkeys import KeyKind, make_key, read_key
from newsletter.model.mailing import Outcome, Verdict
from newsletter.model.message import Parcel
from newsletter.servers import Tls
from newsletter.smtp.connection import SmtpConnection
from newsletter.smtp.relay import Relay
from newsletter.smtp.transport import SmtpTransport


@dataclass(frozen=True, slots=True)
class Errand:
    """What a step is done with."""

    size: str
    count: int
    host: str
    port: int
    connections: int


def build(errand: Errand, signer: Signer | None = None) -> float:
    """Return the seconds of CPU to make mails for so many readers."""
    letter = mails.letter(errand.size)
    message = compile_message(letter.rendering, letter.head, signer)
    began = own_cpu()
    for number in range(1, errand.count + 1):
        message.build(mails.recipient(letter.head, number))
    return own_cpu() - began


def sign(errand: Errand) -> float:
    """Return the seconds of CPU to make and sign mails for so many readers."""
    key = read_key(make_key(KeyKind.RSA).encode(), KeyKind.RSA, "bench")
    return build(errand, Signer(domain="example.org", keys=(key,)))


def transport(errand: Errand) -> float:
    """Return the seconds of CPU to hand over so many finished mails."""
    letter = mails.letter(errand.size)
    message = mails.compiled(letter)
    built = [
        message.build(mails.recipient(letter.head, number)) for number in range(1, mails.IN_BAG + 1)
    ]
    parcels = (
        Parcel(sender="bounces@example.org", recipient=mails.address(number).wire, message=octets)
        for number, octets in zip(range(1, errand.count + 1), itertools.cycle(built), strict=False)
    )
    began = own_cpu()
    asyncio.run(_hand_over(errand, parcels))
    return own_cpu() - began


async def _hand_over(errand: Errand, parcels: Iterator[Parcel]) -> None:
    relay = SmtpTransport(Relay(errand.host, errand.port, Tls.NONE))
    await asyncio.gather(*(_use(relay, parcels) for _ in range(errand.connections)))


async def _use(relay: SmtpTransport, parcels: Iterator[Parcel]) -> None:
    """Keep one connection full until there are no more parcels."""
    connection = await relay.connect()
    if not isinstance(connection, SmtpConnection):
        raise ConnectionError(connection.text)
    news, refused = asyncio.Event(), list[Outcome]()

    def told(outcome: Outcome) -> None:
        if outcome.verdict is not Verdict.ACCEPTED:
            refused.append(outcome)
        news.set()

    waiting: Parcel | None = next(parcels, None)
    while (waiting or connection.in_flight) and not refused:
        news.clear()
        while waiting and connection.room:
            connection.submit(waiting, told)
            waiting = next(parcels, None)
        await news.wait()
    await connection.close()
    if refused:
        raise ConnectionError(refused[0].text)


STEPS: dict[str, Callable[[Errand], float]] = {"build": build, "sign": sign, "transport": transport}


def main() -> None:
    """Do a step and print what it took."""
    step, size, count, host, port, connections = sys.argv[1:]
    errand = Errand(size, int(count), host, int(port), int(connections))
    print(json.dumps({"cpu": STEPS[step](errand)}))


if __name__ == "__main__":
    main()
