"""A Mailing may have several Renderings in a language: variants for readers in some Segments."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the columns, and let the constraint reach over one of them."""
    op.add_column("deliveries", _variant())
    with op.batch_alter_table("renderings") as table:
        table.add_column(_variant())
        table.drop_constraint("uq_renderings_mailing_id_language")
        table.create_unique_constraint(
            "uq_renderings_mailing_id_language_variant", ["mailing_id", "language", "variant"]
        )


def _variant() -> sa.Column[str]:
    return sa.Column("variant", sa.Text(), nullable=False, server_default="")
