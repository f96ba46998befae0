"""What the benchmarks make of the times they took."""

import json

import pytest

from benchmarks import __main__ as bench
from benchmarks.figures import Figure

TIMES = tuple(n / 100 for n in range(1, 101))  # 0.01 to 1.00


class Measured:
    """A benchmark that took its times elsewhere."""

    def __init__(self, *figures: Figure) -> None:
        self.figures = list(figures)

    def measure(self) -> list[Figure]:
        return self.figures


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str]:
    monkeypatch.setattr("sys.argv", ["bench", *arguments])
    return bench.main(), capsys.readouterr().out


def figure(target: float | None = None) -> Figure:
    return Figure(
        name="save the issue → the new mail is there",
        times=TIMES,
        target=target,
        yardstick="parse all YAML files",
        yardstick_time=0.25,
    )


def test_the_median_and_the_95th_of_100_are_told() -> None:
    assert figure().median == pytest.approx(0.505)
    assert figure().p95 == pytest.approx(0.9505)
    assert figure().ratio == pytest.approx(2.02)


@pytest.mark.parametrize(
    ("target", "held", "missed"),
    [
        (0.96, "p95", False),
        (0.95, "p95", True),
        (0.51, "median", False),
        (0.5, "median", True),
        (None, "p95", False),
    ],
)
def test_a_target_is_missed_when_what_is_held_to_it_reaches_it(
    target: float | None, held: str, missed: bool
) -> None:
    measured = Figure(
        name="x", times=TIMES, target=target, held="p95" if held == "p95" else "median"
    )
    assert measured.is_missed is missed


def test_the_table_fits_a_terminal_and_a_missed_target_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "BENCHMARKS", {"one": Measured(figure(0.9)), "two": Measured()})
    code, table = run(monkeypatch, capsys)
    assert code == 1
    assert max(map(len, table.splitlines())) <= 80
    assert "MISSED: save the issue" in table
    assert run(monkeypatch, capsys, "two")[0] == 0


def test_programs_get_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "BENCHMARKS", {"one": Measured(figure(1.5))})
    code, text = run(monkeypatch, capsys, "--json")
    (measured,) = json.loads(text)["benchmarks"]["one"]
    assert code == 0
    assert (measured["runs"], measured["median"], measured["missed"]) == (100, 0.505, False)
