"""Which topics readers want, where Subscriptions come from, and until when they rest.

The source of a Subscription that was there before is that of the Consent it began with.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_FIRST_GIVEN = """
    SELECT source FROM consents
    WHERE consents.subscriber_id = subscriptions.subscriber_id
      AND consents.list_id = subscriptions.list_id AND consents.action = 'given'
    ORDER BY consents.id LIMIT 1
"""


def upgrade() -> None:
    """Add the columns."""
    op.add_column("subscribers", sa.Column("topics", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "subscriptions", sa.Column("source", sa.Text(), nullable=False, server_default="")
    )
    op.add_column(
        "subscriptions", sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True)
    )
    op.execute(f"UPDATE subscriptions SET source = coalesce(({_FIRST_GIVEN}), '')")  # noqa: S608
