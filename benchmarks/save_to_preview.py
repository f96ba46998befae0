"""Save to preview: how long after a save the preview shows it.

`newsletter preview` runs on a copy of the sample workspace, as an editor has it; an item and the
issue are saved in turn. Measured from the write to the event that an open page hears, and to the
mail that it then fetches, which must hold what was saved.

The yardstick is to read and parse every YAML file of the workspace with ruamel.yaml: what a
preview that remembers nothing would do at every save before it could begin to render.
"""

import http.client
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML

from benchmarks.figures import Figure
from newsletter.starter import make_workspace

RUNS = 30
TARGET = 0.3
ISSUE = "2015-1"
SAVED = {
    "an item": "issues/items/2015/2015-03-17-arctic-school.yaml",
    "the issue": f"issues/{ISSUE}/issue.yaml",
}
_MAIL = f"/mail/{ISSUE}/en.html"
_YARDSTICK = "parse all YAML files"
_PATIENCE = 30


def measure() -> list[Figure]:
    """Return the figures."""
    with tempfile.TemporaryDirectory() as parent:
        root = Path(parent) / "office"
        make_workspace(root, sample=True)
        yardstick = statistics.median(_parse_all(root) for _ in range(3))
        with _previewed(root) as port, _Reader.listening(port) as reader:
            times = {name: _Times() for name in SAVED}
            for run in range(RUNS):
                for name, path in SAVED.items():
                    times[name].add(*_save(root / path, f"Draft{run}x", reader))
                    time.sleep(0.05 + run % 7 / 100)  # no rhythm that the watch could share
    return [
        Figure(
            name=f"save {name} → {what}",
            times=tuple(taken),
            target=target,
            yardstick=_YARDSTICK,
            yardstick_time=yardstick,
        )
        for name, each in times.items()
        for what, taken, target in (
            ("the page hears of it", each.heard, None),
            ("the new mail is there", each.fetched, TARGET),
        )
    ]


@dataclass
class _Times:
    heard: list[float] = field(default_factory=list)
    fetched: list[float] = field(default_factory=list)

    def add(self, heard: float, fetched: float) -> None:
        self.heard.append(heard)
        self.fetched.append(fetched)


def _save(path: Path, word: str, reader: "_Reader") -> tuple[float, float]:
    """Put `word` before the first title in a file; return when it was heard of and fetched."""
    text = re.sub(r"Draft\d+x ", "", path.read_text(encoding="utf-8"))
    text, count = re.subn(r"^( +title: )", rf"\g<1>{word} ", text, count=1, flags=re.MULTILINE)
    if not count:
        raise LookupError(f"{path} has no title to change")
    began = time.perf_counter()
    path.write_text(text, encoding="utf-8")
    while True:
        reader.hear()
        heard = time.perf_counter()
        if word in reader.fetch(_MAIL):
            return heard - began, time.perf_counter() - began


@dataclass
class _Reader:
    """An open page: one connection for events, and a new one for each thing it fetches."""

    port: int
    events: http.client.HTTPResponse

    @classmethod
    @contextmanager
    def listening(cls, port: int) -> Iterator["_Reader"]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
        connection.request("GET", f"/events/{ISSUE}?since=never")
        with connection.getresponse() as events:
            reader = cls(port, events)
            reader.hear()
            reader.fetch(_MAIL)  # all files are read once before anything is measured
            yield reader
        connection.close()

    def hear(self) -> None:
        """Wait for the next event."""
        while line := self.events.readline():
            if line.startswith(b"data:"):
                return
        raise ConnectionError("the preview closed the connection")

    def fetch(self, path: str) -> str:
        """Return what the preview answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        connection.request("GET", path)
        with connection.getresponse() as response:
            text = response.read().decode()
        connection.close()
        return text


@contextmanager
def _previewed(root: Path) -> Iterator[int]:
    """Run the preview of the workspace at `root`; yield its port."""
    command = [sys.executable, "-m", "newsletter", "-C", str(root), "preview"]
    with subprocess.Popen(
        [*command, "--port", "0", "--no-open"], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            said = process.stdout.readline() if process.stdout else ""
            found = re.search(r":(\d+)/", said)
            if not found:
                raise ConnectionError("the preview did not say where it listens")
            yield int(found[1])
        finally:
            process.terminate()


def _parse_all(root: Path) -> float:
    paths = sorted(root.rglob("*.yaml"))
    began = time.perf_counter()
    for path in paths:
        YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return time.perf_counter() - began
