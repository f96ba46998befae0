"""Subscribing by the form: what is asked, what is written, and that it tells nothing of others."""

import email
import email.policy
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.address import parse_address
from newsletter.model.people import SubscriptionState
from newsletter.people.subscriptions import suppress_address
from newsletter.tokens import Purpose, to_url
from tests.cli.program import Witness, sink
from tests.web.served import Front

ACTIVE, PENDING, ENDED = (
    SubscriptionState.ACTIVE,
    SubscriptionState.PENDING,
    SubscriptionState.ENDED,
)
ANNA = "anna@example.org"


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    with sink(tmp_path / "sink") as running:
        yield running


def mails(witness: Witness) -> list[email.message.EmailMessage]:
    octets = map(witness.message, witness.log())
    return [email.message_from_bytes(each, policy=email.policy.default) for each in octets]


def link(mail: email.message.EmailMessage) -> str:
    """Return the path of the link in a notice."""
    part = mail.get_body(("plain",))
    assert part
    found = re.findall(r"https://news\.example\.org(/\S+)", part.get_content())
    assert len(found) == 1
    return str(found[0])


def test_a_reader_subscribes_confirms_and_is_welcomed(front: Front, witness: Witness) -> None:
    answer = front.fill_in(ANNA, language="ru")
    assert answer.status == 200
    assert "Проверьте почту" in answer.text
    assert front.state(ANNA) is None  # nothing is known of her before the mail is made
    front.send_notices(witness.relay)
    assert front.state(ANNA) is PENDING
    (mail,) = mails(witness)
    assert mail["To"].addresses[0].addr_spec == ANNA
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "ru"
    assert "List-Unsubscribe" not in mail
    path = link(mail)
    page = front.get(path)
    assert "Подтвердите подписку" in page.text
    assert "anna" not in page.text
    for method in ("GET", "HEAD", "OPTIONS"):
        front.ask(method, path)
    assert front.state(ANNA) is PENDING
    assert "Подписка оформлена" in front.post(path).text
    assert front.state(ANNA) is ACTIVE
    assert [each.action for each in front.story(ANNA).consents] == ["asked", "given"]
    given = front.story(ANNA).consents[-1]
    assert "Я даю согласие" in given.basis
    assert "Для прессы" in given.basis
    assert (given.source, given.language) == ("public page", "ru")
    front.send_notices(witness.relay)
    welcome = mails(witness)[1]
    assert link(welcome).startswith("/preferences/")
    assert {each.state for each in front.notices()} == {"accepted"}


def test_a_second_press_says_so_and_a_used_link_revives_nobody(front: Front) -> None:
    front.fill_in(ANNA)
    (notice,) = front.begin_notices()
    path = confirm_path(front, notice.id)
    front.post(path)
    assert front.post(path).status == 200
    assert len(front.story(ANNA).consents) == 2
    front.post(front.subscribe("boris@example.org"), "")
    with front.store.read() as people:
        list_id = people.find_list("media")
    assert list_id
    numbers = front.story(ANNA).listed
    assert numbers
    token = front.keys.sign(Purpose.UNSUBSCRIBE, numbers.subscriber_id, list_id)
    front.post(f"/unsubscribe/{to_url(token)}", "page=1")
    assert front.post(path).status == 404
    assert front.state(ANNA) is ENDED


def confirm_path(front: Front, number: int, *, hours: int = 1) -> str:
    hour = int(front.clock.now().timestamp()) // 3600 + hours
    return f"/confirm/{to_url(front.keys.sign(Purpose.CONFIRM, number, hour))}"


def test_a_link_to_confirm_expires_after_seven_days(front: Front, witness: Witness) -> None:
    front.fill_in(ANNA)
    front.send_notices(witness.relay)
    path = link(mails(witness)[0])
    front.clock.wait(days=6, hours=22)
    assert front.get(path).status == 200
    front.clock.wait(hours=3)
    assert front.get(path).status == front.post(path).status == 404
    assert front.state(ANNA) is PENDING


def test_what_is_missing_is_told_at_the_field_and_nothing_is_written(front: Front) -> None:
    answer = front.fill_in("anna", agreed=False)
    assert answer.status == 422
    assert answer.text.count('class="fault"') == 2
    assert 'aria-invalid="true"' in answer.text
    assert 'value="anna"' in answer.text
    assert front.notices() == []


@pytest.mark.parametrize("given", ["", "shown=x&", "shown=AAAA&"])
def test_a_form_without_our_moment_is_shown_filled_in(front: Front, given: str) -> None:
    """A form on another website needs no script: it posts here, and a person presses once more."""
    answer = front.post("/subscribe", f"{given}address=anna%40example.org&list=media&agreed=yes")
    assert answer.status == 200
    assert 'value="anna@example.org"' in answer.text
    assert 'name="shown"' in answer.text
    assert front.notices() == []


def test_who_fills_in_the_hidden_field_gets_the_same_page_and_no_mail(front: Front) -> None:
    person, program = front.fill_in(ANNA), front.fill_in("b@example.org", website="x")
    assert program.body == person.body
    assert len(front.notices()) == 1


def test_b19_one_mail_goes_to_an_address_in_a_day_whatever_is_asked(front: Front) -> None:
    for _ in range(5):
        assert front.fill_in(ANNA).status == 200
    assert front.fill_in(ANNA).status == 429
    assert len(front.begin_notices()) == 1
    assert sorted({each.reason for each in front.notices()}) == ["", "asked within a day"]
    front.clock.wait(hours=25)
    front.fill_in(ANNA)
    assert len(front.begin_notices()) == 1


def test_b19_what_is_asked_too_often_is_refused_for_a_network_and_for_all(front: Front) -> None:
    def ask(number: int, network: int) -> int:
        front.clock.wait(seconds=3)
        shown = to_url(front.keys.sign(Purpose.FORM, int(front.clock.now().timestamp()) - 3))
        body = f"shown={shown}&address=a{number}%40example.org&agreed=yes"
        headers = {"X-Forwarded-For": f"192.0.{network}.7"}
        answer = front.post("/subscribe", body, headers)
        assert answer.status in (200, 429)
        if answer.status == 429:
            assert int(answer.headers["Retry-After"]) > 0
        return answer.status

    assert [ask(number, 1) for number in range(21)].count(429) >= 1
    assert ask(100, 2) == 200


def test_b19_no_mail_goes_to_a_suppressed_address_and_nothing_of_it_is_kept(front: Front) -> None:
    suppress_address(front.store, parse_address(ANNA), note="asked us to", at=front.clock.now())
    assert front.fill_in(ANNA).status == 200
    assert front.begin_notices() == []
    (notice,) = front.notices()
    assert (notice.state, notice.reason, notice.address) == ("skipped", "suppressed", None)


def test_who_subscribes_already_gets_no_mail_and_who_left_comes_back_by_confirming(
    front: Front,
) -> None:
    path = front.subscribe(ANNA)
    front.fill_in(ANNA)
    assert front.begin_notices() == []
    assert front.notices()[0].reason == "subscribed already"
    front.post(path, "List-Unsubscribe=One-Click")
    front.fill_in(ANNA)
    (notice,) = front.begin_notices()
    assert front.state(ANNA) is ENDED
    front.post(confirm_path(front, notice.id))
    assert front.state(ANNA) is ACTIVE


def test_b20_the_answer_is_the_same_whoever_is_asked_about(front: Front) -> None:
    front.subscribe(ANNA)
    front.post(front.subscribe("left@example.org"), "x")
    suppress_address(front.store, parse_address("no@example.org"), note="", at=front.clock.now())
    answers = set()
    for address in (ANNA, "left@example.org", "no@example.org", "new@example.org"):
        answer = front.fill_in(address)
        headers = {name: value for name, value in answer.headers.items() if name != "date"}
        answers.add((answer.status, tuple(sorted(headers.items())), answer.body))
    assert len(answers) == 1


def test_who_leaves_on_the_page_can_take_it_back_there_for_a_day(front: Front) -> None:
    left = front.post(front.subscribe(ANNA), "page=1")
    (back,) = re.findall(r'action="(/resubscribe/[^"]+)"', left.text)
    assert front.get(back).status == 405
    assert front.state(ANNA) is ENDED
    assert "You are a reader again" in front.post(back).text
    assert front.state(ANNA) is ACTIVE
    assert front.story(ANNA).consents[-1].action == "given"
    front.clock.wait(hours=26)
    assert front.post(back).status == 404


def test_a_page_to_leave_says_goodbye_by_mail_and_one_click_does_not(
    front: Front, witness: Witness
) -> None:
    front.post(front.subscribe(ANNA), "page=1")
    front.post(front.subscribe("boris@example.org"), "List-Unsubscribe=One-Click")
    front.send_notices(witness.relay)
    (mail,) = mails(witness)
    assert mail["Subject"] == "You have unsubscribed"
    assert mail["To"].addresses[0].addr_spec == ANNA
