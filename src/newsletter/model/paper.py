"""The print edition of one Edition, finished."""

import hashlib
from dataclasses import dataclass

from newsletter.model.finding import Finding


@dataclass(frozen=True, slots=True)
class Paper:
    """A PDF, how many pages it has, and what is doubtful about it.

    `kept` says that it had been printed before.
    """

    data: bytes
    pages: int
    doubts: tuple[Finding, ...] = ()
    kept: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 of the file, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()
