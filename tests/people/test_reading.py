"""Rows that are plain are read at one go, and come to what the slow way makes of them."""

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.people import reading
from newsletter.people.cells import MAX_LENGTH, tidy, unguard
from newsletter.people.table import open_table
from newsletter.people.vocabulary import Vocabulary, make_vocabulary
from newsletter.store.intake import READ

WORDS = make_vocabulary(
    {"kz": {"en": "Kazakhstan", "ru": "Казахстан"}},
    ["en", "ru"],
    {"safety": {"en": "Safety", "ru": "Охрана труда"}, "youth": {"en": "Youth, young people"}},
)
HEADINGS = ("Организация", "E-mail", "Имя", "Фамилия", "Язык", "Страна", "Темы")
_ADDRESSES = st.sampled_from(
    [
        *("ivan@example.org", "Ivan@Example.ORG", "INFO@example.org", "'ivan@example.org"),
        *(" ivan@example.org", "ivan@example.org ", "Иван <ivan@example.org>", "ivan@пример.рф"),
        *("mailto:ivan@example.org", "ivan@@example.org", "ivan@office.test", "", "\u200b"),
        *(f"{'l' * 65}@example.org", f"a@{'d' * 64}.org", "ivan@exаmple.org", "<ivan@example.org>"),
    ]
)
_TEXTS = st.one_of(
    st.sampled_from(
        ["", "Иван", "Иван Петров", " Иван", "Иван  Петров", "'Иван'", "'=1+1", "=1+1"]
    ),
    st.sampled_from(["ООО «Ромашка»", "Йован", "Й", "И\nван", "И\x00", "И\ufffd", "x@y;\nz@w"]),
    st.sampled_from(
        ["я" * MAX_LENGTH, "я" * (MAX_LENGTH + 1), "\u202e", "a\u2028b", "\xa0", "й\u200b"]
    ),
    st.text(max_size=5),
)
_CODES = st.sampled_from(
    ["", " ", "ru", "русский", "Kazakhstan", "?", "safety, youth", "'=1", "\n"]
)
_ROWS = st.lists(
    st.tuples(_TEXTS, _ADDRESSES, _TEXTS, _TEXTS, _CODES, _CODES, _CODES), min_size=1, max_size=6
)


def _read(file: Path, vocabulary: Vocabulary) -> tuple[list[tuple[object, ...]], list[str]]:
    table = open_table(file)
    refusals = reading.Refusals(table)
    read = reading.read_people(table, vocabulary, refusals)
    rows = [row for batch in read for row in batch]
    return rows, [each.message for each in (*refusals.findings, *refusals.doubts)]


def _write(file: Path, rows: Sequence[Sequence[str]]) -> Path:
    stream = io.StringIO(newline="")
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([HEADINGS, *rows])
    file.write_text(stream.getvalue(), encoding="utf-8", newline="", errors="replace")
    return file


@given(_ROWS)
@example([("", "ivan@example.org", "Иван", "Петров", "ru", "kz", "Охрана труда")])
def test_the_short_way_through_a_row_ends_where_the_long_way_does(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    file = _write(tmp_path_factory.getbasetemp() / "read.csv", rows)
    short = _read(file, WORDS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_plain_reader", lambda *_: lambda _: None)
        assert _read(file, WORDS) == short
    assert all(len(row) == len(READ) for row in short[0])


def test_the_short_way_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_read_slowly", None)
    people = [
        ("Минтруд", "ivan@example.org", "Иван", "Петров", "русский", "KZ", "safety"),
        ("ООО «А», № 1 – Б", "O'Neil+x@Example.ORG", "Айгүл", "Ұлжан", "", "", ""),
    ]
    rows, _ = _read(_write(tmp_path / "read.csv", people), WORDS)
    first, second = (dict(zip(READ, row, strict=True)) for row in rows)
    assert (first["number"], first["name"], first["language"]) == (2, "Иван Петров", "ru")
    assert (first["country"], first["topics"], first["standing"]) == ("kz", "safety", "")
    assert (second["address_key"], second["shown"]) == (
        "o'neil+x@example.org",
        "O'Neil+x@example.org",
    )


@pytest.mark.parametrize("first", range(0, 0x3000, 0x100))
def test_letters_of_plain_words_need_no_tidying(first: int) -> None:
    for letter in map(chr, range(first, first + 0x100)):
        if re.fullmatch(f"[{reading._SIGNS}]", letter):
            assert unicodedata.normalize("NFC", letter) == letter
            assert unicodedata.category(letter)[0] in "LNPS"
            assert unicodedata.combining(letter) == 0
            assert tidy(unguard(f"я{letter}я")) == f"я{letter}я"
