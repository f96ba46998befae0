"""A dry run: every message of a send as a file, and nothing kept or sent.

The messages are those a send would make from the same readers, but for the numbers of Deliveries
in Message-IDs and return paths, which are given out when a Mailing is frozen.
"""

import datetime
from collections.abc import Sequence
from pathlib import Path

from newsletter.errors import WrongUsage
from newsletter.mailing.ports import Ledger
from newsletter.message.compile import CompiledMessage, compile_message
from newsletter.message.dkim import Signer
from newsletter.message.recipient import address_recipient
from newsletter.model.ledger import Draft
from newsletter.tokens import KeyRing


def write_letters(
    ledger: Ledger,
    keys: KeyRing,
    issue: str,
    drafts: Sequence[Draft],
    folder: Path,
    now: datetime.datetime,
    signer: Signer | None = None,
) -> int:
    """Write the message of each Delivery into `folder` and return how many there are.

    Raises WrongUsage when the folder holds something already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise WrongUsage(f"{folder} is not empty", "name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    compiled: dict[tuple[str, str], CompiledMessage] = {}
    count = 0
    for count, (draft, job) in enumerate(ledger.try_freeze(issue, drafts, now), start=1):
        letter = draft.letters[job.language]
        kind = (draft.list, job.language)
        if kind not in compiled:
            compiled[kind] = compile_message(letter.rendering, letter.head, signer)
        recipient = address_recipient(
            letter.head,
            keys,
            issue=issue,
            delivery_id=job.id,
            subscriber_id=job.subscriber_id,
            list_number=job.list_id,
            address=job.address,
            name=job.name,
        )
        message = compiled[kind].build(recipient, utf8=job.address.needs_smtputf8)
        (folder / f"{count:06}.eml").write_bytes(message)
    return count
