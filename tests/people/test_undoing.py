"""An import can be taken back, and nothing that anybody did since is touched by it."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from newsletter.address import parse_address
from newsletter.errors import NewsletterError
from newsletter.model.leaving import Leave
from newsletter.model.people import ConsentAction, Person, SubscriptionState
from newsletter.people.evidence import verify_chain
from newsletter.people.importing import ImportTally, RowOutcome
from newsletter.people.leaving import end_all
from newsletter.people.roster import tell_story
from newsletter.people.subscriptions import add_person, pause_person, remove_person
from newsletter.people.undoing import apply_undo, list_batches, plan_undo
from newsletter.store.engine import Database
from newsletter.store.people import Evidence, PeopleStore
from newsletter.store.roster import Listed
from newsletter.store.undo import UndoCounts
from tests.people.conftest import LATER

Bring = Callable[..., ImportTally]
TWO = "email,name,country\nivan@example.org,Иван,ru\nolga@example.org,Ольга,kz\n"
IVAN = parse_address("ivan@example.org")
NOTHING = dict.fromkeys(UndoCounts.__dataclass_fields__, 0)


def _counts(**found: int) -> UndoCounts:
    return UndoCounts(**{**NOTHING, **found})


def _find(store: PeopleStore, address: str) -> Listed | None:
    with store.read() as people:
        return people.roster.find(parse_address(address).key)


def _undo(store: PeopleStore) -> UndoCounts | None:
    """Take the newest import back; it comes to what was forecast."""
    number = list_batches(store)[0].id
    _, forecast = plan_undo(store, number)
    done = apply_undo(store, number, LATER)
    assert done == forecast
    assert verify_chain(store).holds
    return done


def test_people_whom_nobody_else_knows_are_forgotten_but_for_their_evidence(
    bring: Bring, store: PeopleStore, database: Database
) -> None:
    bring(TWO)
    assert _undo(store) == _counts(ended=2, forgotten=2)
    assert _find(store, "ivan@example.org") is None
    story = tell_story(store, IVAN)
    assert [(line.action, line.basis) for line in story.consents] == [
        ("given", "sign-up form"),
        ("withdrawn", "import undone"),
    ]
    with database.read() as connection:
        for table in ("subscribers", "subscriptions", "batch_facts"):
            assert connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar() == 0
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []


def test_whom_others_know_stays_and_has_the_facts_of_before(
    bring: Bring, store: PeopleStore
) -> None:
    bring(TWO, "media")
    bring("email,name,country\nivan@example.org,Иван Новый,\nolga@example.org,,ru\n")
    assert _undo(store) == _counts(ended=2, restored=2)
    ivan = _find(store, "ivan@example.org")
    assert ivan is not None
    assert ivan.person.name == "Иван"
    assert {line.list: line.state for line in ivan.subscriptions} == {
        "constituents": SubscriptionState.ENDED,
        "media": SubscriptionState.ACTIVE,
    }


def test_what_was_begun_before_goes_on(bring: Bring, store: PeopleStore) -> None:
    bring(TWO)
    bring("email,name\nivan@example.org,Пётр\n")
    assert _undo(store) == _counts(restored=1)
    ivan = _find(store, "ivan@example.org")
    assert ivan is not None
    assert (ivan.person.name, ivan.subscriptions[0].state) == ("Иван", SubscriptionState.ACTIVE)


def test_who_unsubscribed_since_stays_out_and_is_not_forgotten(
    bring: Bring, store: PeopleStore
) -> None:
    bring(TWO)
    remove_person(store, IVAN, at=LATER)
    before = _find(store, "ivan@example.org")
    assert _undo(store) == _counts(ended=1, forgotten=1, unsubscribed=1)
    assert _find(store, "ivan@example.org") == before
    assert bring(TWO).counts == {RowOutcome.UNSUBSCRIBED: 1, RowOutcome.NEW: 1}


def test_who_leaves_by_a_link_after_the_import_was_taken_back_stays_out_of_the_next_one(
    bring: Bring, store: PeopleStore
) -> None:
    bring(TWO)
    add_person(store, Person(address=IVAN), list_name="media", basis="by letter", at=LATER)
    assert _undo(store) is not None
    ivan = _find(store, "ivan@example.org")
    assert ivan is not None  # known elsewhere, so their links still lead somewhere
    list_id = next(line.list_id for line in ivan.subscriptions if line.list == "constituents")
    left = Leave(subscriber_id=ivan.subscriber_id, list_id=list_id, at=LATER, source="one-click")
    end_all(store, [left])
    end_all(store, [left])
    last = tell_story(store, IVAN).consents[-1]
    assert (last.action, last.source) == (ConsentAction.WITHDRAWN, "one-click")
    assert len(tell_story(store, IVAN).consents) == 4
    assert bring(TWO).counts == {RowOutcome.UNSUBSCRIBED: 1, RowOutcome.NEW: 1}
    assert verify_chain(store).holds


def _rests(store: PeopleStore) -> None:
    pause_person(store, IVAN, until=LATER)


def _has_another_name(store: PeopleStore) -> None:
    person = Person(address=IVAN, name="Иван Петров")
    add_person(store, person, list_name="constituents", basis="by phone", at=LATER)


def _asked_again(store: PeopleStore) -> None:
    given = Evidence(basis="ticked the box", source="public page", at=LATER)
    with store.write() as people:
        (known,) = people.known([IVAN.key], None).values()
        list_id = people.find_list("constituents")
        assert list_id
        people.append_consents(
            {known.subscriber_id: known.person}, list_id, ConsentAction.GIVEN, given
        )


@pytest.mark.parametrize("act", [_rests, _has_another_name, _asked_again])
def test_who_did_something_since_is_left_alone(
    bring: Bring, store: PeopleStore, act: Callable[[PeopleStore], None]
) -> None:
    bring(TWO)
    act(store)
    before = _find(store, "ivan@example.org")
    assert _undo(store) == _counts(ended=1, forgotten=1, touched=1)
    assert _find(store, "ivan@example.org") == before


def test_facts_that_were_changed_since_are_kept(bring: Bring, store: PeopleStore) -> None:
    bring(TWO)
    bring("email,name\nivan@example.org,Пётр\n")
    _has_another_name(store)
    assert _undo(store) == _counts(kept=1)
    ivan = _find(store, "ivan@example.org")
    assert ivan is not None
    assert ivan.person.name == "Иван Петров"


def test_who_got_a_mail_is_not_forgotten(
    bring: Bring, store: PeopleStore, database: Database
) -> None:
    bring(TWO)
    with database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO mailings (id, issue, list_id, candidates, frozen_at) "
            "SELECT 1, '2015-1', id, 1, '2015-04-01 00:00:00.000000' FROM lists"
        )
        connection.exec_driver_sql(
            "INSERT INTO exclusions (mailing_id, subscriber_id, address_key, reason) "
            "SELECT 1, id, address_key, 'other-list' FROM subscribers WHERE name = 'Иван'"
        )
    assert _undo(store) == _counts(ended=2, forgotten=1)
    ivan = _find(store, "ivan@example.org")
    assert ivan is not None
    assert ivan.subscriptions[0].state is SubscriptionState.ENDED


def test_a_better_file_brings_everybody_back(bring: Bring, store: PeopleStore) -> None:
    bring("email\nivan@example.org\n", "media")
    bring(TWO)
    _undo(store)
    assert bring(TWO).counts == {RowOutcome.SUBSCRIBED: 1, RowOutcome.NEW: 1}
    ivan = _find(store, "ivan@example.org")
    assert ivan is not None
    assert {line.state for line in ivan.subscriptions} == {SubscriptionState.ACTIVE}
    assert [line.undone_at is not None for line in list_batches(store)] == [False, True, False]


def test_twice_is_once(bring: Bring, store: PeopleStore) -> None:
    bring(TWO)
    number = list_batches(store)[0].id
    _undo(store)
    bring(TWO)
    assert plan_undo(store, number)[1] is None
    assert apply_undo(store, number, LATER) is None
    assert _find(store, "ivan@example.org") is not None


def test_an_import_that_changed_nothing_leaves_no_trace(bring: Bring, store: PeopleStore) -> None:
    bring(TWO)
    bring(TWO)
    assert len(list_batches(store)) == 1


def test_a_number_that_no_import_has_is_said(store: PeopleStore) -> None:
    with pytest.raises(NewsletterError, match="there is no import 9"):
        plan_undo(store, 9)
