"""Tables as spreadsheets export them, and as accidents leave them."""

import csv
import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import InputRefused
from newsletter.people.cells import is_blank
from newsletter.people.headers import Column
from newsletter.people.table import Row, Table, open_table


def _table(folder: Path, text: str | bytes, encoding: str = "utf-8") -> Table:
    file = folder / "people.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return open_table(file)


def _people(table: Table) -> list[tuple[str, str]]:
    return [(table.cell(row, Column.ADDRESS), table.cell(row, Column.NAME)) for row in table.rows()]


TWO = [("ivan@example.org", "Иван"), ("maria@example.org", "Мария")]
_PLAIN = "Почта;Имя\nivan@example.org;Иван\nmaria@example.org;Мария\n"


@pytest.mark.parametrize(
    ("data", "separator"),
    [
        (_PLAIN.encode(), ";"),
        (_PLAIN.encode("utf-8-sig"), ";"),
        (_PLAIN.encode("cp1251"), ";"),
        (_PLAIN.encode("koi8-r"), ";"),
        (b"\xff\xfe" + _PLAIN.replace(";", "\t").encode("utf-16-le"), "\t"),
        (b"\xfe\xff" + _PLAIN.replace(";", "\t").encode("utf-16-be"), "\t"),
        (_PLAIN.replace(";", ",").encode(), ","),
        (_PLAIN.replace(";", "\t").encode(), "\t"),
        (_PLAIN.replace("\n", "\r\n").encode(), ";"),
        (_PLAIN.replace("\n", "\r").encode(), ";"),
        (_PLAIN.rstrip("\n").encode(), ";"),
        (_PLAIN.replace("\n", ";;;\n").encode(), ";"),
        (_PLAIN.replace("\n", "\n\n;\n").encode(), ";"),
        (f"\n \n{_PLAIN}".encode(), ";"),
        (f"sep=;\r\n{_PLAIN}".encode(), ";"),
        (b"sep=|\n" + _PLAIN.replace(";", "|").encode(), "|"),
        (_PLAIN.replace("Иван", '"Иван"').encode(), ";"),
        (_PLAIN.replace("Почта", '"Почта"').encode(), ";"),
        (_PLAIN.replace(";", ', "').replace("\n", '"\n').encode(), ","),
        (b"Name, name and surname;" + _PLAIN.replace("\n", "\n;").rstrip(";").encode(), ";"),
    ],
)
def test_every_way_to_export_a_table_reads_the_same(
    tmp_path: Path, data: bytes, separator: str
) -> None:
    table = _table(tmp_path, data)
    assert table.separator == separator
    assert _people(table) == TWO


@pytest.mark.parametrize("mark", ['"', " ", "\r", "@", "xx"])
def test_a_first_line_that_names_no_separator_is_a_header(tmp_path: Path, mark: str) -> None:
    with pytest.raises(InputRefused, match="no column is called"):
        _table(tmp_path, f"sep={mark}\n{_PLAIN}")


def test_a_table_of_addresses_alone_needs_no_separator(tmp_path: Path) -> None:
    assert _people(_table(tmp_path, "email\nivan@example.org\n")) == [("ivan@example.org", "")]


def test_rows_have_the_numbers_of_the_spreadsheet_and_the_lines_of_the_file(
    tmp_path: Path,
) -> None:
    text = 'email,name,notes\n\na@example.org,A,"one\ntwo\nthree"\nb@example.org,B,\n'
    rows = list(_table(tmp_path, text).rows())
    assert [(row.number, row.line) for row in rows] == [(3, 3), (4, 6)]


def test_a_line_that_names_the_separator_is_no_row_of_the_spreadsheet(tmp_path: Path) -> None:
    rows = list(_table(tmp_path, "sep=;\nemail;name\na@example.org;A\n").rows())
    assert [(row.number, row.line) for row in rows] == [(2, 3)]


def test_quoted_cells_keep_separators_quotes_and_line_breaks(tmp_path: Path) -> None:
    text = 'email,organisation\na@example.org,"ООО ""Рога, копыта""\nи хвосты"\n'
    table = _table(tmp_path, text)
    (row,) = table.rows()
    assert table.cell(row, Column.ORGANISATION) == 'ООО "Рога, копыта"\nи хвосты'
    assert row.fault is None


def test_a_quotation_mark_inside_a_plain_cell_is_a_letter(tmp_path: Path) -> None:
    table = _table(tmp_path, 'email;organisation\na@example.org;ООО "Ромашка"\n')
    (row,) = table.rows()
    assert table.cell(row, Column.ORGANISATION) == 'ООО "Ромашка"'


def test_the_apostrophe_of_our_own_export_is_taken_off(tmp_path: Path) -> None:
    table = _table(tmp_path, "email,name\n'+ivan@example.org,'=Иван\n")
    assert _people(table) == [("+ivan@example.org", "=Иван")]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("ivan@example.org;Иван;Россия", "3 cells, but the header has 2"),
        ("ivan@example.org", "1 cells, but the header has 2"),
        ("ivan@example.org;Ив\0ан", "a NUL octet in a cell"),
        ("ivan@example.org;Ив\ufffdан", "a damaged character in a cell (�)"),
        ('ivan@example.org;"Иван\nb@example.org;B"', "a cell goes on over other rows"),
    ],
)
def test_a_row_that_cannot_be_used_comes_with_its_fault(
    tmp_path: Path, line: str, what: str
) -> None:
    text = f"email;name\na@example.org;A\n{line}\nc@example.org;C\n"
    first, bad, last = _table(tmp_path, text).rows()
    assert bad.number == 3
    assert bad.fault is not None
    assert bad.fault.what.startswith(what)
    assert (first.fault, last.fault) == (None, None)


def test_a_byte_that_windows_1251_does_not_have_damages_its_row_only(tmp_path: Path) -> None:
    text = _PLAIN.encode("cp1251").replace("Мария".encode("cp1251"), b"\xcc\x98")
    ivan, maria = _table(tmp_path, text).rows()
    assert ivan.fault is None
    assert maria.fault is not None
    assert "damaged" in maria.fault.what


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", 0, "is empty"),
        ("\n;;\n \n", 0, "is empty"),
        ("Имя;Телефон\nИван;1\n", 1, "no column is called “E-mail”; found “Имя”, “Телефон”"),
        ("\n\nИмя;Телефон\n", 3, "no column is called “E-mail”"),
        ("ivan@example.org;Иван\n", 1, "the first row has an address in it"),
        ("email;email\n", 1, "two columns are called “email”"),
        ('email;name\na@example.org;A\nb@example.org;"B\nc@example.org;C\n', 3, "not closed"),
        ('email;"name\na@example.org;A\n', 1, "not closed"),
        ('email;name\na@example.org;"' + "x" * 200_000, 2, "not closed"),
        ("email;name\na@example.org;" + "x" * 2_000_000, 2, "is longer than 1,048,576 characters"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, what: str
) -> None:
    with pytest.raises(InputRefused) as refused:
        list(_table(tmp_path, text).rows())
    (finding,) = refused.value.findings
    assert what in finding.message
    assert finding.remedy
    assert finding.place.line == line
    assert str(finding).startswith(str(tmp_path / "people.csv"))


def test_utf16_without_its_mark_is_refused_and_not_misread(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="no column is called"):
        _table(tmp_path, _PLAIN.encode("utf-16-le"))


_CELLS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\ufffd"), max_size=20
)


@given(st.lists(st.tuples(_CELLS, _CELLS), max_size=8), st.sampled_from(",;\t"))
def test_what_the_csv_module_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], separator: str
) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=separator, quoting=csv.QUOTE_ALL)
    writer.writerows([("email", "notes"), *rows])
    table = _table(tmp_path_factory.getbasetemp(), stream.getvalue())
    read = [row.cells for row in table.rows() if not row.fault]
    assert read == [
        row for row in rows if not all(map(is_blank, row)) and not _swallows(row, separator)
    ]


def _swallows(row: tuple[str, str], separator: str) -> bool:
    lines = [line for cell in row for line in cell.splitlines()[1:]]
    return any("@" in line and separator in line for line in lines)


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-16")))
def test_any_file_is_a_table_or_is_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    for start in (b"", b"email;name\n"):
        found: list[Row] | str
        try:
            found = list(_table(tmp_path_factory.getbasetemp(), start + data).rows())
        except InputRefused as refused:
            found = str(refused)
        assert isinstance(found, str) or all(row.number > 0 for row in found)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    table = _table(tmp_path, "email;name\n" + "ivan@example.org;Иван Петров\n" * 30_000)
    tracemalloc.start()
    try:
        count = sum(1 for _ in table.rows())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 30_000
    assert peak < table.file.stat().st_size / 4
