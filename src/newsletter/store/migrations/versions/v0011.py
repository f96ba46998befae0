"""When readers chose their language and topics themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column."""
    op.add_column("subscribers", sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=True))
