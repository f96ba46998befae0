"""F28, the gentler ends: stop signals, once and twice, and a sender that was frozen for long."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.model.mailing import DeliveryState
from tests.durability.judge import Judge, copies_of
from tests.durability.offices import ISSUE, Office, addresses
from tests.durability.shim import ShiftedClock, Shim
from tests.durability.taker import Taker, taking

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

S = DeliveryState
LONG = 3600.0
SEND = ("send", ISSUE, "--yes")
STOPS = [signal.SIGTERM, signal.SIGINT]


@pytest.fixture
def folder(office_of_sixty: Path, tmp_path: Path) -> Path:
    """Return an office with sixty readers."""
    return Path(shutil.copytree(office_of_sixty, tmp_path / "office"))


@pytest.fixture
def judge() -> Judge:
    """Return a judge who knows everybody."""
    return Judge(frozenset(addresses(60)))


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Return the exit code of a sender, and what it said, which is never a traceback."""
    _, said = process.communicate(timeout=100)
    assert "Traceback" not in said, said
    return process.returncode, said


def stand_still(process: "subprocess.Popen[str]", office: Office) -> None:
    """Stop a sender where it is not in the middle of a commit: there it would keep others out."""
    with contextlib.closing(sqlite3.connect(office.state / "state.db", timeout=0)) as database:
        database.isolation_level = None
        while True:
            process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            with contextlib.suppress(sqlite3.OperationalError):
                database.execute("BEGIN IMMEDIATE")
                database.execute("ROLLBACK")
                return
            process.send_signal(signal.SIGCONT)
            time.sleep(0.005)


def send_to_the_rest(office: Office, taker: Taker, judge: Judge) -> None:
    """Resume, then once more with all that is unknown; everybody must have had one by then."""
    done = office.run("resume", ISSUE)
    books = office.books()
    judge.at_the_end(books, taker.mails(), done.returncode)
    if books.standing(S.UNKNOWN):
        judge.in_doubt.update(books.standing(S.UNKNOWN))
        office.run("resolve", ISSUE, "--resend", "--yes", code=0)
        office.run("resume", ISSUE, code=0)
    books = office.books()
    judge.at_the_end(books, taker.mails(), 0)
    assert books.standing(S.ACCEPTED) == judge.everybody


@pytest.mark.parametrize("kind", STOPS, ids=lambda kind: f"F28-{kind.name}")
def test_f28_a_stop_signal_finishes_what_is_in_flight(
    folder: Path, judge: Judge, tmp_path: Path, kind: signal.Signals
) -> None:
    with taking(tmp_path / "taken", pause=0.05) as taker:
        office = Office(folder, taker.relay)
        with office.started(*SEND) as process:
            taker.wait_for(10, process)
            process.send_signal(kind)
            code, said = ended(process)
        books, mails = office.books(), taker.mails()
        assert code == 4, said
        assert f"newsletter resume {ISSUE}" in said
        judge.at_any_moment(books, mails)
        assert books.standing(S.ACCEPTED) == set(copies_of(mails))
        assert set(books.states.values()) == {S.ACCEPTED, S.PENDING}
        send_to_the_rest(office, taker, judge)
        assert set(copies_of(taker.mails()).values()) == {1}


@pytest.mark.parametrize("kind", STOPS, ids=lambda kind: f"F28-{kind.name}")
def test_f28_after_half_a_minute_a_stop_waits_for_no_answer(
    folder: Path,
    clock: ShiftedClock,
    shim: Shim,
    judge: Judge,
    tmp_path: Path,
    kind: signal.Signals,
) -> None:
    with taking(tmp_path / "taken", pause=LONG) as taker:
        office = Office(folder, taker.relay)
        with office.started(*SEND, environment=shim.at_the_time_of(clock)) as process:
            taker.wait_for(2, process)
            process.send_signal(kind)
            heard = process.stderr.readline() + process.stderr.readline() if process.stderr else ""
            assert "Stopping" in heard
            clock.jump(calendar=31, passed=31)
            code, said = ended(process)
        books, mails = office.books(), taker.mails()
        assert code == 4, said
        judge.at_any_moment(books, mails)
        assert set(copies_of(mails)) <= books.standing(S.UNKNOWN)
        assert not books.standing(S.SUBMITTING)
    with taking(tmp_path / "taken") as taker:
        office = Office(folder, taker.relay, shim.at_the_time_of(clock))
        send_to_the_rest(office, taker, judge)


@pytest.mark.parametrize("kind", STOPS, ids=lambda kind: f"F28-{kind.name}-twice")
def test_f28_a_second_stop_signal_cuts_short_and_lists_who_is_unknown(
    folder: Path, judge: Judge, tmp_path: Path, kind: signal.Signals
) -> None:
    with taking(tmp_path / "taken", pause=LONG) as taker:
        office = Office(folder, taker.relay)
        with office.started(*SEND) as process:
            taker.wait_for(2, process)
            process.send_signal(kind)
            heard = process.stderr.readline() + process.stderr.readline() if process.stderr else ""
            assert "again ends it at once" in heard
            process.send_signal(kind)
            code, said = ended(process)
        books, mails = office.books(), taker.mails()
        assert code == 4, said
        judge.note_death(books)
        judge.at_any_moment(books, mails)
        assert set(copies_of(mails)) <= books.standing(S.UNKNOWN, S.SUBMITTING)
    with taking(tmp_path / "taken") as taker:
        office = Office(folder, taker.relay)
        send_to_the_rest(office, taker, judge)


def test_f28_a_sender_that_stood_still_for_ten_minutes_accounts_for_all(
    folder: Path, clock: ShiftedClock, shim: Shim, judge: Judge, tmp_path: Path
) -> None:
    with taking(tmp_path / "taken", pause=0.02) as taker:
        office = Office(folder, taker.relay)
        with office.started(*SEND, environment=shim.at_the_time_of(clock)) as process:
            taker.wait_for(10, process)
            stand_still(process, office)
            done = office.run("resume", ISSUE, code=1)
            assert f"process {process.pid} is delivering from here already" in done.stderr
            clock.jump(calendar=600, passed=600)
            process.send_signal(signal.SIGCONT)
            code, _ = ended(process)
        judge.at_the_end(office.books(), taker.mails(), code)
        office = replace(office, environment=shim.at_the_time_of(clock))
        send_to_the_rest(office, taker, judge)


def stand_still_in_a_commit(process: "subprocess.Popen[str]", office: Office) -> None:
    """Stop a sender where it is in the middle of a commit, so that nobody else may write."""
    with contextlib.closing(sqlite3.connect(office.state / "state.db", timeout=0)) as database:
        database.isolation_level = None
        while True:
            process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            try:
                database.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return
            database.execute("ROLLBACK")
            process.send_signal(signal.SIGCONT)
            time.sleep(0.001)


def test_f32_who_waits_for_a_sender_that_was_stopped_in_a_commit_says_for_whom(
    folder: Path, judge: Judge, tmp_path: Path
) -> None:
    with taking(tmp_path / "taken", pause=0.02) as taker:
        office = Office(folder, taker.relay)
        with office.started(*SEND) as process:
            taker.wait_for(10, process)
            stand_still_in_a_commit(process, office)
            office.run("status", ISSUE, code=0)  # who only looks does not wait
            with office.started("pause", ISSUE) as waiting:
                told = waiting.stderr.readline() if waiting.stderr else ""
                assert f"process {process.pid} delivers from here, and was stopped" in told
                assert f"kill -CONT {process.pid} lets it go on" in told
                process.send_signal(signal.SIGCONT)
                assert waiting.wait(timeout=60) == 0
            code, _ = ended(process)
        assert code == 4
        send_to_the_rest(office, taker, judge)


def test_f32_a_sender_that_was_taken_over_while_it_stood_still_sends_nothing_more(
    folder: Path, clock: ShiftedClock, shim: Shim, judge: Judge, tmp_path: Path
) -> None:
    """The lock is lost when somebody removes its file: then the fence alone parts the two."""
    with taking(tmp_path / "taken", pause=0.02) as taker:
        office = Office(folder, taker.relay)
        with office.started(*SEND, environment=shim.at_the_time_of(clock)) as process:
            taker.wait_for(10, process)
            stand_still(process, office)
            judge.note_death(office.books())
            (office.state / "state.db.sender").unlink()
            done = office.run("resume", ISSUE)
            books, before = office.books(), taker.mails()
            judge.at_the_end(books, before, done.returncode)
            clock.jump(calendar=600, passed=600)
            process.send_signal(signal.SIGCONT)
            code, said = ended(process)
        assert code == 4, said
        assert "another process has taken over" in said
        assert taker.mails() == before
        assert office.books().states == books.states
        send_to_the_rest(office, taker, judge)
