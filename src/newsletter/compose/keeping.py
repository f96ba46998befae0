"""Keep on disk what is slow to make: below the state folder, one file for each thing made.

An entry is named by everything that decides its bytes; whoever keeps it makes the name. It is
written beside its place and renamed, carries its own digest, and is passed over if that does not
hold; so the folder may be deleted, copied or cut short at any time.
"""

import contextlib
import hashlib
import os
import tempfile
import time
from pathlib import Path

from newsletter.keyfiles import make_private_folder

KEPT_DAYS = 90
"""An entry that nobody asked for so long is deleted."""


def read_kept(folder: Path, name: str) -> bytes | None:
    """Return what is kept under `name`; none when there is no sound entry."""
    path = folder / name
    try:
        head, _, body = path.read_bytes().partition(b"\n")
    except OSError:
        return None  # there is none yet, or it cannot be read: it is made anew
    if hashlib.sha256(body).hexdigest().encode() != head:
        return None
    with contextlib.suppress(OSError):  # of somebody else, who may write here
        os.utime(path)  # the day of its last use
    return body


def keep(folder: Path, name: str, body: bytes) -> None:
    """Keep what was made; a folder that cannot be written to only costs time on the next run."""
    draft = ""
    try:
        make_private_folder(folder)
        handle, draft = tempfile.mkstemp(dir=folder, prefix=".draft-")
        with os.fdopen(handle, "wb") as stream:
            stream.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        Path(draft).replace(folder / name)
        _forget(folder)
    except OSError:
        if draft:
            Path(draft).unlink(missing_ok=True)


def _forget(folder: Path) -> None:
    """Delete what nobody asked for in a long time, drafts of dead processes among it."""
    oldest = time.time() - KEPT_DAYS * 86400
    for path in folder.iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
