"""Makes a backup: one tar file, whole under its name or not there at all.

Order: the small files first, then the database by its own backup interface, which sees one moment
and holds no writer up; the copy is examined, for a damaged one must not take the place of good
ones. Whoever leaves while the database is down is in a journal, and then in the database: read in
this order, they are in one of the two. All is written in a folder of its own beside the target,
which knows the process at work by a lock, so that what a killed one left is cleared away by the
next; then it is on the disk, and gets its name.
"""

import contextlib
import datetime
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import newsletter
from newsletter.backups import manifest
from newsletter.backups.manifest import Manifest, Member
from newsletter.errors import NewsletterError
from newsletter.keyfiles import keep_names, make_private_folder
from newsletter.returns.spool import Shelf
from newsletter.store.copies import Contents, contents_of, copy_whole

BACKUPS = "backups"
"""The folder below the state folder where backups go when no other is named."""

_NAME = re.compile(r"newsletter-\d{8}T\d{6}Z\.tar")
_PARTIAL = ".newsletter-backup-"
_NOT_STATE = (BACKUPS, "cache", Shelf.HANDLED)  # made anew, or known to the database
_MOMENTARY = re.compile(r"rehearsal-.*|restoring-.*|before-restore-.*|.*\.(draft|lock|taker|part)")
_DKIM = "dkim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """Where an office keeps what a backup holds."""

    root: Path
    state: Path
    database: Path
    key_file: Path


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made: where, what is in it, which older ones it replaced."""

    file: Path
    manifest: Manifest
    contents: Contents
    removed: tuple[Path, ...] = ()


def make_backup(
    premises: Premises,
    target: Path,
    now: datetime.datetime,
    *,
    is_folder: bool,
    with_keys: bool = True,
    keep: int | None = None,
) -> Backup:
    """Make a backup as the file `target`, or in that folder under the name of the moment.

    With `keep` only so many of the latest stay in the folder. Raises NewsletterError when there is
    nothing to keep, the database is damaged, or the disk says no.
    """
    if not premises.database.exists():
        raise NewsletterError(
            f"{premises.database}: there is no database yet",
            "a backup is made of what was imported or sent",
        )
    file = target / f"newsletter-{now:%Y%m%dT%H%M%SZ}.tar" if is_folder else target
    try:
        make_private_folder(file.parent)
        with _workbench(file.parent) as bench:
            made, contents = _put_together(premises, bench, now, with_keys=with_keys)
            (bench / "tar").replace(file)
            keep_names(file.parent)
        removed = _remove_older(target, keep) if is_folder and keep else ()
    except OSError as fault:
        raise NewsletterError(
            f"{fault.filename or file}: {fault.strerror}",
            f"see to its disk and folder; {file} was not made, earlier ones are as they were",
        ) from fault
    return Backup(file, made, contents, removed)


def _put_together(
    premises: Premises, bench: Path, now: datetime.datetime, *, with_keys: bool
) -> tuple[Manifest, Contents]:
    """Write the backup as the file `tar` on the bench, and wait until it is on the disk."""
    small = dict(_small_files(premises, with_keys=with_keys))
    copy = bench / manifest.DATABASE
    copy_whole(premises.database, copy)
    contents = contents_of(copy)
    with copy.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    members = [
        Member(manifest.DATABASE, copy.stat().st_size, digest),
        *(
            Member(name, len(data), hashlib.sha256(data).hexdigest())
            for name, data in small.items()
        ),
    ]
    made = Manifest(
        made_at=now,
        program=newsletter.__version__,
        tables=contents.tables,
        counts=contents.counts,
        consent=contents.consent,
        members=members,
    )
    handle = os.open(bench / "tar", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        with tarfile.open(fileobj=stream, mode="w") as tar, copy.open("rb") as database:
            _add(tar, manifest.NAME, BytesIO(said := manifest.written(made)), len(said), now)
            _add(tar, manifest.DATABASE, database, copy.stat().st_size, now)
            for name, data in small.items():
                _add(tar, name, BytesIO(data), len(data), now)
        stream.flush()
        os.fsync(stream.fileno())
    return made, contents


def _add(
    tar: tarfile.TarFile, name: str, content: BinaryIO, size: int, now: datetime.datetime
) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, 0o600, int(now.timestamp())
    tar.addfile(entry, content)


def _small_files(premises: Premises, *, with_keys: bool) -> Iterator[tuple[str, bytes]]:
    """Yield what is kept besides the database, by its name in the backup."""
    if with_keys:
        yield manifest.KEYS, premises.key_file.read_bytes()
    known = {premises.key_file.absolute(), premises.database.absolute()}
    for file in _state_files(premises.state):
        name = file.relative_to(premises.state)
        if file.absolute() in known or file.name.startswith(premises.database.name):
            continue
        if with_keys or name.parts[0] != _DKIM:
            with contextlib.suppress(FileNotFoundError):  # gone since, into the database
                yield f"{manifest.STATE}{name.as_posix()}", file.read_bytes()
    for file in (
        premises.root / "newsletter.yaml",
        *sorted(premises.root.glob("subscribers/*.yaml")),
    ):
        with contextlib.suppress(FileNotFoundError):
            name = file.relative_to(premises.root)
            yield f"{manifest.WORKSPACE}{name.as_posix()}", file.read_bytes()


def _state_files(folder: Path) -> Iterator[Path]:
    """Yield the files of the state folder that cannot be made again, in the order of names."""
    for each in sorted(folder.iterdir()):
        if each.is_symlink() or each.name in _NOT_STATE or _MOMENTARY.fullmatch(each.name):
            continue
        if each.is_dir():
            yield from _state_files(each)
        elif each.is_file() and not each.name.startswith("."):
            yield each


# --- The folder in which it is made ---


@contextlib.contextmanager
def _workbench(folder: Path) -> Iterator[Path]:
    """Yield a folder of its own in `folder`, gone at the end; remove those of dead processes."""
    _clear_away(folder)
    bench = folder / f"{_PARTIAL}{secrets.token_hex(8)}"
    bench.mkdir(mode=0o700)
    try:
        with (bench / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield bench
    finally:
        shutil.rmtree(bench, ignore_errors=True)


def _clear_away(folder: Path) -> None:
    """Remove what a process left that was killed: it holds addresses."""
    for bench in folder.glob(f"{_PARTIAL}*"):
        with contextlib.suppress(OSError), (bench / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(bench, ignore_errors=True)


def _remove_older(folder: Path, keep: int) -> tuple[Path, ...]:
    """Remove all but the latest backups; files of other names are none of ours."""
    found = sorted(each for each in folder.iterdir() if _NAME.fullmatch(each.name))
    removed = tuple(found[:-keep])
    for each in removed:
        each.unlink(missing_ok=True)
    return removed
