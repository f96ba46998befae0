"""Looks into a backup, and puts one in the place of what an office has.

Order of `examine`: all files and digests, the database page by page, whose keys, the tables brought
up to date, the sums of each Mailing. Order of `put_back`: nobody sends or serves; what is in the
copy and waits is held, for it may have been sent since (`store/generation.py`); what is there now
is linked into a folder of its own; then the copy gets its name in one step. Whoever dies between
two steps has the old state or the new one, and never an empty one: what goes wrong at the worst is
that the keys are refused, until `restore` is run again.
"""

import contextlib
import datetime
import filecmp
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from newsletter.backups import manifest
from newsletter.backups.making import Premises
from newsletter.backups.manifest import Manifest, not_whole
from newsletter.backups.reading import unpack
from newsletter.errors import NewsletterError
from newsletter.keyfiles import keep_names, make_private_folder
from newsletter.people.rights import erase_person
from newsletter.store.carrying import Carried, carry_over, erased_in
from newsletter.store.copies import Contents, contents_of, insist_alone
from newsletter.store.engine import Database, open_database
from newsletter.store.generation import doubt, follow
from newsletter.store.journal import Journal
from newsletter.store.people import PeopleStore
from newsletter.store.seal import insist_on_keys
from newsletter.tokens import load_key_ring

_BENCH = "restoring-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A backup that was looked through and is whole; its files lie in `folder` for a while."""

    folder: Path
    manifest: Manifest
    contents: Contents

    @property
    def database(self) -> Path:
        """The copy of the database, its tables brought up to date."""
        return self.folder / manifest.DATABASE


_BEFORE = "was erased before an older backup was put back"


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBack:
    """What came of it: where the old state lies, who is held, which files were left as they are.

    `carried` is who stays out because the old state says so; none when there was none to be read.
    `erased` is how many were erased once more.
    """

    aside: Path | None
    held: int
    carried: Carried | None
    erased: int
    placed: tuple[Path, ...]
    left_alone: tuple[Path, ...]


@contextlib.contextmanager
def examine(file: Path, premises: Premises) -> Iterator[Examined]:
    """Yield the backup in `file`, looked through; nothing of the office is touched.

    Raises NewsletterError when it is not whole, damaged, of a newer program, does not add up, or
    its keys, or those that are here when it holds none, are not those of its database.
    """
    near = premises.state if premises.state.is_dir() else None
    with tempfile.TemporaryDirectory(prefix=_BENCH, dir=near) as name:
        folder = Path(name)
        said = unpack(file, folder)
        copy = folder / manifest.DATABASE
        found = contents_of(copy)
        if found.unbalanced:
            raise not_whole(str(file), f"somebody is missing of {', '.join(found.unbalanced)}")
        if found.counts != said.counts or found.tables != said.tables:
            raise not_whole(str(file), "the database is another than its manifest says")
        keys = folder / manifest.KEYS if said.has_keys else premises.key_file
        if not said.has_keys and not keys.exists():
            raise NewsletterError(
                f"{file}: holds no keys, and {keys} is not there",
                "put the keys of the office there first (without them links in past issues and the "
                "do-not-mail list are worth nothing)",
            )
        ring = load_key_ring(keys)
        with open_database(f"sqlite:///{copy}") as database:
            insist_on_keys(database, ring.fingerprint, keys)
        yield Examined(folder=folder, manifest=said, contents=found)


def put_back(backup: Examined, premises: Premises, now: datetime.datetime) -> PutBack:
    """Put a backup in the place of what is there, which is set aside.

    Raises NewsletterError when a process delivers, serves or writes, or the disk says no.
    """
    with insist_alone(premises.database) as used:
        held, carried, erased = _make_ready(backup, premises, used, now)
        aside = _set_aside(premises, now)
        placed, left_alone = _place_files(backup, premises)
        for each in ("-wal", "-shm"):  # of the old database; folded in, or linked beside it
            premises.database.with_name(f"{premises.database.name}{each}").unlink(missing_ok=True)
        _move(backup.database, premises.database)
    return PutBack(
        aside=aside,
        held=held,
        carried=carried,
        erased=erased,
        placed=placed,
        left_alone=left_alone,
    )


def _make_ready(
    backup: Examined, premises: Premises, used: sqlite3.Connection | None, now: datetime.datetime
) -> tuple[int, Carried | None, int]:
    """Hold all who wait in the copy, keep out who left since, make it newer than any that is there.

    Returns how many are held, who was kept out, and how many were erased once more.
    """
    carried, erased = None, 0
    with open_database(f"sqlite:///{backup.database}") as database:
        if used is not None:
            ring = load_key_ring(_keys_of(backup, premises))
            store = PeopleStore(database, ring)
            carried = carry_over(used, store, ring.fingerprint)
            if carried:
                erased = _erase_again(used, store, database, now)
        with database.write() as connection:
            held = doubt(connection, now)
            follow(connection, premises.database)
        database.leave_no_log()
    return held, carried, erased


def _erase_again(
    used: sqlite3.Connection, store: PeopleStore, database: Database, now: datetime.datetime
) -> int:
    """Erase from the copy whom readers' requests had erased since it was made."""
    back = set(erased_in(used, store))
    for address in back:
        erase_person(store, address, basis=_BEFORE, at=now)
    if back:
        database.compact()
    return len(back)


def _keys_of(backup: Examined, premises: Premises) -> Path:
    return backup.folder / manifest.KEYS if backup.manifest.has_keys else premises.key_file


def _set_aside(premises: Premises, now: datetime.datetime) -> Path | None:
    """Link what is there into a folder of its own, so that it has its old name until the last."""
    folder = premises.state / f"before-restore-{now:%Y%m%dT%H%M%SZ}"
    there = [
        each
        for each in (
            premises.database,
            premises.database.with_name(f"{premises.database.name}-wal"),
            premises.key_file,
        )
        if each.exists()
    ]
    if not there:
        return None
    make_private_folder(folder)
    for each in there:
        with contextlib.suppress(FileExistsError):
            _link(each, folder / each.name)
    keep_names(folder)
    return folder


def _link(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except OSError:  # another disk, or one that knows no links
        if target.exists():
            raise
        shutil.copy2(file, target)


def _place_files(backup: Examined, premises: Premises) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Place the keys, and what is missing of the rest; what is there otherwise is left alone."""
    if backup.manifest.has_keys and not _has_keys_of(backup, premises.key_file):
        make_private_folder(premises.key_file.parent)
        _move(backup.folder / manifest.KEYS, premises.key_file)
    Journal(backup.folder / manifest.STATE).take(Journal(premises.state).add)
    placed, left_alone = [], []
    for start, place in ((manifest.STATE, premises.state), (manifest.WORKSPACE, premises.root)):
        for source in sorted((backup.folder / start).rglob("*")):
            target = place / source.relative_to(backup.folder / start)
            if not source.is_file() or source.name.startswith("leaves."):
                continue
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                _move(source, target)
                if start == manifest.WORKSPACE:
                    target.chmod(0o644)
                placed.append(target)
            elif not filecmp.cmp(source, target, shallow=False):
                left_alone.append(target)
    return tuple(placed), tuple(left_alone)


def _has_keys_of(backup: Examined, key_file: Path) -> bool:
    """Whether a key file has all keys of the backup; it may have newer ones, too."""
    if not key_file.exists():
        return False
    with contextlib.suppress(NewsletterError):
        theirs = load_key_ring(backup.folder / manifest.KEYS)
        return theirs.keys.items() <= load_key_ring(key_file).keys.items()
    return False


def _move(source: Path, target: Path) -> None:
    """Give a file that is on the disk its name, in one step, whatever disk that is on."""
    draft = target.with_name(f".{target.name}.restored")
    shutil.move(source, draft)
    with draft.open("rb") as stream:
        os.fsync(stream.fileno())
    draft.replace(target)
    keep_names(target.parent)
