"""F30: the disk is full, broken or read-only from any write of a send on; and F28: it dies there.

Every step at which the program changes its state folder is counted; from the step of the test on
all fail. Whatever was on its way then, nobody is lost, and nobody is mailed whom the ledger does
not know to be in flight. The suite tries some of the steps, `--steps 1` each of them.
"""

import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from newsletter.model.mailing import DeliveryState
from tests.durability.judge import Judge, copies_of
from tests.durability.offices import ISSUE, Office, addresses, freeze, make_office
from tests.durability.shim import Shim, steps_in
from tests.durability.taker import Taker, taking

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

S = DeliveryState
PEOPLE = 9
SEND, RESUME = ("send", ISSUE, "--yes"), ("resume", ISSUE)
FAULTS = ("ENOSPC", "EIO", "EROFS")
WORDS = {
    "disk is full": "make room on the disk",
    "No space left on device": "make room on the disk",
    "I/O error": "see whether the disk is well and has room",
    "Input/output error": "see whether the disk is well and has room",
    "readonly database": "give yourself the right to write",
    "Read-only file system": "give yourself the right to write",
    "unable to open": "see that its folder exists and that you may write there",
}
"""What a person may read, and the remedy beside it. Which it is depends on the step: a disk that
finds out when it is asked to sync that it is full has an I/O error."""


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an office with a few readers; only copies of it may be changed."""
    return make_office(tmp_path_factory.mktemp("fresh") / "office", PEOPLE)


@pytest.fixture(scope="session")
def frozen(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return such an office, with its issue frozen and nothing sent."""
    office = Path(shutil.copytree(fresh, tmp_path_factory.mktemp("frozen") / "office"))
    freeze(office)
    return office


@pytest.fixture
def every(request: pytest.FixtureRequest) -> int:
    """Return how many steps apart those are that are tried."""
    return int(request.config.getoption("--steps"))


@dataclass(frozen=True)
class Bench:
    """Where one command after another meets its fault, each in a copy of the same office."""

    made: Path
    command: tuple[str, ...]
    shim: Shim
    folder: Path

    def steps(self) -> int:
        """Return how many steps the command takes when nothing goes wrong."""
        with self.office() as (office, _):
            log = self.folder / "steps"
            office.run(*self.command, code=0, environment=self.shim.logging(log))
        return len(list(steps_in(log)))

    def office(self) -> "Fresh":
        """Return a fresh copy of the office, with a relay of its own."""
        return Fresh(self.made, self.shim.root.parent, self.folder / "taken")


class Fresh:
    """Used as `with bench.office() as (office, taker)`."""

    def __init__(self, made: Path, folder: Path, log: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(made, folder)
        log.unlink(missing_ok=True)
        self._folder, self._relay = folder, taking(log)

    def __enter__(self) -> tuple[Office, Taker]:
        taker = self._relay.__enter__()
        return Office(self._folder, taker.relay), taker

    def __exit__(self, *fault: object) -> None:
        self._relay.__exit__(None, None, None)


@pytest.fixture(params=["send", "resume"])
def bench(
    request: pytest.FixtureRequest, fresh: Path, frozen: Path, shim: Shim, tmp_path: Path
) -> Bench:
    """Return a bench for sending an issue, or for going on with one that was frozen."""
    if request.param == "send":
        return Bench(fresh, SEND, shim, tmp_path)
    return Bench(frozen, RESUME, shim, tmp_path)


def tried(bench: Bench, every: int, offset: int) -> Iterator[int]:
    """Yield the steps to try; different ones for different faults."""
    yield from range(1 + offset % every, bench.steps() + 1, every)


def goes_on(office: Office, taker: Taker, judge: Judge, step: int) -> None:
    """Let the send go on when all is well again: nobody is lost, nobody has two."""
    books, mails = office.books(), taker.mails()
    judge.note_death(books)
    judge.at_any_moment(books, mails)
    done = office.run(*(RESUME if books.tallies else SEND))
    books, mails = office.books(), taker.mails()
    judge.at_the_end(books, mails, done.returncode)
    assert books.standing(S.ACCEPTED, S.UNKNOWN) == judge.everybody, f"step {step}"
    assert set(copies_of(mails).values()) == {1}, f"step {step}: somebody had two"
    assert books.standing(S.UNKNOWN) <= set(judge.in_doubt), f"step {step}"


@pytest.mark.parametrize("what", FAULTS, ids=lambda what: f"F30-{what}")
def test_f30_a_disk_that_fails_at_any_write_stops_the_send_and_loses_nobody(
    bench: Bench, what: str, every: int
) -> None:
    for step in tried(bench, every, FAULTS.index(what)):
        with bench.office() as (office, taker):
            done = office.run(*bench.command, environment=bench.shim.failing(step, what))
            books = office.books()
            if done.returncode == 0:  # it was done with all, and only tidied up
                assert books.standing(S.ACCEPTED) == set(addresses(PEOPLE)), f"step {step}"
            else:
                expected = 3 if books.tallies else 1
                if done.returncode != expected:  # the sync of the commit that freezes
                    assert done.returncode == 1, f"step {step}: {done.stderr}"
                    assert "may be frozen all the same" in done.stderr, (
                        f"step {step}: {done.stderr}"
                    )
                    assert not taker.mails(), f"step {step}"
                assert is_in_plain_words(done.stderr), f"step {step}: {done.stderr}"
            goes_on(office, taker, Judge(frozenset(addresses(PEOPLE))), step)


def is_in_plain_words(told: str) -> bool:
    """Whether `told` names a fault and its remedy."""
    return any(fault in told and remedy in told for fault, remedy in WORDS.items())


def test_f28_a_death_at_any_write_loses_nobody(bench: Bench, every: int) -> None:
    for step in tried(bench, every, 0):
        with bench.office() as (office, taker):
            done = office.run(*bench.command, environment=bench.shim.killing(step))
            died = done.returncode == -signal.SIGKILL
            assert died or done.returncode == 0, f"step {step}: {done.stderr}"  # fewer commits
            goes_on(office, taker, Judge(frozenset(addresses(PEOPLE))), step)
