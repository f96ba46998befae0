"""Write files whole or not at all: a full disk leaves none that is empty or cut short.

A file that is there stays as it was until the new one is whole. Errors name the file, which those
of a full disk do not do by themselves.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


def write_new(path: Path, text: str) -> None:
    """Write a file that must not be there yet, and the folders above it.

    Raises FileExistsError when it is there, and OSError.
    """
    above = [folder for folder in path.parents if not folder.exists()]
    with _named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("x", encoding="utf-8")
        try:
            with stream:
                stream.write(text)
        except BaseException:
            path.unlink()
            for folder in above:
                folder.rmdir()
            raise


def write_more(path: Path, text: str) -> None:
    """Add to a file, or make it; raises OSError."""
    with _named(path):
        before = path.stat().st_size if path.exists() else 0
        stream = path.open("a", encoding="utf-8")
        try:
            with stream:
                stream.write(text)
        except BaseException:
            os.truncate(path, before)
            raise


def write_whole(path: Path, data: bytes) -> None:
    """Write a file, be it in the place of an older one; raises OSError."""
    draft = path.with_name(f".{path.name}.draft")
    with _named(path):
        try:
            draft.write_bytes(data)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """Let errors speak of `path`."""
    try:
        yield
    except OSError as fault:
        raise type(fault)(fault.errno, fault.strerror, str(path)) from fault
