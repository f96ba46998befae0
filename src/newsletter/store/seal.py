"""Which key file a database belongs to.

Suppressions are kept as hashes under the keys of the office: with other keys nobody on the
do-not-mail list would be known any more. So a database remembers the fingerprint of the first keys
it was opened with, and is never used with others.
"""

from pathlib import Path

import sqlalchemy as sa

from newsletter.errors import NewsletterError
from newsletter.store.engine import Database, upsert
from newsletter.store.tables import office

_KEY = "keys"


def insist_on_keys(database: Database, fingerprint: str, file: Path) -> None:
    """Bind `database` to the keys in `file`; NewsletterError when it is bound to others."""
    if _found(database) is None:
        with database.write() as connection:
            upsert(connection, office, [{"key": _KEY, "value": fingerprint}], key=["key"])
    if _found(database) != fingerprint:
        raise NewsletterError(
            f"{file}: these are not the keys that the database was made with",
            "put the two back together from one backup "
            "(links in past issues and the do-not-mail list need its own keys)",
        )


def _found(database: Database) -> str | None:
    with database.read() as connection:
        return connection.execute(sa.select(office.c.value).where(office.c.key == _KEY)).scalar()
