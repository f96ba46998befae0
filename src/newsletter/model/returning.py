"""What an office says of what comes back, in `newsletter.yaml`: `returns:`.

Every field has its meaning beside it; the reference in `docs/` is generated from here.
"""

from pydantic import Field

from newsletter.model.webhooks import Webhooks
from newsletter.model.written import Written


class ReturnsSettings(Written):
    """What comes back: where it is taken from."""

    webhooks: Webhooks = Field(
        default_factory=Webhooks,
        description="Providers whose posts `newsletter serve` takes, at `/returns/PROVIDER`.",
    )
