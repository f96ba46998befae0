"""Sending by command, with a mail server in another process as the witness."""

import email
import email.policy
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.program import COMMAND, Witness, run, run_json, sink
from tests.workspace import edit

pytestmark = pytest.mark.slow

COUNTS = ("pending", "deferred", "accepted", "refused", "unknown", "skipped", "cancelled")


def holds(mailing: dict[str, int]) -> bool:
    return mailing["candidates"] == mailing["excluded"] + sum(mailing[name] for name in COUNTS)


def start(
    office: Path, *arguments: str, relay: str, group: bool = False
) -> subprocess.Popen[bytes]:
    """Start a command; with `group` in a group of processes of its own, as in a terminal."""
    return subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=office,
        env=os.environ | {"NEWSLETTER_RELAY": relay},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=group,
    )


def wait_for(witness: Witness, count: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until the witness has filed `count` messages, or the sender is done."""
    while len(witness.log()) < count and process.poll() is None:
        time.sleep(0.005)


def test_everybody_is_accepted_once_or_excluded_with_a_reason(
    peopled: Path, witness: Witness
) -> None:
    said = run(peopled, "send", "2015-1", "--yes", NEWSLETTER_RELAY=witness.relay).stdout
    assert "excluded from media: 12 get it by another list" in said
    found = run_json(peopled, "status", "2015-1")
    assert found["issue"] == "2015-1"
    assert [mailing["list"] for mailing in found["mailings"]] == ["constituents", "media"]
    assert all(holds(mailing) for mailing in found["mailings"])
    accepted = sum(mailing["accepted"] for mailing in found["mailings"])
    assert witness.recipients().total() == len(witness.recipients()) == accepted == 318
    everybody = run_json(peopled, "status", "2015-1", "--state", "accepted", "--state", "excluded")
    assert len(everybody["recipients"]) == 330


def test_each_gets_the_edition_in_their_language(peopled: Path, witness: Witness) -> None:
    run(peopled, "send", "2015-1", "--list", "media", "--yes", NEWSLETTER_RELAY=witness.relay)
    languages = {
        person["address"]: person["language"]
        for person in run_json(peopled, "subscribers", "list", "--list", "media")
    }
    seen = set()
    for entry in witness.log():
        message = email.message_from_bytes(witness.message(entry), policy=email.policy.default)
        address = message["To"].addresses[0].addr_spec
        seen.add(message["Content-Language"])
        if languages.get(address):
            assert message["Content-Language"] == languages[address]
    assert seen == {"en", "ru"}


def test_f39_an_issue_goes_to_a_list_once(peopled: Path, witness: Witness) -> None:
    run(peopled, "send", "2015-1", "--yes", NEWSLETTER_RELAY=witness.relay)
    said = run(peopled, "send", "2015-1", "--yes", code=1, NEWSLETTER_RELAY=witness.relay).stderr
    assert "nobody waits any more; an issue goes to a list once" in said
    assert "newsletter resume" not in said
    assert "newsletter resume" not in run(peopled, "rehearse", "2015-1", code=1).stderr
    found = run_json(peopled, "status", "2015-1")
    for _ in range(2):
        told = run(peopled, "resume", "2015-1", NEWSLETTER_RELAY=witness.relay).stdout
        assert "Nothing of 2015-1 was left to send." in told
    assert run_json(peopled, "status", "2015-1") == found
    assert witness.recipients().total() == 318


def test_nothing_is_sent_without_a_yes(peopled: Path, witness: Witness) -> None:
    said = run(peopled, "send", "2015-1", code=2, NEWSLETTER_RELAY=witness.relay)
    assert "say yes beforehand with --yes" in said.stderr
    assert "318 messages" in said.stdout
    assert run_json(peopled, "status") == {"issues": []}
    assert not witness.log()


def test_an_issue_with_errors_is_not_sent(peopled: Path, witness: Witness) -> None:
    edit(peopled, "issues/2015-1/issue.yaml", "serial: 60", "serial: 61")
    run(peopled, "send", "2015-1", "--yes", code=1, NEWSLETTER_RELAY=witness.relay)
    assert run_json(peopled, "status") == {"issues": []}


def test_a_dry_run_writes_every_message_and_keeps_nothing(peopled: Path) -> None:
    said = run(peopled, "send", "2015-1", "--dry-run", "letters").stdout
    letters = list((peopled / "letters").glob("*.eml"))
    assert len(letters) == 318
    assert "318 messages, nothing was sent" in said
    assert run_json(peopled, "status") == {"issues": []}
    subjects = {email.message_from_bytes(path.read_bytes())["Content-Language"] for path in letters}
    assert subjects == {"en", "ru"}


def test_a_relay_that_does_not_answer_is_found_out_before_anything_is_frozen(
    peopled: Path, witness: Witness
) -> None:
    gone = "smtp://127.0.0.1:9?tls=none"
    said = run(peopled, "send", "2015-1", "--yes", code=4, NEWSLETTER_RELAY=gone).stderr
    assert "there is no connection to the relay" in said
    assert "nothing was frozen or sent" in said
    assert "newsletter sink" in said
    assert run_json(peopled, "status") == {"issues": []}
    run(peopled, "send", "2015-1", "--yes", NEWSLETTER_RELAY=witness.relay)


def test_a_relay_that_goes_away_and_comes_back_loses_nobody(peopled: Path, tmp_path: Path) -> None:
    with sink(tmp_path / "sink") as relay:
        process = start(peopled, "send", "2015-1", "--yes", relay=relay.relay)
        wait_for(relay, 30, process)
    port = relay.relay.partition("localhost:")[2].partition("?")[0]
    with sink(tmp_path / "sink", port=port) as relay:
        assert process.wait(timeout=90) in (0, 3)  # 3: a reply was lost with the relay
        filed = relay.recipients()
    found = run_json(peopled, "status", "2015-1")
    assert all(holds(mailing) for mailing in found["mailings"])
    accepted = sum(mailing["accepted"] for mailing in found["mailings"])
    unknown = sum(mailing["unknown"] for mailing in found["mailings"])
    assert accepted + unknown == 318
    assert accepted <= len(filed) == filed.total()


def test_a_password_is_never_shown(peopled: Path) -> None:
    relay = "smtp://anna:geheim123@127.0.0.1:9?tls=none"
    said = run(peopled, "send", "2015-1", "--yes", code=4, NEWSLETTER_RELAY=relay)
    relay = relay.replace("?", "?x=1&")
    wrong = run(peopled, "send", "2015-1", "--yes", code=2, NEWSLETTER_RELAY=relay)
    for each in (said, wrong):
        assert "geheim123" not in each.stdout + each.stderr


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_signal_finishes_what_is_in_flight_and_resume_goes_on(
    peopled: Path, witness: Witness, kind: signal.Signals
) -> None:
    process = start(peopled, "send", "2015-1", "--yes", relay=witness.relay)
    wait_for(witness, 40, process)
    process.send_signal(kind)
    assert process.wait(timeout=40) == 4
    found = run_json(peopled, "status", "2015-1")
    assert sum(mailing["unknown"] for mailing in found["mailings"]) == 0
    assert 0 < sum(mailing["pending"] for mailing in found["mailings"]) < 318
    run(peopled, "resume", "2015-1", NEWSLETTER_RELAY=witness.relay)
    assert witness.recipients().total() == len(witness.recipients()) == 318


def test_cancel_sends_to_nobody_else(peopled: Path, witness: Witness) -> None:
    process = start(peopled, "send", "2015-1", "--yes", relay=witness.relay)
    wait_for(witness, 20, process)
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=40)
    accepted = len(witness.log())
    run(peopled, "cancel", "2015-1", "--yes")
    run(peopled, "resume", "2015-1", NEWSLETTER_RELAY=witness.relay)
    assert len(witness.log()) == accepted
    found = run_json(peopled, "status", "2015-1")
    assert sum(mailing["cancelled"] for mailing in found["mailings"]) == 318 - accepted


def test_f35_whoever_leaves_before_the_claim_is_skipped(peopled: Path, witness: Witness) -> None:
    gone = run_json(peopled, "subscribers", "list", "--list", "media")[30]["address"]
    process = start(peopled, "send", "2015-1", "--yes", relay=witness.relay)
    wait_for(witness, 1, process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=40) == 4
    assert gone not in witness.recipients()  # media goes last
    run(peopled, "subscribers", "remove", gone, "--yes")
    run(peopled, "resume", "2015-1", NEWSLETTER_RELAY=witness.relay)
    found = run_json(peopled, "status", "2015-1", "--state", "skipped")
    assert [each["address"] for each in found["recipients"]] == [gone]
    assert gone not in witness.recipients()


def test_a_test_is_outside_of_any_mailing(sample: Path, witness: Witness) -> None:
    said = run(
        *(sample, "test", "2015-1", "--to", "anna@example.org", "--to", "борис@пример.example.org"),
        NEWSLETTER_RELAY=witness.relay,
    ).stdout
    assert said.count("accepted") == 4
    subjects = [
        email.message_from_bytes(witness.message(entry), policy=email.policy.default)["Subject"]
        for entry in witness.log()
    ]
    assert all(subject.startswith("[Test] ") for subject in subjects)
    assert run_json(sample, "status") == {"issues": []}


def test_demo_accounts_for_everybody_and_replaces_an_earlier_demo(tmp_path: Path) -> None:
    (tmp_path / "newsletter-demo").mkdir()
    for name in (".newsletter-demo", "left-over"):
        (tmp_path / "newsletter-demo" / name).touch()
    said = run(tmp_path, "demo").stdout
    assert "330 candidates = 318 accepted (80 en, 238 ru) + 12 excluded" in said
    assert "Everybody is accounted for." in said
    assert (tmp_path / "newsletter-demo/index.html").is_file()
    assert not (tmp_path / "newsletter-demo/left-over").exists()


def test_demo_replaces_no_folder_but_its_own(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter.txt").write_text("dear me", encoding="utf-8")
    assert "mine is not empty" in run(tmp_path, "demo", "mine", code=2).stderr
    assert (tmp_path / "mine/letter.txt").read_text(encoding="utf-8") == "dear me"
