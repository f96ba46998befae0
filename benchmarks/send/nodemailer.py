"""The pool of nodemailer as a Sender: in a process for each way and size, warm when it is measured.

Its engine (V8) makes code fast only after thousands of turns, so each process first sends to a sink
beside it. What it does then stands in `nodemailer.js`.
"""

import json
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from benchmarks.send.paths import Way
from benchmarks.send.processes import ask, find, started
from benchmarks.send.senders import Sample, Task
from benchmarks.send.servers import SINK

PACKAGE = Path(sys.prefix) / "node-bench" / "node_modules" / "nodemailer"
_SCRIPT = Path(__file__).with_name("nodemailer.js")


class Nodemailer:
    """Its `manner` is `raw` (finished messages) or `composing` (it puts text and HTML together)."""

    def __init__(self, manner: str, stack: ExitStack) -> None:
        """Leave its processes to `stack`, whose end is theirs."""
        self.name = f"nodemailer pool, {manner}"
        self._manner, self._stack = manner, stack
        self._processes: dict[tuple[str, str], subprocess.Popen[str]] = {}

    def missing(self) -> str:
        """Say whether Node.js and the package are there."""
        if not find("node"):
            return "Node.js is not there: apt-get install nodejs npm"
        if not PACKAGE.is_dir():
            return f"nodemailer is not there: npm install --prefix {PACKAGE.parents[1]} nodemailer"
        return ""

    def send(self, task: Task) -> Sample:
        """Let it send, by the process that is warm."""
        key = (task.way.host, task.size)
        if key not in self._processes:
            self._processes[key] = self._warmed(task)
        return self._order(self._processes[key], task)

    def _warmed(self, task: Task) -> subprocess.Popen[str]:
        """Start it on the sender's side of the way, and let it send to a sink beside it."""
        words = [str(PACKAGE), str(task.rig.bag(task.size)), self._manner]
        command = task.way.to_client([find("node"), str(_SCRIPT), *words])
        process = self._stack.enter_context(started(command))
        count = task.rig.plan.warm_up
        task.rig.tell(f"    {self.name}: {count} messages until it is warm")
        beside = Way(server_side=task.way.client_side)
        with SINK.run(beside, task.rig.folder) as sink:
            self._order(process, replace(task, way=beside, port=sink.port, count=count))
        return process

    def _order(self, process: subprocess.Popen[str], task: Task) -> Sample:
        order = {
            "host": task.way.host,
            "port": task.port,
            "connections": task.connections,
            "count": task.count,
        }
        found = json.loads(ask(process, json.dumps(order), task.patience))
        return Sample(count=task.count, seconds=found["seconds"], cpu=found["cpu"], persists=True)
