"""What comes back is taken and acted on: the right people, for reasons one can read."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import PACE
from tests.cli.program import COMMAND, Witness, run, run_json
from tests.cli.test_sending import start, wait_for
from tests.returns.reports import BLOCKED, FULL, UNKNOWN, bounce, complaint, leaving
from tests.workspace import edit

pytestmark = pytest.mark.slow


class Box:
    """A Maildir to which reports come."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("new", "cur", "tmp"):
            (folder / name).mkdir(parents=True)
        self._count = 0

    def put(self, *messages: bytes) -> None:
        for message in messages:
            self._count += 1
            (self.folder / "new" / f"{self._count:06}.test").write_bytes(message)

    def fetch(self, office: Path, code: int = 0) -> Any:
        return run_json(office, "returns", "fetch", code=code, NEWSLETTER_RETURNS=self.address)

    @property
    def address(self) -> str:
        return f"maildir://{self.folder}"


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path / "box")


@pytest.fixture
def sent(peopled: Path, witness: Witness) -> list[dict[str, Any]]:
    """Send an issue to a small list; return what the witness saw of each mail."""
    run(peopled, "send", "2015-1", "--list", "media", "--yes", NEWSLETTER_RELAY=witness.relay)
    return witness.log()


def story(office: Path, address: str) -> Any:
    return run_json(office, "subscribers", "show", address)


def subscriptions(office: Path, address: str) -> Any:
    return story(office, address)["person"]["subscriptions"]


def suppressed(office: Path) -> set[str]:
    listed = run_json(office, "subscribers", "list", "--list", "media")
    return {each["address"] for each in listed if each["suppressed"]}


def counts(office: Path) -> dict[str, int]:
    """Return how many rows there are of what came back and what was done."""
    with sqlite3.connect(office / ".newsletter" / "state.db") as database:
        tables = ("returns", "returned", "suppressions", "consents")
        return {t: database.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables}


def test_each_is_treated_by_what_the_report_says_and_shows(
    peopled: Path, witness: Witness, sent: list[dict[str, Any]], box: Box
) -> None:
    gone, full, blocked, by_id, forged, passed_on, unhappy, leaver = sent[:8]
    office = "bounces@ilo-moscow.example.org"
    box.put(
        bounce(gone),
        bounce(full, FULL),
        bounce(blocked, BLOCKED),
        bounce(by_id, to=office),
        bounce(forged, to=office, message_id="<2015-1.5.0123456789ab@ilo-moscow.example.org>"),
        bounce(passed_on, final="somebody@else.example.org"),
        complaint(unhappy["sender"]),
        leaving(witness.message(leaver), leaver["recipient"]),
        b"From: anna@example.org\nTo: us@example.org\nSubject: A question\n\nMay I quote you?\n",
        b"\0\1\2",
    )
    done = box.fetch(peopled)
    assert done["taken"] == 10
    assert done["actions"] == {"suppressed": 2, "ended": 1, "counted": 2, "ours": 1, "none": 1}
    assert (done["left"], done["letters"], done["unreadable"]) == (1, 1, 1)
    assert {each["address"] for each in done["suppressed"]} == {
        gone["recipient"],
        by_id["recipient"],
    }
    assert suppressed(peopled) == {gone["recipient"], by_id["recipient"]}
    note = story(peopled, gone["recipient"])["suppression"]["note"]
    assert "nobody there has this address" in note
    ended = {line["reason"] for line in subscriptions(peopled, unhappy["recipient"])}
    assert ended == {"complaint"}
    left = {line["list"]: line["reason"] for line in subscriptions(peopled, leaver["recipient"])}
    assert left["media"] == "mail"
    assert set(left.values()) <= {"mail", ""}


def test_the_next_send_leaves_out_who_is_gone_and_says_why(
    peopled: Path, witness: Witness, sent: list[dict[str, Any]], box: Box
) -> None:
    box.put(bounce(sent[0]), bounce(sent[1], FULL))
    box.fetch(peopled)
    run(peopled, "send", "2015-2", "--list", "media", "--yes", NEWSLETTER_RELAY=witness.relay)
    second = {each["recipient"] for each in witness.log()[len(sent) :]}
    assert sent[0]["recipient"] not in second
    assert sent[1]["recipient"] in second
    (mailing,) = run_json(peopled, "status", "2015-2")["mailings"]
    assert mailing["exclusions"]["suppressed"] == 1
    told = run(peopled, "subscribers", "show", sent[0]["recipient"]).stdout
    assert "2015-2 by media: left out, suppressed" in " ".join(told.split())
    assert "550 5.1.1 User unknown" in told


def test_a_report_counts_once_however_often_and_by_whatever_way_it_comes(
    peopled: Path, sent: list[dict[str, Any]], box: Box
) -> None:
    report = bounce(sent[0], FULL)
    box.put(report)
    box.fetch(peopled)
    before = counts(peopled)
    box.put(report)
    pipe = [*COMMAND, "returns", "read"]
    subprocess.run(pipe, cwd=peopled, input=report, check=True)
    (peopled / ".newsletter" / "returns" / "positions.json").unlink()
    done = box.fetch(peopled)
    assert done["actions"]["counted"] == 0
    assert counts(peopled) == before


def test_a_full_mailbox_is_suppressed_after_so_many_issues_running(
    peopled: Path, witness: Witness, sent: list[dict[str, Any]], box: Box
) -> None:
    edit(peopled, "newsletter.yaml", "unknown: hold", "unknown: hold\nreturns: { soft_issues: 2 }")
    box.put(bounce(sent[0], FULL))
    assert box.fetch(peopled)["actions"]["counted"] == 1
    run(peopled, "send", "2015-2", "--list", "media", "--yes", NEWSLETTER_RELAY=witness.relay)
    again = next(
        each for each in witness.log()[len(sent) :] if each["recipient"] == sent[0]["recipient"]
    )
    box.put(bounce(again, FULL))
    done = box.fetch(peopled)
    (found,) = done["suppressed"]
    assert "2 issues running did not arrive (2015-1, 2015-2)" in found["because"]


def test_undoing_needs_a_reason_and_holds_against_late_reports(
    peopled: Path, sent: list[dict[str, Any]], box: Box
) -> None:
    address = sent[0]["recipient"]
    box.put(bounce(sent[0]))
    box.fetch(peopled)
    run(peopled, "returns", "undo", address, "--reason", " ", code=2)
    run(peopled, "returns", "undo", address, "--reason", "she called")
    assert story(peopled, address)["suppression"] is None
    box.put(bounce(sent[0], "550 5.1.1 no such user here"))
    done = box.fetch(peopled)
    assert done["actions"]["suppressed"] == 0
    assert story(peopled, address)["suppression"] is None
    assert "she called" in run(peopled, "subscribers", "show", address).stdout
    said = run(peopled, "returns", "undo", address, "--reason", "again", code=1).stderr
    assert "is not suppressed; nothing was changed" in said


def test_all_of_an_issue_at_one_provider_are_taken_back_together(
    peopled: Path, sent: list[dict[str, Any]], box: Box
) -> None:
    by_domain: dict[str, list[dict[str, Any]]] = {}
    for each in sent:
        by_domain.setdefault(each["recipient"].rpartition("@")[2], []).append(each)
    domain, theirs = max(by_domain.items(), key=lambda item: len(item[1]))
    other = next(each for each in sent if each not in theirs)
    box.put(*map(bounce, theirs), bounce(other))
    box.fetch(peopled)
    said = run(
        *(peopled, "returns", "undo", "--issue", "2015-1", "--provider", domain),
        *("--reason", "their bad day"),
    ).stdout
    assert said.count("is written to again") == len(theirs)
    assert story(peopled, other["recipient"])["suppression"]


def test_what_the_relay_refused_while_sending_is_judged_too(
    peopled: Path, witness: Witness
) -> None:
    run(peopled, "subscribers", "add", "gone@example.org", "--list", "media", "--basis", "asked")
    run(
        *(peopled, "send", "2015-1", "--list", "media", "--yes"),
        code=None,
        NEWSLETTER_RELAY=witness.relay,
    )
    with sqlite3.connect(peopled / ".newsletter" / "state.db") as database:
        (number,) = database.execute(
            "SELECT id FROM deliveries WHERE address_key = 'gone@example.org'"
        ).fetchone()
        database.execute("UPDATE deliveries SET state = 'refused' WHERE id = ?", (number,))
        database.execute(
            "UPDATE attempts SET code = 550, enhanced = '5.1.1', reply = '5.1.1 User unknown', "
            "verdict = 'refused' WHERE delivery_id = ?",
            (number,),
        )
    done = run_json(peopled, "returns", "fetch")
    assert done["refusals"] == 1
    assert [each["address"] for each in done["suppressed"]] == ["gone@example.org"]
    assert run_json(peopled, "returns", "fetch")["refusals"] == 0


def test_nothing_of_somebody_erased_comes_back_with_a_late_report(
    peopled: Path, sent: list[dict[str, Any]], box: Box
) -> None:
    early, late = sent[0]["recipient"], sent[1]["recipient"]
    box.put(bounce(sent[0], FULL))
    box.fetch(peopled)
    for address in (early, late):
        run(peopled, "subscribers", "erase", address, "--basis", "asked by mail", "--yes")
    box.put(bounce(sent[1]))
    box.fetch(peopled)
    state = peopled / ".newsletter"
    for address in (early, late):
        holding = [
            file
            for file in state.rglob("*")
            if file.is_file() and address.encode() in file.read_bytes()
        ]
        assert not holding


def test_i6_a_fetch_that_is_killed_loses_nothing_and_counts_nothing_twice(
    peopled: Path, sent: list[dict[str, Any]], box: Box
) -> None:
    """Invariant I6: SIGKILL at any moment, again and again, comes to the same end."""
    kinds = (UNKNOWN, FULL, BLOCKED)
    for number, each in enumerate(sent):
        box.put(bounce(each, kinds[number % 3]))
    chance = random.Random(2015)
    environment = os.environ | {"NEWSLETTER_RETURNS": box.address}
    kills = 0
    for _ in range(40):
        process = subprocess.Popen(
            [*COMMAND, "returns", "fetch"],
            cwd=peopled,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        kept = peopled / ".newsletter" / "returns" / "new"
        while process.poll() is None and not kept.exists():
            time.sleep(0.002)
        time.sleep(chance.random() * 0.15)
        process.send_signal(signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
    assert kills > 5
    box.fetch(peopled)
    found = run_json(peopled, "returns", "report", "2015-1")
    assert found["came_back"] == len(sent)
    by_action = {each["action"]: 0 for each in found["counts"]}
    for each in found["counts"]:
        by_action[each["action"]] += each["mails"]
    assert by_action == {
        "suppressed": len(sent[0::3]),
        "counted": len(sent[1::3]),
        "ours": len(sent[2::3]),
    }
    assert counts(peopled)["returns"] == counts(peopled)["returned"] == len(sent)
    assert suppressed(peopled) == {each["recipient"] for each in sent[0::3]}


def test_a_day_on_a_block_list_suppresses_nobody_alarms_and_pauses_the_send(
    peopled: Path, witness: Witness, box: Box
) -> None:
    edit(peopled, "newsletter.yaml", PACE[1], "messages_per_second: 25")
    sender = start(
        peopled, "send", "2015-1", "--list", "constituents", "--yes", relay=witness.relay
    )
    wait_for(witness, 30, sender)
    for each in witness.log()[::2]:
        box.put(bounce(each, BLOCKED))
    done = box.fetch(peopled, code=4)
    (alarm,) = done["alarms"]
    assert (alarm["issue"], alarm["rule"], alarm["paused"]) == ("2015-1", "refused-for-us", True)
    assert done["suppressed"] == []
    assert sender.wait(timeout=60) == 4
    sent = len(witness.log())
    assert sent < 290
    said = " ".join(run(peopled, "status", "2015-1").stdout.split())
    assert "Paused: " in said
    assert "were refused because of us, not of the readers" in said
    box.put(*(bounce(each, BLOCKED) for each in witness.log()[1::2]))
    again = box.fetch(peopled)
    assert again["alarms"] == []
    listed = run_json(peopled, "subscribers", "list", "--list", "constituents")
    assert not [each for each in listed if each["suppressed"]]
    run(peopled, "resume", "2015-1", NEWSLETTER_RELAY=witness.relay)
    (mailing,) = run_json(peopled, "status", "2015-1")["mailings"]
    assert mailing["accepted"] == len(witness.log()) > sent


def test_an_alarm_that_a_death_kept_back_is_raised_by_the_next_who_looks(
    peopled: Path, sent: list[dict[str, Any]], box: Box
) -> None:
    box.put(*(bounce(each, BLOCKED) for each in sent[:4]))
    assert len(box.fetch(peopled)["alarms"]) == 1
    with sqlite3.connect(peopled / ".newsletter" / "state.db") as database:
        database.execute("DELETE FROM alarms")  # as if it had died between the two
    assert len(box.fetch(peopled)["alarms"]) == 1
    assert box.fetch(peopled)["alarms"] == []


def test_the_pipe_keeps_a_message_or_asks_the_mail_server_to_try_again(peopled: Path) -> None:
    read = [*COMMAND, "returns", "read", "--recipient", "bounces+x@example.org"]
    subprocess.run(read, cwd=peopled, input=b"Subject: x\n\ny\n", check=True)
    folder = peopled / ".newsletter" / "returns" / "new"
    (file,) = folder.iterdir()
    assert file.read_bytes() == b"Delivered-To: bounces+x@example.org\nSubject: x\n\ny\n"
    file.unlink()
    folder.rmdir()
    folder.write_text("where the folder should be")
    failed = subprocess.run(
        read, cwd=peopled, input=b"Subject: x\n\ny\n", check=False, capture_output=True
    )
    assert failed.returncode == 75
    assert b"cannot be kept" in failed.stderr


def test_a_mailbox_that_cannot_be_reached_keeps_no_other_from_being_emptied(
    peopled: Path, sent: list[dict[str, Any]], box: Box
) -> None:
    box.put(bounce(sent[0]))
    both = f"imap://a:b@127.0.0.1:1?tls=none {box.address}"
    done = run(peopled, "returns", "fetch", "--json", code=1, NEWSLETTER_RETURNS=both)
    assert json.loads(done.stdout)["actions"]["suppressed"] == 1
    assert "imap://a@127.0.0.1:1" in done.stderr


def test_the_service_acts_on_what_comes_and_ends_at_a_signal(
    peopled: Path, sent: list[dict[str, Any]], box: Box
) -> None:
    process = subprocess.Popen(
        [*COMMAND, "returns", "run"],
        cwd=peopled,
        env=os.environ | {"NEWSLETTER_RETURNS": box.address},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert "Ctrl-C ends it" in process.stdout.readline()
    box.put(bounce(sent[0]))
    told = iter(process.stdout.readline, "")
    assert any("nobody there has this address" in line for line in told)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert story(peopled, sent[0]["recipient"])["suppression"]
