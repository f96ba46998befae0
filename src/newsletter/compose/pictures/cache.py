"""Pictures that were made before, on disk: below the state folder, one file for each.

An entry is named by everything that decides its bytes: the source, the recipe, the version of the
code and of the libraries. It is written beside its place and renamed, carries its own digest, and
is passed over if that does not hold; so the folder may be deleted, copied or cut short at any time.
"""

import contextlib
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import PIL
from PIL import features

from newsletter.compose.pictures.drawing import Written

VERSION = 1
"""To be raised when the same file and recipe would give other bytes."""

KEPT_DAYS = 90
"""An entry that nobody asked for so long is deleted."""

_LIBRARIES = ("jpg", "zlib", "webp", "avif", "littlecms2")


def entry_name(data: bytes, recipe: str) -> str:
    """Return the name of the entry for the source `data` made after `recipe`."""
    made_by = [VERSION, PIL.__version__, *(features.version(name) for name in _LIBRARIES)]
    digest = hashlib.sha256(json.dumps([recipe, made_by]).encode())
    digest.update(data)
    return digest.hexdigest()


def read_entry(folder: Path, name: str) -> tuple[bool, tuple[Written, ...]] | None:
    """Return whether the source moves, and its files; none when there is no sound entry."""
    path = folder / name
    try:
        head, _, body = path.read_bytes().partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != head:
            return None
        listed, _, pictures = body.partition(b"\n")
        facts = json.loads(listed)
    except OSError:
        return None  # there is none yet, or it cannot be read: it is made anew
    with contextlib.suppress(OSError):  # of somebody else, who may write here
        os.utime(path)  # the day of its last use
    files = []
    for kind, width, height, length in facts["files"]:
        files.append(Written(kind, width, height, pictures[:length]))
        pictures = pictures[length:]
    return facts["moving"], tuple(files)


def write_entry(folder: Path, name: str, moving: bool, files: Sequence[Written]) -> None:
    """Keep what was made; a folder that cannot be written to only costs time on the next run."""
    facts = {
        "moving": moving,
        "files": [[file.content_type, file.width, file.height, len(file.data)] for file in files],
    }
    body = json.dumps(facts).encode() + b"\n" + b"".join(file.data for file in files)
    draft = ""
    try:
        folder.mkdir(parents=True, exist_ok=True)
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
