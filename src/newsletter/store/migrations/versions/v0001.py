"""The first tables: people, and the ledger of sends."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "office",
        *(_text("key", None), _text("value", None)),
        sa.PrimaryKeyConstraint("key", name="pk_office"),
    )
    _make_people()
    _make_mailings()
    _make_deliveries()


def _make_people() -> None:
    _make("lists", _text("name", None), sa.UniqueConstraint("name", name="uq_lists_name"))
    _make(
        "subscribers",
        *(_text(name, None) for name in ("address_key", "address_digest")),
        *(_text(name, None) for name in ("local", "domain", "shown")),
        *(_text(name) for name in ("name", "language", "country")),
        *(_text(name) for name in ("organisation", "organisation_type")),
        *(_time("created_at"), _time("updated_at")),
        sa.UniqueConstraint("address_key", name="uq_subscribers_address_key"),
        sqlite_autoincrement=True,
    )
    _make(
        "subscriptions",
        *_ref("subscriptions", "subscriber_id", "subscribers"),
        *_ref("subscriptions", "list_id", "lists"),
        *(_text("state", None), _text("reason")),
        *(_time("created_at"), _time("ended_at", nullable=True)),
        sa.UniqueConstraint(
            "subscriber_id", "list_id", name="uq_subscriptions_subscriber_id_list_id"
        ),
    )
    op.create_index("ix_subscriptions_list_id_state", "subscriptions", ["list_id", "state"])
    _make(
        "consents",
        *_ref("consents", "subscriber_id", "subscribers", nullable=True),
        _text("address_digest", None),
        *_ref("consents", "list_id", "lists"),
        *(_text(name, None) for name in ("action", "basis", "source")),
        *(_text("language"), _time("at")),
    )
    op.create_index("ix_consents_subscriber_id", "consents", ["subscriber_id"])
    op.create_index("ix_consents_address_digest", "consents", ["address_digest"])
    _make(
        "suppressions",
        *(_text("address_digest", None), _text("reason", None), _text("note"), _time("at")),
        sa.UniqueConstraint("address_digest", name="uq_suppressions_address_digest"),
    )


def _make_mailings() -> None:
    _make(
        "mailings",
        _text("issue", None),
        *_ref("mailings", "list_id", "lists"),
        sa.Column("candidates", sa.Integer(), nullable=False),
        *(_time("frozen_at"), _time("cancelled_at", nullable=True)),
        sa.UniqueConstraint("issue", "list_id", name="uq_mailings_issue_list_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "pictures",
        _text("digest", None),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_pictures"),
    )
    _make(
        "renderings",
        *_ref("renderings", "mailing_id", "mailings"),
        *(_text("language", None), _text("digest", None)),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.UniqueConstraint("mailing_id", "language", name="uq_renderings_mailing_id_language"),
    )
    _make(
        "exclusions",
        *_ref("exclusions", "mailing_id", "mailings"),
        *_ref("exclusions", "subscriber_id", "subscribers", nullable=True),
        *(_text("address_key", None), _text("reason", None)),
        sa.UniqueConstraint(
            "mailing_id", "address_key", name="uq_exclusions_mailing_id_address_key"
        ),
    )
    op.create_index("ix_exclusions_subscriber_id", "exclusions", ["subscriber_id"])


def _make_deliveries() -> None:
    _make(
        "chunks",
        *_ref("chunks", "mailing_id", "mailings"),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        *(_time("due_at", nullable=True), _text("owner"), _time("leased_until", nullable=True)),
        _number("fence"),
        sa.UniqueConstraint("mailing_id", "ordinal", name="uq_chunks_mailing_id_ordinal"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_chunks_mailing_id_due_at", "chunks", ["mailing_id", "due_at"])
    _make(
        "deliveries",
        *_ref("deliveries", "mailing_id", "mailings"),
        *_ref("deliveries", "chunk_id", "chunks"),
        *_ref("deliveries", "subscriber_id", "subscribers", nullable=True),
        *(_text(name, None) for name in ("address_key", "address_digest")),
        *(_text(name, None) for name in ("local", "domain", "shown")),
        *(_text("name"), _text("language", None), _text("state", None), _text("reason")),
        _number("attempts"),
        *(_time("due_at", nullable=True), _time("deferred_since", nullable=True)),
        _time("changed_at"),
        sa.UniqueConstraint(
            "mailing_id", "address_key", name="uq_deliveries_mailing_id_address_key"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_subscriber_id", "deliveries", ["subscriber_id"])
    op.create_index("ix_deliveries_address_digest", "deliveries", ["address_digest"])
    op.create_index("ix_deliveries_chunk_id_state", "deliveries", ["chunk_id", "state"])
    _make(
        "attempts",
        *_ref("attempts", "delivery_id", "deliveries"),
        sa.Column("number", sa.Integer(), nullable=False),
        *(_time("started_at"), _time("ended_at", nullable=True)),
        *(_text(name) for name in ("verdict", "stage", "scope")),
        _number("code"),
        *(_text("enhanced"), _text("reply")),
        sa.UniqueConstraint("delivery_id", "number", name="uq_attempts_delivery_id_number"),
    )


def _make(name: str, *parts: sa.schema.SchemaItem, **options: Any) -> None:
    key = sa.Column("id", _ID, autoincrement=True, nullable=False)
    op.create_table(name, key, *parts, sa.PrimaryKeyConstraint("id", name=f"pk_{name}"), **options)


def _text(name: str, default: str | None = "") -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default="0")


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _ref(
    table: str, name: str, target: str, *, nullable: bool = False
) -> tuple[sa.schema.SchemaItem, ...]:
    constraint = sa.ForeignKeyConstraint(
        [name], [f"{target}.id"], name=f"fk_{table}_{name}_{target}"
    )
    return sa.Column(name, _ID, nullable=nullable), constraint
