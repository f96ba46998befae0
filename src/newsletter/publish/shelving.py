"""Put a finished archive in the place of the last one, so that no page ever leads into nothing.

    everything is written into a folder beside the target: what dies here is never put on the web
    ► what is new or changed is renamed into place: pictures and styles, then pages, then lists
    ► what the last archive had and this one does not need goes
    ► the manifest, which says which files are the archive's own

A build that dies before the second step has changed nothing; one that dies after it is mended by
the next, for the manifest already names the files of both. Files that are not the archive's own
(a certificate, a CNAME, a .git) are never touched. Where nothing may stand beside the target, or it
is a disk of its own, the folder stands inside it, under a name that servers do not show.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from newsletter.compose.files import named
from newsletter.errors import WrongUsage

MANIFEST = "archive.json"
DRAFT = ".archive-draft"
_FORM = "newsletter archive 1"


def _nothing(name: str) -> bool:  # noqa: ARG001 (no file stays)
    return False


@dataclass(frozen=True, slots=True)
class Shelved:
    """What became of the files of an archive."""

    written: int
    kept: int
    removed: int


def shelve(
    target: Path, files: Mapping[str, bytes], still_needs: Callable[[str], bool] = _nothing
) -> Shelved:
    """Make `target` hold `files`; raises WrongUsage when it holds something else.

    `still_needs` says of a file of the last archive whether it stays, though this one has it not.
    """
    before = own_files(target)
    _insist_on_room(target, before, files)
    after = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    fresh = [name for name in files if not _is_there(target / name, after[name])]
    after |= {name: before[name] for name in before if name not in files and still_needs(name)}
    draft = _room_for_draft(target)
    for old in (draft, target / DRAFT):
        shutil.rmtree(old, ignore_errors=True)
    try:
        for name in fresh:
            with named(target / name):
                _write(draft / name, files[name])
        with named(target / MANIFEST):
            _write(draft / MANIFEST, _manifest(before | after))
        _move(draft, target, MANIFEST)
        for name in sorted(fresh, key=_rank):
            _move(draft, target, name)
        gone = [name for name in before if name not in after]
        for name in gone:
            _remove(target, name)
        _write(draft / MANIFEST, _manifest(after))
        _move(draft, target, MANIFEST)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Shelved(written=len(fresh), kept=len(files) - len(fresh), removed=len(gone))


def own_files(target: Path) -> dict[str, str]:
    """Return the files of the archive in `target` with their digests; none if it is empty.

    Raises WrongUsage when it holds something else.
    """
    if not target.exists() or all(path.name == DRAFT for path in target.iterdir()):
        return {}
    manifest = target / MANIFEST
    try:
        content = json.loads(manifest.read_bytes())
    except FileNotFoundError:
        raise WrongUsage(
            f"{target} holds files that are not an archive of this program",
            "name a new or empty folder, or one that `newsletter archive build` made",
        ) from None
    except ValueError:
        content = None
    if not isinstance(content, dict) or content.get("form") != _FORM:
        raise WrongUsage(
            f"{manifest} is not the manifest of an archive",
            "name another folder, or delete what `newsletter archive build` made in this one",
        )
    return {str(name): str(digest) for name, digest in content["files"].items()}


def _insist_on_room(target: Path, before: Mapping[str, str], files: Mapping[str, bytes]) -> None:
    """Refuse to write over a file that is somebody else's, or through a link to elsewhere."""
    home = target.resolve()
    elsewhere = [name for name in files if not (target / name).resolve().is_relative_to(home)]
    if elsewhere:
        raise WrongUsage(
            f"{target / elsewhere[0]} leads out of the archive, through a link",
            "delete the link, or name another folder",
        )
    foreign = [name for name in files if name not in before and (target / name).exists()]
    if foreign:
        raise WrongUsage(
            f"{target / foreign[0]} is not the archive's, and the archive would write over it",
            "move it away, or name another folder",
        )


def _room_for_draft(target: Path) -> Path:
    """Return where the new files are written: where they can be renamed into `target`."""
    target.mkdir(parents=True, exist_ok=True)
    home = target.resolve()
    beside = home.with_name(f".{home.name}{DRAFT}") if home.name else home / DRAFT
    writable = os.access(home.parent, os.W_OK | os.X_OK)
    same_disk = home.parent.stat().st_dev == home.stat().st_dev
    return beside if writable and same_disk else home / DRAFT


def _is_there(path: Path, digest: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def _rank(name: str) -> tuple[int, str]:
    """Return when a file is put in place: what others lead to comes first."""
    if not name.endswith((".html", ".atom", ".json", ".xml", ".txt")):
        return 0, name
    return (1 if name.startswith("issues/") else 2), name


def _manifest(files: Mapping[str, str]) -> bytes:
    content = {"form": _FORM, "files": dict(sorted(files.items()))}
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _move(draft: Path, target: Path, name: str) -> None:
    (target / name).parent.mkdir(parents=True, exist_ok=True)
    (draft / name).replace(target / name)


def _remove(target: Path, name: str) -> None:
    """Delete a file of the last archive, and folders that it leaves empty."""
    path = target / name
    if not path.resolve().is_relative_to(target.resolve()):
        return  # a manifest changed by hand leads nowhere else
    path.unlink(missing_ok=True)
    for folder in path.parents:
        if folder == target or not folder.is_dir() or any(folder.iterdir()):
            return
        folder.rmdir()
