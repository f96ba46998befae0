"""The database: private, durable, whole, up to date, and clear about what is wrong with it."""

import multiprocessing
import os
import sqlite3
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from newsletter.errors import NewsletterError
from newsletter.store.engine import Database, open_database, upsert
from newsletter.store.migrate import HEAD
from newsletter.store.tables import lists, metadata, subscriptions
from tests.store.office import NOON, opened


def url(file: Path) -> str:
    return f"sqlite:///{file}"


def test_is_made_on_first_use_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "state.db"
    with open_database(url(file)) as database, database.write() as connection:
        connection.execute(sa.insert(lists).values(name="media"))
    for each in file.parent.glob("state.db*"):
        assert stat.S_IMODE(each.stat().st_mode) & 0o077 == 0, each
    with open_database(url(file)) as database, database.read() as connection:
        assert connection.execute(sa.select(lists.c.name)).scalars().all() == ["media"]


def test_migrations_build_exactly_the_tables(tmp_path: Path) -> None:
    with opened(tmp_path) as database, database.read() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_the_head() -> None:
    config = Config()
    config.set_main_option("script_location", "newsletter:store/migrations")
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_writes_are_durable_and_references_are_kept(tmp_path: Path) -> None:
    with opened(tmp_path) as database, database.read() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    stray = {"subscriber_id": 1, "list_id": 99, "state": "active", "created_at": NOON}

    def write(database: Database) -> None:
        with database.write() as connection:
            connection.execute(sa.insert(lists).values(name="media"))
            connection.execute(sa.insert(subscriptions).values(stray))

    with opened(tmp_path) as database:
        with pytest.raises(sa.exc.IntegrityError):
            write(database)
        with database.read() as connection:
            assert connection.execute(sa.select(lists)).all() == []


def test_a_reader_sees_one_moment_while_another_writes(tmp_path: Path) -> None:
    with opened(tmp_path) as database, database.read() as reading:
        assert reading.execute(sa.select(lists)).all() == []
        with database.write() as writing:
            writing.execute(sa.insert(lists).values(name="media"))
        assert reading.execute(sa.select(lists)).all() == []


def test_upsert_keeps_what_is_there_or_changes_what_it_is_told(tmp_path: Path) -> None:
    row = {"subscriber_id": 1, "list_id": 1, "state": "active", "created_at": NOON}
    with opened(tmp_path) as database, database.write() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for state, update in (("active", ()), ("ended", ()), ("pending", ("state",))):
            upsert(
                connection,
                subscriptions,
                [{**row, "state": state}],
                key=["subscriber_id", "list_id"],
                update=update,
            )
            expected = "pending" if update else "active"
            assert connection.execute(sa.select(subscriptions.c.state)).scalars().all() == [
                expected
            ]
        connection.rollback()


def test_a_damaged_file_is_refused_in_words(tmp_path: Path) -> None:
    with opened(tmp_path) as database, database.write() as connection:
        connection.execute(sa.insert(lists), [{"name": f"list {n} " * 50} for n in range(500)])
    file = tmp_path / "state.db"
    size = file.stat().st_size
    with file.open("r+b") as stream:
        stream.seek(size // 2)
        stream.write(b"\xff" * (size // 4))
    with pytest.raises(NewsletterError, match=r"state\.db: .* - .*backup"):
        open_database(url(file))


def test_a_file_of_another_kind_is_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    file.write_text("Dear diary, " * 200)
    with pytest.raises(NewsletterError, match=r"not a database - .*backup"):
        open_database(url(file))
    assert file.read_text().startswith("Dear diary")


def test_a_folder_that_cannot_be_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NewsletterError, match="cannot be opened"):
        open_database(url(tmp_path / "file" / "state.db"))


def test_a_database_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    with opened(tmp_path) as database, database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewsletterError, match=r"newer version .* 9999"):
        open_database(url(tmp_path / "state.db"))


@pytest.mark.parametrize(
    "address", ["nonsense", "sqlite://", "sqlite:///:memory:", "postgresql://me:secret@db/news"]
)
def test_other_databases_are_refused_without_telling_secrets(address: str) -> None:
    with pytest.raises(NewsletterError, match=r"sqlite:////path/state\.db") as caught:
        open_database(address)
    assert "secret" not in str(caught.value)


def test_a_full_disk_is_told_in_words_and_leaves_nothing(tmp_path: Path) -> None:
    def fill(database: Database) -> None:
        with database.write() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            connection.execute(sa.insert(lists), [{"name": f"list {n} " * 50} for n in range(500)])

    with opened(tmp_path) as database:
        with pytest.raises(NewsletterError, match=r"full - make room.*run the command again"):
            fill(database)
        with database.read() as connection:
            assert connection.execute(sa.select(lists)).all() == []


def test_a_mistake_in_a_statement_is_not_blamed_on_the_disk(tmp_path: Path) -> None:
    with (
        opened(tmp_path) as database,
        pytest.raises(sa.exc.OperationalError),
        database.read() as connection,
    ):
        connection.exec_driver_sql("SELECT * FROM nowhere")


def test_there_is_one_sender_and_the_second_is_told_which(tmp_path: Path) -> None:
    with opened(tmp_path) as one, opened(tmp_path) as other:
        with (
            one.sole_sender(),
            pytest.raises(NewsletterError, match=rf"process {os.getpid()} is delivering"),
            other.sole_sender(),
        ):
            pass
        with other.sole_sender():
            pass


def test_to_open_a_database_again_keeps_the_locks_of_who_has_it_open(tmp_path: Path) -> None:
    log = tmp_path / "state.db-wal"
    with opened(tmp_path) as sending:
        with sending.write() as connection:
            connection.execute(sa.insert(lists).values(name="media"))
        with opened(tmp_path):
            pass
        inode = log.stat().st_ino
        context = multiprocessing.get_context("spawn")
        # Who closes a database last clears its log away, if no lock says that another has it open.
        other = context.Process(target=_open_and_write, args=(tmp_path / "state.db", 1))
        other.start()
        other.join()
        assert (other.exitcode, log.exists()) == (0, True)
        assert log.stat().st_ino == inode


def _open_and_write(file: Path, number: int) -> None:
    with open_database(url(file)) as database, database.write() as connection:
        connection.execute(sa.insert(lists).values(name=f"list {number}"))


def test_many_processes_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    file = tmp_path / "state.db"
    processes = [context.Process(target=_open_and_write, args=(file, n)) for n in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(*) FROM lists").fetchone() == (4,)
    connection.close()
