"""An Attempt is kept when it has ended; its intent is the state of the Delivery alone."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_COPIED = (
    "delivery_id, number, started_at, ended_at, verdict, stage, scope, code, enhanced, reply, relay"
)


def upgrade() -> None:
    """Make the table anew, for its key changes, and an index that no step of a send touches."""
    op.rename_table("attempts", "attempts_before")
    _make_attempts()
    op.execute(
        f"INSERT INTO attempts ({_COPIED}) SELECT {_COPIED} FROM attempts_before "  # noqa: S608
        "WHERE verdict != ''"
    )
    op.drop_table("attempts_before")
    op.drop_index("ix_deliveries_chunk_id_state", "deliveries")
    op.create_index("ix_deliveries_chunk_id", "deliveries", ["chunk_id"])


def _make_attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("delivery_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in _MOMENTS),
        *(_text(name) for name in ("verdict", "stage", "scope")),
        sa.Column("code", sa.Integer(), nullable=False, server_default="0"),
        *(_text(name) for name in ("enhanced", "reply", "relay")),
        sa.PrimaryKeyConstraint("delivery_id", "number", name="pk_attempts"),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name="fk_attempts_delivery_id_deliveries"
        ),
        sqlite_with_rowid=False,
    )


_MOMENTS = ("started_at", "ended_at")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")
