"""Consents are chained by digests and know the words that were shown; those of old are chained too.

How a digest is made stands here once more (see `store/chain.py`): a migration stays what it was.
"""

import datetime
import hashlib
import itertools
import json
import secrets
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT_ONCE = 1000
_KEPT = "subscriber_id, address_digest, list_id, action, basis, source, language, at"


def upgrade() -> None:
    """Set the Consents aside, make their table anew, and append them one after the other."""
    op.execute(f"CREATE TABLE aside AS SELECT id, {_KEPT} FROM consents")  # noqa: S608
    op.drop_table("consents")
    made = _make_consents()
    bind = op.get_bind()
    rows = _chained(bind, made)
    while batch := list(itertools.islice(rows, _AT_ONCE)):
        bind.execute(sa.insert(made), batch)
    op.drop_table("aside")


def _make_consents() -> sa.Table:
    made = op.create_table(
        "consents",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("subscriber_id", _ID, nullable=True),
        _text("address_digest", None),
        sa.Column("list_id", _ID, nullable=False),
        *(_text(name, None) for name in ("action", "basis", "source")),
        *(_text(name) for name in ("wording", "language", "network")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(_text(name) for name in ("salt", "sealed")),
        *(_text(name, None) for name in ("previous", "digest")),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name="fk_consents_subscriber_id_subscribers"
        ),
        sa.ForeignKeyConstraint(["list_id"], ["lists.id"], name="fk_consents_list_id_lists"),
    )
    op.create_index("ix_consents_subscriber_id", "consents", ["subscriber_id"])
    nobody = sa.text("subscriber_id IS NULL")
    op.create_index(
        "ix_consents_address_digest",
        "consents",
        ["address_digest"],
        sqlite_where=nobody,
        postgresql_where=nobody,
    )
    return made


def _text(name: str, default: str | None = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _chained(bind: sa.Connection, made: sa.Table) -> Iterator[dict[str, Any]]:
    """Yield the rows that were set aside, in order, with places and digests."""
    salt, previous = secrets.token_urlsafe(12), ""
    names = {row.id: row.name for row in bind.execute(sa.text("SELECT id, name FROM lists"))}
    columns = [sa.column(name, made.c[name].type) for name in _KEPT.split(", ")]
    query = sa.select(*columns).select_from(sa.table("aside")).order_by(sa.column("id"))
    rows = bind.execute(query, execution_options={"yield_per": _AT_ONCE})
    for place, row in enumerate(rows, start=1):
        digest = _digest(row, names[row.list_id], salt, previous)
        chained = {"id": place, "salt": salt, "previous": previous, "digest": digest}
        yield {column.name: getattr(row, column.name) for column in columns} | chained
        previous = digest


def _digest(row: sa.Row[Any], name: str, salt: str, previous: str) -> str:
    words = {"basis": row.basis, "network": "", "salt": salt, "source": row.source}
    at = row.at if row.at.tzinfo else row.at.replace(tzinfo=datetime.UTC)
    return _sha256(
        {
            "action": row.action,
            "address": row.address_digest,
            "at": at.astimezone(datetime.UTC).isoformat(timespec="microseconds"),
            "language": row.language,
            "list": name,
            "previous": previous,
            "wording": "",
            "words": _sha256(words),
        }
    )


def _sha256(fields: dict[str, str]) -> str:
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
