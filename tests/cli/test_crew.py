"""Several sending processes by command: settings, keys, signals; the sink is the witness."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import Witness, run, run_json
from tests.cli.test_sending import holds, start, wait_for
from tests.cli.test_signing import keys, verdicts
from tests.mailing.test_crew import processes
from tests.workspace import edit

__all__ = ["keys"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]


@pytest.fixture
def office(peopled: Path) -> Path:
    """Return a workspace in which three processes send, for 318 mails and a moment's pause."""
    edit(peopled, "newsletter.yaml", "  connections: 4", "  processes: 3\n  connections: 4")
    return peopled


def workers_of(process: "subprocess.Popen[bytes]") -> list[int]:
    return [pid for pid, parent in processes() if parent == process.pid]


def test_each_worker_signs_and_everybody_gets_one(
    office: Path, keys: dict[bytes, bytes], witness: Witness
) -> None:
    run(office, "send", "2015-1", "--yes", NEWSLETTER_RELAY=witness.relay)
    log = witness.log()
    assert len(log) == len(witness.recipients()) == 318
    for entry in log[::40]:
        assert verdicts(witness.message(entry), keys) == [True, True]
    found = run_json(office, "status", "2015-1")
    assert sum(mailing["accepted"] for mailing in found["mailings"]) == 318


def test_the_first_ctrl_c_finishes_and_the_second_ends_at_once(
    office: Path, witness: Witness
) -> None:
    for presses in (1, 2):
        before = len(witness.log())
        command = "send 2015-1 --yes" if presses == 1 else "resume 2015-1"
        process = start(office, *command.split(), relay=witness.relay, group=True)
        wait_for(witness, before + 60, process)
        workers = workers_of(process)
        assert workers  # there are two chunks only: the others may have gone already
        for _ in range(presses):
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
        assert process.wait(timeout=60) == 4
        assert not {pid for pid, _ in processes()} & set(workers)
        found = run_json(office, "status", "2015-1")["mailings"]
        assert all(holds(mailing) for mailing in found)
        if presses == 1:
            assert sum(mailing["accepted"] for mailing in found) == len(witness.log())
            assert not any(mailing["unknown"] + mailing["in_flight"] for mailing in found)
    run(office, "resume", "2015-1", code=None, NEWSLETTER_RELAY=witness.relay)
    found = run_json(office, "status", "2015-1")["mailings"]
    assert sum(mailing["accepted"] + mailing["unknown"] for mailing in found) == 318
    assert set(witness.recipients().values()) == {1}


def test_what_lies_in_the_folder_of_the_workspace_is_not_run(
    office: Path, witness: Witness
) -> None:
    (office / "asyncio.py").write_text("raise SystemExit('taken from the wrong folder')\n")
    command = [sys.executable, "-P", "-m", "newsletter", "send", "2015-1", "--yes"]
    environment = os.environ | {"NEWSLETTER_RELAY": witness.relay}
    subprocess.run(command, cwd=office, env=environment, check=True, capture_output=True)
    assert witness.recipients().total() == 318
