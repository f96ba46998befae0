"""Which relay an Attempt was made with, and Mailings that the operator has paused."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("attempts", sa.Column("relay", sa.Text(), nullable=False, server_default=""))
    op.add_column("mailings", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
