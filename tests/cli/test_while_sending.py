"""Other commands while a send runs: they see it, they may interfere, and they never harm it."""

import contextlib
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from newsletter.address import parse_address
from tests.cli.conftest import PACE
from tests.cli.program import Witness, run, run_json
from tests.cli.test_sending import holds, start, wait_for
from tests.workspace import edit

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SLOW, SLOWER = "messages_per_second: 12", "messages_per_second: 6"
LOG = ".newsletter/state.db-wal"


@contextlib.contextmanager
def watched(office: Path, sender: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Ask for the status again and again; the log of the database must stay while `sender` lives.

    Whoever closes a database last clears its log away: that must never be one of those who ask.
    """
    log, over = office / LOG, threading.Event()
    first = log.stat().st_ino
    found: list[int | None] = []

    def ask() -> None:
        while not over.is_set():
            run(office, "status", "2015-1", code=None)
            found.append(log.stat().st_ino if log.exists() else None)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield
    finally:
        over.set()
        asking.join()
    assert sender.poll() is None, "the sender was done too early to be watched"
    assert set(found) == {first}


def where_all_stand(office: Path) -> dict[str, str]:
    found: Any = run_json(office, "status", "2015-1", *_every_state())
    assert all(holds(mailing) for mailing in found["mailings"])
    return {parse_address(each["address"]).wire: each["state"] for each in found["recipients"]}


def _every_state() -> list[str]:
    states = ("pending", "deferred", "accepted", "refused", "unknown", "skipped", "cancelled")
    return [part for state in states for part in ("--state", state)]


def suppress_three(office: Path, witness: Witness) -> set[str]:
    """Suppress three people who wait and whom the sender is far from; return them."""
    waiting = [who for who, state in where_all_stand(office).items() if state == "pending"]
    chosen = set(waiting[-3:])
    for who in chosen:
        run(office, "subscribers", "suppress", who, "--note", "asked by telephone")
    assert chosen.isdisjoint(witness.recipients())
    return chosen


def test_status_suppress_kill_resume_and_cancel_around_a_running_send(
    peopled: Path, witness: Witness
) -> None:
    edit(peopled, "newsletter.yaml", PACE[1], SLOWER)
    sender = start(peopled, "send", "2015-1", "--yes", relay=witness.relay)
    wait_for(witness, 10, sender)
    with watched(peopled, sender):
        unwanted = suppress_three(peopled, witness)
        wait_for(witness, 60, sender)
    sender.kill()
    sender.wait()

    sender = start(peopled, "resume", "2015-1", relay=witness.relay)
    wait_for(witness, len(witness.log()) + 20, sender)
    with watched(peopled, sender):
        unwanted |= suppress_three(peopled, witness)
    run(peopled, "cancel", "2015-1", "--yes")
    sender.wait(timeout=120)

    state, filed = where_all_stand(peopled), witness.recipients()
    assert len(state) == 318
    assert set(filed.values()) == {1}
    assert unwanted.isdisjoint(filed)
    assert {state[who] for who in unwanted} <= {"skipped", "cancelled"}
    assert {who for who, where in state.items() if where == "accepted"} <= set(filed)
    assert {state[who] for who in filed} <= {"accepted", "unknown"}
    assert set(state.values()) <= {"accepted", "unknown", "skipped", "cancelled"}
    with sqlite3.connect(peopled / ".newsletter" / "state.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_f35_those_suppressed_during_a_send_are_skipped(peopled: Path, witness: Witness) -> None:
    edit(peopled, "newsletter.yaml", PACE[1], SLOW)
    sender = start(peopled, "send", "2015-1", "--yes", relay=witness.relay)
    wait_for(witness, 10, sender)
    with watched(peopled, sender):
        unwanted = suppress_three(peopled, witness)
    assert sender.wait(timeout=120) == 0
    state = where_all_stand(peopled)
    assert {who for who, where in state.items() if where == "skipped"} == unwanted
    assert set(witness.recipients()) == set(state) - unwanted
    assert set(witness.recipients().values()) == {1}
