"""The memory of an office: database and keys, made together and never used apart."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from newsletter import wiring
from newsletter.compose.workspace import Folder
from newsletter.config import Config, read_config
from newsletter.errors import NewsletterError, WrongUsage
from newsletter.store import engine
from newsletter.wiring import ServedPeople
from tests.workspace import small_office


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return read_config(tmp_path, environment={})


def begin_anew() -> None:
    """Forget what this process has open, as a new process would."""
    wiring._open_memory.cache_clear()


def test_database_and_keys_are_made_on_first_use_and_found_again(config: Config) -> None:
    ring = wiring.keys(config)
    assert (config.state / "state.db").exists()
    begin_anew()
    assert wiring.keys(config) == ring
    wiring.people_store(config)
    assert wiring.ledger(config).issues() == []


@pytest.mark.parametrize("use", [wiring.keys, wiring.ledger, wiring.people_store])
def test_a_lost_key_file_is_an_error_and_no_new_key_is_made(config: Config, use: object) -> None:
    assert callable(use)
    use(config)
    begin_anew()
    config.key_file.unlink()
    with pytest.raises(NewsletterError, match="key file is missing - restore it from your backup"):
        use(config)
    assert not config.key_file.exists()


def test_the_keys_of_another_office_are_refused(config: Config) -> None:
    ring = wiring.keys(config)
    begin_anew()
    own = config.key_file.read_text()
    config.key_file.write_text(f"1:{'ab' * 32}\n")
    for use in (wiring.keys, wiring.ledger, wiring.people_store):
        with pytest.raises(NewsletterError, match="not the keys that the database was made with"):
            use(config)
    config.key_file.write_text(f"{own}2:{'ab' * 32}\n")  # a new key beside the old one
    assert wiring.keys(config).keys.keys() == {1, 2}
    assert wiring.keys(config).digest("anna@example.org") == ring.digest("anna@example.org")


def test_a_first_use_that_died_after_the_keys_goes_on(config: Config) -> None:
    ring = wiring.keys(config)
    begin_anew()
    for file in config.state.glob("state.db*"):
        file.unlink()
    assert wiring.keys(config) == ring


def test_a_process_opens_the_database_once(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def count(url: str, patience: float) -> engine.Database:
        opened.append(url)
        return engine.open_database(url, patience)

    monkeypatch.setattr(wiring, "open_database", count)
    for use in (wiring.keys, wiring.ledger, wiring.people_store, wiring.ledger):
        use(config)
    assert opened == [config.database_url]
    with sqlite3.connect(config.state / "state.db") as connection:
        assert connection.execute("SELECT count(*) FROM office").fetchone() == (1,)
    connection.close()


def test_a_file_for_the_relay_that_is_no_text_is_refused(config: Config) -> None:
    (config.root / "relay").write_bytes(b"smtp://mail.example.org \xff")
    settings = Folder(small_office(config.root)).settings().value
    with pytest.raises(WrongUsage, match=r"relay: is not text in UTF-8"):
        wiring.relays(config, settings.model_copy(update={"relay_file": "relay"}))


def test_all_who_ask_while_the_database_is_opened_are_answered(config: Config) -> None:
    """At the start of `serve` two tasks and the first readers ask at once (B18)."""
    wiring.keys(config)
    begin_anew()
    people, together = ServedPeople(config), threading.Barrier(8)

    def ask() -> object:
        together.wait()
        return people()

    with ThreadPoolExecutor(8) as pool:
        found = {task.result() for task in [pool.submit(ask) for _ in range(8)]}
    assert len(found) == 1
    assert None not in found
