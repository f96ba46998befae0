"""The Consents of a whole import: the same chain as if they came one by one, or nothing of it."""

import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.address import Address
from newsletter.model.people import ConsentAction, Person
from newsletter.store import chain, linking
from newsletter.store.engine import Database, open_database
from newsletter.store.people import Evidence, PeopleStore
from newsletter.store.tables import consents, subscribers
from newsletter.tokens import KeyRing

AT = datetime.datetime(2015, 3, 1, 9, 30, tzinfo=datetime.UTC)
FORM = Evidence(basis="анкета «Стол»", source="import of a.csv", at=AT)
KEYS = KeyRing({1: b"k" * 32})
SMALL = 7


def person(number: int) -> Person:
    name = f"reader{number}"
    address = Address(name, "example.org", f"{name}@example.org")
    return Person(address=address, language=("ru", "en", "")[number % 3])


def write(database: Database, *, known: int, new: int, missing: tuple[int, ...] = ()) -> None:
    """Let people who are `known` subscribe one by one, then append for those who are `new`."""
    store = PeopleStore(database, KEYS)
    with store.write() as people:
        media = people.add_list("media")
        for number in range(known):
            ids = people.add_subscribers([person(number)], AT)
            people.subscribe(dict.fromkeys(ids.values(), person(number)), media, FORM)
        people.add_subscribers([person(number) for number in range(known, known + new)], AT)
    with database.write() as connection:
        connection.execute(sa.delete(subscribers).where(subscribers.c.id.in_(missing)))
        words = chain.Words.of(FORM, media, ConsentAction.GIVEN)
        linking.append_for_new(connection, known, words)


@pytest.mark.parametrize("known", [0, 3])
@pytest.mark.parametrize("new", [0, 1, SMALL - 1, SMALL, SMALL + 1, 5 * SMALL])
def test_each_of_them_is_a_link_of_one_chain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: int, new: int
) -> None:
    monkeypatch.setattr(linking, "AT_ONCE", SMALL)
    with open_database(f"sqlite:///{tmp_path / 'state.db'}") as database:
        write(database, known=known, new=new)
        with database.read() as connection:
            rows = connection.execute(sa.select(consents).order_by(consents.c.id)).all()
            assert list(chain.breaks(connection)) == []
    numbers = list(range(1, known + new + 1))
    assert [(row.id, row.subscriber_id) for row in rows] == [(each, each) for each in numbers]
    assert [row.language for row in rows] == [person(each - 1).language for each in numbers]
    assert [row.address_digest for row in rows] == [
        KEYS.digest(person(each - 1).address.key) for each in numbers
    ]
    assert {(row.basis, row.source, row.at) for row in rows} <= {(FORM.basis, FORM.source, AT)}


def test_ids_with_gaps_between_them_break_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "AT_ONCE", SMALL)
    with open_database(f"sqlite:///{tmp_path / 'state.db'}") as database:
        write(database, known=2, new=30, missing=(4, 5, 11, 12, 13, 20, 32))
        with database.read() as connection:
            assert list(chain.breaks(connection)) == []
            whose = sa.select(consents.c.subscriber_id).order_by(consents.c.id)
            found = list(connection.execute(whose).scalars())
    gone = {4, 5, 11, 12, 13, 20, 32}
    assert found == [each for each in range(1, 33) if each not in gone]


def test_a_fault_of_the_database_leaves_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "AT_ONCE", SMALL)
    with open_database(f"sqlite:///{tmp_path / 'state.db'}") as database:
        with database.write() as connection:
            connection.exec_driver_sql(
                "CREATE TRIGGER full BEFORE INSERT ON consents WHEN new.id = 20 "
                "BEGIN SELECT RAISE(ABORT, 'no room'); END"
            )
        with pytest.raises(sa.exc.IntegrityError, match="no room"):
            write(database, known=3, new=30)
        with database.read() as connection:
            assert chain.newest(connection)[0] == 3
