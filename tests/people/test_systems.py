"""Exports of other systems are known by their headings; who left there is never brought back."""

from collections.abc import Callable

import pytest

from newsletter.address import parse_address
from newsletter.model.people import SubscriptionState
from newsletter.people.importing import ImportPlan, ImportTally, RowOutcome
from newsletter.people.roster import tell_story
from newsletter.people.undoing import apply_undo, list_batches
from newsletter.store.people import PeopleStore
from tests.people.conftest import LATER

Plan = Callable[..., ImportPlan]
Bring = Callable[..., ImportTally]

LISTMONK = """\
uuid,email,name,attributes,status,created_at,updated_at
1,anna@example.org,Anna,"{""city"": ""Baku""}",enabled,2024-01-02,2024-01-02
2,boris@example.org,Борис,{},disabled,2024-01-02,2024-01-02
3,vera@example.org,Vera,{},blocklisted,2024-01-02,2024-01-02
"""
MAILCHIMP = """\
"Email Address","First Name","Last Name",{extra}OPTIN_TIME,CONFIRM_TIME,LEID,EUID,TAGS
anna@example.org,Анна,Иванова,{cells}"2024-01-02 10:00:00","2024-01-02 10:05:00",1,a1,
"""
SUBSCRIBED = MAILCHIMP.format(extra="", cells="")
UNSUBSCRIBED = MAILCHIMP.format(extra="UNSUB_TIME,", cells='"2024-05-06 07:08:09",')
CLEANED = MAILCHIMP.format(extra="CLEAN_TIME,", cells='"2024-05-06 07:08:09",')
MAILMAN = 'anna@example.org\n"Petrov, Boris" <boris@example.org>\nВера <vera@example.org>\n'


def _state(store: PeopleStore, name: str) -> SubscriptionState | None:
    with store.read() as people:
        listed = people.roster.find(parse_address(f"{name}@example.org").key)
    return listed.subscriptions[0].state if listed and listed.subscriptions else None


def test_listmonk_says_who_left_and_who_is_blocked(
    plan: Plan, bring: Bring, store: PeopleStore
) -> None:
    found = plan(LISTMONK)
    assert found.table.system is not None
    assert found.table.system.name == "listmonk"
    assert bring(LISTMONK).counts == {
        RowOutcome.NEW: 1,
        RowOutcome.LEFT: 1,
        RowOutcome.BARRED: 1,
    }
    assert (_state(store, "anna"), _state(store, "vera")) == (SubscriptionState.ACTIVE, None)
    boris = tell_story(store, parse_address("boris@example.org"))
    assert boris.listed is not None
    assert boris.listed.person.name == ""  # nothing is kept of who left but the address
    assert (boris.listed.subscriptions[0].state, boris.listed.subscriptions[0].reason) == (
        SubscriptionState.ENDED,
        "left-elsewhere",
    )
    assert [(line.action, line.basis) for line in boris.consents] == [
        ("withdrawn", "had left in listmonk")
    ]
    vera = tell_story(store, parse_address("vera@example.org"))
    assert vera.suppression is not None
    assert vera.suppression.reason == "manual"


def test_the_same_export_twice_changes_nothing(bring: Bring) -> None:
    bring(LISTMONK)
    assert bring(LISTMONK).counts == {
        RowOutcome.UNCHANGED: 1,
        RowOutcome.UNSUBSCRIBED: 1,
        RowOutcome.SUPPRESSED: 1,
    }


@pytest.mark.parametrize(
    ("text", "name", "outcome"),
    [
        (SUBSCRIBED, "Mailchimp", RowOutcome.NEW),
        (UNSUBSCRIBED, "Mailchimp (unsubscribed)", RowOutcome.LEFT),
        (CLEANED, "Mailchimp (cleaned)", RowOutcome.BARRED),
    ],
)
def test_the_three_files_of_mailchimp(
    plan: Plan, bring: Bring, store: PeopleStore, text: str, name: str, outcome: RowOutcome
) -> None:
    system = plan(text).table.system
    assert system is not None
    assert system.name == name
    assert bring(text).counts == {outcome: 1}
    story = tell_story(store, parse_address("anna@example.org"))
    if outcome is RowOutcome.NEW:
        assert story.listed is not None
        assert story.listed.person.name == "Анна Иванова"
    if outcome is RowOutcome.BARRED:
        assert story.suppression is not None
        assert story.suppression.reason == "hard-bounce"


def test_who_reads_here_and_left_there_leaves(bring: Bring, store: PeopleStore) -> None:
    bring(SUBSCRIBED)
    assert bring(UNSUBSCRIBED).counts == {RowOutcome.LEFT: 1}
    assert _state(store, "anna") is SubscriptionState.ENDED
    assert bring(SUBSCRIBED).counts == {RowOutcome.UNSUBSCRIBED: 1}
    apply_undo(store, list_batches(store)[0].id, LATER)
    assert _state(store, "anna") is SubscriptionState.ENDED


def test_of_two_rows_the_one_that_says_left_counts(bring: Bring, store: PeopleStore) -> None:
    twice = LISTMONK + "4,ANNA@example.org,Anna,{},disabled,2024-01-02,2024-01-02\n"
    counts = bring(twice).counts
    assert (counts[RowOutcome.LEFT], counts[RowOutcome.DUPLICATE]) == (2, 1)
    assert _state(store, "anna") is SubscriptionState.ENDED


def test_a_list_of_mailman_has_no_headings(plan: Plan, bring: Bring, store: PeopleStore) -> None:
    system = plan(MAILMAN).table.system
    assert system is not None
    assert system.name == "Mailman"
    assert bring(MAILMAN).counts == {RowOutcome.NEW: 3}
    with store.read() as people:
        boris = people.roster.find("boris@example.org")
    assert boris is not None
    assert boris.person.name == "Petrov, Boris"


def test_given_name_and_family_name_are_one_name(bring: Bring, store: PeopleStore) -> None:
    bring("Фамилия;Имя;Почта\nПетров;Иван;ivan@example.org\nСидоров;;sid@example.org\n")
    with store.read() as people:
        found = [people.roster.find(f"{name}@example.org") for name in ("ivan", "sid")]
    assert [each and each.person.name for each in found] == ["Иван Петров", "Сидоров"]
