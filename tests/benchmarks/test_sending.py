"""`./run bench send`: what came is counted, who is missing is named, the results can be read."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.figures import Amount
from benchmarks.send import command, measure, picture
from benchmarks.send.measure import Measured, Missing
from benchmarks.send.paths import Way
from benchmarks.send.processes import (
    ROOT,
    CannotMeasure,
    module,
    read_line,
    result_of,
    started,
)
from benchmarks.send.report import Findings, as_json, table
from benchmarks.send.rig import Plan, Rig, rig
from benchmarks.send.rows import BY_KEY, OURS, TABLE, Row, Target
from benchmarks.send.senders import Library, Ours, Sample, Task
from benchmarks.send.servers import PIPELINING_SINK, SINK, Kind, distinct_in
from tests.system import do_without

QUICK = Plan(rounds=2, seconds=0.01, warm_up=10, most=20)
MACHINE = {
    "python": "3.11.7",
    "system": "Linux",
    "processor": "a processor of some maker & model",
    "cores": 2,
    "tcp": "cubic",
    "commit_ms": 0.3,
}


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Rig]:
    with rig(QUICK, tmp_path, quiet=True) as made:
        yield made


def row(*yardsticks: str, server: Kind = SINK) -> Row:
    targets = dict.fromkeys(yardsticks, Target(2, 3))
    return Row(key="near", server=server, yardsticks=targets, connections=1)


@dataclass
class Liar:
    """A sender that says it has sent what it has not."""

    name: str = OURS
    absent: str = ""

    def missing(self) -> str:
        return self.absent

    def send(self, task: Task) -> Sample:
        return Sample(count=task.count, seconds=1, cpu=0)


# --- What came ---


@pytest.mark.slow
@pytest.mark.parametrize("server", [SINK, PIPELINING_SINK], ids=lambda kind: kind.name)
def test_ours_reaches_everybody_once(quick: Rig, server: Kind) -> None:
    found = measure._Course(quick, Way(), row(server=server), [Ours()]).run()
    assert [each.count for each in found.samples[OURS]] == [20, 20]
    assert all(each.steps.keys() == {"claim", "record"} for each in found.samples[OURS])


@pytest.mark.slow
@pytest.mark.parametrize("peer", ["aiosmtplib", "smtplib"])
def test_libraries_reach_everybody_once(quick: Rig, peer: str) -> None:
    found = measure._Course(quick, Way(), row(), [Library(peer, peer)]).run()
    assert [each.count for each in found.samples[peer]] == [20, 20]


def test_a_sender_whose_mails_did_not_come_costs_its_row(
    quick: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "Ours", Liar)
    found, missing = measure.measure(quick, [row()])
    assert found == []
    (fault,) = missing
    assert fault.is_fault
    assert fault.what == "0 ms, our sink, 40 KB, 1 connection"
    assert re.fullmatch(
        r"newsletter was to send \d+ messages to our sink, which has 0 for 0 recipients", fault.why
    )


def test_recipients_are_told_apart_by_the_number_in_them(tmp_path: Path) -> None:
    file = tmp_path / "recipients"
    file.write_bytes(b"reader0000007@example.com\n7reader@example.com\nreader1000000@example.com\n")
    assert distinct_in(file) == 2


@pytest.mark.slow
def test_the_sink_tells_a_recipient_who_came_twice(quick: Rig) -> None:
    with SINK.run(Way(), quick.folder) as sink:
        for _ in range(2):
            words = ("aiosmtplib", quick.bag("5k"), Way().host, sink.port, 1, 3)
            result_of(module("peers", *map(str, words)), 60)
        stock = sink.take_stock(3)
        assert (stock.messages, stock.distinct) == (6, 3)
        after = sink.take_stock(0)
        assert (after.messages, after.distinct) == (0, 0)


def test_a_server_that_was_killed_is_named(quick: Rig) -> None:
    with pytest.raises(CannotMeasure, match=r"our sink has ended in the middle \(exit code -9\)"):
        kill_and_ask(quick)


def kill_and_ask(quick: Rig) -> None:
    with SINK.run(Way(), quick.folder) as sink:
        sink._process.kill()  # type: ignore[attr-defined]
        sink._process.wait()  # type: ignore[attr-defined]
        sink.take_stock(1)


# --- What is missing ---


def test_who_is_not_there_is_named_and_the_others_are_measured(
    quick: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "_Course", Named)
    monkeypatch.setattr(measure, "SmtpSource", lambda: Liar("smtp-source -d", "it is not there"))
    found, missing = measure.measure(quick, [row("smtp-source -d", "aiosmtplib sendmail")])
    assert [list(each.samples) for each in found] == [["newsletter", "aiosmtplib sendmail"]]
    assert missing == [Missing("smtp-source -d", "it is not there")]


class Named:
    """A row of which nothing is known but who would be measured."""

    def __init__(self, rig: Rig, way: Way, row: Row, senders: list[Liar]) -> None:
        self.found = Measured(row, {each.name: [] for each in senders}, 0.0, {}, 0.0)

    def run(self) -> Measured:
        return self.found


def test_rows_that_need_a_line_are_named_without_one(
    quick: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "why_no_line", lambda: "it needs root")
    found, missing = measure.measure(quick, BY_KEY["far"])
    assert found == []
    assert missing == [Missing("20 ms, smtp-sink, 40 KB, 10 connections", "it needs root")]


def test_a_part_that_is_not_known_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        command.main(["neer"])
    assert "no part neer; known: near, far, chunking" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--at", "/nowhere/at/all"], "/nowhere/at/all is no folder"),
        (["--seconds", "0"], "more than 0 and less than 600"),
        (["--rounds", "0"], "at least 1"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        command.main(words)
    assert complaint in capsys.readouterr().err


# --- What is shown ---


def measured(row: Row, ours: float, theirs: float, *, crowded: float = 0.0) -> Measured:
    def samples(rate: float) -> list[Sample]:
        return [Sample(count=1000, seconds=1000 / (rate + n), cpu=0.1) for n in (-3, 0, 4)]

    rates = {OURS: samples(ours), **{name: samples(theirs) for name in row.yardsticks}}
    return Measured(row, rates, crowded, {}, row.round_trip)


def findings(ours: float = 5000, *, crowded: float = 0.0) -> Findings:
    return Findings(
        machine=MACHINE,
        rows=[measured(row, ours, 100, crowded=crowded) for row in TABLE],
        amounts=[Amount(name="CPU of a message, 40 KB: sign", unit="µs", value=284, limit=400)],
        missing=[Missing("mailmerge", "it is not there: pip install mailmerge")],
        plan=Plan(),
    )


def test_the_table_fits_a_terminal_and_says_what_is_met() -> None:
    lines = table(findings())
    assert max(map(len, lines)) <= 80
    assert "  smtp-source -d                        5000     100   50.00    ≥ 0.8      met" in lines
    assert "NOT MEASURED: mailmerge: it is not there: pip install mailmerge" in lines
    assert lines[-1] == "All 16 targets are met."


def test_what_is_missed_is_marked() -> None:
    found = findings(240)
    lines = table(found)
    assert "  aiosmtplib sendmail                    240     100    2.40    ≥ 2.5   MISSED" in lines
    assert found.missed == len([line for line in lines if line.endswith("MISSED")])
    assert lines[-1] == f"MISSED: {found.missed} of 16 targets."


def test_a_busy_machine_is_told() -> None:
    assert [line for line in table(findings(crowded=0.4)) if "others took up to 40%" in line]
    assert not [line for line in table(findings(crowded=0.1)) if "others took" in line]


def test_programs_get_all_samples() -> None:
    told = json.loads(json.dumps(as_json(findings())))
    first = told["benchmarks"]["send"][0]
    assert (first["yardstick"], first["ratio"], first["missed"]) == ("smtp-source -d", 50.0, False)
    assert first["all"] == [4997.0, 5000.0, 5004.0]
    assert told["missing"][0]["what"] == "mailmerge"
    assert told["rows"][0]["senders"][OURS]["cpu_us"] == 100.0


def test_the_picture_can_be_read_by_all() -> None:
    svg = picture.draw(findings(220))
    root = ET.fromstring(svg)
    texts = ["".join(each.itertext()) for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "220 a second" in texts
    assert "100; ours is 2.2 times as fast" in texts
    assert any("a processor of some maker & model, 2 cores" in text for text in texts)
    (described,) = root.iter("{http://www.w3.org/2000/svg}desc")
    assert "20 ms away, PIPELINING only: newsletter 220, smtp-source -d 100" in (
        described.text or ""
    )
    assert "prefers-color-scheme: dark" in svg


def test_the_bars_are_as_long_as_the_figures() -> None:
    root = ET.fromstring(picture.draw(findings(400)))
    bars = [each for each in root.iter("{http://www.w3.org/2000/svg}rect") if each.get("rx")]
    lengths = {(each.get("class"), float(each.get("width", "0"))) for each in bars}
    assert lengths == {("ours", 300.0), ("theirs", 75.0)}


def test_no_picture_is_drawn_of_half_the_rows() -> None:
    half = Findings(machine=MACHINE, rows=findings().rows[:1], amounts=[], missing=[], plan=Plan())
    assert picture.missing_rows(half) == ["far", "chunking"]


# --- The whole ---


@pytest.mark.slow
def test_a_row_is_measured_from_end_to_end(tmp_path: Path) -> None:
    words = ["small", "--rounds", "1", "--seconds", "0.05", "--warm-up", "20", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "send", *words, "--at", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    told = json.loads(done.stdout)
    if any("smtp-sink" in each["why"] for each in told["missing"]):
        do_without("needs smtp-sink: apt-get install postfix")
    assert done.returncode == 0, done.stderr + done.stdout
    assert OURS in told["rows"][0]["senders"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_leaves_nothing_behind(tmp_path: Path, way: signal.Signals) -> None:
    if not shutil.which("smtp-sink", path="/usr/sbin:/usr/bin"):
        do_without("needs smtp-sink: apt-get install postfix")
    words = [*("near", "far", "--rounds", "1", "--warm-up", "20"), "--at", str(tmp_path)]
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks", "send", *words],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline().startswith("0 ms, smtp-sink")
    while not (children := children_of(process.pid)):
        time.sleep(0.05)
    process.send_signal(way)
    assert "all that it started is gone" in process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 130
    assert list(tmp_path.iterdir()) == []
    assert not [child for child in children if Path(f"/proc/{child}").exists()]


def children_of(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
    return [int(child) for child in text.split()]


def test_a_program_that_has_ended_is_no_riddle() -> None:
    with (
        started([sys.executable, "-c", "pass"]) as process,
        pytest.raises(CannotMeasure, match="-c pass has ended"),
    ):
        read_line(process)
