"""Sending at a real terminal: the bar, the question, and Ctrl-C."""

import os
import pty
import select
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.program import COMMAND, Witness, run_json

pytestmark = pytest.mark.slow


class Terminal:
    """A command in a terminal of 80 columns: what it shows, and somebody who types."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=folder,
            env=os.environ | {"COLUMNS": "80", "TERM": "xterm"} | environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.shown = ""

    def read_until(self, words: str) -> None:
        """Read on until `words` stand on the screen, or the command has ended."""
        end = time.monotonic() + 60
        while words not in self.shown and self._read() and time.monotonic() < end:
            pass
        assert words in self.shown, self.shown

    def type(self, words: str) -> None:
        """Type a line."""
        os.write(self._ours, f"{words}\n".encode())

    def interrupt(self) -> None:
        """Press Ctrl-C, as people do: once the program waits for them."""
        status = Path(f"/proc/{self.process.pid}/stat")
        end = time.monotonic() + 10
        while status.read_text().rpartition(")")[2].split()[0] != "S" and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(0.2)
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> int:
        """Return the exit code; everything that was shown is in `shown` then."""
        while self._read():
            pass
        os.close(self._ours)
        return self.process.wait(timeout=60)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._ours], [], [], 60)
        try:
            piece = os.read(self._ours, 4096) if ready else b""
        except OSError:  # the other side was closed: how Linux tells the end
            piece = b""
        self.shown += piece.decode(errors="replace")
        return bool(piece)


def test_a_send_at_a_terminal_asks_shows_a_bar_and_reports(peopled: Path, witness: Witness) -> None:
    terminal = Terminal(peopled, "send", "2015-1", NEWSLETTER_RELAY=witness.relay)
    terminal.read_until("Type 2015-1 to go on")
    terminal.type("2015-1")
    assert terminal.end() == 0, terminal.shown
    assert "/318" in terminal.shown
    assert "accepted" in terminal.shown
    assert witness.recipients().total() == 318


def test_a_wrong_word_sends_nothing(peopled: Path, witness: Witness) -> None:
    terminal = Terminal(peopled, "send", "2015-1", NEWSLETTER_RELAY=witness.relay)
    terminal.read_until("Type 2015-1 to go on")
    terminal.type("2015-2")
    assert terminal.end() == 4
    assert "Nothing was done." in terminal.shown
    assert run_json(peopled, "status") == {"issues": []}


def test_ctrl_c_at_the_question_sends_nothing(peopled: Path, witness: Witness) -> None:
    terminal = Terminal(peopled, "send", "2015-1", NEWSLETTER_RELAY=witness.relay)
    terminal.read_until("Type 2015-1 to go on")
    terminal.interrupt()
    assert terminal.end() == 4, terminal.shown
    assert "Nothing was done." in terminal.shown
    assert run_json(peopled, "status") == {"issues": []}


def test_ctrl_c_stops_a_send_cleanly_and_says_how_to_go_on(peopled: Path, witness: Witness) -> None:
    terminal = Terminal(peopled, "send", "2015-1", "--yes", NEWSLETTER_RELAY=witness.relay)
    terminal.read_until("/318")
    while len(witness.log()) < 10:
        time.sleep(0.01)
    terminal.interrupt()
    assert terminal.end() == 4, terminal.shown
    assert "Ctrl-C again ends it at once" in terminal.shown
    assert "newsletter resume 2015-1" in terminal.shown
    found = run_json(peopled, "status", "2015-1")
    assert sum(mailing["accepted"] for mailing in found["mailings"]) == len(witness.log())
    assert sum(mailing["unknown"] for mailing in found["mailings"]) == 0


def test_a_table_fits_the_terminal(sample: Path) -> None:
    terminal = Terminal(sample, "items")
    assert terminal.end() == 0
    lines = terminal.shown.replace("\r", "").splitlines()
    assert len(lines) > 40
    assert max(map(len, lines)) <= 80 + len("\x1b[1m\x1b[0m")


def test_a_no_at_an_import_changes_nothing(sample: Path) -> None:
    arguments = ("subscribers/sample-media.csv", "--list", "media", "--basis", "x")
    terminal = Terminal(sample, "subscribers", "import", *arguments)
    terminal.read_until("Import them?")
    terminal.type("n")
    assert terminal.end() == 4
    assert "Nothing was done." in terminal.shown
    assert run_json(sample, "subscribers", "list") == []
