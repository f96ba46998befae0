"""A Mailing may go to a Segment of a List; each of these once."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEPT = "id, issue, list_id, candidates, frozen_at, cancelled_at, paused_at"


def upgrade() -> None:
    """Add the column, and let the constraint reach over it."""
    if op.get_bind().dialect.name == "sqlite":
        _make_anew()
        return
    op.add_column("mailings", _segment())
    op.drop_constraint("uq_mailings_issue_list_id", "mailings")
    op.create_unique_constraint(
        "uq_mailings_issue_list_id_segment", "mailings", ["issue", "list_id", "segment"]
    )


def _make_anew() -> None:
    """Make the table anew, which SQLite asks for when a constraint changes.

    Deliveries refer to its rows: these are looked for when the transaction ends, and are back then.
    """
    last = (
        op.get_bind()
        .execute(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'mailings'"))
        .scalar()
    )
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute(f"CREATE TABLE aside AS SELECT {_KEPT} FROM mailings")  # noqa: S608
    op.execute("DELETE FROM mailings")
    op.drop_table("mailings")
    op.create_table(
        "mailings",
        sa.Column("id", _ID, nullable=False),
        sa.Column("issue", sa.Text(), nullable=False),
        sa.Column("list_id", _ID, nullable=False),
        _segment(),
        sa.Column("candidates", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.DateTime(timezone=True), nullable=name != "frozen_at")
            for name in ("frozen_at", "cancelled_at", "paused_at")
        ),
        sa.ForeignKeyConstraint(["list_id"], ["lists.id"], name="fk_mailings_list_id_lists"),
        sa.PrimaryKeyConstraint("id", name="pk_mailings"),
        sa.UniqueConstraint(
            "issue", "list_id", "segment", name="uq_mailings_issue_list_id_segment"
        ),
        sqlite_autoincrement=True,
    )
    op.execute(f"INSERT INTO mailings ({_KEPT}) SELECT {_KEPT} FROM aside")  # noqa: S608
    op.drop_table("aside")
    if last:  # ids that were given out do not come again
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'mailings'")
        op.execute(f"INSERT INTO sqlite_sequence (name, seq) VALUES ('mailings', {int(last)})")  # noqa: S608


def _segment() -> sa.Column[str]:
    return sa.Column("segment", sa.Text(), nullable=False, server_default="")
