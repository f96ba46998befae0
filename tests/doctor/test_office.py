"""What the doctor says of this computer: real files, a real database, damaged on purpose."""

import os
import sqlite3
from pathlib import Path

import pytest

from newsletter.doctor.office import Premises, disk, examine_office, file_system, private
from newsletter.doctor.verdict import Grade, Verdict
from newsletter.store.engine import open_database
from newsletter.store.health import faults_of


@pytest.fixture
def premises(tmp_path: Path) -> Premises:
    """Return the premises of an office that has sent something."""
    state = tmp_path / "state"
    secret = tmp_path / "relay.txt"
    open_database(f"sqlite:///{state / 'state.db'}").close()
    for file in (state / "keys", secret):
        file.touch(mode=0o600)
    return Premises(
        state=state, database=state / "state.db", keys=state / "keys", secrets=(secret,)
    )


def found(premises: Premises) -> dict[str, Verdict]:
    return {each.name: each for each in examine_office(premises, faults_of)}


def test_an_office_in_order_is_fine_throughout(premises: Premises) -> None:
    verdicts = found(premises)
    assert [each for each in verdicts.values() if each.grade is not Grade.FINE] == []
    assert list(verdicts) == [
        *("state folder", "disk", "keys", "relay.txt", "database", "file system")
    ]


def test_before_first_use_nothing_is_missed(tmp_path: Path) -> None:
    state = tmp_path / "not" / "there"
    new = Premises(state=state, database=state / "state.db", keys=state / "keys")
    assert {each.grade for each in found(new).values()} == {Grade.FINE}
    assert not state.exists()


@pytest.mark.parametrize("name", ["keys", "relay.txt", "database"])
def test_what_others_can_read_is_wrong(premises: Premises, name: str) -> None:
    file = {"keys": premises.keys, "relay.txt": premises.secrets[0]}.get(name, premises.database)
    file.chmod(0o640)
    verdict = found(premises)[name]
    assert verdict.grade is Grade.WRONG
    assert "mode 0640" in verdict.words
    assert f"chmod 600 {file}" in verdict.remedy


def test_a_state_folder_that_others_may_look_into_is_doubtful(premises: Premises) -> None:
    premises.state.chmod(0o755)
    verdict = found(premises)["state folder"]
    assert verdict.grade is Grade.DOUBTFUL
    assert "mode 0755" in verdict.words
    assert verdict.remedy == f"chmod 700 {premises.state}"


def test_a_password_file_that_is_not_there_is_wrong(tmp_path: Path) -> None:
    assert private(tmp_path / "relay.txt", "relay.txt").grade is Grade.WRONG


def test_a_folder_that_may_not_be_written_is_wrong(
    premises: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.doctor.office.os.access", lambda *_: False)  # root always may
    verdict = found(premises)["state folder"]
    assert verdict.grade is Grade.WRONG
    assert "may not be written" in verdict.words


@pytest.mark.parametrize(
    ("free", "grade"),
    [(10**12, Grade.FINE), (400_000_000, Grade.DOUBTFUL), (10_000_000, Grade.WRONG)],
)
def test_the_disk_needs_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, grade: Grade
) -> None:
    usage = type("Usage", (), {"free": free})
    monkeypatch.setattr("newsletter.doctor.office.shutil.disk_usage", lambda _: usage)
    assert disk(tmp_path).grade is grade


def test_a_damaged_database_is_wrong(premises: Premises) -> None:
    with sqlite3.connect(premises.database) as connection:
        connection.execute("CREATE TABLE filler (text)")
        connection.executemany("INSERT INTO filler VALUES (?)", [("x" * 500,)] * 2000)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    octets = bytearray(premises.database.read_bytes())
    octets[-200_000:-100_000] = os.urandom(100_000)
    premises.database.write_bytes(octets)
    verdict = found(premises)["database"]
    assert verdict.grade is Grade.WRONG
    assert "is damaged" in verdict.words
    assert "backup" in verdict.remedy


def test_what_is_no_database_is_wrong(premises: Premises) -> None:
    premises.database.write_bytes(b"a text, and no database" * 100)
    assert found(premises)["database"].grade is Grade.WRONG


def test_a_database_in_use_can_be_examined(premises: Premises) -> None:
    writer = sqlite3.connect(premises.database, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        assert found(premises)["database"].grade is Grade.FINE
    finally:
        writer.close()


MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:50 / /home rw,relatime shared:20 - nfs4 server:/home rw
41 40 8:2 / /home/anna/local\\040disk rw - xfs /dev/sdb1 rw
42 22 0:51 / /mnt rw - fuse.sshfs anna@example.org: rw
a line that is nothing
"""


@pytest.mark.parametrize(
    ("file", "grade", "words"),
    [
        ("/srv/state.db", Grade.FINE, "ext4"),
        ("/home/anna/state.db", Grade.WRONG, "nfs4"),
        ("/home/anna/local disk/state.db", Grade.FINE, "xfs"),
        ("/mnt/state.db", Grade.WRONG, "fuse.sshfs"),
        ("/homely/state.db", Grade.FINE, "ext4"),
    ],
)
def test_a_database_over_a_network_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, grade: Grade, words: str
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS, encoding="utf-8")
    monkeypatch.setattr("newsletter.doctor.office._nearest", lambda path: path)
    verdict = file_system(Path(file), mounts)
    assert verdict.grade is grade
    assert words in verdict.words


def test_a_system_that_does_not_say_is_not_guessed_about(tmp_path: Path) -> None:
    assert file_system(tmp_path / "state.db", tmp_path / "none").grade is Grade.UNKNOWN
