"""One person at a time: subscribed, taken off, suppressed; and never brought back by the staff."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from newsletter.address import parse_address
from newsletter.errors import NewsletterError, WrongUsage
from newsletter.model.people import Person, SubscriptionState
from newsletter.people.importing import ImportTally
from newsletter.people.roster import Story, tell_story
from newsletter.people.subscriptions import (
    add_person,
    end_subscription,
    pause_person,
    remove_person,
    suppress_address,
)
from newsletter.store.people import PeopleStore
from tests.people.conftest import AT, LATER

IVAN = parse_address("Ivan@example.org")


def _add(store: PeopleStore, list_name: str = "media", **facts: Any) -> bool:
    person = Person(address=IVAN, **facts)
    return add_person(store, person, list_name=list_name, basis="asked by phone", at=AT)


def _states(store: PeopleStore) -> dict[str, SubscriptionState]:
    listed = tell_story(store, IVAN).listed
    return {each.list: each.state for each in listed.subscriptions} if listed else {}


def _actions(story: Story) -> list[tuple[str, str, str, str]]:
    return [(each.list, each.action, each.basis, each.source) for each in story.consents]


def test_somebody_new_is_added_with_a_consent(store: PeopleStore) -> None:
    assert _add(store, name="Иван", language="ru")
    story = tell_story(store, IVAN)
    assert story.listed is not None
    assert story.listed.person == Person(address=IVAN, name="Иван", language="ru")
    assert _actions(story) == [("media", "given", "asked by phone", "staff")]
    assert story.consents[0].language == "ru"


def test_somebody_known_gets_one_more_list_and_the_facts_given(
    store: PeopleStore, bring: Callable[..., ImportTally]
) -> None:
    bring("email,name,language\nivan@example.org,Иван,en\n")
    assert _add(store, language="ru")
    story = tell_story(store, IVAN)
    assert story.listed is not None
    assert (story.listed.person.name, story.listed.person.language) == ("Иван", "ru")
    assert set(_states(store)) == {"constituents", "media"}


def test_somebody_who_subscribes_already_is_not_added_twice(store: PeopleStore) -> None:
    _add(store)
    assert not _add(store)
    assert len(tell_story(store, IVAN).consents) == 1


def test_nobody_is_added_without_a_basis(store: PeopleStore) -> None:
    with pytest.raises(WrongUsage, match="no basis is given"):
        add_person(store, Person(address=IVAN), list_name="media", basis=" ", at=AT)


def _leave(store: PeopleStore) -> None:
    """Let Ivan unsubscribe by himself."""
    listed = tell_story(store, IVAN).listed
    assert listed is not None
    assert end_subscription(
        store,
        listed.subscriber_id,
        listed.subscriptions[0].list_id,
        reason="one-click",
        basis="pressed the button",
        source="public page",
        at=LATER,
    )


def test_whom_the_staff_took_off_may_be_added_again(store: PeopleStore) -> None:
    _add(store)
    remove_person(store, IVAN, at=LATER)
    assert _add(store)
    assert _states(store) == {"media": SubscriptionState.ACTIVE}
    actions = [line.action for line in tell_story(store, IVAN).consents]
    assert actions == ["given", "withdrawn", "given"]


def test_who_unsubscribed_is_not_added_again(store: PeopleStore) -> None:
    _add(store)
    _leave(store)
    with pytest.raises(NewsletterError, match="has unsubscribed from “media”, and that holds"):
        _add(store)
    assert _states(store) == {"media": SubscriptionState.ENDED}
    assert len(tell_story(store, IVAN).consents) == 2


def test_who_is_suppressed_is_not_added(store: PeopleStore) -> None:
    suppress_address(store, IVAN, note="asked by post", at=AT)
    with pytest.raises(NewsletterError, match=r"must not be mailed: suppressed \(manual\)"):
        _add(store)
    assert tell_story(store, IVAN).listed is None


def test_taking_off_one_list_leaves_the_others(store: PeopleStore) -> None:
    _add(store, "media")
    _add(store, "constituents")
    assert remove_person(store, IVAN, at=LATER, list_name="media") == ("media",)
    assert _states(store) == {
        "constituents": SubscriptionState.ACTIVE,
        "media": SubscriptionState.ENDED,
    }
    assert _actions(tell_story(store, IVAN))[-1] == (
        "media",
        "withdrawn",
        "taken off by the staff",
        "staff",
    )


def test_taking_off_all_lists_says_which_and_twice_is_as_good_as_once(store: PeopleStore) -> None:
    _add(store, "media")
    _add(store, "constituents")
    assert remove_person(store, IVAN, at=LATER) == ("constituents", "media")
    assert remove_person(store, IVAN, at=LATER) == ()
    assert len(tell_story(store, IVAN).consents) == 4


def test_nobody_can_be_taken_off_who_is_not_known(store: PeopleStore) -> None:
    with pytest.raises(NewsletterError, match="is not known"):
        remove_person(store, IVAN, at=LATER)


def test_suppressing_twice_keeps_the_first_reason(store: PeopleStore) -> None:
    assert suppress_address(store, IVAN, note="asked by post", at=AT)
    assert not suppress_address(store, parse_address("IVAN@EXAMPLE.ORG"), note="again", at=LATER)
    suppression = tell_story(store, IVAN).suppression
    assert suppression is not None
    assert (suppression.note, suppression.at) == ("asked by post", AT)


def test_a_link_ends_one_subscription_once(store: PeopleStore) -> None:
    _add(store)
    listed = tell_story(store, IVAN).listed
    assert listed is not None
    (subscription,) = listed.subscriptions

    def click() -> bool:
        return end_subscription(
            store,
            listed.subscriber_id,
            subscription.list_id,
            reason="unsubscribed",
            basis="one-click unsubscribe",
            source="one-click",
            at=LATER,
        )

    assert [click(), click()] == [True, False]
    story = tell_story(store, IVAN)
    assert story.listed is not None
    assert story.listed.subscriptions[0].reason == "unsubscribed"
    assert _actions(story)[1:] == [("media", "withdrawn", "one-click unsubscribe", "one-click")]


def test_a_link_for_nobody_ends_nothing(store: PeopleStore) -> None:
    assert not end_subscription(
        store, 99, 99, reason="unsubscribed", basis="", source="one-click", at=LATER
    )


def _rests(store: PeopleStore) -> dict[str, datetime.datetime | None]:
    listed = tell_story(store, IVAN).listed
    return {each.list: each.paused_until for each in listed.subscriptions} if listed else {}


def test_a_pause_is_of_one_list_or_all_and_ends_when_it_is_lifted(store: PeopleStore) -> None:
    _add(store, "media")
    _add(store, "constituents")
    assert pause_person(store, IVAN, until=LATER, list_name="media") == ("media",)
    assert _rests(store) == {"media": LATER, "constituents": None}
    assert pause_person(store, IVAN, until=LATER) == ("constituents",)
    assert set(_states(store).values()) == {SubscriptionState.ACTIVE}
    assert pause_person(store, IVAN, until=None) == ("constituents", "media")
    assert set(_rests(store).values()) == {None}
    assert pause_person(store, IVAN, until=None) == ()


def test_what_is_over_cannot_rest_and_who_comes_back_does_not(store: PeopleStore) -> None:
    _add(store)
    pause_person(store, IVAN, until=LATER)
    remove_person(store, IVAN, at=LATER)
    assert pause_person(store, IVAN, until=LATER) == ()
    _add(store)
    assert _rests(store) == {"media": None}


def test_nobody_unknown_can_rest(store: PeopleStore) -> None:
    with pytest.raises(NewsletterError, match="is not known"):
        pause_person(store, IVAN, until=LATER)
