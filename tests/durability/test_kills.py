"""F28: `kill -9` at any moment of a send, again and again, until its audience is through.

`python -m pytest tests/durability -k F28 --kills 500 --seed 7 -n 2` is the long run; the suite does
fewer. Each test is a chain of short sends that suffers FEW kills; the seed and the place of the
chain are in its name, so that a failure can be repeated: give the same seed and `-k` the name.
"""

import itertools
import random
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from newsletter.model.mailing import DeliveryState
from tests.durability.judge import Judge, copies_of
from tests.durability.offices import ISSUE, Books, Office, addresses
from tests.durability.shim import Shim
from tests.durability.taker import Taker, taking
from tests.mailing.witness import Way
from tests.workspace import edit

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

S = DeliveryState
FEW = 5
PEOPLE = 60
PAUSES = {Way.LOCK_STEP: 0.004, Way.PIPELINING: 0.004, Way.CHUNKING: 0.01}
"""How long the relay thinks about a mail, in seconds: then there is something in flight."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Deal the kills that were asked for to chains, with the ways of speaking in turn."""
    if "chain" in metafunc.fixturenames:
        kills, seed = (int(metafunc.config.getoption(name)) for name in ("--kills", "--seed"))
        ways, policies = itertools.cycle(Way), itertools.cycle(["hold"] * 3 + ["resend"] * 3)
        chains = [
            Chain(seed, place, min(FEW, kills - done), next(ways), next(policies))
            for place, done in enumerate(range(0, kills, FEW))
        ]
        metafunc.parametrize("chain", chains, ids=str)


@dataclass(frozen=True)
class Chain:
    """So many kills of sends to a relay that speaks in `way`, by an office with a policy."""

    seed: int
    place: int
    kills: int
    way: Way
    unknown: str

    def __str__(self) -> str:
        return f"F28-seed{self.seed}-{self.place:03}-{self.way}-{self.unknown}"


@dataclass
class Trial:
    """One send under kills."""

    office: Office
    taker: Taker
    chance: random.Random
    judge: Judge = field(default_factory=lambda: Judge(frozenset(addresses(PEOPLE))))
    phases: Counter[str] = field(default_factory=Counter)
    most_in_flight: int = 0

    def endure(self, kills: int) -> int:
        """Send to everybody in spite of so many kills at most; return how many there were."""
        done = 0
        books = self.office.books()
        while True:
            while done < kills and (books.waiting or not books.tallies):
                in_time = self._kill_one(books)
                books = self._look_after_a_death()
                if in_time:
                    done += 1
                    self.phases[_phase(books)] += 1
            books = self._finish(books)
            if not books.standing(S.UNKNOWN):
                return done
            self.office.run("resolve", ISSUE, "--resend", "--yes", code=0)
            books = self.office.books()

    def _kill_one(self, books: Books) -> bool:
        """Start a sender and kill it; whether it was still alive then."""
        wait = self.chance.choice([_start_up, _opening, _in_flight, _in_flight, _at_the_end])
        with self.office.started(*_command(books)) as process:
            wait(self, books, process)
            alive = process.poll() is None
            process.kill()
            _, said = process.communicate()
        assert "Traceback" not in said, said
        return alive

    def _look_after_a_death(self) -> Books:
        """Check the books as they were left, and let somebody unsubscribe before the next try."""
        mails = self.taker.mails()
        books = self.office.books()
        self.most_in_flight = max(self.most_in_flight, len(books.standing(S.SUBMITTING)))
        self.judge.note_death(books)
        self.judge.at_any_moment(books, mails)
        stay = sorted(books.standing(S.PENDING, S.UNKNOWN))
        if stay and self.chance.random() < 0.3:
            who = self.chance.choice(stay)
            if who not in self.judge.left:
                self.office.unsubscribe(who)
                self.judge.left[who] = time.monotonic_ns()
        return books

    def _finish(self, books: Books) -> Books:
        """Let a sender come to its end."""
        done = self.office.run(*_command(books))
        mails, books = self.taker.mails(), self.office.books()
        self.judge.at_the_end(books, mails, done.returncode)
        assert not books.waiting
        return books

    def everybody_had_one(self) -> None:
        """Check the very end: all are accepted, but those who left."""
        books = self.office.books()
        skipped = books.standing(S.SKIPPED)
        assert books.standing(S.ACCEPTED) | skipped == self.judge.everybody
        assert skipped <= set(self.judge.left)


def _command(books: Books) -> tuple[str, ...]:
    """Return what an operator types who has looked at the status."""
    return ("resume", ISSUE) if books.tallies else ("send", ISSUE, "--yes")


def _phase(books: Books) -> str:
    """Return how far the send had come when it was killed."""
    if not books.tallies:
        return "before freezing"
    if books.standing(S.SUBMITTING):
        return "in flight"
    if not books.waiting:
        return "at the end"
    begun = len(books.states) > len(books.standing(S.PENDING))
    return "between mails" if begun else "frozen, nothing begun"


Figures = Callable[[str, object], None]
Wait = Callable[[Trial, Books, "subprocess.Popen[str]"], None]


def _start_up(trial: Trial, _: Books, __: "subprocess.Popen[str]") -> None:
    time.sleep(trial.chance.uniform(0, 1.2))


def _opening(trial: Trial, _: Books, process: "subprocess.Popen[str]") -> None:
    """Wait until the database is open, and a little: recovery, freezing, claiming."""
    log = trial.office.state / "state.db-shm"
    before = log.stat().st_mtime_ns if log.exists() else 0
    while process.poll() is None and (not log.exists() or log.stat().st_mtime_ns == before):
        time.sleep(0.002)
    time.sleep(trial.chance.uniform(0, 0.3))


def _in_flight(trial: Trial, _: Books, process: "subprocess.Popen[str]") -> None:
    """Wait until a few mails were taken: any point of a transaction or of a commit."""
    trial.taker.wait_for(len(trial.taker.mails()) + trial.chance.randint(1, 25), process)
    time.sleep(trial.chance.uniform(0, 0.02))


def _at_the_end(trial: Trial, books: Books, process: "subprocess.Popen[str]") -> None:
    """Wait until nearly all that was to go has gone."""
    to_do = books.waiting - len(books.standing(S.SUBMITTING)) if books.tallies else PEOPLE
    trial.taker.wait_for(len(trial.taker.mails()) + to_do - trial.chance.randint(0, 3), process)
    time.sleep(trial.chance.uniform(0, 0.1))


def test_f28_kills_lose_nobody_and_repeat_only_who_was_listed(
    chain: Chain, office_of_sixty: Path, shim: Shim, tmp_path: Path, record_property: Figures
) -> None:
    chance = random.Random(f"{chain.seed}/{chain.place}")
    left = chain.kills
    for number in itertools.count():
        if not left:
            break
        folder = Path(shutil.copytree(office_of_sixty, tmp_path / f"office{number}"))
        edit(folder, "newsletter.yaml", "unknown: hold", f"unknown: {chain.unknown}")
        environment = shim.far(0.01) if chain.way is Way.CHUNKING else {}
        log = tmp_path / f"taken{number}"
        with taking(log, chain.way, PAUSES[chain.way]) as taker:
            trial = Trial(Office(folder, taker.relay, environment), taker, chance)
            left -= trial.endure(left)
            trial.everybody_had_one()
            copies = copies_of(taker.mails())
        for phase, count in trial.phases.items():
            record_property(f"kills {phase}", count)
        record_property("mails", copies.total())
        record_property("in doubt", trial.judge.in_doubt.total())
        record_property("doubles", copies.total() - len(copies))
        record_property("most in doubt at once", trial.most_in_flight)
