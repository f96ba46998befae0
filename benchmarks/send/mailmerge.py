"""The command mailmerge as a Sender: a template and a table, one connection for each mail.

The time of its start is taken off: that of a run with a single mail.
"""

import csv
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.send import mails
from benchmarks.send.machine import children_cpu
from benchmarks.send.processes import run
from benchmarks.send.senders import Sample, Task

_COMMAND = Path(sys.executable).with_name("mailmerge")
_TEMPLATE = """\
TO: {{{{address}}}}
FROM: {sender}
SUBJECT: {subject}
Content-Type: text/html

{html}"""
_SERVER = """\
[smtp_server]
host = {host}
port = {port}
"""


@dataclass(frozen=True, slots=True)
class Mailmerge:
    """One mail after the other, whatever connections there might be."""

    name: str = "mailmerge"

    def missing(self) -> str:
        """Say whether it is installed beside Python."""
        return "" if _COMMAND.exists() else "mailmerge is not there: pip install mailmerge"

    def send(self, task: Task) -> Sample:
        """Let it send: the first mail by itself, then the others."""
        folder = _lay_out(task)
        first = _merge(task, folder, "--limit", "1")
        others = _merge(task, folder, "--no-limit", "--resume", "2")
        return Sample(count=task.count - 2, seconds=others[0] - first[0], cpu=others[1] - first[1])


def _merge(task: Task, folder: Path, *options: str) -> tuple[float, float]:
    """Run it; return the seconds and the seconds of CPU that it took."""
    names = {"--template": "template.txt", "--database": "readers.csv", "--config": "server.conf"}
    files = [str(word) for option, name in names.items() for word in (option, folder / name)]
    cpu, began = children_cpu(), time.perf_counter()
    run(task.way.to_client([str(_COMMAND), "--no-dry-run", *options, *files]), task.patience)
    return time.perf_counter() - began, children_cpu() - cpu


def _lay_out(task: Task) -> Path:
    """Write the template, the table and the settings."""
    folder = task.rig.folder / "mailmerge"
    folder.mkdir(exist_ok=True)
    bag = json.loads((task.rig.bag(task.size) / "bag.json").read_text(encoding="utf-8"))
    html = bag["html"].replace("[[", "{{").replace("]]", "}}")
    texts = _TEMPLATE.format(sender=bag["from"], subject=bag["subject"], html=html)
    (folder / "template.txt").write_text(texts, encoding="utf-8")
    server = _SERVER.format(host=task.way.host, port=task.port)
    (folder / "server.conf").write_text(server, encoding="utf-8")
    with (folder / "readers.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["address", "greeting", "unsubscribe_url", "preferences_url"])
        for number in range(1, task.count + 1):
            links = [f"https://news.example.org/{page}/{number}" for page in "up"]
            table.writerow([mails.address(number).wire, f"Dear {mails.name(number)},", *links])
    return folder
