"""How far each inbox was taken: noted by several at once, and never a reason to stop."""

import json
import threading
from pathlib import Path

import pytest

from newsletter.returns.fetching import Positions


def test_many_note_their_positions_at_once_and_none_is_lost(tmp_path: Path) -> None:
    names, faults = [f"box{number}" for number in range(8)], []

    def note(name: str) -> None:
        try:
            for number in range(40):
                Positions(tmp_path).note(name, f"{number}")
        except OSError as fault:
            faults.append(fault)

    threads = [threading.Thread(target=note, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert {name: Positions(tmp_path).of(name) for name in names} == dict.fromkeys(names, "39")


@pytest.mark.parametrize("text", ["", "[]", '{"box": 5}', '{"box": ', "\udcff", '{"box": null}'])
def test_a_note_that_was_spoilt_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "positions.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert Positions(tmp_path).of("box") == ""
    Positions(tmp_path).note("box", "7")
    assert json.loads((tmp_path / "positions.json").read_text()) == {"box": "7"}
