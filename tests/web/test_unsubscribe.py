"""Leaving: one click of a mail program, or the button on the page (RFC 8058)."""

import datetime
import time
from pathlib import Path

import pytest

from newsletter.model.leaving import PUBLIC_PAGE, Leave
from newsletter.model.people import ConsentAction, SubscriptionState
from newsletter.people.leaving import end_late
from newsletter.store.people import Evidence
from newsletter.store.readers import Readers
from newsletter.tokens import KeyRing, Purpose, from_url, to_url
from tests.web.served import FORM, Front, served, small_front
from tests.workspace import edit, small_office

ACTIVE, ENDED = SubscriptionState.ACTIVE, SubscriptionState.ENDED
ONE_CLICK = "List-Unsubscribe=One-Click"
BOUNDARY = "----b0undary"
PARTS = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n'
    f"--{BOUNDARY}--\r\n"
)
ANNA = "anna@example.org"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", ONE_CLICK),
        (f"multipart/form-data; boundary={BOUNDARY}", PARTS),
    ],
)
def test_one_click_takes_the_reader_off_without_redirect_or_cookie(
    front: Front, kind: str, body: str
) -> None:
    path = front.subscribe(ANNA)
    answer = front.post(path, body, {"Content-Type": kind})
    assert answer.status == 200
    assert "Location" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    assert front.state(ANNA) is ENDED
    last = front.story(ANNA).consents[-1]
    assert (last.action, last.source) == ("withdrawn", "one-click")


def test_a_foreign_origin_is_no_obstacle_to_one_click(front: Front) -> None:
    path = front.subscribe(ANNA)
    headers = {"Origin": "https://mail.example.net", "Sec-Fetch-Site": "cross-site"}
    assert front.post(path, ONE_CLICK, headers).status == 200
    assert front.state(ANNA) is ENDED


def test_a_second_click_is_fine_and_adds_no_consent(front: Front) -> None:
    path = front.subscribe(ANNA)
    assert front.post(path, ONE_CLICK).status == 200
    consents = front.story(ANNA).consents
    assert front.post(path, ONE_CLICK).status == 200
    assert front.story(ANNA).consents == consents


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"])
def test_b18_no_method_but_post_changes_anything(front: Front, method: str) -> None:
    path = front.subscribe(ANNA)
    story = front.story(ANNA)
    answer = front.ask(method, path)
    assert answer.status == (200 if method in ("GET", "HEAD") else 405)
    assert front.story(ANNA) == story


def test_the_page_has_a_button_that_takes_the_reader_off(front: Front) -> None:
    path = front.subscribe(ANNA)
    page = front.get(path).text
    assert '<form method="post"' in page
    assert "<button" in page
    assert "For the media" in page
    assert "anna" not in page
    left = front.post(f"{path}?lang=en", "page=1")
    assert left.status == 200
    assert "You have unsubscribed" in left.text
    assert front.state(ANNA) is ENDED
    assert front.story(ANNA).consents[-1].source == "public page"
    assert "already" in front.get(path).text


def test_only_the_list_of_the_link_is_left(front: Front) -> None:
    path = front.subscribe(ANNA)
    front.subscribe(ANNA, "constituents")
    front.post(path, ONE_CLICK)
    assert (front.state(ANNA), front.state(ANNA, "constituents")) == (ENDED, ACTIVE)


def wrong_links(front: Front) -> dict[str, str]:
    """Return links that are not whole, each in its own way."""
    right = front.subscribe(ANNA).removeprefix("/unsubscribe/")
    token = from_url(right)
    other = front.subscribe("boris@example.org").removeprefix("/unsubscribe/")
    return {
        "changed": to_url(bytes([*token[:2], token[2] ^ 1, *token[3:]])),
        "changed at its end": to_url(bytes([*token[:-1], token[-1] ^ 1])),
        "swapped": to_url(token[:-16] + from_url(other)[-16:]),
        "truncated": right[:-4],
        "of another purpose": to_url(front.keys.sign(Purpose.PREFERENCES, 1)),
        "of another purpose with as many numbers": to_url(front.keys.sign(Purpose.RETURN, 1, 1)),
        "of another office": to_url(KeyRing({1: bytes(32)}).sign(Purpose.UNSUBSCRIBE, 1, 1)),
        "of an unknown key": to_url(KeyRing({9: b"k" * 32}).sign(Purpose.UNSUBSCRIBE, 1, 1)),
        "guessed": "A" * len(right),
        "of a test mail": "test",
        "letters beyond ASCII": "%D1%8F",
        "very long": "A" * 5000,
        "with too many numbers": to_url(front.keys.sign(Purpose.UNSUBSCRIBE, 1, 1, 1)),
        "with a number beyond the database": to_url(front.keys.sign(Purpose.UNSUBSCRIBE, 2**63, 1)),
    }


def test_b17_a_link_that_is_not_whole_fails_in_one_way_for_all(front: Front) -> None:
    answers = set()
    for name, token in wrong_links(front).items():
        for method in ("GET", "POST"):
            answer = front.ask(method, f"/unsubscribe/{token}", headers=FORM)
            headers = {key: value for key, value in answer.headers.items() if key != "date"}
            answers.add((answer.status, tuple(sorted(headers.items())), answer.body))
            assert answer.status == 404, name
    assert len(answers) == 1
    assert front.state(ANNA) is front.state("boris@example.org") is ACTIVE


def test_a_link_of_a_year_ago_works_and_one_of_an_older_key(tmp_path: Path) -> None:
    """Links carry no time; old keys stay in the ring when a new one signs."""
    old = KeyRing({1: b"k" * 32})
    token = to_url(old.sign(Purpose.UNSUBSCRIBE, 1, 1))
    rotated = KeyRing({1: b"k" * 32, 2: b"n" * 32})
    assert rotated.sign(Purpose.UNSUBSCRIBE, 1, 1)[0] == 2
    with served(small_office(tmp_path / "office"), rotated) as front:
        front.subscribe(ANNA)
        assert front.post(f"/unsubscribe/{token}", ONE_CLICK).status == 200
        assert front.state(ANNA) is ENDED


def test_who_was_erased_gets_the_same_page_and_no_error(front: Front) -> None:
    token = to_url(front.keys.sign(Purpose.UNSUBSCRIBE, 4711, 815))
    for answer in (front.get(f"/unsubscribe/{token}"), front.post(f"/unsubscribe/{token}", "")):
        assert answer.status == 200


def test_who_leaves_while_another_process_writes_is_kept_and_taken_off_later(
    front: Front,
) -> None:
    path = front.subscribe(ANNA)
    with front.locked_database():
        answer = front.post(path, ONE_CLICK)
        assert answer.status == 200
        assert front.journal.count() == 1
        assert front.state(ANNA) is ACTIVE
    until = time.monotonic() + 30
    while front.state(ANNA) is ACTIVE and time.monotonic() < until:
        time.sleep(0.05)
    assert front.state(ANNA) is ENDED
    assert front.story(ANNA).consents[-1].source == "one-click"
    while not front.journal.is_empty() and time.monotonic() < until:
        time.sleep(0.05)
    assert front.journal.is_empty()


def test_who_leaves_while_there_is_no_database_is_taken_off_when_it_is_back(
    tmp_path: Path,
) -> None:
    office = small_office(tmp_path / "office")
    with served(office) as front:
        path = front.subscribe(ANNA)
    with served(office, open_store=lambda: None) as front:
        assert "For the media" not in front.get(path).text
        assert front.post(path, ONE_CLICK).status == 200
        assert front.get("/ready").status == 503
        assert front.get("/healthy").status == 200
        assert front.journal.count() == 1
    with served(office) as front:
        assert front.get("/ready").status == 200  # opening it wrote down who had left
        assert front.state(ANNA) is ENDED
        assert front.journal.is_empty()


@pytest.mark.parametrize(("hours", "state"), [(-1, ACTIVE), (1, ENDED)])
def test_who_left_stays_away_unless_they_came_back_since_by_a_clock_that_was_not_set_back(
    front: Front, hours: int, state: SubscriptionState
) -> None:
    """A consent that lies in the future was given before the clock was set back: they left then."""
    front.subscribe(ANNA)
    listed = front.story(ANNA).listed
    assert listed
    now = datetime.datetime.now(datetime.UTC)
    given = Evidence(basis="asked", source=PUBLIC_PAGE, at=now + datetime.timedelta(hours=hours))
    whom = {listed.subscriber_id: listed.person}
    with front.store.write() as people:
        people.append_consents(whom, 1, ConsentAction.GIVEN, given)
    left = now - datetime.timedelta(hours=2)
    leave = Leave(subscriber_id=listed.subscriber_id, list_id=1, at=left, source="one-click")
    end_late(front.store, [leave])
    assert front.state(ANNA) is state


def test_nobody_is_told_yes_when_neither_database_nor_journal_can_be_written(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    office = small_office(tmp_path / "office")
    with served(office, open_store=lambda: None) as front:
        path = front.subscribe(ANNA)
        (office / ".newsletter" / "leaves.journal").mkdir()
        answer = front.post(path, ONE_CLICK)
        assert answer.status == 503
        assert answer.headers["Retry-After"]
        assert front.state(ANNA) is ACTIVE
    assert "could not be kept" in capfd.readouterr().err


def test_pages_stand_below_the_folder_of_the_public_address(tmp_path: Path) -> None:
    office = small_office(tmp_path / "office")
    edit(office, "newsletter.yaml", "https://news.example.org", "https://www.example.org/news")
    with served(office) as front:
        path = front.subscribe(ANNA)
        assert front.get(path).status == 404
        page = front.get(f"/news{path}")
        assert page.status == 200
        assert 'href="/news/_pages/style.css"' in page.text
        assert front.post(f"/news{path}", ONE_CLICK).status == 200
        assert front.state(ANNA) is ENDED


def test_a_fault_of_ours_is_answered_with_a_number_and_no_detail(
    front: Front, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    path = front.subscribe(ANNA)
    monkeypatch.setattr(Readers, "membership", fail)
    answer = front.get(path)
    assert answer.status == 500
    assert "secret" not in answer.text
    number = answer.text.partition("Number of the fault: ")[2][:8]
    assert number
    assert f"fault {number}" in capfd.readouterr().err
    assert answer.headers["Content-Security-Policy"]


def test_many_who_leave_at_once_all_leave(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with small_front(tmp_path / "office") as front:
        addresses = [f"reader{number}@example.org" for number in range(300)]
        paths = [front.subscribe(address) for address in addresses]
        with ThreadPoolExecutor(16) as crowd:
            answers = list(crowd.map(lambda path: front.post(path, ONE_CLICK).status, paths))
        assert set(answers) == {200}
        assert {front.state(address) for address in addresses} == {ENDED}
