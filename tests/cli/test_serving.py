"""`newsletter serve` beside other commands: what it is told holds for a send that runs."""

import email
import email.policy
import re
from pathlib import Path

import pytest

from newsletter.tokens import Purpose, load_key_ring, to_url
from tests.cli.conftest import PACE
from tests.cli.program import Witness, run, run_json
from tests.cli.serving import ONE_CLICK, Served, serving
from tests.cli.test_sending import holds, start, wait_for
from tests.workspace import edit

pytestmark = pytest.mark.slow

_LINK = re.compile(r"https?://[^\s\"<>]+")


def sent_messages(office: Path, witness: Witness) -> list[bytes]:
    run(office, "send", "2015-1", "--list", "media", "--yes", NEWSLETTER_RELAY=witness.relay)
    return [witness.message(entry) for entry in witness.log()]


def dance(served: Served, message: bytes, kind: str, body: bytes) -> int:
    """Do what RFC 8058 asks of a mail program, which knows nothing but the message."""
    mail = email.message_from_bytes(message, policy=email.policy.default)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    links = re.findall(r"<([^>]+)>", str(mail["List-Unsubscribe"]))
    (https,) = [link for link in links if link.startswith("https://")]
    status, headers, _ = served.ask("POST", https, body, {"Content-Type": kind})
    assert "Location" not in headers
    assert "Set-Cookie" not in headers
    return status


def test_rfc_8058_by_one_who_knows_only_the_message(peopled: Path, witness: Witness) -> None:
    first, second, *_ = sent_messages(peopled, witness)
    boundary = "0000000000003d9b7c05f0"
    parts = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
        f"One-Click\r\n--{boundary}--\r\n"
    )
    with serving(peopled) as served:
        form = "application/x-www-form-urlencoded"
        assert dance(served, first, form, ONE_CLICK) == 200
        assert dance(served, first, form, ONE_CLICK) == 200
        kind = f'multipart/form-data; boundary="{boundary}"'
        assert dance(served, second, kind, parts.encode()) == 200
    left = run_json(peopled, "subscribers", "list", "--list", "media", "--state", "ended")
    wanted = {
        email.message_from_bytes(each, policy=email.policy.default)["To"].addresses[0].addr_spec
        for each in (first, second)
    }
    assert {each["address"] for each in left} == wanted


def test_b18_no_link_of_a_message_changes_anything_when_it_is_followed(
    peopled: Path, witness: Witness
) -> None:
    message = sent_messages(peopled, witness)[0]
    mail = email.message_from_bytes(message, policy=email.policy.default)
    parts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    text = "\n".join([*parts, str(mail["List-Unsubscribe"]), str(mail["List-Archive"])])
    links = {each for each in _LINK.findall(text) if "ilo-moscow.example.org" in each}
    assert any("/unsubscribe/" in link for link in links)
    before = run_json(peopled, "subscribers", "list")
    with serving(peopled) as served:
        for link in links:
            for method in ("GET", "HEAD", "OPTIONS"):
                assert served.ask(method, link)[0] in (200, 404, 405)
    assert run_json(peopled, "subscribers", "list") == before


def test_i4_who_unsubscribes_in_mid_send_is_not_mailed_when_not_yet_claimed(
    peopled: Path, witness: Witness
) -> None:
    edit(peopled, "newsletter.yaml", PACE[1], "messages_per_second: 40")
    run(peopled, "subscribers", "lists")
    with serving(peopled) as served:
        sender = start(
            peopled, "send", "2015-1", "--list", "constituents", "--yes", relay=witness.relay
        )
        wait_for(witness, 20, sender)
        waiting = run_json(peopled, "status", "2015-1", "--state", "pending")["recipients"]
        leaving = [each["address"] for each in waiting[-60:]]
        for link in links_of(peopled, leaving):
            assert served.one_click(link) == 200
        gone_by_now = witness.recipients()
        assert sender.wait(timeout=90) == 0
    assert len(leaving) == 60
    assert not set(leaving) & set(gone_by_now)
    assert not set(leaving) & set(witness.recipients())
    found = run_json(peopled, "status", "2015-1", "--state", "skipped")
    assert {each["address"] for each in found["recipients"]} == set(leaving)
    assert {each["reason"] for each in found["recipients"]} == {"unsubscribed"}
    assert all(holds(mailing) for mailing in found["mailings"])


def links_of(office: Path, addresses: list[str], list_id: int = 1) -> list[str]:
    """Return the links of people who have not got their mail yet."""
    from newsletter.address import parse_address
    from newsletter.store.engine import open_database
    from newsletter.store.people import PeopleStore

    state = office / ".newsletter"
    ring = load_key_ring(state / "keys")
    with open_database(f"sqlite:///{state / 'state.db'}") as database:
        store = PeopleStore(database, ring)
        with store.read() as people:
            keys = [parse_address(address).key for address in addresses]
            known = people.known(keys, list_id)
    return [
        f"https://x.example.org/unsubscribe/"
        f"{to_url(ring.sign(Purpose.UNSUBSCRIBE, each.subscriber_id, list_id))}"
        for each in known.values()
    ]


def test_who_left_by_the_journal_is_not_mailed_by_the_next_send(
    peopled: Path, witness: Witness
) -> None:
    """The server dies before it could write down who left; the send does that first."""
    import datetime

    from newsletter.model.leaving import ONE_CLICK as SOURCE
    from newsletter.model.leaving import Leave
    from newsletter.store.journal import Journal
    from newsletter.tokens import from_url

    (reader,) = run_json(peopled, "subscribers", "list", "--search", "@", "--list", "media")[:1]
    (link,) = links_of(peopled, [reader["address"]], list_id=2)
    ring = load_key_ring(peopled / ".newsletter" / "keys")
    numbers = ring.verify(Purpose.UNSUBSCRIBE, from_url(link.rpartition("/")[2]))
    assert numbers is not None
    at = datetime.datetime.now(datetime.UTC)
    leave = Leave(subscriber_id=numbers[0], list_id=numbers[1], at=at, source=SOURCE)
    Journal(peopled / ".newsletter").add([leave])
    run(peopled, "send", "2015-1", "--list", "media", "--yes", NEWSLETTER_RELAY=witness.relay)
    assert reader["address"] not in witness.recipients()
    assert len(witness.recipients()) == 39


def test_a_port_that_is_taken_is_told_in_words(peopled: Path) -> None:
    with serving(peopled) as served:
        port = served.url.rstrip("/").rpartition(":")[2]
        said = run(peopled, "serve", "--port", port, code=1).stderr
        assert "cannot be served" in said


def test_an_archive_is_served_in_a_sandbox(peopled: Path) -> None:
    run(peopled, "archive", "build", "site", "--issue", "2015-1")
    edit(peopled, "newsletter.yaml", "public_url:", "web:\n  archive: site\npublic_url:")
    with serving(peopled) as served:
        status, headers, page = served.ask("GET", "/")
        assert status == 200
        assert "sandbox" in headers["Content-Security-Policy"]
        assert 'href="en/' in page
        assert served.ask("GET", "/../newsletter.yaml")[0] == 404
        assert served.ask("POST", "/")[0] == 405
        assert served.ask("GET", "/unsubscribe/x")[0] == 404
    edit(peopled, "newsletter.yaml", "archive: site", "archive: nowhere")
    assert "newsletter archive build nowhere" in run(peopled, "serve", code=2).stderr
