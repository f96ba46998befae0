"""Imports are kept as Batches, so that one can be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FACTS = ("name", "language", "country", "organisation", "organisation_type", "topics")


def upgrade() -> None:
    op.create_table(
        "batches",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("list_id", _ID, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("file", "digest", "basis")),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
        sa.ForeignKeyConstraint(["list_id"], ["lists.id"], name="fk_batches_list_id_lists"),
        sqlite_autoincrement=True,
    )
    for table in ("subscribers", "subscriptions"):
        # Written out: SQLite adds a column with what it refers to, but no constraint afterwards.
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN batch_id {_type()} "
            f"CONSTRAINT fk_{table}_batch_id_batches REFERENCES batches (id)"
        )
    op.create_table(
        "batch_facts",
        sa.Column("subscriber_id", _ID, nullable=False),
        sa.Column("batch_id", _ID, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False, server_default="") for name in _FACTS),
        sa.PrimaryKeyConstraint("subscriber_id", "batch_id", name="pk_batch_facts"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name="fk_batch_facts_subscriber_id_subscribers",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name="fk_batch_facts_batch_id_batches"
        ),
        sqlite_with_rowid=False,
    )


def _type() -> str:
    return str(_ID.compile(dialect=op.get_bind().dialect))
