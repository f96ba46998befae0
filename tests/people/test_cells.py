"""What a cell is read as, and how it is written so that no spreadsheet runs it."""

import csv
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.people.cells import fold, guard, is_blank, printable, tidy, unguard


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_formula_is_written_as_text(start: str) -> None:
    assert guard(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


@pytest.mark.parametrize("cell", ["", "Иван", "'Иван'", "О’Нил", "a=b", "1+1"])
def test_other_cells_are_written_as_they_are(cell: str) -> None:
    assert guard(cell) == cell


@given(st.text() | st.from_regex(r"'*[=+\-@\t\r].*"))
def test_what_is_guarded_can_be_unguarded(cell: str) -> None:
    assert unguard(guard(cell)) == cell
    assert not guard(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_guarded_cell_survives_csv(cell: str) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerow([guard(cell), "x"])
    assert unguard(next(csv.reader([stream.getvalue()]))[0]) == cell


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("  Иван\xa0 Петров \t", "Иван Петров"),
        ("\ufeffИв\u200bан\u00ad", "Иван"),
        (unicodedata.normalize("NFD", "Йован"), "Йован"),
        ("Ұлжан Ңөғӣҳ Ə Ў Ё 𐍃 🙂", "Ұлжан Ңөғӣҳ Ə Ў Ё 𐍃 🙂"),
        ("👩‍🏫", "👩‍🏫"),
        ("{{7*7}} {% x %} </mj-text>", "{{7*7}} {% x %} </mj-text>"),
        ("ООО «Ромашка»", "ООО «Ромашка»"),
    ],
)
def test_a_cell_is_tidied_and_its_letters_stay(cell: str, text: str) -> None:
    assert tidy(cell) == text


@pytest.mark.parametrize("broken", ["\r", "\n", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_a_line_break_inside_is_refused_or_folded(broken: str) -> None:
    with pytest.raises(ValueError, match="has a line break in it"):
        tidy(f"Иван{broken}Bcc: x@example.org")
    assert tidy(f"Министерство{broken}труда", fold_lines=True) == "Министерство труда"


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("Ив\x00ан", "U\\+0000"),
        ("Ив\x1bан", "U\\+001B"),
        ("Ив\x7fан", "U\\+007F"),
        ("Ив\u202eан", "U\\+202E"),
        ("Ив\u2066ан", "U\\+2066"),
        ("И" * 201, "longer than 200"),
    ],
)
def test_what_would_disturb_a_mail_or_a_terminal_is_refused(cell: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        tidy(cell)


@given(st.text())
def test_a_tidy_text_stays_tidy(cell: str) -> None:
    try:
        text = tidy(cell, fold_lines=True)
    except ValueError:
        return
    assert tidy(text) == text
    assert text.splitlines() in ([], [text])


@pytest.mark.parametrize("cell", ["", " ", "\xa0", "\u200b", "\ufeff", "\t "])
def test_a_cell_in_which_nothing_can_be_seen_is_blank(cell: str) -> None:
    assert is_blank(cell)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [("a\r\n b\x1b[31m", "a b�[31m"), ("я" * 81, "я" * 79 + "…"), ("Ұ\u202e", "Ұ�")],
)
def test_what_stands_in_a_message_is_short_and_printable(cell: str, shown: str) -> None:
    assert printable(cell) == shown


def test_words_are_folded_to_look_them_up() -> None:
    assert fold(" \ufeffЭл.\xa0почта: ") == fold("эл почта") == "эл почта"
    assert fold("E-Mail_address") == "e mail address"
    assert fold("Ёлка") == "елка"
