"""What servers answer, each in its own words, and what follows for whom it is about."""

from pathlib import Path

import pytest

from newsletter.returns.meaning import reported
from newsletter.returns.reading import read_report
from newsletter.returns.words import reason_in, sayings
from tests.returns.judging import samples

ROWS = [
    line.split(" ", 1)
    for line in Path(__file__)
    .with_name("replies_documented.txt")
    .read_text(encoding="utf-8")
    .splitlines()
    if line and not line.startswith("#")
]


def _said(words: str) -> str:
    return words.replace("<x>", "<anna@example.org>").replace(" x ", " anna@example.org ")


@pytest.mark.parametrize(("wanted", "words"), ROWS, ids=lambda value: value[:60])
def test_a_reply_is_understood_as_it_is_documented(wanted: str, words: str) -> None:
    said = _said(words)
    status = {"4": "4.0.0", "5": "5.0.0"}.get(words[0], "")
    told = reported("anna@example.org", said, status, failed=True)
    passes = told.permanent is False
    assert ("suppress" if told.suppress else "later" if passes else "leave") == wanted, told


def test_there_are_many_and_none_stands_twice() -> None:
    assert len({words for _, words in ROWS}) == len(ROWS) > 190


def test_every_row_of_the_sayings_decides_somewhere() -> None:
    heard = [_said(words) for _, words in ROWS]
    for sample in samples():
        heard += [each.evidence for each in read_report(sample.data).recipients]
    used = {said.pattern for words in heard if (said := reason_in(words))}
    assert [row.pattern.pattern for row in sayings() if row.pattern not in used] == []
