"""An Attempt is kept when it has ended; indexes fit the order in which a send goes.

The intent of an Attempt is the state of its Delivery alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEPT = "delivery_id, number, started_at, ended_at, verdict, stage, scope, code, enhanced, reply"


def upgrade() -> None:
    """Set the Attempts aside while what they refer to is made anew, and take them in again."""
    op.execute(f"CREATE TABLE aside AS SELECT {_KEPT}, relay FROM attempts WHERE verdict != ''")  # noqa: S608
    op.drop_table("attempts")
    _change_deliveries()
    _make_attempts()
    op.execute(f"INSERT INTO attempts ({_KEPT}, relay) SELECT {_KEPT}, relay FROM aside")  # noqa: S608
    op.drop_table("aside")


def _change_deliveries() -> None:
    """Let no index be touched by the steps of a send, nor be filled in another order than rows."""
    last = _last_id()
    op.drop_index("ix_deliveries_address_digest", "deliveries")
    op.drop_index("ix_deliveries_chunk_id_state", "deliveries")
    with op.batch_alter_table("deliveries", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.drop_constraint("uq_deliveries_mailing_id_address_key")
        table.create_unique_constraint(
            "uq_deliveries_mailing_id_address_digest", ["mailing_id", "address_digest"]
        )
    op.create_index("ix_deliveries_chunk_id", "deliveries", ["chunk_id"])
    if last:
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'deliveries'")
        op.execute(f"INSERT INTO sqlite_sequence (name, seq) VALUES ('deliveries', {last})")  # noqa: S608


def _last_id() -> int:
    """Return the highest id that was ever given out, which a table made anew would forget."""
    if op.get_bind().dialect.name != "sqlite":
        return 0
    query = sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'deliveries'")
    return int(op.get_bind().execute(query).scalar() or 0)


def _make_attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("delivery_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.DateTime(timezone=True), nullable=False)
            for name in ("started_at", "ended_at")
        ),
        *(_text(name) for name in ("verdict", "stage", "scope")),
        sa.Column("code", sa.Integer(), nullable=False, server_default="0"),
        *(_text(name) for name in ("enhanced", "reply", "relay")),
        sa.PrimaryKeyConstraint("delivery_id", "number", name="pk_attempts"),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name="fk_attempts_delivery_id_deliveries"
        ),
        sqlite_with_rowid=False,
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")
