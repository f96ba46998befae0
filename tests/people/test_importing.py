"""An import says first what it will do, does all of it or nothing, and twice is as good as once."""

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.address import parse_address
from newsletter.errors import InputRefused, NewsletterError, WrongUsage
from newsletter.model.people import SubscriptionState, SuppressionReason
from newsletter.people.importing import (
    ImportPlan,
    ImportTally,
    RowOutcome,
    apply_import,
    plan_import,
    refused_rows,
)
from newsletter.people.roster import list_people, tell_story
from newsletter.people.subscriptions import remove_person, suppress_address
from newsletter.people.vocabulary import Vocabulary
from newsletter.store.engine import Database
from newsletter.store.people import PeopleStore
from newsletter.store.roster import Listed, PeopleFilter
from newsletter.store.tables import metadata
from tests.people.conftest import AT, LATER

Plan = Callable[..., ImportPlan]
Bring = Callable[..., ImportTally]

THREE = """\
E-mail;Имя;Язык;Страна;Организация
ivan@example.org;Иван Петров;русский;Россия;Минтруд
aida@example.kz;Аида Ұлжан;en;Казахстан;
info@пример.рф;;;;
"""


def _everything(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.read() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(sa.select(table))]
            for table in metadata.sorted_tables
        }


def _find(store: PeopleStore, address: str) -> Listed:
    with store.read() as people:
        found = people.roster.find(parse_address(address).key)
    assert found is not None
    return found


def test_a_plan_says_what_will_happen_and_changes_nothing(plan: Plan, database: Database) -> None:
    before = _everything(database)
    found = plan(THREE)
    assert _everything(database) == before
    assert found.tally.counts == {RowOutcome.NEW: 3}
    assert [each.address for each in found.tally.examples[RowOutcome.NEW]] == [
        "ivan@example.org",
        "aida@example.kz",
        "info@пример.рф",
    ]
    assert (found.table.encoding.name, found.table.separator) == ("UTF-8", ";")


def test_people_come_with_their_facts_and_their_consent(bring: Bring, store: PeopleStore) -> None:
    tally = bring(THREE)
    assert (tally.rows, tally.count(RowOutcome.NEW)) == (3, 3)
    aida = _find(store, "aida@example.kz").person
    assert (aida.name, aida.language, aida.country) == ("Аида Ұлжан", "en", "kz")
    story = tell_story(store, parse_address("IVAN@example.org"))
    (consent,) = story.consents
    assert (consent.action, consent.basis, consent.language) == ("given", "sign-up form", "ru")
    assert consent.source.startswith("import of people.csv (sha256 ")
    assert consent.at == AT


def test_the_same_file_twice_changes_nothing(bring: Bring, database: Database) -> None:
    bring(THREE)
    before = _everything(database)
    assert bring(THREE).counts == {RowOutcome.UNCHANGED: 3}
    assert _everything(database) == before


def test_another_list_is_a_new_subscription_of_the_same_person(
    bring: Bring, store: PeopleStore
) -> None:
    bring(THREE)
    assert bring(THREE, "media").counts == {RowOutcome.SUBSCRIBED: 3}
    assert [each.list for each in _find(store, "ivan@example.org").subscriptions] == [
        "constituents",
        "media",
    ]
    assert len(tell_story(store, parse_address("ivan@example.org")).consents) == 2


def test_filled_cells_change_and_empty_cells_erase_nothing(
    bring: Bring, plan: Plan, store: PeopleStore
) -> None:
    bring(THREE)
    update = "email,name,country\nivan@example.org,Иван Сидоров,\naida@example.kz,,kz\n"
    found = plan(update).tally
    assert found.counts == {RowOutcome.CHANGED: 1, RowOutcome.UNCHANGED: 1}
    assert found.changed == {"name": 1}
    assert found.examples[RowOutcome.CHANGED][0].note == "name: Иван Петров → Иван Сидоров"
    bring(update)
    ivan = _find(store, "ivan@example.org").person
    assert (ivan.name, ivan.country, ivan.organisation) == ("Иван Сидоров", "ru", "Минтруд")


def test_the_first_of_several_rows_with_one_address_counts(
    bring: Bring, store: PeopleStore
) -> None:
    text = (
        "email,name\nIvan@Example.org,Иван\nivan@example.org,Пётр\n"
        "info@пример.рф,А\ninfo@xn--e1afmkfd.xn--p1ai,Б\nINFO@ПРИМЕР.РФ,В\n"
    )
    tally = bring(text)
    assert tally.counts == {RowOutcome.NEW: 2, RowOutcome.DUPLICATE: 3}
    assert [(each.row, each.note) for each in tally.examples[RowOutcome.DUPLICATE]] == [
        (3, "row 2 has the same address"),
        (5, "row 4 has the same address"),
        (6, "row 4 has the same address"),
    ]
    assert _find(store, "ivan@example.org").person.name == "Иван"


def test_duplicates_far_apart_are_found(bring: Bring) -> None:
    rows = [f"reader{number}@example.org" for number in range(1200)]
    tally = bring("\n".join(["email", *rows, "READER0@example.org", ""]))
    assert tally.counts == {RowOutcome.NEW: 1200, RowOutcome.DUPLICATE: 1}


def test_who_unsubscribed_stays_so(bring: Bring, store: PeopleStore, database: Database) -> None:
    bring(THREE)
    remove_person(store, parse_address("ivan@example.org"), at=LATER, list_name="constituents")
    before = _everything(database)
    tally = bring(THREE.replace("Иван Петров", "Иван Новый"))
    assert tally.counts == {RowOutcome.UNSUBSCRIBED: 1, RowOutcome.UNCHANGED: 2}
    assert _everything(database) == before


def test_who_is_suppressed_is_not_even_noted(bring: Bring, store: PeopleStore) -> None:
    suppress_address(store, parse_address("IVAN@example.org"), note="asked by post", at=AT)
    tally = bring(THREE)
    assert tally.counts == {RowOutcome.SUPPRESSED: 1, RowOutcome.NEW: 2}
    assert tally.examples[RowOutcome.SUPPRESSED][0].note == "suppressed: manual"
    assert len(list(list_people(store, PeopleFilter()))) == 2


def test_somebody_who_unsubscribes_between_plan_and_import_stays_out(
    bring: Bring, plan: Plan, store: PeopleStore
) -> None:
    bring(THREE)
    found = plan(THREE.replace("Иван Петров", "Иван Новый"))
    assert found.tally.count(RowOutcome.CHANGED) == 1
    remove_person(store, parse_address("ivan@example.org"), at=LATER)
    done = apply_import(found, basis="form", at=LATER)
    assert done.count(RowOutcome.UNSUBSCRIBED) == 1
    assert _find(store, "ivan@example.org").person.name == "Иван Петров"


def test_a_pending_subscription_comes_into_force(bring: Bring, store: PeopleStore) -> None:
    bring("email\nivan@example.org\n")
    with store.write() as people:
        people._connection.execute(sa.text("UPDATE subscriptions SET state = 'pending'"))
    assert bring("email\nivan@example.org\n").counts == {RowOutcome.SUBSCRIBED: 1}
    (subscription,) = _find(store, "ivan@example.org").subscriptions
    assert subscription.state is SubscriptionState.ACTIVE


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ivan@@example.org;Иван;;", "ivan@@example.org has two @ signs"),
        ("ivan.example.org;Иван;;", "ivan.example.org has no @ sign"),
        (";Иван;;", "no address"),
        ("a@example.org, b@example.org;Иван;;", "holds more than one address"),
        ('ivan@example.org;"Иван\nBcc: x@example.org";;', "the name has a line break in it"),
        ("ivan@example.org;Иван\u2028x;;", "the name has a line break in it"),
        ("ivan@example.org;Иван\x0bx;;", "the name has a line break in it"),
        ("ivan@example.org;Иван\x85x;;", "the name has a line break in it"),
        ("ivan@example.org;Ив\x1b[31mан;;", "the name has an invisible character in it (U+001B)"),
        ("ivan@example.org;Ив\u202eан;;", "the name has an invisible character in it (U+202E)"),
        ("ivan@example.org;Ив\0ан;;", "a NUL octet in a cell"),
        ("ivan@example.org;" + "И" * 201 + ";;", "the name is longer than 200 characters"),
        ("ivan@example.org;Иван", "2 cells, but the header has 4"),
        ('"b@example.org>\r\nRCPT TO:<evil@example.org";;;', "has a line break or a control"),
        ("user\x07@example.org;;;", "user�@example.org contains"),
    ],
)
def test_a_row_that_cannot_be_used_refuses_the_whole_import(
    bring: Bring, database: Database, line: str, message: str
) -> None:
    before = _everything(database)
    text = f"email;name;language;country\ngood@example.org;Ольга;ru;ru\n{line}\n"
    with pytest.raises(InputRefused) as refused:
        bring(text)
    (finding,) = refused.value.findings
    assert finding.message.startswith("row 3: ")
    assert message in finding.message
    assert str(finding).isprintable()
    assert finding.place.line == 3
    assert _everything(database) == before
    assert bring(text, skip_invalid=True).counts == {RowOutcome.NEW: 1, RowOutcome.REFUSED: 1}


def test_a_name_may_stand_in_the_cell_of_the_address(bring: Bring, store: PeopleStore) -> None:
    bring("Почта\n\xa0Иван Петров <Ivan@example.org>\u200b\n")
    assert _find(store, "ivan@example.org").person.name == "Иван Петров"


def test_data_is_never_taken_for_a_template_or_markup(bring: Bring, store: PeopleStore) -> None:
    name = "{{7*7}} {% x %} <mj-raw> </mj-text> [[unsubscribe]]"
    bring(f'email,name\nivan@example.org,"{name}"\n')
    assert _find(store, "ivan@example.org").person.name == name


def test_what_nobody_knows_is_left_empty_and_said(bring: Bring, store: PeopleStore) -> None:
    tally = bring("email;Язык;Страна\nivan@example.org;эльфийский;Атлантида\n")
    assert tally.count(RowOutcome.NEW) == 1
    assert [doubt.message for doubt in tally.doubts] == [
        "row 2: language “эльфийский” is not known, left empty",
        "row 2: country “Атлантида” is not known, left empty",
    ]
    ivan = _find(store, "ivan@example.org").person
    assert (ivan.language, ivan.country) == ("", "")


def test_letters_of_two_alphabets_in_an_address_are_pointed_out(plan: Plan) -> None:
    (doubt,) = plan("email\nuser@exаmple.org\n").tally.doubts
    assert "“exаmple” mixes letters of two alphabets" in doubt.message


def test_too_many_refused_rows_are_counted_and_not_all_named(plan: Plan) -> None:
    found = plan("email\n" + "nonsense\n" * 250)
    named = refused_rows(found)
    assert found.tally.count(RowOutcome.REFUSED) == 250
    assert len(named) == 101
    assert named[-1].message == "150 more rows are refused"


def test_a_file_without_people_brings_nobody(bring: Bring) -> None:
    assert bring("email;name\n;\n").rows == 0


def test_an_import_without_a_basis_is_refused(plan: Plan, store: PeopleStore) -> None:
    with pytest.raises(WrongUsage, match="no basis is given"):
        apply_import(plan(THREE), basis="  ", at=AT)


def test_a_file_that_changed_after_the_plan_is_refused(
    plan: Plan, store: PeopleStore, tmp_path: Path
) -> None:
    found = plan(THREE)
    (tmp_path / "people.csv").write_text("email\nsomebody@example.org\n", encoding="utf-8")
    with pytest.raises(NewsletterError, match="has changed since it was looked at"):
        apply_import(found, basis="form", at=AT)


MIXED = """\
email,name
ivan@example.org,Иван Новый
new@example.org,Ева
olga@example.org,Ольга
"""
"""A file with somebody changed, somebody new, and somebody who is known from another List."""


@pytest.fixture
def met(bring: Bring) -> None:
    """Let some of MIXED be known."""
    bring(THREE)
    bring("email\nolga@example.org\n", "media")


@pytest.mark.usefixtures("met")
def test_an_error_at_any_write_leaves_nothing(
    plan: Plan, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, original = _everything(database), sa.Connection.execute
    left: Iterator[int] = iter(())  # what may be written until the disk is gone

    def execute(self: sa.Connection, statement: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(statement, sa.sql.dml.UpdateBase) and not next(left, 0):
            raise RuntimeError("the disk is gone")
        return original(self, statement, *arguments, **options)

    for writes in range(8):
        found, left = plan(MIXED), iter(range(writes, 0, -1))
        with monkeypatch.context() as patch:
            patch.setattr(sa.Connection, "execute", execute)
            with pytest.raises(RuntimeError):
                apply_import(found, basis="form", at=LATER)
        assert _everything(database) == before
    apply_import(plan(MIXED), basis="form", at=LATER)
    assert _everything(database) != before


@pytest.mark.slow
@pytest.mark.usefixtures("met")
@pytest.mark.parametrize("writes", range(1, 9))
def test_a_kill_at_any_write_leaves_nothing(
    tmp_path: Path, database: Database, store: PeopleStore, vocabulary: Vocabulary, writes: int
) -> None:
    file = tmp_path / "many.csv"
    file.write_text(MIXED, encoding="utf-8")
    script = textwrap.dedent("""
        import datetime, os, signal, sys
        from pathlib import Path
        import sqlalchemy as sa
        from newsletter.people.importing import apply_import, plan_import
        from newsletter.people.vocabulary import make_vocabulary
        from newsletter.store.engine import open_database
        from newsletter.store.people import PeopleStore
        from newsletter.tokens import KeyRing
        store = PeopleStore(open_database(sys.argv[1]), KeyRing({1: b"k" * 32}))
        words = make_vocabulary({}, ["en"])
        plan = plan_import(store, Path(sys.argv[2]), list_name="constituents", vocabulary=words)
        execute, seen = sa.Connection.execute, []
        def kill_later(self, statement, *arguments, **options):
            done = execute(self, statement, *arguments, **options)
            if isinstance(statement, sa.sql.dml.UpdateBase):
                seen.append(statement)
                if len(seen) == int(sys.argv[3]):
                    os.kill(os.getpid(), signal.SIGKILL)
            return done
        sa.Connection.execute = kill_later
        apply_import(plan, basis="form", at=datetime.datetime.now(datetime.UTC))
    """)
    before = _everything(database)
    url = f"sqlite:///{tmp_path / 'state' / 'state.db'}"
    command = [sys.executable, "-c", script, url, str(file), str(writes)]
    done = subprocess.run(command, check=False, timeout=60)
    assert done.returncode == -9
    assert _everything(database) == before
    again = plan_import(store, file, list_name="constituents", vocabulary=vocabulary)
    assert apply_import(again, basis="form", at=AT).counts == {
        RowOutcome.NEW: 1,
        RowOutcome.CHANGED: 1,
        RowOutcome.SUBSCRIBED: 1,
    }


_ADDRESSES = st.sampled_from(
    ["a@example.org", "A@EXAMPLE.ORG", "b@пример.рф", "b@xn--e1afmkfd.xn--p1ai", "c@@x", "", "c"]
)
_ROWS = st.lists(
    st.tuples(
        _ADDRESSES,
        st.sampled_from(["", "Иван", "Мария", "=1+1", "И\nван", "\x00"]),
        st.sampled_from(["", "ru", "английский", "?"]),
    ),
    max_size=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(_ROWS, st.sampled_from(["constituents", "media"]))
def test_whatever_was_imported_before_twice_is_once_and_the_sums_hold(
    plan: Plan, store: PeopleStore, rows: list[tuple[str, str, str]], list_name: str
) -> None:
    lines = [f'"{address}","{name}","{tongue}"' for address, name, tongue in rows]
    found = plan("\n".join(["email,name,language", *lines, ""]), list_name)
    done = apply_import(found, basis="form", at=AT, skip_invalid=True)
    assert done == found.tally
    assert done.rows == len([row for row in rows if any(cell for cell in row)])
    again = plan("\n".join(["email,name,language", *lines, ""]), list_name).tally
    idle = {RowOutcome.UNCHANGED, RowOutcome.DUPLICATE, RowOutcome.REFUSED}
    assert set(again.counts) <= idle
    assert again.rows == done.rows


def test_reasons_of_suppression_are_told(bring: Bring, store: PeopleStore) -> None:
    for reason in SuppressionReason:
        address = parse_address(f"{reason}@example.org")
        suppress_address(store, address, note="", at=AT, reason=reason)
    rows = "\n".join(f"{reason}@example.org" for reason in SuppressionReason)
    tally = bring(f"email\n{rows}\n")
    assert tally.counts == {RowOutcome.SUPPRESSED: len(SuppressionReason)}
    assert tally.examples[RowOutcome.SUPPRESSED][0].note == "suppressed: hard-bounce"


def test_topics_are_taken_by_their_names_in_any_language(bring: Bring, store: PeopleStore) -> None:
    tally = bring(
        "email;Темы\n"
        "a@example.org;Молодежь, osh\n"
        "b@example.org;Safety, health at work\n"
        "c@example.org;youth | knitting\n"
        "d@example.org;\n"
    )
    topics = [each.person.topics for each in list_people(store, PeopleFilter())]
    assert topics == [("osh", "youth"), ("osh",), ("youth",), ()]
    (doubt,) = tally.doubts
    assert (doubt.place.line, doubt.message) == (
        4,
        "row 4: topic “knitting” is not known, left out",
    )
    assert doubt.remedy == "known: osh, youth"


def test_an_import_changes_topics_and_an_empty_cell_does_not(
    bring: Bring, plan: Plan, store: PeopleStore
) -> None:
    bring("email,topics\na@example.org,youth\n")
    (example,) = plan("email,topics\na@example.org,osh;youth\n").tally.examples[RowOutcome.CHANGED]
    assert example.note == "topics: youth → osh, youth"
    bring("email,topics\na@example.org,\n")
    bring("email\na@example.org\n")
    (listed,) = list_people(store, PeopleFilter())
    assert listed.person.topics == ("youth",)


def test_what_a_reader_has_chosen_no_import_changes(
    bring: Bring, plan: Plan, store: PeopleStore
) -> None:
    bring("email,language,topics,country\na@example.org,ru,youth,ru\n")
    (listed,) = list_people(store, PeopleFilter())
    with store.write() as people:
        people.readers.choose(listed.subscriber_id, AT, language="en", topics=[])
    text = "email,language,topics,country\na@example.org,ru,youth,kz\n"
    (example,) = plan(text).tally.examples[RowOutcome.CHANGED]
    assert example.note == "country: ru → kz"
    assert bring(text).changed == {"country": 1}
    assert bring(text).count(RowOutcome.UNCHANGED) == 1
    (listed,) = list_people(store, PeopleFilter())
    person = listed.person
    assert (person.language, person.topics, person.country) == ("en", (), "kz")


def test_a_subscription_knows_the_file_it_came_from(bring: Bring, store: PeopleStore) -> None:
    bring("email\na@example.org\n")
    bring("email,name\na@example.org,Anna\n")
    (listed,) = list_people(store, PeopleFilter())
    (subscription,) = listed.subscriptions
    assert subscription.source.startswith("import of people.csv (sha256 ")
    assert subscription.source == tell_story(store, listed.person.address).consents[0].source
