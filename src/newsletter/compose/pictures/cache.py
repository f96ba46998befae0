"""Pictures that were made before, on disk.

An entry is named by everything that decides its bytes: the source, the recipe, the version of the
code and of the libraries. How it is kept says `compose/keeping.py`.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import PIL
from PIL import features

from newsletter.compose.keeping import keep, read_kept
from newsletter.compose.pictures.drawing import Written

VERSION = 1
"""To be raised when the same file and recipe would give other bytes."""

_LIBRARIES = ("jpg", "zlib", "webp", "avif", "littlecms2")


def entry_name(data: bytes, recipe: str) -> str:
    """Return the name of the entry for the source `data` made after `recipe`."""
    made_by = [VERSION, PIL.__version__, *(features.version(name) for name in _LIBRARIES)]
    digest = hashlib.sha256(json.dumps([recipe, made_by]).encode())
    digest.update(data)
    return digest.hexdigest()


def read_entry(folder: Path, name: str) -> tuple[bool, tuple[Written, ...]] | None:
    """Return whether the source moves, and its files; none when there is no sound entry."""
    body = read_kept(folder, name)
    if body is None:
        return None
    listed, _, pictures = body.partition(b"\n")
    facts = json.loads(listed)
    files = []
    for kind, width, height, length in facts["files"]:
        files.append(Written(kind, width, height, pictures[:length]))
        pictures = pictures[length:]
    return facts["moving"], tuple(files)


def write_entry(folder: Path, name: str, moving: bool, files: Sequence[Written]) -> None:
    """Keep what was made."""
    facts = {
        "moving": moving,
        "files": [[file.content_type, file.width, file.height, len(file.data)] for file in files],
    }
    body = json.dumps(facts).encode() + b"\n" + b"".join(file.data for file in files)
    keep(folder, name, body)
