"""Takes what providers post: known by its seal, then on the disk, then said to be taken.

A post that cannot be kept, or whose seal cannot be looked at now, is not taken, and the provider
posts it again. The database plays no part.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from newsletter.errors import NewsletterError
from newsletter.returns.ports import Keeper
from newsletter.returns.providers.seals import Seal, Verdict


class Taken(StrEnum):
    """What became of a post."""

    KEPT = "kept"
    FORGED = "forged"
    UNSURE = "unsure"
    NOT_KEPT = "not_kept"


@dataclass(frozen=True, slots=True)
class Postbox:
    """The providers whose posts are taken, each with its seal, and who keeps them."""

    seals: Mapping[str, Seal] = field(default_factory=dict)
    keeper: Keeper | None = None

    def take(self, provider: str, headers: Mapping[str, str], raw: bytes) -> tuple[Taken, str]:
        """Take a post of a provider that is known; return what became of it, and what is wrong.

        What is kept is on the disk when this returns.
        """
        verdict = self.seals[provider].judge(headers, raw)
        if verdict is Verdict.FORGED or self.keeper is None:
            return Taken.FORGED, ""
        if verdict is Verdict.UNSURE:
            return Taken.UNSURE, "its signature cannot be looked at now"
        try:
            self.keeper.keep(raw, provider)
        except NewsletterError as fault:
            return Taken.NOT_KEPT, str(fault)
        return Taken.KEPT, ""
