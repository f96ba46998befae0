"""What is older than an office keeps it goes, once, and nothing else."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import NewsletterError
from newsletter.model.mailing import DeliveryState
from newsletter.model.people import ConsentAction, SubscriptionState
from newsletter.model.retention import Retention
from newsletter.people.retention import Kept, ago, run_retention
from newsletter.returns.spool import Spool
from newsletter.store.engine import Database
from newsletter.store.ledger import Ledger
from newsletter.store.people import Evidence, PeopleStore
from newsletter.store.tables import (
    attempts,
    batch_facts,
    batches,
    deliveries,
    exclusions,
    subscribers,
    subscriptions,
)
from tests.store.office import (
    ISSUE,
    KEYS,
    NOON,
    claimed,
    frozen,
    opened,
    result,
    subscribe,
    unsubscribe,
)

S = DeliveryState
YEARS = datetime.timedelta(days=366 * 4)
SPOOL = Spool(Path("/nonexistent"))
PERIODS = Retention()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Return an office that sent an issue to two readers of three; one had left."""
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna", "boris", "vera"])
        unsubscribe(database, "vera")
        ledger = frozen(database, "media")
        claim = claimed(ledger)
        ledger.turn([], claim, claim.jobs, NOON)
        done = [result(job, S.ACCEPTED) for job in claim.jobs]
        ledger.turn(done, None, [], NOON)
        ledger.finish(claim, NOON)
        with database.write() as connection:
            connection.execute(sa.update(attempts).values(reply="250 anna"))
            connection.execute(sa.update(subscribers).values(name="Name", country="kz"))
        yield database


def run(database: Database, at: datetime.datetime, *, dry_run: bool = False) -> dict[str, int]:
    found = run_retention(PeopleStore(database, KEYS), SPOOL, PERIODS, at, dry_run=dry_run)
    return {each.rule: each.count for each in found if each.count}


def values(database: Database, column: sa.Column[str]) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(sa.select(column).order_by(column)).scalars())


def test_what_is_young_stays(database: Database) -> None:
    assert run(database, NOON + datetime.timedelta(days=6)) == {}


def test_a_dry_run_counts_the_same_and_changes_nothing(database: Database) -> None:
    expected = {"answers_months": 2, "facts_months": 1, "mails_months": 2}
    assert run(database, NOON + YEARS, dry_run=True) == expected
    assert run(database, NOON + YEARS, dry_run=True) == expected
    assert run(database, NOON + YEARS) == expected
    assert run(database, NOON + YEARS) == {}


def test_answers_go_and_codes_stay(database: Database) -> None:
    run(database, NOON + datetime.timedelta(days=200))
    assert values(database, attempts.c.reply) == ["", ""]
    assert values(database, deliveries.c.shown) == ["anna@example.org", "boris@example.org"]


def test_facts_go_of_whoever_left_and_of_nobody_else(database: Database) -> None:
    with database.write() as connection:
        connection.execute(
            sa.update(subscriptions)
            .where(subscriptions.c.state == SubscriptionState.ENDED)
            .values(ended_at=NOON)
        )
    run(database, NOON + datetime.timedelta(days=370))
    assert values(database, subscribers.c.name) == ["", "Name", "Name"]
    assert values(database, subscribers.c.address_key)[-1] == "vera@example.org"


def test_it_is_forgotten_whom_old_mails_went_to_and_sums_stay(database: Database) -> None:
    ledger = Ledger(database)
    before = ledger.tallies(ISSUE)
    run(database, NOON + YEARS)
    assert ledger.tallies(ISSUE) == before
    assert values(database, deliveries.c.shown) == ["(erased)", "(erased)"]
    (left_out,) = values(database, exclusions.c.address_key)
    assert left_out == KEYS.digest("vera@example.org")
    assert len(values(database, subscribers.c.address_key)) == 3


def test_what_people_were_before_an_old_import_goes(database: Database) -> None:
    with database.write() as connection:
        for at in (NOON, NOON + datetime.timedelta(days=80)):
            batch = sa.insert(batches).values(
                list_id=1, file="x.csv", digest="", basis="", counts={}, at=at
            )
            made = connection.execute(batch.returning(batches.c.id)).scalar_one()
            facts = {"subscriber_id": 1, "batch_id": made, "name": "Anna"}
            connection.execute(sa.insert(batch_facts).values(facts))
    later = NOON + datetime.timedelta(days=100)
    assert run(database, later, dry_run=True) == run(database, later) == {"imports_months": 1}
    assert run(database, later) == {}
    with database.read() as connection:
        assert list(connection.execute(sa.select(batch_facts.c.batch_id)).scalars()) == [2]


def test_who_never_confirmed_goes_and_evidence_stays(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna"], state=SubscriptionState.PENDING)
        subscribe(database, "media", ["boris"])
        subscribe(database, "other", ["boris"], state=SubscriptionState.PENDING)
        store = PeopleStore(database, KEYS)
        with store.write() as people:
            anna = people.known(["anna@example.org"], None)["anna@example.org"]
            form = Evidence(basis="form", source="page", at=NOON)
            given_by = {anna.subscriber_id: anna.person}
            people.append_consents(given_by, people.add_list("media"), ConsentAction.ASKED, form)
        assert run(database, NOON + datetime.timedelta(days=8)) == {"never_confirmed_days": 2}
        assert values(database, subscribers.c.address_key) == ["boris@example.org"]
        assert values(database, subscriptions.c.state) == ["active"]
        with store.read() as people:
            (line,) = people.roster.consents(people.digest("anna@example.org"))
            assert line.action == "asked"
            assert list(people.roster.chain_breaks()) == []


def test_nothing_goes_while_somebody_sends(database: Database) -> None:
    with database.sole_sender(), pytest.raises(NewsletterError, match="delivering"):
        run(database, NOON + YEARS)
    assert values(database, deliveries.c.shown) == ["anna@example.org", "boris@example.org"]


def test_null_keeps_for_ever(database: Database) -> None:
    for_ever = Retention.model_validate(dict.fromkeys(Retention.model_fields))
    found = run_retention(PeopleStore(database, KEYS), SPOOL, for_ever, NOON + YEARS, dry_run=False)
    assert set(found) == {Kept(name, "for ever", None, 0) for name in Retention.model_fields}


@given(
    st.datetimes(timezones=st.just(datetime.UTC)).filter(lambda at: at.year > 200),
    st.integers(1, 1200),
)
def test_so_many_months_ago_is_in_that_month(at: datetime.datetime, months: int) -> None:
    before = ago(at, months, "months")
    assert (at.year - before.year) * 12 + at.month - before.month == months
    assert before.day <= at.day


def test_a_short_month_ends_earlier() -> None:
    assert ago(NOON, 1, "months").day == 28
    assert ago(NOON, 7, "days").day == 24
