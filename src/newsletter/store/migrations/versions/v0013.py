"""What comes back: messages, what they say of whom, alarms; and why a Mailing is paused."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables and the column."""
    op.add_column("mailings", _text("paused_because"))
    op.create_table(
        "returns",
        _id(),
        _text("digest", default=None),
        _text("form", default=None),
        _text("kind", default=None),
        _text("reporter"),
        _text("evidence"),
        _time("arrived_at"),
        _time("handled_at"),
        sa.PrimaryKeyConstraint("id", name="pk_returns"),
        sa.UniqueConstraint("digest", name="uq_returns_digest"),
    )
    _add_returned()
    op.create_table(
        "alarms",
        _id(),
        sa.Column("mailing_id", _Id, nullable=False),
        _text("rule", default=None),
        _text("provider"),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("mails", sa.Integer(), nullable=False),
        _time("at"),
        sa.PrimaryKeyConstraint("id", name="pk_alarms"),
        sa.ForeignKeyConstraint(
            ["mailing_id"], ["mailings.id"], name="fk_alarms_mailing_id_mailings"
        ),
        sa.UniqueConstraint(
            "mailing_id", "rule", "provider", name="uq_alarms_mailing_id_rule_provider"
        ),
    )


def _add_returned() -> None:
    references = {
        "return_id": "returns",
        "delivery_id": "deliveries",
        "subscriber_id": "subscribers",
    }
    op.create_table(
        "returned",
        _id(),
        *(sa.Column(name, _Id, nullable=True) for name in references),
        _text("address_digest", default=None),
        _text("address"),
        _text("kind", default=None),
        sa.Column("permanent", sa.Boolean(), nullable=True),
        _text("status"),
        _text("reason", default=None),
        sa.Column("is_named", sa.Boolean(), nullable=False),
        sa.Column("complained", sa.Boolean(), nullable=False),
        _text("evidence"),
        _text("proof"),
        _text("action", default=None),
        _text("because"),
        _time("at"),
        _time("undone_at", nullable=True),
        _text("undone_because"),
        sa.PrimaryKeyConstraint("id", name="pk_returned"),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], name=f"fk_returned_{name}_{table}")
            for name, table in references.items()
        ),
    )
    for name in (*references, "address_digest"):
        op.create_index(f"ix_returned_{name}", "returned", [name])


def _id() -> sa.Column[Any]:
    return sa.Column("id", _Id, autoincrement=True, nullable=False)


def _text(name: str, default: str | None = "") -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
