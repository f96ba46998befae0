"""Makes the mail of one Delivery ready for the wire, several at once when they are signed.

Without signatures a mail is made when a connection has room for it, so that few are in memory. To
sign one takes several times as long as all else together and needs no lock of the interpreter:
those whose intents were written together are then made in threads before they are laid out.
"""

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from newsletter.message.compile import CompiledMessage, compile_message
from newsletter.message.dkim import Signer
from newsletter.message.recipient import address_recipient
from newsletter.model.ledger import Job, Letter
from newsletter.model.message import MailHead, Parcel
from newsletter.tokens import KeyRing

_THREADS = min(8, os.cpu_count() or 1)
_FEW = 4  # mails for which threads are not worth the trouble


@dataclass(slots=True)
class Errand:
    """One mail to carry: its intent is durable. `parcel` is set when it was made ahead."""

    job: Job
    message: CompiledMessage
    head: MailHead
    parcel: Parcel | None = None


class Packer:
    """Makes Parcels for one issue."""

    def __init__(self, issue: str, keys: KeyRing, signer: Signer | None) -> None:
        self._issue, self._keys, self._signer = issue, keys, signer
        self._letters: dict[tuple[int, str, str], tuple[CompiledMessage, MailHead]] = {}
        self._pool: ThreadPoolExecutor | None = None
        if signer:
            self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="sign")

    def knows(self, mailing_id: int, language: str, variant: str) -> bool:
        """Whether what everybody with this Mailing, language and variant gets was compiled."""
        return (mailing_id, language, variant) in self._letters

    def learn(self, mailing_id: int, language: str, variant: str, letter: Letter) -> None:
        """Compile what all with this Mailing, language and variant get; raises ValueError."""
        compiled = compile_message(letter.rendering, letter.head, self._signer)
        self._letters[mailing_id, language, variant] = compiled, letter.head

    def errand(self, job: Job) -> Errand:
        """Return the errand for a Delivery."""
        return Errand(job, *self._letters[job.mailing_id, job.language, job.variant])

    def pack(self, errand: Errand) -> Parcel:
        """Return the mail of an errand; raises ValueError when it cannot be made."""
        if errand.parcel:
            return errand.parcel
        job = errand.job
        recipient = address_recipient(
            errand.head,
            self._keys,
            issue=self._issue,
            delivery_id=job.id,
            subscriber_id=job.subscriber_id,
            list_number=job.list_id,
            address=job.address,
            name=job.name,
        )
        utf8 = job.address.needs_smtputf8
        return Parcel(
            sender=recipient.envelope_sender,
            recipient=job.address.wire,
            message=errand.message.build(recipient, utf8=utf8),
            utf8=utf8,
            envelope_id=recipient.message_id,
        )

    async def pack_ahead(self, errands: Sequence[Errand]) -> None:
        """Make the mails of `errands` in threads, if they are signed."""
        if self._pool is None or len(errands) < _FEW:
            return
        loop = asyncio.get_running_loop()
        parts = [errands[start::_THREADS] for start in range(_THREADS)]
        await asyncio.gather(
            *(loop.run_in_executor(self._pool, self._pack_all, part) for part in parts)
        )

    def close(self) -> None:
        """Let the threads go."""
        if self._pool:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _pack_all(self, errands: Sequence[Errand]) -> None:
        for errand in errands:
            try:
                errand.parcel = self.pack(errand)
            except ValueError:  # told when it is its turn
                errand.parcel = None
