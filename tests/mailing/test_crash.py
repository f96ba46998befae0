"""A sender that is killed again and again, judged by a relay in a process of its own.

The relay writes down what it takes; the sender is killed without warning at random moments. At the
end nobody is missing, and only those were mailed twice who had been listed as unknown.
"""

import collections
import contextlib
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.model.ledger import Resolution
from newsletter.model.mailing import DeliveryState, Verdict
from newsletter.store.ledger import Ledger
from tests.store.office import ISSUE, NOON, address, frozen, opened, readers, subscribe

ROOT = Path(__file__).parents[2]
PEOPLE = readers(600)
KILLS = 20
WINDOW = 2 * 4
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@contextlib.contextmanager
def relay(log: Path) -> Iterator[str]:
    """Run a relay that writes into `log`; yield its port."""
    command = [sys.executable, "-m", "tests.mailing.witness", str(log), "0.01"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def taken(log: Path) -> list[list[str]]:
    """Return recipient and Message-ID of what the relay took."""
    return [line.split() for line in log.read_text(encoding="utf-8").splitlines()]


def sender(folder: Path, port: str, unknown: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.mailing.sender", str(folder), port, unknown]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def kill_once(folder: Path, port: str, unknown: str, log: Path, chance: random.Random) -> None:
    """Let a sender begin, and kill it a random time after its first mail was taken."""
    before = len(taken(log))
    with sender(folder, port, unknown) as process:
        while len(taken(log)) == before and process.poll() is None:
            time.sleep(0.002)
        time.sleep(chance.random() * 0.05)
        process.kill()


def finish(folder: Path, port: str, unknown: str) -> dict[str, int]:
    """Let a sender come to its end; return the sums of the mailing."""
    with sender(folder, port, unknown) as process:
        printed, _ = process.communicate()
    assert process.returncode in (0, 3)
    (mailing,) = json.loads(printed)["mailings"]
    return dict(mailing)


def who_was_ever_unknown(ledger: Ledger) -> set[str]:
    return {
        f"{local}@example.org"
        for local in PEOPLE
        for story in ledger.stories(address(local).key)
        if any(each.outcome and each.outcome.verdict is Verdict.UNKNOWN for each in story.attempts)
    }


def standing_at(ledger: Ledger, state: DeliveryState) -> set[str]:
    return {each.address for each in ledger.standings(ISSUE, [state])}


@pytest.mark.parametrize("unknown", ["hold", "resend"])
def test_twenty_kills_lose_nobody_and_double_only_who_is_listed(
    tmp_path: Path, unknown: str
) -> None:
    chance = random.Random(unknown)
    log = tmp_path / "taken"
    log.touch()
    with opened(tmp_path) as database:
        subscribe(database, "media", PEOPLE)
        frozen(database, "media")
    with relay(log) as port:
        for _ in range(KILLS):
            kill_once(tmp_path, port, unknown, log, chance)
        assert len({who for who, _ in taken(log)}) < len(PEOPLE), "the kills came too late"
        finish(tmp_path, port, unknown)
        with opened(tmp_path) as database:
            ledger = Ledger(database)
            doubtful = who_was_ever_unknown(ledger)
            assert 0 < len(doubtful) <= KILLS * WINDOW
            assert standing_at(ledger, DeliveryState.ACCEPTED) <= {who for who, _ in taken(log)}
            if unknown == "hold":
                assert standing_at(ledger, DeliveryState.UNKNOWN) == doubtful
                assert len(taken(log)) == len({who for who, _ in taken(log)})
                assert standing_at(ledger, DeliveryState.ACCEPTED) | doubtful >= {
                    who for who, _ in taken(log)
                }
                ledger.resolve(ISSUE, Resolution.RESEND, NOON)
        mailing = finish(tmp_path, port, unknown)
    copies = collections.Counter(who for who, _ in taken(log))
    if unknown == "hold":
        assert mailing["accepted"] == len(PEOPLE)
        assert set(copies) == {f"{local}@example.org" for local in PEOPLE}
    assert mailing["accepted"] + mailing["unknown"] == len(PEOPLE)
    assert {who for who, count in copies.items() if count > 1} <= doubtful
    ids = {who: {each for name, each in taken(log) if name == who} for who in copies}
    assert all(len(found) == 1 for found in ids.values())
