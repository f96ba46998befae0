"""Who is there, how many, and the whole story of one person."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from newsletter.address import parse_address
from newsletter.errors import NewsletterError
from newsletter.model.mailing import DeliveryState, ExclusionReason
from newsletter.model.people import SubscriptionState, SuppressionReason
from newsletter.people.importing import ImportTally
from newsletter.people.roster import count_lists, list_people, tell_story
from newsletter.people.subscriptions import remove_person, suppress_address
from newsletter.store.engine import Database
from newsletter.store.people import PeopleStore
from newsletter.store.roster import ListCount, PeopleFilter
from newsletter.store.tables import attempts, chunks, deliveries, exclusions, mailings
from tests.people.conftest import AT, LATER

PEOPLE = """\
email,name,language,country,organisation
ivan@example.org,Иван Щёголев,ru,ru,Минтруд
aida@example.org,Аида Ұлжан,en,kz,
maria@example.org,Мария,en,ru,ООО «Ёлка»
"""
IVAN, AIDA, MARIA = (parse_address(f"{name}@example.org") for name in ("ivan", "aida", "maria"))


@pytest.fixture(autouse=True)
def _people(bring: Callable[..., ImportTally], store: PeopleStore) -> None:
    bring(PEOPLE)
    bring("email\nivan@example.org\nmaria@example.org\n", "media")
    remove_person(store, MARIA, at=LATER, list_name="media")
    suppress_address(store, AIDA, note="asked by post", at=LATER)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (PeopleFilter(), ["ivan", "aida", "maria"]),
        (PeopleFilter(list="media"), ["ivan", "maria"]),
        (PeopleFilter(list="nobody"), []),
        (PeopleFilter(state=SubscriptionState.ENDED), ["maria"]),
        (PeopleFilter(list="constituents", state=SubscriptionState.ENDED), []),
        (PeopleFilter(country="ru"), ["ivan", "maria"]),
        (PeopleFilter(language="en", country="ru"), ["maria"]),
        (PeopleFilter(text="ЩЁГОЛЕВ"), ["ivan"]),
        (PeopleFilter(text="ұлж"), ["aida"]),
        (PeopleFilter(text="ёлка"), ["maria"]),
        (PeopleFilter(text="AIDA@"), ["aida"]),
        (PeopleFilter(text="%"), []),
    ],
)
def test_a_list_holds_whom_one_asks_for(
    store: PeopleStore, wanted: PeopleFilter, found: list[str]
) -> None:
    assert [each.person.address.local for each in list_people(store, wanted)] == found


def test_everyone_comes_once_with_all_subscriptions(store: PeopleStore) -> None:
    ivan, aida, maria = list_people(store, PeopleFilter())
    assert [each.list for each in ivan.subscriptions] == ["constituents", "media"]
    assert (ivan.suppressed, aida.suppressed) == (None, SuppressionReason.MANUAL)
    ended = maria.subscriptions[1]
    assert (ended.list, ended.state, ended.reason) == ("media", SubscriptionState.ENDED, "staff")
    assert (ended.since, ended.ended_at) == (AT, LATER)


def test_lists_are_counted_by_state(store: PeopleStore) -> None:
    assert count_lists(store) == (
        ListCount(list="constituents", pending=0, active=3, ended=0, suppressed=1),
        ListCount(list="media", pending=0, active=1, ended=1, suppressed=0),
    )


def test_nobody_means_no_lists(store: PeopleStore, database: Database) -> None:
    with database.write() as connection:
        connection.execute(sa.text("UPDATE subscribers SET batch_id = NULL"))
        for table in ("consents", "subscriptions", "batches", "lists"):
            connection.execute(sa.text(f"DELETE FROM {table}"))
    assert count_lists(store) == ()
    assert [each.subscriptions for each in list_people(store, PeopleFilter())] == [(), (), ()]


def test_a_story_tells_of_consent_and_what_followed(store: PeopleStore) -> None:
    story = tell_story(store, parse_address("Maria@Example.org"))
    assert story.address == MARIA
    assert [(each.list, each.action, each.source, each.at) for each in story.consents][2:] == [
        ("media", "withdrawn", "staff", LATER)
    ]
    assert (story.suppression, story.deliveries, story.exclusions) == (None, (), ())


def test_a_story_tells_why_somebody_is_suppressed(store: PeopleStore) -> None:
    suppression = tell_story(store, AIDA).suppression
    assert suppression is not None
    assert (suppression.reason, suppression.note, suppression.at) == (
        SuppressionReason.MANUAL,
        "asked by post",
        LATER,
    )


def test_a_story_tells_what_became_of_every_issue(store: PeopleStore, database: Database) -> None:
    with database.write() as connection:
        _send(connection)
    story = tell_story(store, IVAN)
    assert [(each.issue, each.list, each.state, each.attempts) for each in story.deliveries] == [
        ("2015-1", "constituents", DeliveryState.REFUSED, 2),
        ("2015-2", "constituents", DeliveryState.PENDING, 0),
    ]
    assert [each.reply for each in story.deliveries] == ["550 5.1.1 no such user", ""]
    (left_out,) = story.exclusions
    assert (left_out.issue, left_out.list, left_out.reason) == (
        "2015-1",
        "media",
        ExclusionReason.OTHER_LIST,
    )
    assert tell_story(store, MARIA).deliveries == ()


def test_a_suppressed_address_without_a_subscriber_has_a_story(store: PeopleStore) -> None:
    gone = parse_address("gone@example.org")
    suppress_address(store, gone, note="", at=AT, reason=SuppressionReason.ERASED)
    story = tell_story(store, gone)
    assert story.listed is None
    assert story.suppression is not None


@pytest.mark.parametrize(
    ("typed", "remedy"),
    [
        ("ivan@example.com", "did you mean ivan@example.org?"),
        ("iwan@example.org", "did you mean ivan@example.org?"),
        ("zoe@example.net", "`newsletter subscribers list` shows who is"),
    ],
)
def test_who_is_not_known_is_said_with_the_nearest(
    store: PeopleStore, typed: str, remedy: str
) -> None:
    with pytest.raises(NewsletterError) as unknown:
        tell_story(store, parse_address(typed))
    assert unknown.value.message == f"{typed} is not known"
    assert unknown.value.remedy.startswith(remedy)


def _send(connection: sa.Connection) -> None:
    """Write an issue that was refused, one that is pending, and one that left Ivan out."""
    for number, (issue, list_id) in enumerate((("2015-1", 1), ("2015-2", 1), ("2015-1", 2)), 1):
        connection.execute(
            sa.insert(mailings),
            {"id": number, "issue": issue, "list_id": list_id, "candidates": 1, "frozen_at": AT},
        )
    connection.execute(sa.insert(chunks), {"id": 1, "mailing_id": 1, "ordinal": 0})
    for number, state, tries in ((1, DeliveryState.REFUSED, 2), (2, DeliveryState.PENDING, 0)):
        connection.execute(
            sa.insert(deliveries),
            {
                "id": number,
                "mailing_id": number,
                "chunk_id": 1,
                "subscriber_id": 1,
                "address_key": IVAN.key,
                "address_digest": "",
                "local": IVAN.local,
                "domain": IVAN.domain,
                "shown": IVAN.shown,
                "language": "ru",
                "state": state,
                "attempts": tries,
                "changed_at": AT,
            },
        )
    for number, code, reply in ((1, 451, "later"), (2, 550, "no such user")):
        connection.execute(
            sa.insert(attempts),
            {
                "delivery_id": 1,
                "number": number,
                "started_at": AT,
                "ended_at": AT,
                "code": code,
                "enhanced": "5.1.1",
                "reply": reply,
            },
        )
    connection.execute(
        sa.insert(exclusions),
        {
            "mailing_id": 3,
            "subscriber_id": 1,
            "address_key": IVAN.key,
            "reason": ExclusionReason.OTHER_LIST,
        },
    )
