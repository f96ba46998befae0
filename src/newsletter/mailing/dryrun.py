"""A dry run: every message of a send as a file, and nothing kept or sent.

The messages are those a send would make from the same readers, but for the numbers of Deliveries
in Message-IDs and return paths, which are given out when a Mailing is frozen.
"""

import contextlib
import datetime
import os
from collections.abc import Sequence
from pathlib import Path

from newsletter.errors import WrongUsage
from newsletter.keyfiles import make_private_folder
from newsletter.mailing.packing import Packer
from newsletter.mailing.ports import Ledger
from newsletter.message.dkim import Signer
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
    make_private_folder(folder)
    count = 0
    with contextlib.closing(Packer(issue, keys, signer)) as packer:
        for count, (draft, job) in enumerate(ledger.try_freeze(issue, drafts, now), start=1):
            kind = (job.mailing_id, job.language, job.variant)
            if not packer.knows(*kind):
                packer.learn(*kind, draft.letter(job.language, job.variant))
            message = packer.pack(packer.errand(job)).message
            name = folder / f"{count:06}.eml"
            with os.fdopen(os.open(name, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as stream:
                stream.write(message)
    return count
