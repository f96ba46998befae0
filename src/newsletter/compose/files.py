"""Write files whole or not at all: a full disk leaves none that is empty or cut short.

A file is written beside its place and renamed, so one that is there stays as it was until the new
one is whole. Errors name the file, which those of a full disk do not do by themselves.
"""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path


def write_new(path: Path, text: str) -> None:
    """Write a file that must not be there yet, and the folders above it.

    Raises FileExistsError when it is there, and OSError.
    """
    above = [folder for folder in path.parents if not folder.exists()]
    try:
        with named(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        with _draft(path, text.encode(), durable=True) as draft, named(path):
            _put_where_nothing_is(draft, path)
    except BaseException:
        with contextlib.suppress(OSError):  # somebody else's file is in it by now
            for folder in above:
                folder.rmdir()
        raise


def write_more(path: Path, text: str) -> None:
    """Add to a file, or make it; raises OSError."""
    before = path.stat().st_size if path.exists() else None
    with named(path):
        stream = path.open("a", encoding="utf-8")
        try:
            with stream:
                stream.write(text)
        except BaseException:  # once it is closed, which writes what had no room before
            if before is None:
                path.unlink()
            else:
                os.truncate(path, before)
            raise


def write_whole(path: Path, data: bytes) -> None:
    """Write a file, be it in the place of an older one; raises OSError."""
    with _draft(path, data) as draft, named(path):
        draft.replace(path)


def write_beside(path: Path, data: bytes, *, durable: bool = False) -> Path:
    """Write what a file is to hold beside its place, and return where; raises OSError.

    What could not be written is gone. `durable` waits until the disk has it.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    with named(path):
        try:
            with draft.open("wb") as stream:
                stream.write(data)
                stream.flush()
                if durable:
                    os.fsync(stream.fileno())
            if path.exists():
                draft.chmod(path.stat().st_mode & 0o777)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    return draft


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """Let errors of the disk speak of `path`."""
    try:
        yield
    except OSError as fault:
        if fault.errno is None:
            raise
        raise type(fault)(fault.errno, fault.strerror, str(path)) from fault


@contextlib.contextmanager
def _draft(path: Path, data: bytes, *, durable: bool = False) -> Iterator[Path]:
    draft = write_beside(path, data, durable=durable)
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _put_where_nothing_is(draft: Path, path: Path) -> None:
    """Give a draft its name; raises FileExistsError when the name is taken."""
    try:
        path.hardlink_to(draft)  # which a rename would not refuse
    except FileExistsError:
        raise
    except OSError:  # a disk that has no such links: FAT, some shares
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        draft.rename(path)
