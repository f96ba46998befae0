"""What whoever imports a table says of its columns."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("batches", sa.Column("headings", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "batches",
        sa.Column("columns", sa.JSON(), nullable=False, server_default=sa.text("'{}'")),
    )
