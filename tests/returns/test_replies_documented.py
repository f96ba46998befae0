"""What servers answer, each in its own words, and what follows for whom it is about."""

from pathlib import Path

import pytest

from newsletter.returns.meaning import reported

ROWS = [
    line.split(" ", 1)
    for line in Path(__file__)
    .with_name("replies_documented.txt")
    .read_text(encoding="utf-8")
    .splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize(("wanted", "words"), ROWS, ids=lambda value: value[:60])
def test_a_reply_is_understood_as_it_is_documented(wanted: str, words: str) -> None:
    said = words.replace("<x>", "<anna@example.org>").replace(" x ", " anna@example.org ")
    status = {"4": "4.0.0", "5": "5.0.0"}.get(words[0], "")
    told = reported("anna@example.org", said, status, failed=True)
    passes = told.permanent is False
    assert ("suppress" if told.suppress else "later" if passes else "leave") == wanted, told


def test_there_are_many_and_none_stands_twice() -> None:
    assert len({words for _, words in ROWS}) == len(ROWS) > 190
