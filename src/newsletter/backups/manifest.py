"""What a backup says of itself: the first file in it, `manifest.json`.

It names every other file with its size and SHA-256, so that whatever is not as it was made is
found; and what the database held, so that somebody can see what they have without putting it back.
"""

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from newsletter.errors import NewsletterError

NAME = "manifest.json"
DATABASE, KEYS = "state.db", "keys"
STATE, WORKSPACE = "state/", "workspace/"
"""Where in a backup the other files of the state folder stand, and those of the workspace."""

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a backup."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is in a backup, and when and by which version of the program it was made.

    `counts` are rows of tables by their names, `consent` the digest of the newest Consent.
    """

    made_at: datetime.datetime
    program: str
    tables: str
    counts: Mapping[str, int]
    consent: str = ""
    members: Sequence[Member] = field(default=())

    @property
    def has_keys(self) -> bool:
        """Whether the keys that sign links are in it."""
        return any(each.name == KEYS for each in self.members)


def written(manifest: Manifest) -> bytes:
    """Return a manifest as the bytes of its file."""
    plain = asdict(manifest) | {"format": _FORMAT, "made_at": manifest.made_at.isoformat()}
    return json.dumps(plain, ensure_ascii=False, indent=1).encode() + b"\n"


def read(content: bytes, where: str) -> Manifest:
    """Return the manifest in a file's bytes; NewsletterError when it is none of ours."""
    try:
        plain = json.loads(content)
        if plain.pop("format") != _FORMAT:
            raise NewsletterError(
                f"{where}: was made by a newer version of this program", "use that version"
            )
        members = [
            Member(str(each["name"]), int(each["size"]), str(each["sha256"]))
            for each in plain.pop("members")
        ]
        made_at = datetime.datetime.fromisoformat(plain.pop("made_at"))
        counts = {str(name): int(count) for name, count in plain.pop("counts").items()}
        return Manifest(made_at=made_at, counts=counts, members=members, **plain)
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise not_whole(where, f"its {NAME} cannot be read") from fault


def not_whole(where: str, why: str) -> NewsletterError:
    """Return the error for a file that is no backup, or not all of one."""
    return NewsletterError(f"{where}: is not a whole backup: {why}", "take another one")
