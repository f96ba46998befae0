"""The line of the benchmarks: it delays, harms nothing, and is gone afterwards."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.send import mails
from benchmarks.send.paths import Way, delayed_line, why_no_line
from benchmarks.send.processes import CannotMeasure, module, result_of
from benchmarks.send.servers import SINK
from tests.system import do_without

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def line() -> Iterator[Way]:
    if why := why_no_line():
        do_without(why)
    with delayed_line() as way:
        yield way


def namespaces() -> list[str]:
    """Return the namespaces that this process has made and not removed."""
    listed = subprocess.run(["ip", "netns", "list"], check=True, capture_output=True, text=True)
    return [name for name in listed.stdout.split() if f"-{os.getpid()}-" in name]


@pytest.mark.parametrize("seconds", [0.05, 0.2, 0.01])
def test_nothing_is_there_and_back_before_its_time(line: Way, seconds: float) -> None:
    line.set_round_trip(seconds)
    assert line.ping() >= seconds


def test_a_way_that_takes_too_long_is_refused(line: Way) -> None:
    line.set_round_trip(0.05)
    with pytest.raises(CannotMeasure, match=r"instead of 10: the machine is too busy"):
        line.round_trip(0.01)


def test_mails_come_whole_and_once(line: Way, tmp_path: Path) -> None:
    line.set_round_trip(0.01)
    bag = mails.fill_bag(tmp_path / "bag", "40k")
    with SINK.run(line, tmp_path) as sink:
        words = ("aiosmtplib", bag, line.host, sink.port, 5, 60)
        result_of(line.to_client(module("peers", *map(str, words))), 60)
        stock = sink.take_stock(60)
    assert (stock.messages, stock.distinct) == (60, 60)


def test_the_other_side_is_not_reached_from_outside(line: Way, tmp_path: Path) -> None:
    with SINK.run(line, tmp_path) as sink, pytest.raises(CannotMeasure, match="ConnectionRefused"):
        result_of(module("ping", "ask", line.host, str(sink.port), "1"), 20)


def test_without_a_line_nothing_can_be_delayed() -> None:
    with pytest.raises(CannotMeasure, match="there is no line"):
        Way().set_round_trip(0.02)


def test_nothing_is_left_when_something_goes_wrong(line: Way) -> None:
    before = namespaces()
    assert len(before) == 2
    with pytest.raises(ZeroDivisionError):
        lay_and_fail(before)
    assert namespaces() == before


def lay_and_fail(before: list[str]) -> None:
    with delayed_line() as way:
        assert way.line is not None
        assert way.line.poll() is None
        assert len(namespaces()) == len(before) + 2
        raise ZeroDivisionError
