"""An office with an empty database, and a way to write tables of people."""

import datetime
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from newsletter.people.importing import ImportPlan, ImportTally, apply_import, plan_import
from newsletter.people.vocabulary import Vocabulary, make_vocabulary
from newsletter.store.engine import Database, open_database
from newsletter.store.people import PeopleStore
from newsletter.tokens import KeyRing

AT = datetime.datetime(2015, 3, 1, 9, 0, tzinfo=datetime.UTC)
LATER = datetime.datetime(2015, 6, 1, 9, 0, tzinfo=datetime.UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(f"sqlite:///{tmp_path / 'state' / 'state.db'}") as database:
        yield database


@pytest.fixture
def store(database: Database) -> PeopleStore:
    return PeopleStore(database, KeyRing({1: b"k" * 32}))


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    countries = {
        "ru": {"en": "Russia", "ru": "Россия"},
        "kz": {"en": "Kazakhstan", "ru": "Казахстан"},
    }
    topics = {
        "osh": {"en": "Safety, health at work", "ru": "Охрана труда"},
        "youth": {"en": "Youth", "ru": "Молодёжь"},
    }
    return make_vocabulary(countries, ["en", "ru"], topics)


@pytest.fixture
def plan(store: PeopleStore, vocabulary: Vocabulary, tmp_path: Path) -> Callable[..., ImportPlan]:
    """Write a table and plan its import."""

    def plan(text: str, list_name: str = "constituents") -> ImportPlan:
        file = tmp_path / "people.csv"
        file.write_text(text, encoding="utf-8", newline="")
        return plan_import(store, file, list_name=list_name, vocabulary=vocabulary)

    return plan


@pytest.fixture
def bring(store: PeopleStore, plan: Callable[..., ImportPlan]) -> Callable[..., ImportTally]:
    """Write a table and import it."""

    def bring(
        text: str, list_name: str = "constituents", *, skip_invalid: bool = False
    ) -> ImportTally:
        found = plan(text, list_name)
        return apply_import(found, basis="sign-up form", at=AT, skip_invalid=skip_invalid)

    return bring
