"""What an erasure takes out of the tables, and what it leaves alone."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.address import Address, parse_address
from newsletter.model.mailing import DeliveryState
from newsletter.model.notices import NoticeKind, Wish
from newsletter.people.rights import erase_person, without_addresses
from newsletter.people.traces import spellings
from newsletter.store.engine import Database
from newsletter.store.erasure import mask_of
from newsletter.store.people import PeopleStore
from newsletter.store.tables import metadata, notices, suppressions
from tests.store.office import (
    KEYS,
    NOON,
    address,
    claimed,
    erase,
    frozen,
    opened,
    result,
    subscribe,
)

ANNA = address("anna")
ASKED = datetime.timedelta(hours=1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna", "boris", "joanna"])
        yield database


def everything(database: Database) -> str:
    """Return all that stands in all tables."""
    with database.read() as connection:
        queries = map(sa.select, metadata.sorted_tables)
        return "\n".join(str(tuple(row)) for each in queries for row in connection.execute(each))


def test_nothing_refers_to_the_person_any_more(database: Database) -> None:
    frozen(database, "media")
    erase(database, "anna")
    told = everything(database)
    assert "'anna" not in told
    assert "joanna@example.org" in told
    assert "boris@example.org" in told
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []


def test_an_answer_that_comes_after_the_erasure_is_kept_without_its_words(
    database: Database,
) -> None:
    ledger = frozen(database, "media")
    claim = claimed(ledger)
    ledger.turn([], claim, claim.jobs, NOON)
    erase(database, "anna")
    done = [result(job, DeliveryState.REFUSED) for job in claim.jobs]
    ledger.turn(done, None, [], NOON)
    with database.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT d.state, d.reason != '', a.reply != '' FROM deliveries d JOIN attempts a "
            "ON a.delivery_id = d.id ORDER BY d.shown"
        ).all()
    assert [row[0] for row in rows] == ["refused"] * 3
    assert rows[0][1:] == (0, 0)  # "(erased)" comes first
    assert all(any(row[1:]) for row in rows[1:])


def test_notices_that_wait_are_not_sent_and_none_knows_the_address(database: Database) -> None:
    store = PeopleStore(database, KEYS)
    asked = Wish(kind=NoticeKind.CONFIRM, address=ANNA, language="ru", words="to anna@example.org")
    with store.write() as people:
        waiting = people.notices.add(asked, people.digest(ANNA.key), NOON)
        sending = people.notices.add(asked, people.digest(ANNA.key), NOON)
        people.notices.intend(sending, NOON, None)
    erase(database, "anna")
    with store.write() as people:
        flying = people.notices.find(sending)
        assert flying is not None
        people.notices.settle(
            flying, DeliveryState.REFUSED, NOON, reply="550 <anna@example.org>?", due_at=None
        )
    with database.read() as connection:
        rows = connection.execute(sa.select(notices).order_by(notices.c.id)).all()
    assert [(row.id, row.state, row.reason) for row in rows] == [
        (waiting, "skipped", "erased"),
        (sending, "refused", ""),
    ]
    assert {(row.local, row.shown, row.words, row.reply) for row in rows} == {("", "", "", "")}


def test_notes_that_quote_the_address_lose_it(database: Database) -> None:
    with database.write() as connection:
        note = "Anna@Example.org asked for joanna@example.org and anna@example.org.ru"
        row = {"address_digest": "x", "reason": "manual", "note": note, "at": NOON}
        connection.execute(sa.insert(suppressions).values(row))
    erase(database, "anna")
    with database.read() as connection:
        query = sa.select(suppressions.c.note).where(suppressions.c.address_digest == "x")
        told = connection.execute(query).scalar_one()
    assert told == "(erased) asked for joanna@example.org and anna@example.org.ru"


def test_an_erasure_of_somebody_suppressed_keeps_why(database: Database) -> None:
    store = PeopleStore(database, KEYS)
    with database.write() as connection:
        row = {"address_digest": KEYS.digest(ANNA.key), "reason": "complaint", "at": NOON}
        connection.execute(sa.insert(suppressions).values(row))
    erase_person(store, ANNA, basis="", at=NOON + ASKED)
    with database.read() as connection:
        assert connection.execute(sa.select(suppressions.c.reason)).scalars().all() == ["complaint"]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("<anna@example.org>", "<(erased)>"),
        ("ANNA@EXAMPLE.ORG, anna@example.org.", "(erased), (erased)."),
        ("joanna@example.org", "joanna@example.org"),
        ("anna@example.org.ru", "anna@example.org.ru"),
        ("anna@example.organic", "anna@example.organic"),
        ("mailto:anna@example.org?x", "mailto:(erased)?x"),
    ],
)
def test_an_address_is_masked_as_a_word_of_its_own(text: str, masked: str) -> None:
    assert mask_of(spellings(ANNA))(text) == masked


def test_all_spellings_are_masked() -> None:
    maria: Address = parse_address("мария@пример.рф")
    mask = mask_of(spellings(maria))
    assert mask("мария@пример.рф, МАРИЯ@ПРИМЕР.РФ, мария@xn--e1afmkfd.xn--p1ai") == ", ".join(
        ["(erased)"] * 3
    )


def test_a_record_names_no_address() -> None:
    assert without_addresses(" letter by «anna@example.org» (x@y.рф) ") == (
        "letter by «(address)» ((address))"
    )
