"""Runs the `newsletter` command as people do: in a process of its own, in a folder of its own."""

import collections
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-m", "newsletter")


def run(
    folder: Path, *arguments: str, code: int | None = 0, typed: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in `folder`; it must end with `code` (none: any) and without a traceback."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "80"} | environment,
        input=typed,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    said = done.stdout + done.stderr
    assert "Traceback" not in said, said
    assert code is None or done.returncode == code, f"exit code {done.returncode}\n{said}"
    return done


def run_json(folder: Path, *arguments: str, code: int = 0, **environment: str) -> Any:
    """Return what a command prints with --json."""
    return json.loads(run(folder, *arguments, "--json", code=code, **environment).stdout)


@dataclass(frozen=True)
class Witness:
    """A running `newsletter sink` in another process, and what it filed."""

    folder: Path
    relay: str

    def log(self) -> list[dict[str, Any]]:
        """Return the accepted transactions, in order."""
        path = self.folder / "log.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def recipients(self) -> collections.Counter[str]:
        """Return how many messages were accepted for each address."""
        return collections.Counter(entry["recipient"] for entry in self.log())

    def message(self, entry: dict[str, Any]) -> bytes:
        """Return the bytes of one message."""
        path: Path = self.folder / entry["file"]
        return path.read_bytes()


@contextlib.contextmanager
def sink(folder: Path, port: str = "0") -> Iterator[Witness]:
    """Run `newsletter sink` until the block ends, on any free port unless one is given."""
    command = [*COMMAND, "sink", "--dir", str(folder), "--port", port, "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Witness(folder, process.stdout.readline().strip())
        finally:
            process.terminate()
            assert process.wait(timeout=20) == 0


def import_sample(office: Path) -> None:
    """Bring the 290 good people of sample.csv onto `constituents`, and 40 onto `media`."""
    for file, name in (("sample.csv", "constituents"), ("sample-media.csv", "media")):
        arguments = (f"subscribers/{file}", "--list", name, "--basis", "tests", "--yes")
        run(office, "subscribers", "import", *arguments, "--skip-invalid")
