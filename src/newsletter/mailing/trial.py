"""A test: real mail to named colleagues, outside any Mailing; nothing is written anywhere."""

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from newsletter.address import Address
from newsletter.errors import Stopped
from newsletter.mailing.decide import words
from newsletter.mailing.ports import Connection, Transport
from newsletter.message.compile import compile_message
from newsletter.message.dkim import Signer
from newsletter.message.recipient import no_reader
from newsletter.model.mailing import Outcome, Verdict
from newsletter.model.message import MailHead, Parcel
from newsletter.model.rendering import Rendering

SUBJECT_PREFIX = "[Test] "


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one test mail."""

    address: Address
    language: str
    accepted: bool
    words: str


async def send_trial(
    transports: Sequence[Transport],
    renderings: Mapping[str, Rendering],
    heads: Mapping[str, MailHead],
    addresses: Sequence[Address],
    signer: Signer | None = None,
) -> list[Trial]:
    """Send each of `renderings` (by language) to each of `addresses` over one connection.

    It goes to the first of `transports` that can be reached; raises Stopped when none can.
    """
    connection = await _connect(transports)
    try:
        return [
            await _send(connection, rendering, heads[language], address, signer)
            for language, rendering in renderings.items()
            for address in addresses
        ]
    finally:
        await connection.close()


async def reach(transports: Sequence[Transport]) -> None:
    """See that a relay can be reached, and do nothing; raises Stopped when none can."""
    await (await _connect(transports)).close()


async def _connect(transports: Sequence[Transport]) -> Connection:
    faults: list[str] = []
    for transport in transports:
        connection = await transport.connect()
        if not isinstance(connection, Outcome):
            return connection
        faults.append(words(connection))
    raise Stopped(f"there is no connection to the relay: {'; '.join(faults)}")


async def _send(
    connection: Connection,
    rendering: Rendering,
    head: MailHead,
    address: Address,
    signer: Signer | None,
) -> Trial:
    utf8 = address.needs_smtputf8
    if utf8 and not connection.smtputf8:
        return Trial(address, rendering.language, accepted=False, words="the relay lacks SMTPUTF8")
    if not connection.usable:
        return Trial(address, rendering.language, accepted=False, words="the connection was lost")
    stamp = f"{head.date:%Y%m%d%H%M%S}"  # each test is a mail of its own
    reader = no_reader(
        head, address, message_id=f"test.{rendering.digest[:12]}.{stamp}", word="test"
    )
    head_of_test = dataclasses.replace(head, subject_prefix=SUBJECT_PREFIX)
    parcel = Parcel(
        sender=head.return_path,
        recipient=address.wire,
        message=compile_message(rendering, head_of_test, signer).build(reader, utf8=utf8),
        utf8=utf8,
    )
    told = asyncio.get_running_loop().create_future()
    connection.submit(parcel, told.set_result)
    outcome: Outcome = await told
    accepted = outcome.verdict is Verdict.ACCEPTED
    said = "accepted" if accepted else f"{outcome.verdict}: {words(outcome)}"
    return Trial(address, rendering.language, accepted=accepted, words=said)
