"""The chain of evidence: what is changed afterwards is found, whatever it is."""

import contextlib
import datetime
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.address import Address
from newsletter.model.people import ConsentAction, Person
from newsletter.people.evidence import verify_chain
from newsletter.store import chain
from newsletter.store.chain import BreakKind
from newsletter.store.engine import Database, open_database
from newsletter.store.people import Evidence, PeopleStore
from newsletter.store.tables import consents, lists
from newsletter.tokens import KeyRing

AT = datetime.datetime(2015, 3, 1, 9, 30, tzinfo=datetime.UTC)
KEYS = KeyRing({1: b"k" * 32})
PEOPLE = [
    Person(address=Address(name, "example.org", f"{name}@example.org"), language=language)
    for name, language in (("anna", "ru"), ("boris", "en"), ("vera", "ru"), ("gleb", "kk"))
]
EVENTS = 8
FEW = settings(max_examples=25)  # each opens a database


def fill(store: PeopleStore) -> None:
    """Let four people subscribe by an import and leave one by one."""
    with store.write() as people:
        media = people.add_list("media")
        ids = people.add_subscribers(PEOPLE, AT)
        everyone = {ids[person.address.key]: person for person in PEOPLE}
        form = Evidence(basis="анкета «Стол»", source="import of a.csv", at=AT, wording="form-2")
        people.subscribe(everyone, media, form)
    for hour, number in enumerate(everyone, start=1):
        at = AT + datetime.timedelta(hours=hour, microseconds=hour)
        click = Evidence(basis="one click", source="one-click", at=at, network="192.0.2.0/24")
        with store.write() as people:
            people.end_subscription(number, media, "unsubscribed", click)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(f"sqlite:///{tmp_path / 'state.db'}") as database:
        fill(PeopleStore(database, KEYS))
        yield database


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with a chain of eight events."""
    file = tmp_path_factory.mktemp("chain") / "state.db"
    with open_database(f"sqlite:///{file}") as database:
        fill(PeopleStore(database, KEYS))
    return file


def breaks(database: Database, noted: str = "") -> list[chain.Break]:
    with database.read() as connection:
        return list(chain.breaks(connection, noted))


def broken_by(whole: Path, *statements: tuple[str, dict[str, object]]) -> list[chain.Break]:
    """Return what is found when statements are carried out behind the program's back."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "state.db"
        shutil.copy(whole, file)
        with contextlib.closing(sqlite3.connect(file)) as raw:
            (noted,) = raw.execute(
                "SELECT digest FROM consents ORDER BY id DESC LIMIT 1"
            ).fetchone()
            for sql, values in statements:
                raw.execute(sql, values)
            raw.commit()
        with open_database(f"sqlite:///{file}") as database:
            return breaks(database, noted)


def test_each_event_follows_the_one_before_it(database: Database) -> None:
    with database.read() as connection:
        rows = connection.execute(sa.select(consents).order_by(consents.c.id)).all()
        count, digest = chain.newest(connection)
    assert [row.id for row in rows] == list(range(1, EVENTS + 1))
    assert [row.previous for row in rows] == ["", *(row.digest for row in rows[:-1])]
    assert (count, digest) == (EVENTS, rows[-1].digest)
    assert breaks(database, digest) == []


def test_the_digest_is_what_the_documentation_says(database: Database) -> None:
    query = sa.select(consents, lists.c.name.label("list_name")).join(lists)
    with database.read() as connection:
        row = connection.execute(query.order_by(consents.c.id)).first()
    assert row is not None
    words = (
        f'{{"basis":"анкета «Стол»","network":"","salt":"{row.salt}","source":"import of a.csv"}}'
    )
    covered = chain._sha256(words)
    assert row.digest == chain._sha256(
        f'{{"action":"given","address":"{KEYS.digest("anna@example.org")}",'
        '"at":"2015-03-01T09:30:00.000000+00:00","language":"ru","list":"media",'
        f'"previous":"","wording":"form-2","words":"{covered}"}}'
    )


@given(texts=st.tuples(*[st.text(st.characters(exclude_categories=["Cs"]))] * 6))
def test_the_fast_way_to_a_digest_is_the_plain_one(texts: tuple[str, ...]) -> None:
    action, name, basis, source, wording, language = texts
    words = chain.Words(
        action=action, list_id=1, basis=basis, source=source, wording=wording, network="", at=AT
    )
    plain = chain.digest_of(
        {
            "action": action,
            "address": "ab",
            "at": chain.stamp(AT),
            "language": language,
            "list": name,
            "previous": "cd",
            "wording": wording,
            "words": chain.words_digest(basis, "", "salt", source),
        }
    )
    assert chain.Linker(words, name, "salt").digest("ab", language, "cd") == plain


CHANGED = (
    *("address_digest", "action", "basis", "source", "wording", "language", "network"),
    *("salt", "sealed", "previous", "digest"),
)


@FEW
@given(st.integers(1, EVENTS), st.sampled_from(CHANGED), st.text("abc019<>é", min_size=1))
def test_any_changed_field_is_found(whole: Path, place: int, column: str, text: str) -> None:
    change = f"UPDATE consents SET {column} = {column} || :text WHERE id = :place"
    assert broken_by(whole, (change, {"text": text, "place": place}))


@FEW
@given(st.integers(1, EVENTS), st.integers(-86_400, 86_400).filter(bool))
def test_a_changed_moment_is_found(whole: Path, place: int, seconds: int) -> None:
    change = (
        "UPDATE consents SET at = strftime('%Y-%m-%d %H:%M:%S.000000', at, :seconds) WHERE id = :at"
    )
    found = broken_by(whole, (change, {"seconds": f"{seconds} seconds", "at": place}))
    assert [(each.kind, each.place) for each in found] == [(BreakKind.ALTERED, place)]


@FEW
@given(st.integers(1, EVENTS))
def test_a_list_by_another_name_is_found(whole: Path, place: int) -> None:
    found = broken_by(
        whole,
        ("INSERT INTO lists (id, name) VALUES (99, 'other')", {}),
        ("UPDATE consents SET list_id = 99 WHERE id = :place", {"place": place}),
    )
    assert [(each.kind, each.place) for each in found] == [(BreakKind.ALTERED, place)]


@FEW
@given(st.integers(1, EVENTS), st.integers(1, EVENTS), st.booleans())
def test_any_removal_is_found(whole: Path, first: int, last: int, renumber: bool) -> None:
    first, last = sorted((first, last))
    size = last - first + 1
    statements: list[tuple[str, dict[str, object]]] = [
        ("DELETE FROM consents WHERE id BETWEEN :a AND :b", {"a": first, "b": last})
    ]
    if renumber:
        statements += [
            ("UPDATE consents SET id = -id WHERE id > :b", {"b": last}),
            ("UPDATE consents SET id = -id - :size WHERE id < 0", {"size": size}),
        ]
    assert broken_by(whole, *statements)


@FEW
@given(st.integers(1, EVENTS), st.integers(1, EVENTS))
def test_any_swap_is_found(whole: Path, one: int, other: int) -> None:
    if one == other:
        return
    found = broken_by(
        whole,
        ("UPDATE consents SET id = -1 WHERE id = :one", {"one": one}),
        ("UPDATE consents SET id = :one WHERE id = :other", {"one": one, "other": other}),
        ("UPDATE consents SET id = :other WHERE id = -1", {"other": other}),
    )
    assert found
    assert BreakKind.ALTERED not in {each.kind for each in found}


def insertion(place: int) -> Iterator[tuple[str, dict[str, object]]]:
    """Put an event in behind `place` that follows that one as it should."""
    yield "UPDATE consents SET id = -id WHERE id > :place", {"place": place}
    yield "UPDATE consents SET id = 1 - id WHERE id < 0", {}
    names = "subscriber_id, address_digest, list_id, basis, source, at, salt"
    copy = f"SELECT {names}, :new, 'given', digest, 'f' FROM consents WHERE id = :place"
    insert = f"INSERT INTO consents ({names}, id, action, previous, digest) {copy}"
    yield insert, {"new": place + 1, "place": place}


@FEW
@given(st.integers(1, EVENTS - 1))
def test_an_insertion_is_found(whole: Path, place: int) -> None:
    found = broken_by(whole, *insertion(place))
    assert [(each.kind, each.place) for each in found] == [
        (BreakKind.ALTERED, place + 1),
        (BreakKind.INSERTED, place + 1),
    ]


FORGERIES: list[tuple[str, Callable[[], list[tuple[str, dict[str, object]]]], BreakKind, str]] = [
    (
        "removed",
        lambda: [("DELETE FROM consents WHERE id IN (3, 4)", {})],
        BreakKind.MISSING,
        "events 3 to 4 are missing",
    ),
    (
        "the first",
        lambda: [("DELETE FROM consents WHERE id = 1", {})],
        BreakKind.MISSING,
        "event 1 is missing",
    ),
    (
        "altered",
        lambda: [("UPDATE consents SET basis = 'asked for it' WHERE id = 5", {})],
        BreakKind.ALTERED,
        "event 5 (2015-03-01, withdrawn, media) was altered",
    ),
    (
        "cut",
        lambda: [("DELETE FROM consents WHERE id > 6", {})],
        BreakKind.CUT,
        "the end was cut off, or written anew",
    ),
]


@pytest.mark.parametrize(("name", "statements", "kind", "words"), FORGERIES)
def test_each_forgery_is_called_by_its_name(
    whole: Path,
    name: str,
    statements: Callable[[], list[tuple[str, dict[str, object]]]],
    kind: BreakKind,
    words: str,
) -> None:
    (found,) = broken_by(whole, *statements())
    assert found.kind is kind
    assert words in found.what


@pytest.mark.parametrize(
    "forgery",
    [
        "DELETE FROM consents WHERE id = (SELECT max(id) FROM consents)",
        (
            "UPDATE subscriptions SET state = CASE state WHEN 'active' THEN 'ended' "
            "ELSE 'active' END WHERE id = 1"
        ),
    ],
)
def test_a_subscription_that_no_evidence_stands_behind_is_told_without_a_digest_noted(
    whole: Path, tmp_path: Path, forgery: str
) -> None:
    file = Path(shutil.copy(whole, tmp_path / "state.db"))
    with open_database(f"sqlite:///{file}") as database:
        store = PeopleStore(database, KEYS)
        assert verify_chain(store).holds
        with contextlib.closing(sqlite3.connect(file)) as raw:
            raw.execute(forgery)
            raw.commit()
        (found,) = verify_chain(store).breaks
    assert found.kind is BreakKind.UNFOUNDED
    assert "but the newest evidence says" in found.what or "there is no evidence" in found.what


def test_an_event_that_was_forged_with_its_digest_is_told_by_the_next_one(
    whole: Path, tmp_path: Path
) -> None:
    file = tmp_path / "state.db"
    shutil.copy(whole, file)
    with open_database(f"sqlite:///{file}") as database:
        with database.write() as connection:
            change = sa.update(consents).where(consents.c.id == 3)
            connection.execute(change.values(basis="asked for it"))
            query = sa.select(consents, lists.c.name.label("list_name")).join(lists)
            forged = connection.execute(query.where(consents.c.id == 3)).one()
            connection.execute(change.values(digest=chain.event_digest(forged)))
        (found,) = breaks(database)
    assert (found.kind, found.place) == (BreakKind.REPLACED, 3)
    assert found.what == "event 3 is not the one that stood before event 4"


def test_words_can_be_taken_out_and_the_chain_holds(database: Database) -> None:
    with database.write() as connection:
        _, digest = chain.newest(connection)
        chain.seal(connection, [2, 5])
        chain.seal(connection, [2])
        assert chain.count_sealed(connection) == 2
        row = connection.execute(sa.select(consents).where(consents.c.id == 2)).one()
    assert (row.basis, row.source, row.network, row.salt) == ("", "", "", "")
    assert breaks(database, digest) == []


def test_two_writers_cannot_follow_the_same_event(database: Database) -> None:
    with database.read() as connection:
        rows = connection.execute(sa.select(consents).order_by(consents.c.id.desc())).mappings()
        last = dict(next(rows))
    with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
        connection.execute(sa.insert(consents).values(last))


def test_what_is_asked_for_is_evidence_too(database: Database) -> None:
    store = PeopleStore(database, KEYS)
    asked = Evidence(
        basis="form", source="page", at=AT, wording="v3", language="kk", network="2001:db8::/64"
    )
    with store.write() as people:
        found = people.known(["anna@example.org"], None)["anna@example.org"]
        people.append_consents(
            {found.subscriber_id: found.person},
            people.add_list("media"),
            ConsentAction.ASKED,
            asked,
        )
    with store.read() as people:
        digest = people.digest("anna@example.org")
        last = people.roster.consents(digest, found.subscriber_id)[-1]
    assert (last.action, last.wording, last.language) == ("asked", "v3", "kk")
    assert last.network == "2001:db8::/64"
    assert breaks(database) == []
