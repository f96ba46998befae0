"""Notices: mails to single readers about what they asked for."""

import datetime

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MUST = ("kind", "address_digest", "state")
_TEXTS = ("local", "domain", "shown", "language", "lists", "words", "wording", "network", "reason")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "notices",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("subscriber_id", _ID, nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in _MUST),
        *(_text(name) for name in (*_TEXTS, "reply")),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        *(_time(name, nullable=False) for name in ("created_at", "changed_at")),
        *(_time(name, nullable=True) for name in ("due_at", "done_at")),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name="fk_notices_subscriber_id_subscribers"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notices_subscriber_id", "notices", ["subscriber_id"])
    op.create_index("ix_notices_state_due_at", "notices", ["state", "due_at"])
    op.create_index("ix_notices_address_digest", "notices", ["address_digest"])


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")


def _time(name: str, *, nullable: bool) -> sa.Column[datetime.datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
