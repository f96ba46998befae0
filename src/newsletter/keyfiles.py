"""Files with keys, and the folders of what is private: for their owner's eyes alone.

A file is made whole, and never over another.
"""

import contextlib
import os
import secrets
import stat
from pathlib import Path

from newsletter.errors import NewsletterError


def make_private(file: Path, content: str) -> None:
    """Make `file`, which only its owner may read; it is never there in part, and then it stays.

    Raises FileExistsError when there is one, and leaves that as it is; NewsletterError when it
    cannot be written.
    """
    draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    try:
        make_private_folder(file.parent)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(draft, file)  # fails if there is one, even if it came this moment
        keep_names(file.parent)  # else a power cut could leave what depends on it, and not it
    except OSError as fault:
        if isinstance(fault, FileExistsError) and file.exists():
            raise
        raise NewsletterError(
            f"{file}: cannot be written: {fault.strerror}", "see to its disk, or to its folder"
        ) from fault
    finally:
        draft.unlink(missing_ok=True)


def make_private_folder(folder: Path) -> None:
    """Make `folder`, and what is missing above it; one that is there stays as it is.

    Raises OSError when it cannot be made.
    """
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        with contextlib.suppress(FileExistsError):  # another process was first
            each.mkdir(0o700)


def keep_names(folder: Path) -> None:
    """Wait until the names in `folder` are on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def read_private(file: Path, remedy: str) -> bytes:
    """Return what is in `file`; raises NewsletterError when somebody else may read it too.

    `remedy` says what to do when it is not there.
    """
    try:
        with file.open("rb") as stream:
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise NewsletterError(
                    f"{file}: others may read or change this key (its mode is {mode:04o})",
                    f"chmod 600 {file}; if they could for long, make a new key",
                )
            return stream.read()
    except FileNotFoundError:
        raise NewsletterError(f"{file}: there is no such file", remedy) from None
    except OSError as fault:
        raise NewsletterError(
            f"{file}: cannot be read: {fault.strerror}", "give yourself the right to read it"
        ) from None
