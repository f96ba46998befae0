"""The tables, written so that SQLite and PostgreSQL hold the same.

Office: which key file the database belongs to (`seal.py`).
People: lists, batches (an import each) with the facts that they changed as they were, subscribers,
subscriptions, consents (a chain, only added to), suppressions (keyed hashes that outlive the
subscriber), notices to single readers. Sends: mailings with their renderings and pictures;
deliveries in chunks, which senders claim by lease; attempts; exclusions. What comes back: returns
(a message each), what was returned (a recipient each), alarms. `tests/store` proves that the
migrations in `migrations/` build exactly these tables.
"""

import datetime
from typing import Any

import sqlalchemy as sa

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = sa.MetaData(naming_convention=_NAMES)

_EMPTY = sa.text("''")
_NOBODY = sa.text("subscriber_id IS NULL")
_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class UtcTime(sa.types.TypeDecorator[datetime.datetime]):
    """A moment, kept in UTC; SQLite forgets zones, so they are put back on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime.datetime | None, dialect: sa.Dialect
    ) -> datetime.datetime | None:
        """Refuse a moment without a zone; store it as UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment needs a time zone")
        return value.astimezone(datetime.UTC)

    def process_result_value(
        self, value: datetime.datetime | None, dialect: sa.Dialect
    ) -> datetime.datetime | None:
        """Return the moment with its zone."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=datetime.UTC)


def _id() -> sa.Column[Any]:
    return sa.Column("id", _Id, primary_key=True, autoincrement=True)


def _ref(name: str, target: str, *, nullable: bool = False, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, _Id, sa.ForeignKey(f"{target}.id"), nullable=nullable, **options)


def _text(name: str, *, default: sa.TextClause | None = _EMPTY, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default, **options)


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, UtcTime, nullable=nullable)


office = sa.Table(
    "office", metadata, sa.Column("key", sa.Text, primary_key=True), _text("value", default=None)
)

lists = sa.Table("lists", metadata, _id(), _text("name", default=None, unique=True))

FACTS = ("name", "language", "country", "organisation", "organisation_type", "topics")
"""The columns of `subscribers` with what is known besides the address; each may be empty."""

CHOSEN = frozenset({"language", "topics"})
"""Those of FACTS that readers choose on the page of preferences; no import changes them then."""

batches = sa.Table(
    "batches",
    metadata,
    _id(),
    _ref("list_id", "lists"),
    _text("file", default=None),
    _text("digest", default=None),
    _text("basis", default=None),
    sa.Column("counts", sa.JSON, nullable=False),  # rows by what became of them
    _time("at"),
    _time("undone_at", nullable=True),
    _text("headings"),  # a digest of the headers of the table
    # What somebody said of the headers: field by header
    sa.Column("columns", sa.JSON, nullable=False, server_default=sa.text("'{}'")),
    sqlite_autoincrement=True,  # somebody may type an id that they noted long ago
)

subscribers = sa.Table(
    "subscribers",
    metadata,
    _id(),
    _text("address_key", default=None, unique=True),
    _text("address_digest", default=None),  # KeyRing.digest(address_key): what suppressions know
    _text("local", default=None),
    _text("domain", default=None),
    _text("shown", default=None),
    _text("name"),
    _text("language"),
    _text("country"),
    _text("organisation"),
    _text("organisation_type"),
    _text("topics"),  # names of topics of the office, in order, with spaces between
    _time("created_at"),
    _time("updated_at"),
    _time("chosen_at", nullable=True),  # when the reader chose what CHOSEN names
    _ref("batch_id", "batches", nullable=True),  # the import they came by
    sqlite_autoincrement=True,  # an id stands in tokens: it must never be given to another person
)

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    _id(),
    _ref("subscriber_id", "subscribers"),
    _ref("list_id", "lists"),
    _text("state", default=None),
    _text("reason"),
    _text("source"),  # where it comes from: that of the consent it began with
    _time("created_at"),
    _time("ended_at", nullable=True),
    _time("paused_until", nullable=True),  # the reader wants no mail before
    _ref("batch_id", "batches", nullable=True),  # the import it began with
    sa.UniqueConstraint("subscriber_id", "list_id"),
    sa.Index(None, "list_id", "state"),
)

batch_facts = sa.Table(
    "batch_facts",
    metadata,
    sa.Column(
        "subscriber_id",
        _Id,
        sa.ForeignKey("subscribers.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    _ref("batch_id", "batches", primary_key=True, autoincrement=False),
    *(_text(name) for name in FACTS),  # as they were before
    sqlite_with_rowid=False,
)

consents = sa.Table(
    "consents",
    metadata,
    _id(),  # its place in the chain: 1, 2, 3 and so on without a gap (`chain.py`)
    _ref("subscriber_id", "subscribers", nullable=True, index=True),
    _text("address_digest", default=None),
    _ref("list_id", "lists"),
    _text("action", default=None),  # model.people.ConsentAction
    _text("basis", default=None),  # what the person was told or did, in words
    _text("source", default=None),  # import of a file, public page, one-click, staff
    _text("wording"),  # version of the words that were shown
    _text("language"),
    _text("network"),  # where the request came from, cut to a network
    _time("at"),
    _text("salt"),  # lets nobody guess the words from their digest
    _text("sealed"),  # digest of the words, where an erasure took them out
    _text("previous", default=None),  # digest of the event before it
    _text("digest", default=None),
    # Who is known is found by subscriber_id; an index in the order of digests is dear to fill.
    sa.Index(None, "address_digest", sqlite_where=_NOBODY, postgresql_where=_NOBODY),
)

requests = sa.Table(
    "requests",
    metadata,
    _id(),  # its place in a chain of its own (`requests.py`)
    _text("kind", default=None),
    _text("address_digest", default=None),
    _text("basis"),  # who asked for it, in words that do not name the address
    _time("at"),
    _text("previous", default=None),
    _text("digest", default=None),
)

suppressions = sa.Table(
    "suppressions",
    metadata,
    _id(),
    _text("address_digest", default=None, unique=True),
    _text("reason", default=None),
    _text("note"),
    _time("at"),
)

notices = sa.Table(
    "notices",
    metadata,
    _id(),
    _text("kind", default=None),  # model.notices.NoticeKind
    _ref("subscriber_id", "subscribers", nullable=True, index=True),
    _text("address_digest", default=None),
    # Whom it goes to when that is no subscriber's address yet; empty when not needed any more
    _text("local"),
    _text("domain"),
    _text("shown"),
    _text("language"),
    _text("lists"),  # names of lists, with spaces between
    _text("words"),  # what the reader was shown
    _text("wording"),  # the version of that
    _text("network"),
    _text("state", default=None),  # as that of a delivery
    _text("reason"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    _text("reply"),  # the last word of the relay
    _time("created_at"),
    _time("due_at", nullable=True),  # when to try: exactly while pending or deferred
    _time("changed_at"),
    _time("done_at", nullable=True),  # when the reader did what it asked for
    sa.Index(None, "state", "due_at"),
    sa.Index(None, "address_digest"),
    sqlite_autoincrement=True,  # an id stands in tokens and Message-IDs
)

mailings = sa.Table(
    "mailings",
    metadata,
    _id(),
    _text("issue", default=None),
    _ref("list_id", "lists"),
    _text("segment"),  # its name; empty: the whole list
    sa.Column("candidates", sa.Integer, nullable=False),
    _time("frozen_at"),
    _time("cancelled_at", nullable=True),
    _time("paused_at", nullable=True),
    _text("paused_because"),  # empty: at the operator's word
    sa.UniqueConstraint("issue", "list_id", "segment"),
    sqlite_autoincrement=True,  # a sender remembers its Letters by it while another is frozen anew
)

pictures = sa.Table(
    "pictures",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

renderings = sa.Table(
    "renderings",
    metadata,
    _id(),
    _ref("mailing_id", "mailings"),
    _text("language", default=None),
    _text("variant"),  # the Segments it is for, with a full stop between; empty: the general one
    _text("digest", default=None),
    sa.Column("content", sa.JSON, nullable=False),  # Rendering without picture bytes, and MailHead
    sa.UniqueConstraint("mailing_id", "language", "variant"),
)

chunks = sa.Table(
    "chunks",
    metadata,
    _id(),
    _ref("mailing_id", "mailings"),
    sa.Column("ordinal", sa.Integer, nullable=False),
    _time("due_at", nullable=True),  # the earliest of its deliveries; none: nothing left to try
    _text("owner"),  # empty: free to claim
    _time("leased_until", nullable=True),
    sa.Column("fence", sa.Integer, nullable=False, server_default="0"),
    sa.UniqueConstraint("mailing_id", "ordinal"),
    sa.Index(None, "mailing_id", "due_at"),
    sqlite_autoincrement=True,  # an old claim must never fit a new chunk
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    _id(),
    _ref("mailing_id", "mailings"),
    _ref("chunk_id", "chunks"),
    _ref("subscriber_id", "subscribers", nullable=True, index=True),
    _text("address_key", default=None),
    _text("address_digest", default=None),  # what suppressions know it by
    _text("local", default=None),
    _text("domain", default=None),
    _text("shown", default=None),
    _text("name"),
    _text("language", default=None),
    _text("state", default=None),
    _text("reason"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    _time("due_at", nullable=True),  # when to try: exactly while pending or deferred
    _time("deferred_since", nullable=True),  # its first deferral: from here on patience is counted
    _time("changed_at"),
    _text("variant"),  # which of the renderings in the language
    sa.UniqueConstraint("mailing_id", "address_digest"),  # the order in which they are dealt
    sa.Index(None, "chunk_id"),  # without the state, which changes with every step
    sqlite_autoincrement=True,  # an id stands in tokens and Message-IDs
)

attempts = sa.Table(
    "attempts",
    metadata,
    _ref("delivery_id", "deliveries", primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    _time("started_at"),
    _time("ended_at"),
    _text("verdict"),
    _text("stage"),
    _text("scope"),
    sa.Column("code", sa.Integer, nullable=False, server_default="0"),
    _text("enhanced"),
    _text("reply"),
    _text("relay"),  # the name of the relay it was made with
    sqlite_with_rowid=False,
)

exclusions = sa.Table(
    "exclusions",
    metadata,
    _id(),
    _ref("mailing_id", "mailings"),
    _ref("subscriber_id", "subscribers", nullable=True, index=True),
    _text("address_key", default=None),
    _text("reason", default=None),
    sa.UniqueConstraint("mailing_id", "address_key"),
)

returns = sa.Table(
    "returns",
    metadata,
    _id(),
    _text("digest", default=None, unique=True),  # SHA-256 of its octets: each counts once
    _text("form", default=None),  # eml, or the provider that told of it
    _text("kind", default=None),  # model.returns.ReportKind
    _text("reporter"),
    _text("evidence"),
    _time("arrived_at"),
    _time("handled_at"),
)

returned = sa.Table(
    "returned",
    metadata,
    _id(),
    _ref("return_id", "returns", nullable=True, index=True),  # none: told in the dialogue
    _ref("delivery_id", "deliveries", nullable=True, index=True),
    _ref("subscriber_id", "subscribers", nullable=True, index=True),
    _text("address_digest", default=None),  # of whom the mail went to, else of whom it names
    _text("address"),  # as the report writes it
    _text("kind", default=None),
    sa.Column("permanent", sa.Boolean, nullable=True),
    _text("status"),
    _text("reason", default=None),  # model.returns.ReturnReason
    sa.Column("is_named", sa.Boolean, nullable=False),
    sa.Column("complained", sa.Boolean, nullable=False),
    _text("evidence"),
    _text("proof"),  # model.judging.Proof
    _text("action", default=None),  # model.judging.Action
    _text("because"),
    _time("at"),
    _time("undone_at", nullable=True),  # the operator took back what was done
    _text("undone_because"),
    sa.Index(None, "address_digest"),
)

alarms = sa.Table(
    "alarms",
    metadata,
    _id(),
    _ref("mailing_id", "mailings"),
    _text("rule", default=None),  # model.judging.AlarmRule
    _text("provider"),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("mails", sa.Integer, nullable=False),
    _time("at"),
    sa.UniqueConstraint("mailing_id", "rule", "provider"),
)
