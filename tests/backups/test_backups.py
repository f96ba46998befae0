"""A backup is whole or not there; what is put back is what was there, and mails nobody twice."""

import io
import json
import os
import shutil
import sqlite3
import stat
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.backups import manifest
from newsletter.backups.making import Premises, make_backup
from newsletter.backups.reading import unpack
from newsletter.errors import NewsletterError
from newsletter.model.leaving import ONE_CLICK, Leave
from newsletter.store.journal import Journal
from newsletter.tokens import load_key_ring
from tests.cli.program import run, run_json
from tests.durability.offices import ISSUE, Office, addresses, books_in, make_office
from tests.durability.shim import Shim, compiled, steps_in
from tests.durability.taker import taking
from tests.store.office import NOON
from tests.workspace import edit

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PEOPLE = 12
MOMENT = "20150331T120000Z"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an office with a few readers; only copies of it may be changed."""
    return make_office(tmp_path_factory.mktemp("made") / "office", PEOPLE, per_second=20)


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """Return such an office."""
    return Path(shutil.copytree(made, tmp_path / "office"))


@pytest.fixture
def shim(tmp_path: Path) -> Shim:
    """Return a shim that watches the state folder."""
    return Shim(compiled(tmp_path), tmp_path / "office" / ".newsletter")


@pytest.fixture(scope="session")
def whole(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a backup of that office."""
    file = tmp_path_factory.mktemp("backup") / "office.tar"
    run(made, "backup", str(file))
    return file


def kept_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def active(folder: Path) -> int:
    return sum(each["active"] for each in run_json(folder, "subscribers", "lists"))


# --- To make one ---


def test_a_backup_has_all_that_another_computer_needs_and_only_its_owner_may_read_it(
    folder: Path, tmp_path: Path
) -> None:
    run(folder, "dkim", "new-key", "news2026")
    before = os.umask(0o022)
    said = run(folder, "backup", str(tmp_path / "kept/office.tar")).stdout
    os.umask(before)
    file = tmp_path / "kept/office.tar"
    assert "12 subscribers" in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert kept_in(file.parent) == ["office.tar"]
    with tarfile.open(file) as tar:
        assert set(tar.getnames()) == {
            *("manifest.json", "state.db", "keys", "state/dkim/news2026.pem"),
            *("workspace/newsletter.yaml", "workspace/subscribers/lists.yaml"),
        }
    (there := tmp_path / "another").mkdir()
    run(there, "-C", "office", "restore", str(file), "--yes")
    assert active(there / "office") == active(folder) > 0
    assert (there / "office/.newsletter/dkim/news2026.pem").exists()
    assert "The chain holds" in run(there / "office", "consent", "verify").stdout


def test_without_keys_it_is_worth_something_only_where_they_are(
    folder: Path, tmp_path: Path
) -> None:
    run(folder, "dkim", "new-key", "news2026")
    said = run(folder, "backup", "office.tar", "--without-keys").stdout
    assert "keep a copy of them in another place" in said
    with tarfile.open(folder / "office.tar") as tar:
        assert not [name for name in tar.getnames() if "key" in name or "dkim" in name]
    assert "those here fit" in run(folder, "restore", "office.tar", "--check").stdout
    told = run(tmp_path, "-C", "new", "restore", str(folder / "office.tar"), "--yes", code=1)
    assert "put the keys of the office there first" in told.stderr
    assert not (tmp_path / "new/.newsletter/state.db").exists()


def test_keep_removes_older_backups_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    (kept := tmp_path / "kept").mkdir()
    for name in ("newsletter-20150101T000000Z.tar", "newsletter-20150201T000000Z.tar", "mine.tar"):
        (kept / name).touch()
    assert "1 older backup removed" in run(folder, "backup", str(kept), "--keep", "2").stdout
    assert len(kept_in(kept)) == 3
    assert {"mine.tar", "newsletter-20150201T000000Z.tar"} < set(kept_in(kept))
    assert "needs a folder" in run(folder, "backup", "one.tar", "--keep", "2", code=2).stderr


def test_before_there_is_anything_to_keep_nothing_is_made(tmp_path: Path) -> None:
    run(tmp_path, "init", "office")
    told = run(tmp_path / "office", "backup", code=1).stderr
    assert "there is no database yet" in told
    assert not (tmp_path / "office/.newsletter").exists()


def test_a_damaged_database_takes_no_good_backups_place(folder: Path, tmp_path: Path) -> None:
    state = folder / ".newsletter/state.db"
    with state.open("r+b") as stream:
        stream.seek(state.stat().st_size // 2)
        stream.write(b"\xff" * 8192)
    (kept := tmp_path / "kept").mkdir()
    (kept / "newsletter-20150101T000000Z.tar").touch()
    run(folder, "backup", str(kept), "--keep", "1", code=1)
    assert kept_in(kept) == ["newsletter-20150101T000000Z.tar"]


def test_a_backup_that_is_killed_or_has_no_room_leaves_nothing_under_its_name(
    folder: Path, shim: Shim, tmp_path: Path
) -> None:
    log = tmp_path / "steps"
    Office(folder, "").run("backup", code=0, environment=shim.logging(log))
    backups = folder / ".newsletter/backups"
    (usual,) = kept_in(backups)
    count = len(list(steps_in(log)))
    assert count > 20
    for step in range(1, count + 1, 7):
        Office(folder, "").run("backup", environment=shim.killing(step))
        for each in backups.glob("*.tar"):
            unpack(each, tmp_path / f"killed-{step}-{each.stem}")
        done = Office(folder, "").run("backup", environment=shim.failing(step, "ENOSPC"))
        told = ("No space left", "disk is full", "disk I/O error", "unable to open")
        assert done.returncode == 0 or any(each in done.stderr for each in told), done.stderr
        for each in backups.glob("*.tar"):
            unpack(each, tmp_path / f"full-{step}-{each.stem}")
    run(folder, "backup")
    assert usual in kept_in(backups)
    assert [name for name in kept_in(backups) if not name.endswith(".tar")] == []


def test_a_backup_in_mid_send_holds_nobody_up_and_adds_up(folder: Path, tmp_path: Path) -> None:
    edit(folder, "newsletter.yaml", "per_second: 20", "per_second: 1")
    with taking(tmp_path / "taken") as taker:
        office = Office(folder, taker.relay)
        with office.started("send", ISSUE, "--yes") as process:
            taker.wait_for(3, process)
            run(folder, "backup", "office.tar")
            process.communicate(timeout=60)
        assert process.returncode == 0
        assert len(taker.mails()) == PEOPLE
        assert "is whole" in run(folder, "restore", "office.tar", "--check").stdout
        run(tmp_path, "-C", "new", "restore", str(folder / "office.tar"), "--yes")
        new = Office(tmp_path / "new", taker.relay)
        shutil.copytree(folder / "issues", new.folder / "issues")
        shutil.copytree(folder / "templates", new.folder / "templates")
        assert "older copy" in new.run("status", ISSUE, "--state", "unknown", code=0).stdout
        new.run("resume", ISSUE, code=3)
        assert len(taker.mails()) == PEOPLE
        assert not new.books().waiting


# --- To look into one ---


@given(place=st.floats(0, 0.999), value=st.integers(1, 255))
def test_whatever_octet_is_changed_it_is_found_or_stands_for_nothing(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, place: float, value: int
) -> None:
    folder = tmp_path_factory.mktemp("changed")
    octets = bytearray(whole.read_bytes())
    octets[int(place * len(octets))] ^= value
    (folder / "changed.tar").write_bytes(octets)
    unpack(whole, folder / "whole")
    compared = False
    with suppress(NewsletterError):
        unpack(folder / "changed.tar", folder / "files")
        compared = True
    if not compared:
        return
    for each in (folder / "whole").rglob("*"):
        if each.is_file():
            other = folder / "files" / each.relative_to(folder / "whole")
            assert other.read_bytes() == each.read_bytes()


@given(part=st.floats(0, 1, exclude_max=True))
def test_a_backup_that_was_cut_short_is_refused(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, part: float
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    with tarfile.open(whole) as tar:  # what comes behind the last file is padding
        end = max(entry.offset_data + entry.size for entry in tar)
    (folder / "cut.tar").write_bytes(whole.read_bytes()[: int(part * end)])
    with pytest.raises(NewsletterError, match="is not a whole backup"):
        unpack(folder / "cut.tar", folder / "files")


@pytest.mark.parametrize("name", ["../keys", "/etc/keys", "state/../../keys", "other", "state.dbx"])
def test_a_name_that_leads_elsewhere_is_refused(whole: Path, tmp_path: Path, name: str) -> None:
    evil = tmp_path / "evil.tar"
    with tarfile.open(whole) as tar, tarfile.open(evil, "w") as other:
        for entry in tar:
            content = tar.extractfile(entry)
            assert content
            data = content.read()
            if entry.name == manifest.NAME:
                plain = json.loads(data)
                plain["members"][1]["name"] = name
                data = json.dumps(plain).encode()
            elif entry.name == manifest.KEYS:
                entry.name = name
            entry.size = len(data)
            other.addfile(entry, io.BytesIO(data))
    with pytest.raises(NewsletterError, match="it holds"):
        unpack(evil, tmp_path / "files")
    assert not (tmp_path / "files").exists()


def test_keys_of_another_office_are_refused(folder: Path, tmp_path: Path) -> None:
    run(folder, "backup", "office.tar", "--without-keys")
    run(tmp_path, "init", "another")
    run(tmp_path / "another", "subscribers", "suppress", "anna@example.org", "--note", "asked")
    told = run(tmp_path / "another", "restore", str(folder / "office.tar"), "--yes", code=1).stderr
    assert "not the keys that the database was made with" in told
    assert len(run_json(tmp_path / "another", "subscribers", "list")) == 0


# --- To put one back ---


def test_what_is_newer_is_set_aside_and_who_left_since_stays_out(
    folder: Path, tmp_path: Path
) -> None:
    run(folder, "backup", "office.tar")
    before = active(folder)
    run(folder, "subscribers", "remove", addresses(PEOPLE)[0], "--yes")
    run(folder, "subscribers", "suppress", addresses(PEOPLE)[1], "--note", "asked")
    assert "nobody is there to ask" in run(folder, "restore", "office.tar", code=2).stderr
    said = run(folder, "restore", "office.tar", "--yes").stdout
    assert "1 subscription, 1 suppression" in said
    assert active(folder) == before - 1
    (aside,) = (folder / ".newsletter").glob("before-restore-*")
    assert {"state.db", "keys"} <= set(kept_in(aside))
    with closing(sqlite3.connect(aside / "state.db")) as database:
        assert database.execute("SELECT count(*) FROM suppressions").fetchone() == (1,)
    shown = run_json(folder, "subscribers", "show", addresses(PEOPLE)[1])
    assert shown["suppression"]
    assert "The chain holds" in run(folder, "consent", "verify").stdout


def test_who_was_erased_since_is_erased_from_the_copy_too(folder: Path) -> None:
    gone, stays = addresses(PEOPLE)[:2]
    run(folder, "backup", "office.tar")
    run(folder, "subscribers", "erase", gone, "--basis", "letter of 3 March", "--yes")
    said = run(folder, "restore", "office.tar", "--yes").stdout
    assert "Erased once more, as asked since: 1 person." in said
    (folder / "office.tar").unlink()
    for file in (folder / ".newsletter").rglob("*"):
        assert not file.is_file() or gone.encode() not in file.read_bytes(), file
    assert run_json(folder, "subscribers", "show", stays)["address"] == stays
    assert "The chain holds" in run(folder, "consent", "verify").stdout
    basis = {each["basis"] for each in run_json(folder, "subscribers", "requests")}
    assert "was erased before an older backup was put back" in basis


def test_f40_after_a_restore_nobody_is_mailed_twice(folder: Path, tmp_path: Path) -> None:
    run(folder, "backup", "office.tar")
    with taking(tmp_path / "taken") as taker:
        office = Office(folder, taker.relay)
        office.run("send", ISSUE, "--yes", code=0)
        office.run("restore", "office.tar", "--yes", code=0)
        told = office.run("send", ISSUE, "--yes", code=1).stderr
        assert f"newsletter send {ISSUE} --never-sent" in told
        assert len(taker.mails()) == PEOPLE


def test_who_left_by_the_journal_of_the_backup_has_left(folder: Path) -> None:
    leave = Leave(subscriber_id=1, list_id=1, at=NOON, source=ONE_CLICK)
    state = folder / ".newsletter"
    Journal(state).add([leave])
    premises = Premises(
        root=folder, state=state, database=state / "state.db", key_file=state / "keys"
    )
    made = make_backup(premises, folder / "office.tar", NOON, is_folder=False)
    assert "state/leaves.journal" in {each.name for each in made.manifest.members}
    shutil.rmtree(state)
    run(folder, "restore", "office.tar", "--yes")
    before = active(folder)
    shutil.rmtree(state)
    (state).mkdir(0o700)
    run(folder, "restore", "office.tar", "--yes")
    assert active(folder) == before
    with closing(sqlite3.connect(state / "state.db")) as database:
        ended = "SELECT count(*) FROM subscriptions WHERE state = 'ended'"
        assert database.execute(ended).fetchone() == (1,)


def test_a_newer_key_that_was_added_since_stays(folder: Path) -> None:
    run(folder, "backup", "office.tar")
    keys = folder / ".newsletter/keys"
    keys.write_text(f"{keys.read_text()}2:{'ab' * 32}\n")
    run(folder, "restore", "office.tar", "--yes")
    assert load_key_ring(keys).keys.keys() == {1, 2}


def test_a_backup_of_a_newer_program_is_refused(folder: Path) -> None:
    with closing(sqlite3.connect(folder / ".newsletter/state.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    run(folder, "backup", "office.tar")
    for more in ("--check", "--yes"):
        told = run(folder, "restore", "office.tar", more, code=1).stderr
        assert "newer version of this program" in told


@contextmanager
def at_work(folder: Path, relay: str, how: str) -> Iterator[None]:
    """Let a process send from the office, or only have its database open."""
    if how == "has it open":
        with closing(sqlite3.connect(folder / ".newsletter/state.db")) as database:
            database.execute("SELECT count(*) FROM lists").fetchall()
            yield
        return
    office = Office(folder, relay)
    with office.started("send", ISSUE, "--yes") as process:
        assert process.stderr
        while not (folder / ".newsletter/state.db.generation").exists():
            assert process.poll() is None
        yield


@pytest.mark.parametrize(
    ("how", "words"), [("sends", "is delivering from here"), ("has it open", "has it open")]
)
def test_while_somebody_works_with_the_state_nothing_is_put_back(
    folder: Path, tmp_path: Path, how: str, words: str
) -> None:
    run(folder, "backup", "office.tar")
    with taking(tmp_path / "taken", pause=3600) as taker, at_work(folder, taker.relay, how):
        assert words in run(folder, "restore", "office.tar", "--yes", code=1).stderr
        assert "is whole" in run(folder, "restore", "office.tar", "--check").stdout
    assert not list((folder / ".newsletter").glob("before-restore-*"))


def test_a_restore_that_is_killed_leaves_the_old_state_or_the_new_one(
    folder: Path, shim: Shim, tmp_path: Path
) -> None:
    run(folder, "backup", str(tmp_path / "office.tar"))
    run(folder, "subscribers", "remove", addresses(PEOPLE)[0], "--yes")
    left = active(folder)
    again = shutil.copytree(folder, tmp_path / "again")
    restore = ("restore", str(tmp_path / "office.tar"), "--yes")
    log = tmp_path / "steps"
    Office(folder, "").run(*restore, code=0, environment=shim.logging(log))
    count = len(list(steps_in(log)))
    assert count > 50
    for step in [*range(1, count, count // 10), *range(count - 8, count + 1)]:
        shutil.rmtree(folder)
        shutil.copytree(again, folder)
        Office(folder, "").run(*restore, environment=shim.killing(step))
        assert active(folder) == left, f"step {step}"
        run(folder, *restore)
        assert active(folder) == left
        assert not books_in(folder / ".newsletter").tallies
