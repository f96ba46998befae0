"""What was taken already, where messages have names but no order that lasts.

As a position it is a JSON list of short digests of names, of those only that are still there.
"""

import hashlib
import json
from collections.abc import Collection

_LENGTH = 20  # hexadecimal digits: among millions of names no two are alike


class Seen:
    """The names that were taken."""

    def __init__(self, position: str, present: Collection[str]) -> None:
        """Read a position, and forget what is not `present` any more."""
        known = _read(position)
        self._digests = {name: _digest(name) for name in present}
        self._known = {digest for digest in self._digests.values() if digest in known}
        self._text = ",".join(f'"{digest}"' for digest in sorted(self._known))

    def __contains__(self, name: str) -> bool:
        return self._digests[name] in self._known

    def add(self, name: str) -> str:
        """Count a name in; returns the position then."""
        digest = self._digests[name]
        if digest not in self._known:
            self._known.add(digest)
            self._text += f'{"," if self._text else ""}"{digest}"'
        return f"[{self._text}]"


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:_LENGTH]


def _read(position: str) -> set[str]:
    try:
        names = json.loads(position or "[]")
    except (ValueError, RecursionError):
        return set()
    return {name for name in names if isinstance(name, str)} if isinstance(names, list) else set()
