"""Segments: the database picks whom plain Python would pick, whatever the condition."""

import contextlib
import datetime
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.address import Address
from newsletter.model.people import Person
from newsletter.model.segment import (
    AllOf,
    AnyOf,
    Holds,
    Is,
    Joined,
    Not,
    OnList,
    Reader,
    Wants,
    Where,
    exclude,
    folded,
    holds,
)
from newsletter.store.engine import Database, open_database
from newsletter.store.roster import PeopleFilter, Roster
from newsletter.store.segments import condition
from newsletter.store.tables import lists, metadata, subscribers, subscriptions
from tests.store.office import NOON, minutes, opened, rest, subscribe, suppress

LISTS = ("media", "constituents")
TOPICS = ("osh", "youth", "youth-employment")
COUNTRIES = ("", "kz", "ru", "by")
WORDS = ("Союз", "союз%", "Ёлка", "ЕЛКА_", "Straße", "unión", "a/b", "")
MOMENTS = [NOON + datetime.timedelta(days=day) for day in range(3)]
SOURCES = ("staff", "import of Люди.csv (sha256 12ab)", "")

texts = st.lists(st.sampled_from(WORDS), max_size=2).map(" ".join)


def values(words: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(words), min_size=1, max_size=2).map(tuple)


def folded_words(words: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return values(tuple(filter(None, words))).map(lambda some: tuple(map(folded, some)))


conditions: st.SearchStrategy[Where] = st.recursive(
    st.one_of(
        st.builds(Is, st.just("country"), values(COUNTRIES)),
        st.builds(Is, st.just("language"), values(("", "ru", "en"))),
        st.builds(Is, st.just("organisation_type"), folded_words(WORDS)),
        st.builds(Holds, st.just("organisation"), folded_words(WORDS)),
        st.builds(Holds, st.just("source"), folded_words((*SOURCES, "IMPORT", "люди", "%"))),
        st.builds(Wants, values(TOPICS)),
        st.builds(OnList, values(LISTS)),
        st.builds(Joined, st.sampled_from(MOMENTS), st.booleans()),
    ),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(AllOf, st.lists(inner, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)

people = st.builds(
    Person,
    address=st.just(Address("x", "example.org", "x@example.org")),
    language=st.sampled_from(("", "ru", "en")),
    country=st.sampled_from(COUNTRIES),
    organisation=texts,
    organisation_type=texts,
    topics=st.sets(st.sampled_from(TOPICS)).map(sorted).map(tuple),
)
on_lists = st.dictionaries(
    st.sampled_from(LISTS),
    st.tuples(st.sampled_from(("active", "pending", "ended")), st.sampled_from(SOURCES)),
)
readers = st.tuples(people, st.sampled_from(MOMENTS), on_lists)
_Reader = tuple[Person, datetime.datetime, dict[str, tuple[str, str]]]


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with (
        tempfile.TemporaryDirectory() as folder,
        open_database(f"sqlite:///{folder}/state.db") as database,
    ):
        yield database


@contextlib.contextmanager
def known(database: Database, office: list[_Reader]) -> Iterator[sa.Connection]:
    """Yield a connection to which these people, numbered from 1, and no others are known."""
    with database.write() as connection:
        for table in reversed(metadata.sorted_tables):
            if table.name != "office":
                connection.execute(sa.delete(table))
        connection.execute(
            sa.insert(lists), [{"id": n, "name": name} for n, name in enumerate(LISTS, 1)]
        )
        for number, (person, since, subscribed) in enumerate(office, 1):
            facts = {
                name: getattr(person, name)
                for name in ("language", "country", "organisation", "organisation_type")
            }
            address = {"local": f"x{number}", "domain": "example.org", "shown": f"x{number}@…"}
            connection.execute(
                sa.insert(subscribers).values(
                    id=number,
                    address_key=f"x{number}",
                    address_digest=f"x{number}",
                    topics=" ".join(person.topics),
                    created_at=since,
                    updated_at=since,
                    **facts,
                    **address,
                )
            )
            for name, (state, source) in subscribed.items():
                connection.execute(
                    sa.insert(subscriptions).values(
                        subscriber_id=number,
                        list_id=LISTS.index(name) + 1,
                        state=state,
                        source=source,
                        created_at=since,
                    )
                )
        yield connection
        connection.rollback()


def as_reader(known: _Reader) -> Reader:
    person, since, subscribed = known
    return Reader(
        person=person,
        since=since,
        sources=tuple(source for _, source in subscribed.values()),
        lists=frozenset(name for name, (state, _) in subscribed.items() if state == "active"),
    )


@given(office=st.lists(readers, min_size=1, max_size=6), where=conditions)
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_database_picks_whom_plain_python_picks(
    database: Database, office: list[_Reader], where: Where
) -> None:
    expected = [n for n, each in enumerate(office, 1) if holds(where, as_reader(each))]
    with known(database, office) as connection:
        query = sa.select(subscribers.c.id).where(condition(where)).order_by(subscribers.c.id)
        assert connection.execute(query).scalars().all() == expected
        found = Roster(connection)
        listed = [each.subscriber_id for each in found.everyone(PeopleFilter(where=where))]
        assert listed == expected
        assert found.segments({"one": where}, NOON)["one"].people == len(expected)


@given(one=conditions, other=conditions, reader=readers)
@settings(max_examples=400, deadline=None)
def test_who_is_said_to_exclude_each_other_does(one: Where, other: Where, reader: _Reader) -> None:
    if exclude(one, other):
        who = as_reader(reader)
        assert not (holds(one, who) and holds(other, who))


def test_two_countries_exclude_each_other_and_a_country_and_a_topic_do_not() -> None:
    kz, by = Is("country", ("kz",)), Is("country", ("by", "ru"))
    assert exclude(kz, by)
    assert exclude(AllOf((kz, Wants(("osh",)))), AnyOf((by, AllOf((by, Wants(("osh",)))))))
    assert not exclude(kz, Wants(("osh",)))
    assert not exclude(by, Is("country", ("ru",)))
    assert not exclude(kz, Not(kz))


def test_every_word_is_a_parameter() -> None:
    evil = "x') OR 1=1 --"
    where = AllOf((Is("country", (evil,)), Holds("organisation", (evil,)), Wants((evil,))))
    assert evil not in str(sa.select(subscribers.c.id).where(condition(where)))


def test_who_can_be_reached_is_neither_gone_nor_suppressed_nor_at_rest(tmp_path: Path) -> None:
    everybody = AllOf(())
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna", "boris", "clara", "dmitry"])
        subscribe(database, "constituents", ["anna"])
        suppress(database, "boris")
        rest(database, "clara")
        rest(database, "dmitry", NOON)
        with database.read() as connection:
            roster = Roster(connection)
            counts = roster.segments({"all": everybody, "none": Not(everybody)}, NOON)
            later = roster.segments({"all": everybody}, NOON + minutes(61))
        assert (counts["all"].people, counts["none"].people) == (4, 0)
        assert counts["all"].reachable == {"constituents": 1, "media": 2}
        assert later["all"].reachable == {"constituents": 1, "media": 3}
