"""`kill -9` in mid-send, twenty times, then `resume`: nobody missing, nobody twice unlisted."""

import random
import time
from pathlib import Path

import pytest

from newsletter.address import parse_address
from tests.cli.program import Witness, run, run_json
from tests.cli.test_sending import holds, start, wait_for

KILLS = 20


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_twenty_kills_lose_nobody_and_repeat_only_who_is_listed(
    peopled: Path, witness: Witness
) -> None:
    chance = random.Random(20150331)
    command: tuple[str, ...] = ("send", "2015-1", "--yes")
    for kill in range(KILLS):
        process = start(peopled, *command, relay=witness.relay)
        wait_for(witness, (kill + 1) * 318 // (KILLS + 2), process)
        time.sleep(chance.uniform(0, 0.02))  # any point of a transaction or of a commit
        process.kill()
        process.wait()
        command = ("resume", "2015-1")
    run(peopled, "resume", "2015-1", code=None, NEWSLETTER_RELAY=witness.relay)

    found = run_json(peopled, "status", "2015-1", "--state", "unknown", "--state", "accepted")
    assert all(holds(mailing) for mailing in found["mailings"])
    state = {parse_address(each["address"]).wire: each["state"] for each in found["recipients"]}
    assert len(state) == 318  # each of them is accepted or unknown: nobody is missing
    filed = witness.recipients()
    assert {address for address, where in state.items() if where == "accepted"} <= set(filed)
    assert all(count == 1 for count in filed.values())  # unknown is held: nobody twice

    unknown = {address for address, where in state.items() if where == "unknown"}
    run(peopled, "resolve", "2015-1", "--resend", "--yes")
    run(peopled, "resume", "2015-1", NEWSLETTER_RELAY=witness.relay)
    filed = witness.recipients()
    assert set(filed) == set(state)
    assert {address for address, count in filed.items() if count > 1} <= unknown
    assert max(filed.values()) <= 2
