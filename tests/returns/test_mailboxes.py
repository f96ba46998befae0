"""Files with one message or several, and the command that explains them."""

import json
import subprocess
import sys
from pathlib import Path

from newsletter.returns.mailboxes import messages_in
from tests.cli.program import run
from tests.returns.test_reading import letter, notification

BOUNCE = notification("5.1.1", "550 5.1.1 <anna@example.org>: User unknown")
AWAY = letter("Anna <anna@example.org>", "Автоответ: Новости", "Я в отпуске.")
KEYS = {
    *("address", "permanent", "status", "reason", "scope", "suppress", "confidence", "evidence"),
}


def test_an_mbox_is_split_where_its_messages_begin() -> None:
    mbox = b"".join(
        b"From x@y.example Fri Nov 27 10:00:00 2026\n" + each + b"\n" for each in (BOUNCE, AWAY)
    )
    assert [each.strip() for each in messages_in(mbox)] == [BOUNCE.strip(), AWAY.strip()]
    assert list(messages_in(BOUNCE)) == [BOUNCE]
    quoted = b"From a b\nSubject: x\n\n>From here on\n"
    assert list(messages_in(quoted)) == [b"Subject: x\n\nFrom here on\n"]


def test_a_message_is_explained_to_a_person(tmp_path: Path) -> None:
    (tmp_path / "bounce.eml").write_bytes(BOUNCE)
    said = run(tmp_path, "returns", "explain", "bounce.eml").stdout
    assert said.startswith("bounce.eml: a bounce\n")
    assert "    unknown user (5.1.1), for good; about the reader\n" in said
    assert "would not be written to any more" in said
    assert max(map(len, said.splitlines())) <= 80


def test_each_message_is_one_line_of_json(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1").write_bytes(BOUNCE)
    (tmp_path / "new" / "2").write_bytes(AWAY)
    lines = run(tmp_path, "returns", "explain", "new", "--json").stdout.splitlines()
    bounce, away = map(json.loads, lines)
    assert (bounce["kind"], bounce["reporter"]) == ("bounce", "mx.example.org")
    assert bounce["recipients"][0].keys() == KEYS
    assert bounce["recipients"][0]["suppress"] is True
    assert (away["kind"], away["recipients"]) == ("auto-reply", [])


def test_standard_input_is_read_and_a_missing_file_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "newsletter", "returns", "explain", "-"]
    done = subprocess.run(command, input=BOUNCE, cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout.startswith(b"-: a bounce")
    assert (
        "nothing.eml: cannot be read"
        in run(tmp_path, "returns", "explain", "nothing.eml", code=1).stderr
    )
