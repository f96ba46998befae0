"""A rehearsal: a whole send to a server that goes wrong on purpose; nothing leaves or changes."""

from pathlib import Path

import pytest

from tests.cli.program import Witness, run, run_json
from tests.workspace import edit

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("faults", ["calm", "rough", "storm"])
def test_a_rehearsal_accounts_for_everybody_and_leaves_no_trace(peopled: Path, faults: str) -> None:
    before = (peopled / ".newsletter" / "state.db").read_bytes()
    found = run_json(
        *(peopled, "rehearse", "2015-1", "--faults", faults, "--seed", "5"),
        NEWSLETTER_RELAY="smtp://mail.example.invalid:465",
    )
    assert found["problems"] == []
    mailings = found["mailings"]
    mailed = sum(each["candidates"] - each["excluded"] for each in mailings)
    ended = ("accepted", "refused", "unknown")
    assert sum(each[state] for each in mailings for state in ended) == mailed
    accepted = sum(each["accepted"] for each in mailings)
    unknown = sum(each["unknown"] for each in mailings)
    assert accepted <= found["addresses"] <= accepted + unknown
    assert (faults == "calm") == (not found["injected"])
    assert (peopled / ".newsletter" / "state.db").read_bytes() == before
    assert not list((peopled / ".newsletter").glob("rehearsal-*"))
    assert run_json(peopled, "status") == {"issues": []}


def test_a_rehearsal_says_how_long_a_send_takes_by_the_limits(peopled: Path) -> None:
    edit(peopled, "newsletter.yaml", "messages_per_second: 400", "messages_per_second: 50")
    said = run(peopled, "rehearse", "2015-1", "--limits", "--speed-up", "100").stdout
    assert "By your limits a send takes" in said
    assert "Everybody is accounted for. Nothing was sent." in said


def test_an_issue_that_was_sent_cannot_be_rehearsed(peopled: Path, witness: Witness) -> None:
    run(peopled, "send", "2015-1", "--yes", NEWSLETTER_RELAY=witness.relay)
    said = run(peopled, "rehearse", "2015-1", code=1).stderr
    assert "was frozen for the list" in said
