"""Several processes send side by side, and are killed, stopped and refused.

The relay stands in the process of the test; leader and workers are processes of their own.
"""

import asyncio
import collections
import contextlib
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from newsletter.errors import NewsletterError
from newsletter.mailing.crew import BrokenWorker
from newsletter.mailing.deliver import Surroundings, deliver
from newsletter.mailing.progress import Progress
from newsletter.mailing.report import Report
from newsletter.mailing.send import Workforce
from newsletter.model.mailing import DeliveryState
from newsletter.store.ledger import Ledger
from tests.mailing.sender import COMMAND, outfit_of, routes, settings
from tests.mailing.sends import office, standing_at
from tests.mailing.test_known_answers import NO_MORE_TODAY
from tests.mailing.witness import DROP, Witness
from tests.store.office import ISSUE, KEYS, NOON, opened, readers
from tests.workspace import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]

S = DeliveryState
SLOWER = b"421 4.7.28 Gmail has detected an unusual rate of unsolicited mail\r\n"
COUNT = 900  # two chunks, so that two workers have something to do


@dataclass(frozen=True)
class Leader:
    """A process that sends with others."""

    process: asyncio.subprocess.Process

    def workers(self) -> list[int]:
        """Return the processes that it has started."""
        return [pid for pid, parent in processes() if parent == self.process.pid]

    async def end(self) -> dict[str, Any]:
        """Return what it prints when it ends."""
        printed, _ = await self.process.communicate()
        found = json.loads(printed)
        (mailing,) = found["mailings"]
        return dict(mailing) | {"stopped": found["stopped"], "code": self.process.returncode}


def processes() -> list[tuple[int, int]]:
    """Return all processes with their parents (proc(5): /proc/PID/stat)."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = file.read_text().rpartition(")")[2].split()
            if fields[0] != "Z":
                found.append((int(file.parent.name), int(fields[1])))
    return found


async def lead(folder: Path, relay: Witness, *options: str, unknown: str = "hold") -> Leader:
    arguments = (str(folder), str(relay.port), unknown, *options)
    process = await asyncio.create_subprocess_exec(
        *COMMAND, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    _started.append(process)
    return Leader(process)


_started: list[asyncio.subprocess.Process] = []


@pytest.fixture(autouse=True)
async def _none_is_left() -> AsyncIterator[None]:
    """Kill the leader that a failed test has left; its workers go by themselves."""
    yield
    for process in _started:
        if process.returncode is None:
            process.kill()
        await process.wait()
    _started.clear()


async def lead_from_here(
    folder: Path, relay: Witness, count: int, seen: list[Progress], outfit: bytes = b""
) -> Report:
    """Lead two workers from this process, to see what it is told meanwhile."""
    outfit = outfit or outfit_of(str(folder), str(relay.port), "hold")
    around = Surroundings(listener=seen.append, workforce=Workforce(COMMAND, outfit))
    with opened(folder) as database:
        ledger, ways = office(database, count), routes(str(relay.port))
        return await deliver(ledger, ways, KEYS, ISSUE, settings("hold", "2"), around)


async def until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 (what other processes do is no event)
        await asyncio.sleep(0.005)


async def has_taken(relay: Witness, count: int) -> None:
    await until(lambda: len(relay.accepted) >= count)


def freeze(folder: Path, count: int = COUNT) -> None:
    with opened(folder) as database:
        office(database, count)


def slowly(verb: str, _recipient: str, _count: int) -> float | None:
    """Take twenty milliseconds for each mail."""
    return 0.02 if verb == "DOT" else None


def everybody(count: int = COUNT) -> set[str]:
    return {f"{local}@example.org" for local in readers(count)}


def states(folder: Path) -> dict[DeliveryState, set[str]]:
    with opened(folder) as database:
        return {state: standing_at(Ledger(database), state) for state in S}


async def gone(pids: list[int]) -> None:
    await until(lambda: not {pid for pid, _ in processes()} & set(pids))


@pytest.mark.parametrize("count", ["2", "3"])
async def test_several_processes_send_to_everybody_once(tmp_path: Path, count: str) -> None:
    freeze(tmp_path, 1600)
    async with Witness() as relay:
        leader = await lead(tmp_path, relay, count)
        await until(lambda: len(leader.workers()) == int(count))
        workers = leader.workers()
        found = await leader.end()
    assert (found["code"], found["accepted"], found["pending"]) == (0, 1600, 0)
    assert relay.recipients == collections.Counter(everybody(1600))
    assert relay.most_open <= 4
    assert not {pid for pid, _ in processes()} & set(workers)


async def test_a_worker_that_is_killed_leaves_unknown_what_was_in_flight_and_no_more(
    tmp_path: Path,
) -> None:
    freeze(tmp_path)
    async with Witness(slowly) as relay:
        leader = await lead(tmp_path, relay, "2")
        for taken in (60, 250):
            await has_taken(relay, taken)
            await until(lambda: len(leader.workers()) == 2)
            os.kill(leader.workers()[0], signal.SIGKILL)
        found = await leader.end()
    assert found["accepted"] + found["unknown"] == COUNT
    assert 0 < found["unknown"] < 60
    assert set(relay.recipients.values()) == {1}
    where = states(tmp_path)
    assert where[S.ACCEPTED] <= set(relay.recipients)
    assert where[S.ACCEPTED] | where[S.UNKNOWN] == everybody()
    assert found["stopped"] == ""


async def test_workers_that_die_again_and_again_stop_the_send(tmp_path: Path) -> None:
    freeze(tmp_path)

    async def kill_all() -> None:
        while True:
            for pid in leader.workers():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            await asyncio.sleep(0.05)

    async with Witness(slowly) as relay:
        leader = await lead(tmp_path, relay, "2")
        killing = asyncio.create_task(kill_all())
        found = await leader.end()
        killing.cancel()
        assert found["code"] == 4
        assert "processes died one after another" in found["stopped"]
        assert "SIGKILL" in found["stopped"]
        again = await (await lead(tmp_path, relay, "2")).end()
    assert again["accepted"] + again["unknown"] == COUNT
    assert set(relay.recipients.values()) == {1}


async def test_when_the_leader_is_killed_its_workers_finish_what_is_in_flight_and_go(
    tmp_path: Path,
) -> None:
    freeze(tmp_path)
    async with Witness(slowly) as relay:
        leader = await lead(tmp_path, relay, "2")
        await has_taken(relay, 100)
        workers = leader.workers()
        leader.process.kill()
        await leader.process.wait()
        await gone(workers)
        taken = len(relay.accepted)
        await asyncio.sleep(0.2)
        assert len(relay.accepted) == taken < COUNT
        where = states(tmp_path)
        assert len(where[S.ACCEPTED]) == taken
        assert not where[S.SUBMITTING] | where[S.UNKNOWN]
        found = await (await lead(tmp_path, relay, "3")).end()
    assert (found["accepted"], found["code"]) == (COUNT, 0)
    assert relay.recipients == collections.Counter(everybody())


async def test_who_sends_on_at_once_when_the_leader_was_killed_waits_for_its_workers(
    tmp_path: Path,
) -> None:
    freeze(tmp_path)
    async with Witness(slowly) as relay:
        for kill in range(4):
            leader = await lead(tmp_path, relay, "2")
            await has_taken(relay, 120 * (kill + 1))
            leader.process.kill()
            await leader.process.wait()
        found = await (await lead(tmp_path, relay, "2")).end()
    assert found["accepted"] + found["unknown"] == COUNT
    assert set(relay.recipients.values()) == {1}
    where = states(tmp_path)
    assert where[S.ACCEPTED] <= set(relay.recipients) <= where[S.ACCEPTED] | where[S.UNKNOWN]


async def test_a_worker_that_hangs_keeps_others_from_sending_though_the_leader_is_dead(
    tmp_path: Path,
) -> None:
    freeze(tmp_path)
    async with Witness(slowly) as relay:
        leader = await lead(tmp_path, relay, "2")
        await has_taken(relay, 50)
        hung, *_ = workers = leader.workers()
        os.kill(hung, signal.SIGSTOP)
        leader.process.kill()
        await leader.process.wait()
        await gone(workers[1:])
        taken = len(relay.accepted)
        resumed = await lead(tmp_path, relay, "1")
        await asyncio.sleep(2)
        assert len(relay.accepted) == taken
        os.kill(hung, signal.SIGKILL)
        found = await resumed.end()
    assert found["accepted"] + found["unknown"] == COUNT
    assert set(relay.recipients.values()) == {1}


async def test_a_stop_signal_lets_all_workers_finish_what_is_in_flight(tmp_path: Path) -> None:
    freeze(tmp_path)
    async with Witness(slowly) as relay:
        leader = await lead(tmp_path, relay, "3")
        await has_taken(relay, 100)
        for pid in (*leader.workers(), leader.process.pid):  # as a service manager may
            os.kill(pid, signal.SIGTERM)
        found = await leader.end()
        assert found["code"] == 4
        assert "stopped at your word" in found["stopped"]
        assert found["accepted"] == len(relay.accepted) < COUNT
        assert found["accepted"] + found["pending"] == COUNT
        assert (await (await lead(tmp_path, relay, "2")).end())["accepted"] == COUNT
    assert set(relay.recipients.values()) == {1}


def saying_once(said: bytes, after: int = 100) -> Witness:
    """Return a relay that answers so to one mail, after it has taken some."""
    heard: list[str] = []

    def answers(verb: str, recipient: str, _: int) -> bytes | float | None:
        if verb == "DOT" and len(relay.accepted) >= after and not heard:
            heard.append(recipient)
            return said
        return slowly(verb, recipient, 0)

    relay = Witness(answers)
    return relay


async def test_a_policy_refusal_that_one_hears_stops_all(tmp_path: Path) -> None:
    freeze(tmp_path)
    async with saying_once(b"550 5.7.26 unauthenticated mail is not accepted\r\n") as relay:
        found = await (await lead(tmp_path, relay, "3")).end()
        assert found["code"] == 4
        assert "5.7.26 unauthenticated mail" in found["stopped"]
        assert len(relay.accepted) < 300
        assert found["accepted"] == len(relay.accepted)
        assert found["accepted"] + found["pending"] == COUNT


@pytest.mark.parametrize("said", [NO_MORE_TODAY, SLOWER])
async def test_a_pause_that_one_is_asked_for_holds_for_all(tmp_path: Path, said: bytes) -> None:
    freeze(tmp_path)
    async with saying_once(said) as relay:
        found = await (await lead(tmp_path, relay, "2")).end()
        assert (found["code"], found["stopped"]) == (3, "")
        assert len(relay.accepted) < 300
    assert found["accepted"] == len(relay.accepted)
    assert found["accepted"] + found["pending"] + found["deferred"] == COUNT


async def test_progress_is_told_of_all_and_ends_where_the_report_does(tmp_path: Path) -> None:
    seen: list[Progress] = []
    async with Witness(slowly) as relay:
        report = await lead_from_here(tmp_path, relay, COUNT, seen)
    assert report.exit_code == 0
    assert {each.total for each in seen} == {COUNT}
    assert [each.accepted for each in seen] == sorted(each.accepted for each in seen)
    assert any(0 < each.accepted < COUNT and each.rate > 0 for each in seen)
    assert (seen[-1].accepted, seen[-1].pending) == (COUNT, 0)


async def test_trouble_that_a_worker_has_is_shown(tmp_path: Path) -> None:
    seen: list[Progress] = []
    relay = Witness()
    relay.answers = lambda verb, _, count: (
        b"421 4.3.2 busy\r\n" if verb == "GREETING" and count <= 2 else None
    )
    async with relay:
        report = await lead_from_here(tmp_path, relay, 20, seen)
    assert report.exit_code == 0
    assert any("421 4.3.2 busy" in each.note for each in seen)


async def test_a_relay_that_goes_away_stops_all_and_loses_nobody(tmp_path: Path) -> None:
    freeze(tmp_path)

    def go_away(verb: str, recipient: str, _: int) -> bytes | float | None:
        if len(relay.accepted) >= 100 and verb in {"GREETING", "MAIL"}:
            return b"421 4.3.2 closing down\r\n" if verb == "GREETING" else DROP
        return slowly(verb, recipient, 0)

    relay = Witness(go_away)
    async with relay:
        found = await (await lead(tmp_path, relay, "2")).end()
        assert found["code"] == 4
        assert relay.connections <= 4 + 4 + 4  # at first, after the loss, and until four in a row
    assert found["accepted"] == len(relay.accepted)
    assert found["accepted"] + found["pending"] + found["unknown"] == COUNT


async def test_all_together_keep_to_the_limit_of_a_second(tmp_path: Path) -> None:
    freeze(tmp_path, 200)
    moments: list[float] = []

    def note(verb: str, _recipient: str, _count: int) -> None:
        if verb == "DOT":
            moments.append(time.monotonic())

    async with Witness(note) as relay:
        leader = await lead(tmp_path, relay, "3", "40")
        await until(lambda: len(moments) >= 60)
        os.kill(leader.workers()[0], signal.SIGKILL)  # who stands in must not send more either
        found = await leader.end()
    assert found["accepted"] + found["unknown"] == 200
    most = max(sum(start <= each < start + 1.0 for each in moments) for start in moments)
    assert most <= 40


async def test_what_keeps_a_worker_from_working_is_told_in_its_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    outfit = outfit_of(str(tmp_path / "file"), "25", "hold")
    async with Witness() as relay:
        with pytest.raises(NewsletterError, match=r"file/state\.db: cannot be opened"):
            await lead_from_here(tmp_path, relay, 20, [], outfit)
    assert not relay.connections
    assert len(states(tmp_path)[S.PENDING]) == 20


async def test_a_fault_of_the_program_in_a_worker_is_raised_with_its_traceback(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with Witness() as relay:
        with pytest.raises(BrokenWorker, match="JSONDecodeError") as raised:
            await lead_from_here(tmp_path, relay, 20, [], b"nonsense")
    assert any("Traceback" in note for note in raised.value.__notes__)
    assert "Traceback" not in capfd.readouterr().err
    assert len(states(tmp_path)[S.PENDING]) == 20


async def test_a_worker_that_does_not_heed_a_stop_is_killed_in_the_end(tmp_path: Path) -> None:
    freeze(tmp_path)
    async with Witness(slowly) as relay:
        leader = await lead(tmp_path, relay, "2")
        await has_taken(relay, 60)
        await until(lambda: len(leader.workers()) == 2)
        os.kill(leader.workers()[0], signal.SIGSTOP)
        leader.process.terminate()
        found = await leader.end()
    assert found["code"] == 4
    assert found["accepted"] + found["unknown"] + found["pending"] == COUNT
    assert set(relay.recipients.values()) == {1}
    where = states(tmp_path)
    assert where[S.ACCEPTED] <= set(relay.recipients) <= where[S.ACCEPTED] | where[S.UNKNOWN]


async def test_a_pause_in_another_window_stops_all(tmp_path: Path) -> None:
    freeze(tmp_path)
    async with Witness(slowly) as relay:
        leader = await lead(tmp_path, relay, "2")
        await has_taken(relay, 50)
        with opened(tmp_path) as database:
            Ledger(database).pause(ISSUE, NOON)
        found = await leader.end()
    assert found["code"] == 4
    assert "paused at your word" in found["stopped"]
    assert found["accepted"] == len(relay.accepted) < COUNT


async def test_what_is_unknown_is_sent_once_more_by_a_crew_too(tmp_path: Path) -> None:
    freeze(tmp_path, 600)

    def hang_up(verb: str, recipient: str, count: int) -> bytes | None:
        shy = recipient.startswith("reader0000") and count == 1
        return DROP if verb == "DOT" and shy else None

    async with Witness(hang_up) as relay:
        leader = await lead(tmp_path, relay, "2", unknown="resend")
        found = await leader.end()
    assert (found["accepted"], found["unknown"]) == (600, 0)
    assert set(relay.recipients.values()) == {1}
