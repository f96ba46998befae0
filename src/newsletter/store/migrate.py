"""Brings the tables up to date: what `tables.py` says now, whatever version made the file.

Migrations stand in `migrations/versions/`, one module each, and are applied in the transaction of
the caller: all or nothing. Alembic is loaded only when there is something to do. To change a table:
change `tables.py`, add `vNNNN.py` whose `down_revision` is the newest so far, and set HEAD to it; a
test shows whether both agree.
"""

from pathlib import Path

import sqlalchemy as sa

from newsletter.errors import NewsletterError

HEAD = "0013"
"""The newest migration."""


def bring_up_to_date(connection: sa.Connection, file: Path) -> None:
    """Apply the migrations that are missing; refuse a database of a newer program."""
    if not is_up_to_date(connection, file):
        upgrade(connection)


def is_up_to_date(connection: sa.Connection, file: Path) -> bool:
    """Whether no migration is missing; refuse a database of a newer program."""
    found = version(connection)
    if found is not None and found > HEAD:
        raise NewsletterError(
            f"{file}: was made by a newer version of this program (tables {found}, known: {HEAD})",
            "use that version, or put a backup from before the upgrade in its place",
        )
    return found == HEAD


def upgrade(connection: sa.Connection, revision: str = HEAD) -> None:
    """Apply the migrations up to `revision` in the transaction of `connection`."""
    from alembic import command  # noqa: PLC0415 (slow to import, seldom needed)
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "newsletter:store/migrations")
    config.set_main_option("path_separator", "os")
    command.upgrade(config, revision)


def version(connection: sa.Connection) -> str | None:
    """Return the newest migration that was applied; none when there is no table at all."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
