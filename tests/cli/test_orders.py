"""The operator's orders: pause, resume, retry; and watching from another window."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import COMMAND, Witness, run, run_json
from tests.workspace import edit

pytestmark = pytest.mark.slow


def test_a_paused_send_ends_with_what_was_in_flight_and_resume_goes_on(
    peopled: Path, witness: Witness
) -> None:
    edit(peopled, "newsletter.yaml", "messages_per_second: 400", "messages_per_second: 20")
    sending = subprocess.Popen(
        [*COMMAND, "send", "2015-1", "--yes"],
        cwd=peopled,
        env=os.environ | {"NEWSLETTER_RELAY": witness.relay, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        while len(witness.log()) < 5:
            assert sending.poll() is None
        assert "is paused" in run(peopled, "pause", "2015-1").stdout
        said, _ = sending.communicate(timeout=60)
    finally:
        sending.kill()
    assert sending.returncode == 4, said
    assert "paused at your word" in said
    assert "Paused; to go on: newsletter resume 2015-1" in said
    found = run_json(peopled, "status", "2015-1")
    assert all(each["paused_at"] for each in found["mailings"])
    assert sum(each["pending"] for each in found["mailings"]) > 0
    assert sum(each["unknown"] for each in found["mailings"]) == 0
    assert "was paused or cancelled before" in run(peopled, "pause", "2015-1").stdout
    run(peopled, "resume", "2015-1", NEWSLETTER_RELAY=witness.relay)
    assert set(witness.recipients().values()) == {1}


def test_what_was_refused_is_tried_again_once_it_is_mended(peopled: Path, witness: Witness) -> None:
    run(peopled, "send", "2015-1", "--yes", NEWSLETTER_RELAY=witness.relay)
    assert "Nothing of 2015-1 was refused" in run(peopled, "retry", "2015-1", "--refused").stdout
    said = run(peopled, "retry", "2015-1", code=2).stderr
    assert "--refused" in said


def test_the_story_of_one_recipient_is_told(peopled: Path, witness: Witness) -> None:
    run(peopled, "send", "2015-1", "--yes", NEWSLETTER_RELAY=witness.relay)
    address = witness.log()[0]["recipient"]
    said = run(peopled, "status", "2015-1", "--recipient", address).stdout
    assert "accepted" in said
    assert "by localhost: accepted: 250 2.0.0 filed" in said
    told = run_json(peopled, "status", "--recipient", address)
    (mailed,) = [story for story in told["stories"] if story["attempts"]]  # once, of all lists
    assert mailed["attempts"][0]["verdict"] == "accepted"
    missing = run(peopled, "status", "--recipient", "nobody@example.com", code=1).stderr
    assert "was no recipient of any issue" in missing


def test_watching_a_send_that_is_over_shows_its_report(peopled: Path, witness: Witness) -> None:
    run(peopled, "send", "2015-1", "--yes", NEWSLETTER_RELAY=witness.relay)
    assert "accepted" in run(peopled, "status", "2015-1", "--watch").stdout
    assert "name the issue" in run(peopled, "status", "--watch", code=2).stderr


def test_commands_need_no_module_of_sending_to_show_help() -> None:
    code = "import sys, newsletter.cli.main; print('aiosmtplib' in sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert shown.strip() == "False"


def test_a_timer_goes_on_with_whatever_is_due_and_leaves_what_is_paused(
    peopled: Path, witness: Witness
) -> None:
    assert (
        run(peopled, "resume", NEWSLETTER_RELAY=witness.relay).stdout
        == "Nothing is to be sent now.\n"
    )
    edit(peopled, "newsletter.yaml", "messages_per_second: 400", "messages_per_second: 10")
    command = [*COMMAND, "send", "2015-1", "--list", "constituents", "--yes"]
    environment = os.environ | {"NEWSLETTER_RELAY": witness.relay}
    with subprocess.Popen(command, cwd=peopled, env=environment, stdout=subprocess.PIPE) as sending:
        while len(witness.log()) < 5:
            assert sending.poll() is None
        busy = run(peopled, "resume", NEWSLETTER_RELAY=witness.relay)
        assert "is delivering from here already" in busy.stderr
        assert busy.stdout == "Nothing is to be sent now.\n"
        sending.kill()
    run(peopled, "pause", "2015-1")
    before = len(witness.log())
    assert (
        run(peopled, "resume", NEWSLETTER_RELAY=witness.relay).stdout
        == "Nothing is to be sent now.\n"
    )
    assert len(witness.log()) == before
    run(peopled, "resume", "2015-1", code=4, NEWSLETTER_RELAY="smtp://127.0.0.1:1?tls=none")
    edit(peopled, "newsletter.yaml", "messages_per_second: 10", "messages_per_second: 400")
    assert run_json(peopled, "resume", NEWSLETTER_RELAY=witness.relay)[0]["issue"] == "2015-1"
    report = run_json(peopled, "status", "2015-1")
    assert sum(each["pending"] for each in report["mailings"]) == 0
    assert set(witness.recipients().values()) == {1}
