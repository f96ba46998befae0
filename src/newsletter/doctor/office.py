"""This computer: room on the disk, who may read the keys, whether the database is whole."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from newsletter.doctor.verdict import Verdict, cannot_tell, doubtful, fine, wrong

_LITTLE = 500_000_000  # octets
_TOO_LITTLE = 50_000_000
_MOUNTS = Path("/proc/self/mountinfo")
_FAR_AWAY = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre"),
        *("beegfs", "gpfs", "ocfs2", "davfs", "fuse.sshfs", "fuse.glusterfs", "fuse.rclone"),
        *("fuse.s3fs", "fuse.davfs2", "fuse.gvfsd-fuse"),
    }
)

Faults = Callable[[Path], Sequence[str]]
"""Database file -> what is damaged in it; raises OSError when it cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """Where the office keeps what it must not lose; `secrets` are files that hold a password."""

    state: Path
    database: Path
    keys: Path
    secrets: tuple[Path, ...] = ()


def examine_office(premises: Premises, faults: Faults) -> Iterator[Verdict]:
    """Yield what the files of the office show."""
    yield state_folder(premises.state)
    yield disk(premises.database.parent)
    for file in dict.fromkeys((premises.keys, *premises.secrets)):
        yield private(file, "keys" if file == premises.keys else file.name)
    yield database(premises.database, faults)
    yield file_system(premises.database)


def state_folder(folder: Path) -> Verdict:
    """Whether we may write where the state is kept."""
    there = _nearest(folder)
    if not os.access(there, os.W_OK | os.X_OK):
        return wrong(
            "state folder", f"{there} may not be written", "give yourself the right to write there"
        )
    if there != folder:
        return fine("state folder", f"{folder} is made on first use")
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return doubtful(
            "state folder",
            f"{folder}: others on this computer may look into it (mode {mode:04o})",
            f"chmod 700 {folder}",
        )
    return fine("state folder", str(folder))


def disk(folder: Path) -> Verdict:
    """Whether there is room for the ledger; a full disk stops a send."""
    free = shutil.disk_usage(_nearest(folder)).free
    words = f"{free / 1_000_000_000:.3g} GB free"
    remedy = "make room: a send stops when the disk is full, and nothing is lost"
    if free < _TOO_LITTLE:
        return wrong("disk", words, remedy)
    if free < _LITTLE:
        return doubtful("disk", words, remedy)
    return fine("disk", words)


def private(file: Path, title: str) -> Verdict:
    """Whether only its owner may read a file of keys or passwords."""
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
    except FileNotFoundError:
        if title == "keys":
            return fine(title, "are made on first use")
        return wrong(title, f"{file} is not there", "see `relay_file` in newsletter.yaml")
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return wrong(
            title,
            f"{file}: others on this computer may read or change it (mode {mode:04o})",
            f"chmod 600 {file}; if they could for long, change what is in it",
        )
    return fine(title, f"{file}: for its owner alone", _BACKUP if title == "keys" else "")


_BACKUP = "keep a copy elsewhere: without it, links in past issues are dead"


def database(file: Path, faults: Faults) -> Verdict:
    """Whether the database is whole, and nobody else may read the addresses in it."""
    if not file.exists():
        return fine("database", f"{file} is made on first use")
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return wrong(
            "database",
            f"{file}: others may read the addresses (mode {mode:04o})",
            f"chmod 600 {file}",
        )
    try:
        found = faults(file)
    except OSError as fault:
        return cannot_tell("database", f"{file} cannot be read: {fault}")
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        return wrong(
            "database",
            f"{file} is damaged: {found[0]}{more}",
            "put your latest backup in its place",
        )
    return fine("database", f"{file} is whole")


def file_system(file: Path, mounts: Path = _MOUNTS) -> Verdict:
    """Whether the database lies on a disk of this computer: over a network its locks may fail."""
    title = "file system"
    try:
        kind = _kind_of(_nearest(file).resolve(), mounts.read_text(encoding="utf-8"))
    except OSError:
        return cannot_tell(
            title, "this system does not say", "keep the database on a disk of this computer"
        )
    if kind == "unknown":
        return cannot_tell(title, "not known", "keep the database on a disk of this computer")
    if kind in _FAR_AWAY:
        return wrong(
            title,
            f"{file} lies on {kind}, over a network: two senders could both think they are alone",
            "keep it on a disk of this computer: NEWSLETTER_STATE names the folder",
        )
    return fine(title, f"{kind}, on this computer")


def _kind_of(path: Path, mounts: str) -> str:
    """Return the kind of file system that `path` is on (proc(5), mountinfo)."""
    best, kind = "", "unknown"
    for line in mounts.splitlines():
        before, separator, behind = line.partition(" - ")
        fields = before.split(" ")
        if not separator or len(fields) < 5:
            continue
        point = fields[4].encode().decode("unicode_escape")  # a space is \040
        if path.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, behind.split(" ")[0]
    return kind


def _nearest(path: Path) -> Path:
    """Return the first of `path` and the folders above that is there."""
    return next(each for each in (path, *path.absolute().parents) if each.exists())
