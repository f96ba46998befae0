"""The queries on people: what they find, what they write, and that consent is only appended."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.address import parse_address
from newsletter.model.people import Person, SubscriptionState, SuppressionReason
from newsletter.store.engine import Database, open_database
from newsletter.store.people import Evidence, PeopleStore
from newsletter.store.tables import consents, subscribers, subscriptions
from newsletter.tokens import KeyRing

AT = datetime.datetime(2015, 3, 1, tzinfo=datetime.UTC)
LATER = datetime.datetime(2015, 6, 1, tzinfo=datetime.UTC)
FORM = Evidence(basis="sign-up form", source="import", at=AT)
CLICK = Evidence(basis="one click", source="one-click", at=LATER)
KEYS = KeyRing({1: b"k" * 32})
IVAN = Person(address=parse_address("Ivan@example.org"), name="Иван", language="ru")
MARIA = Person(address=parse_address("мария@пример.рф"))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(f"sqlite:///{tmp_path / 'state.db'}") as database:
        yield database


@pytest.fixture
def store(database: Database) -> PeopleStore:
    return PeopleStore(database, KEYS)


def _rows(database: Database, table: sa.Table) -> list[sa.RowMapping]:
    with database.read() as connection:
        return list(connection.execute(sa.select(table).order_by(table.c.id)).mappings())


def test_a_subscriber_is_kept_in_all_forms_of_the_address(
    store: PeopleStore, database: Database
) -> None:
    with store.write() as people:
        ids = people.add_subscribers([IVAN, MARIA], AT)
    ivan, maria = _rows(database, subscribers)
    assert ids == {IVAN.address.key: ivan["id"], MARIA.address.key: maria["id"]}
    assert (ivan["address_key"], ivan["shown"]) == ("ivan@example.org", "Ivan@example.org")
    assert (maria["domain"], maria["shown"]) == ("xn--e1afmkfd.xn--p1ai", "мария@пример.рф")
    assert maria["address_digest"] == KEYS.digest(MARIA.address.key)
    assert (ivan["created_at"], ivan["updated_at"]) == (AT, AT)


def test_adding_somebody_known_changes_nothing(store: PeopleStore, database: Database) -> None:
    with store.write() as people:
        first = people.add_subscribers([IVAN], AT)
    before = _rows(database, subscribers)
    with store.write() as people:
        assert people.add_subscribers([Person(address=IVAN.address)], LATER) == first
    assert _rows(database, subscribers) == before


def test_the_known_come_with_the_state_on_the_list_asked_about(store: PeopleStore) -> None:
    with store.write() as people:
        media, other = people.add_list("media"), people.add_list("constituents")
        ids = people.add_subscribers([IVAN, MARIA], AT)
        people.subscribe({ids[IVAN.address.key]: IVAN}, media, FORM)
    with store.read() as people:
        found = people.known(["ivan@example.org", MARIA.address.key, "nobody@x.org"], media)
        assert {key: each.state for key, each in found.items()} == {
            "ivan@example.org": SubscriptionState.ACTIVE,
            MARIA.address.key: None,
        }
        assert found["ivan@example.org"].person == IVAN
        assert people.known(["ivan@example.org"], other)["ivan@example.org"].state is None
        assert people.known(["ivan@example.org"], None)["ivan@example.org"].state is None
        assert people.known([], media) == {}


def test_a_list_has_one_id_for_ever(store: PeopleStore) -> None:
    with store.read() as people:
        assert people.find_list("media") is None
    with store.write() as people:
        number = people.add_list("media")
        assert people.add_list("media") == number != people.add_list("constituents")
    with store.read() as people:
        assert people.find_list("media") == number


def test_facts_are_updated_and_the_address_stays(store: PeopleStore, database: Database) -> None:
    with store.write() as people:
        ids = people.add_subscribers([IVAN, MARIA], AT)
        renamed = Person(address=MARIA.address, name="Пётр", country="kz")
        people.update_facts({ids[IVAN.address.key]: renamed}, LATER)
        people.update_facts({}, LATER)
    ivan, maria = _rows(database, subscribers)
    assert (ivan["name"], ivan["country"], ivan["language"]) == ("Пётр", "kz", "")
    assert (ivan["shown"], ivan["updated_at"]) == ("Ivan@example.org", LATER)
    assert (maria["name"], maria["updated_at"]) == ("", AT)


def test_an_ended_subscription_is_not_revived_by_a_stray_write(
    store: PeopleStore, database: Database
) -> None:
    with store.write() as people:
        media = people.add_list("media")
        number = people.add_subscribers([IVAN], AT)[IVAN.address.key]
        people.subscribe({number: IVAN}, media, FORM)
        people.end_subscription(number, media, "unsubscribed", CLICK)
        people.subscribe({number: IVAN}, media, FORM)
    (row,) = _rows(database, subscriptions)
    assert (row["state"], row["reason"], row["ended_at"]) == ("ended", "unsubscribed", LATER)


def test_ending_appends_to_the_consents_once(store: PeopleStore, database: Database) -> None:
    with store.write() as people:
        media = people.add_list("media")
        number = people.add_subscribers([IVAN], AT)[IVAN.address.key]
        people.subscribe({number: IVAN}, media, FORM)
        assert people.end_subscription(number, media, "unsubscribed", CLICK)
        assert not people.end_subscription(number, media, "staff", CLICK)
    given, withdrawn = _rows(database, consents)
    assert (given["action"], given["basis"], given["at"]) == ("given", "sign-up form", AT)
    assert (withdrawn["action"], withdrawn["source"]) == ("withdrawn", "one-click")
    assert given["address_digest"] == withdrawn["address_digest"] == KEYS.digest(IVAN.address.key)
    assert given["language"] == withdrawn["language"] == "ru"


def test_suppressions_hold_no_address(store: PeopleStore, database: Database) -> None:
    with store.write() as people:
        assert people.suppress(IVAN.address.key, SuppressionReason.COMPLAINT, "note", AT)
        assert not people.suppress(IVAN.address.key, SuppressionReason.MANUAL, "", LATER)
    with store.read() as people:
        assert people.suppressed([IVAN.address.key, MARIA.address.key]) == {
            IVAN.address.key: SuppressionReason.COMPLAINT
        }
    with database.read() as connection:
        rows = connection.execute(sa.text("SELECT * FROM suppressions")).all()
    assert "ivan" not in str(rows).lower()


def test_an_error_rolls_everything_back(store: PeopleStore, database: Database) -> None:
    def fail() -> None:
        with store.write() as people:
            people.add_subscribers([IVAN], AT)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert _rows(database, subscribers) == []
