"""Takes a backup apart, into a folder, and holds every file against the manifest.

A backup may come from anywhere: only plain files that the manifest names are written, each under
the folder, none is larger than it says, and what is missing, changed or too much makes the whole
worthless.
"""

import contextlib
import hashlib
import os
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from newsletter.backups import manifest
from newsletter.backups.manifest import Manifest, Member, not_whole
from newsletter.errors import NewsletterError
from newsletter.keyfiles import make_private_folder

_MANIFEST_OCTETS = 16 * 2**20
_BLOCK = 2**20


def unpack(file: Path, folder: Path) -> Manifest:
    """Write what is in the backup `file` into `folder`, and return its manifest.

    Raises NewsletterError when it is not whole, or the disk says no.
    """
    where = str(file)
    try:
        with tarfile.open(file, "r:") as tar:
            entries = iter(tar)
            said = _manifest(tar, next(entries, None), where)
            missing = {each.name: each for each in said.members}
            _insist_on_names(missing, where)
            for entry in entries:
                member = missing.pop(entry.name, None)
                if member is None or not entry.isreg() or entry.size != member.size:
                    raise not_whole(where, f"{entry.name} is not as its manifest says")
                with _content(tar, entry) as stream:
                    _write(stream, member, folder / entry.name, where)
            if missing:
                raise not_whole(where, f"{min(missing)} is missing")
    except (tarfile.TarError, EOFError) as fault:
        raise not_whole(where, str(fault) or "it ends too early") from fault
    except OSError as fault:
        raise NewsletterError(
            f"{fault.filename or file}: {fault.strerror}", "see to its disk, folder and rights"
        ) from fault
    return said


def _manifest(tar: tarfile.TarFile, entry: tarfile.TarInfo | None, where: str) -> Manifest:
    if entry is None or entry.name != manifest.NAME or entry.size > _MANIFEST_OCTETS:
        raise not_whole(where, f"it does not begin with {manifest.NAME}")
    with _content(tar, entry) as stream:
        return manifest.read(stream.read(), where)


def _insist_on_names(members: Mapping[str, Member], where: str) -> None:
    """Refuse names that lead out of the folder, and a backup without a database."""
    known = (manifest.DATABASE, manifest.KEYS)
    for name in members:
        parts = PurePosixPath(name).parts
        safe = parts and not name.startswith("/") and ".." not in parts and "\0" not in name
        if not safe or not (name in known or name.startswith((manifest.STATE, manifest.WORKSPACE))):
            raise not_whole(where, f"it holds {name!r}")
    if manifest.DATABASE not in members:
        raise not_whole(where, "it holds no database")


@contextlib.contextmanager
def _content(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> Iterator[IO[bytes]]:
    stream = tar.extractfile(entry) if entry.isreg() else None
    if stream is None:
        raise tarfile.TarError(f"{entry.name} is no file")
    with stream:
        yield stream


def _write(stream: IO[bytes], member: Member, file: Path, where: str) -> None:
    make_private_folder(file.parent)
    digest = hashlib.sha256()
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as target:
        while block := stream.read(_BLOCK):
            digest.update(block)
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    if digest.hexdigest() != member.sha256:
        raise not_whole(where, f"{member.name} was changed since it was made")
