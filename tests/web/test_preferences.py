"""What readers choose by a link of their own: language, lists, topics, a pause, another address."""

import datetime
import email
import email.policy
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from newsletter.address import parse_address
from newsletter.errors import NewsletterError
from newsletter.model.notices import NoticeKind
from newsletter.model.people import SubscriptionState, SuppressionReason
from newsletter.people.choices import change_address
from newsletter.people.rights import erase_person, export_person
from newsletter.store.roster import Listed, SubscriptionLine
from newsletter.tokens import Purpose, to_url
from tests.cli.program import Witness, sink
from tests.web.served import Answer, Front

ACTIVE, ENDED = SubscriptionState.ACTIVE, SubscriptionState.ENDED
FORM_TYPE = "application/x-www-form-urlencoded"
ANNA, NEW = "anna@example.org", "new@example.org"


def listed(front: Front, address: str = ANNA) -> Listed:
    found = front.story(address).listed
    assert found
    return found


def way(front: Front, address: str = ANNA) -> str:
    number = listed(front, address).subscriber_id
    return f"/preferences/{to_url(front.keys.sign(Purpose.PREFERENCES, number))}"


def choose(front: Front, *given: tuple[str, str]) -> Answer:
    return front.post(way(front), urlencode(given))


def media(front: Front, address: str = ANNA) -> SubscriptionLine:
    return next(each for each in listed(front, address).subscriptions if each.list == "media")


def test_the_page_shows_what_is_chosen_and_no_whole_address(front: Front) -> None:
    front.subscribe(ANNA, language="ru")
    page = front.get(way(front)).text
    assert "a…@example.org" in page
    assert ANNA not in page
    assert 'id="list-media" name="list" value="media" checked' in page
    assert 'value="ru" checked' in page
    assert 'id="topic-osh"' in page


def test_a_choice_is_kept_and_a_second_press_changes_nothing(front: Front) -> None:
    front.subscribe(ANNA)
    chosen = (("language", "ru"), ("list", "media"), ("topic", "osh"), ("pause", "3"))
    assert "Настройки сохранены" in choose(front, *chosen).text
    person = listed(front).person
    assert (person.language, person.topics) == ("ru", ("osh",))
    until = media(front).paused_until
    assert until
    assert until > front.clock.now() + datetime.timedelta(days=85)
    consents = front.story(ANNA).consents
    assert len(consents) == 1  # neither language nor topics nor a pause is a matter of consent
    choose(front, ("language", "ru"), ("list", "media"), ("topic", "osh"), ("pause", "keep"))
    assert (media(front).paused_until, front.story(ANNA).consents) == (until, consents)
    choose(front, ("language", "ru"), ("list", "media"), ("pause", "0"))
    assert media(front).paused_until is None
    assert listed(front).person.topics == ()


def test_a_list_that_is_unticked_is_left_and_one_that_is_ticked_is_joined(front: Front) -> None:
    front.subscribe(ANNA)
    choose(front, ("language", "en"))
    assert front.state(ANNA) is ENDED
    choose(front, ("language", "en"), ("list", "media"))
    assert front.state(ANNA) is ACTIVE
    assert [each.action for each in front.story(ANNA).consents] == ["given", "withdrawn", "given"]
    assert {each.source for each in front.story(ANNA).consents[1:]} == {"public page"}


def test_what_is_not_offered_cannot_be_chosen(front: Front) -> None:
    front.subscribe(ANNA)
    chosen = (("language", "xx"), ("list", "secret"), ("topic", "x"), ("pause", "600"))
    assert choose(front, *chosen).status == 200
    person = listed(front).person
    assert (person.language, person.topics) == ("", ())
    assert front.state(ANNA, "secret") is None


def test_following_the_link_changes_nothing(front: Front) -> None:
    front.subscribe(ANNA)
    story, path = front.story(ANNA), way(front)
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE"):
        front.ask(method, path)
    assert front.get(f"{path}/address").status == 405
    assert front.story(ANNA) == story


def test_who_was_erased_finds_nothing(front: Front) -> None:
    token = to_url(front.keys.sign(Purpose.PREFERENCES, 4711))
    assert front.get(f"/preferences/{token}").status == 404
    assert front.post(f"/preferences/{token}", "language=ru").status == 404


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    with sink(tmp_path / "sink") as running:
        yield running


def change(front: Front, address: str = NEW) -> str:
    """Ask for another address; return the path at which it is confirmed."""
    asked = front.post(f"{way(front)}/address", urlencode({"address": address}))
    assert "on its way" in asked.text
    (notice,) = front.begin_notices()
    assert (notice.kind, str(notice.address)) == (NoticeKind.CHANGE, address)
    hour = int(front.clock.now().timestamp()) // 3600 + 1
    return f"/change/{to_url(front.keys.sign(Purpose.CHANGE, notice.id, hour))}"


def test_an_address_changes_when_it_is_confirmed_at_the_new_one(front: Front) -> None:
    front.subscribe(ANNA)
    path = change(front)
    assert front.get(path).status == 200
    assert listed(front).person.address.shown == ANNA
    assert front.post(path).status == 200
    assert listed(front, NEW).subscriptions[0].state is ACTIVE
    assert front.state(ANNA) is None
    assert front.post(path).status == 200  # pressed twice: it is done
    former, asked = front.notices()
    assert asked.address is None
    assert (former.kind, str(former.address)) == (NoticeKind.CHANGED, ANNA)


def test_the_former_address_is_told_of_a_change_and_not_of_the_new_one(
    front: Front, witness: Witness
) -> None:
    front.subscribe(ANNA)
    front.post(change(front))
    front.send_notices(witness.relay)
    (sent,) = witness.log()
    assert sent["recipient"] == ANNA
    mail = email.message_from_bytes(witness.message(sent), policy=email.policy.default)
    words = " ".join(part.get_content() for part in mail.walk() if not part.is_multipart())
    assert "address was changed" in " ".join(words.split())
    assert NEW not in words
    assert [each.address for each in front.notices()] == [None, None]


def test_a_new_address_that_is_known_takes_the_subscriptions_over(front: Front) -> None:
    front.subscribe(ANNA)
    front.post(front.subscribe(NEW), "List-Unsubscribe=One-Click")
    assert front.post(change(front)).status == 200
    assert (front.state(ANNA), front.state(NEW)) == (ENDED, ACTIVE)
    assert front.story(NEW).consents[-1].action == "given"


def test_b20_another_address_is_answered_alike_whether_it_is_known_or_not(front: Front) -> None:
    front.subscribe(ANNA)
    front.subscribe("known@example.org")
    path = f"{way(front)}/address"
    asked = [urlencode({"address": each}) for each in ("known@example.org", NEW)]
    answers = {front.post(path, body).body for body in asked}
    assert len(answers) == 1


def test_an_address_that_is_none_is_told_and_nothing_is_written(front: Front) -> None:
    front.subscribe(ANNA)
    answer = front.post(f"{way(front)}/address", "address=anna")
    assert answer.status == 422
    assert 'role="alert"' in answer.text
    assert front.notices() == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [("", ""), ("", FORM_TYPE), ("list=media", "text/plain"), ('{"list": []}', "application/json")],
)
def test_what_is_not_the_form_chooses_nothing(front: Front, body: str, kind: str) -> None:
    front.subscribe(ANNA)
    before = front.story(ANNA)
    assert front.ask("POST", way(front), body.encode(), {"Content-Type": kind}).status == 200
    assert front.story(ANNA) == before


def test_who_saves_an_older_page_leaves_no_list_that_was_not_on_it(front: Front) -> None:
    front.subscribe(ANNA)
    assert 'type="hidden" name="shown" value="media"' in front.get(way(front)).text
    choose(front, ("language", "en"), ("shown", "another"), ("pause", "0"))
    assert front.state(ANNA) is ACTIVE
    choose(front, ("language", "en"), ("shown", "media"), ("pause", "0"))
    assert front.state(ANNA) is ENDED


def test_who_is_erased_after_a_change_of_address_is_out_under_both(front: Front) -> None:
    front.subscribe(ANNA)
    front.post(f"{way(front)}/address", urlencode({"address": NEW}))
    (notice,) = front.begin_notices()
    change_address(front.store, notice.id, "", front.clock.now())
    erase_person(front.store, parse_address(NEW), basis="", at=front.clock.now())
    for address in (ANNA, NEW):
        story = front.story(address)
        assert story.listed is None
        assert story.suppression
        assert story.suppression.reason is SuppressionReason.ERASED


def test_an_address_that_was_only_typed_is_in_what_its_owner_gets(front: Front) -> None:
    front.subscribe(ANNA)
    front.post(f"{way(front)}/address", urlencode({"address": NEW}))
    known = export_person(front.store, parse_address(NEW), basis="", at=front.clock.now())
    (row,) = known.elsewhere["notices"]
    assert (row["local"], row["kind"]) == ("new", "change")
    with pytest.raises(NewsletterError):
        export_person(front.store, parse_address("x@example.org"), basis="", at=front.clock.now())


@pytest.mark.parametrize("kind", ["confirm", "change"])
def test_an_address_that_was_only_typed_can_be_erased(front: Front, kind: str) -> None:
    front.subscribe(ANNA)
    if kind == "confirm":
        front.fill_in(NEW, "media")
    else:
        front.post(f"{way(front)}/address", urlencode({"address": NEW}))
    erase_person(front.store, parse_address(NEW), basis="", at=front.clock.now())
    assert front.begin_notices() == []
    assert {notice.address for notice in front.notices()} <= {None, parse_address(ANNA)}
    assert front.state(ANNA) is ACTIVE
