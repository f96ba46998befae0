"""Keeps the Letters of a Mailing and gives them back unchanged.

What is read again must have the digest that was frozen (invariant I5); if not, the database was
changed by another hand and NewsletterError says so.
"""

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from newsletter.errors import NewsletterError
from newsletter.model.ledger import Letter
from newsletter.model.message import MailHead
from newsletter.model.rendering import Picture, Rendering
from newsletter.store.engine import upsert
from newsletter.store.tables import pictures, renderings

_TEXTS = ("issue", "language", "subject", "preheader", "html", "text")
_GREETINGS = ("greeting", "greeting_anonymous")


def keep(
    connection: sa.Connection, mailing_id: int, variant: str, letters: Mapping[str, Letter]
) -> None:
    """Keep `letters`, by language, for a Mailing; a picture is kept once, however many show it."""
    for language, letter in letters.items():
        shown = [{"digest": each.digest, "data": each.data} for each in letter.rendering.pictures]
        upsert(connection, pictures, shown, key=["digest"])
        connection.execute(
            sa.insert(renderings).values(
                mailing_id=mailing_id,
                language=language,
                variant=variant,
                digest=letter.rendering.digest,
                content=_to_json(letter),
            )
        )


def load(connection: sa.Connection, mailing_id: int, language: str, variant: str = "") -> Letter:
    """Return the Letter that was frozen for a Mailing in a language and a variant."""
    row = connection.execute(
        sa.select(renderings.c.content, renderings.c.digest).where(
            renderings.c.mailing_id == mailing_id,
            renderings.c.language == language,
            renderings.c.variant == variant,
        )
    ).one()
    letter = _from_json(connection, row.content)
    if letter.rendering.digest != row.digest:
        raise NewsletterError(
            f"issue {letter.rendering.issue} ({language}) is not what was frozen",
            "the database was changed by another hand: put your latest backup in its place",
        )
    return letter


def _to_json(letter: Letter) -> dict[str, Any]:
    rendering, head = letter.rendering, dataclasses.asdict(letter.head)
    return {
        "rendering": {name: getattr(rendering, name) for name in _TEXTS + _GREETINGS},
        "pictures": [[each.name, each.content_type, each.digest] for each in rendering.pictures],
        "head": {**head, "date": letter.head.date.isoformat()},
    }


def _from_json(connection: sa.Connection, content: dict[str, Any]) -> Letter:
    shown = [
        Picture(name=name, content_type=content_type, data=_picture(connection, digest))
        for name, content_type, digest in content["pictures"]
    ]
    date = datetime.datetime.fromisoformat(content["head"]["date"])
    return Letter(
        rendering=Rendering(**content["rendering"], pictures=tuple(shown)),
        head=MailHead(**{**content["head"], "date": date}),
    )


def _picture(connection: sa.Connection, digest: str) -> bytes:
    query = sa.select(pictures.c.data).where(pictures.c.digest == digest)
    return bytes(connection.execute(query).scalar_one())
