"""B11 to B13: tables of people as they really come, cells that would run, files that are traps."""

import csv
import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from newsletter.address import parse_address
from newsletter.errors import InputRefused
from newsletter.model.people import Person, RowOutcome
from newsletter.people.encodings import MAX_SIZE
from newsletter.people.exporting import export_people
from newsletter.people.importing import apply_import, plan_import
from newsletter.people.table import open_table
from newsletter.people.vocabulary import Vocabulary
from newsletter.store.people import PeopleStore
from newsletter.store.roster import PeopleFilter
from tests.cli.program import run, run_json
from tests.people.conftest import AT


@pytest.fixture
def office(tmp_path: Path) -> Path:
    run(tmp_path, "init", "--sample", "office")
    return tmp_path / "office"


_RUSSIAN = "Почта;Имя\r\nivan@example.org;Пётр «Ёж» Иванов\r\nanna@example.org;Анна\r\n"
_ODDITIES = {
    "byte order mark": _RUSSIAN.encode("utf-8-sig"),
    "Windows-1251": _RUSSIAN.encode("cp1251"),
    "KOI8-R": _RUSSIAN.replace("«Ёж»", "Ёж").encode("koi8-r"),
    "Unicode text of Excel": _RUSSIAN.replace(";", "\t").encode("utf-16"),
    "tabs": _RUSSIAN.replace(";", "\t").encode(),
    "commas": _RUSSIAN.replace(";", ",").encode(),
    "CR alone": _RUSSIAN.replace("\r\n", "\r").encode(),
    "LF alone": _RUSSIAN.replace("\r\n", "\n").encode(),
    "quotation marks": _RUSSIAN.replace("Пётр «Ёж» Иванов", '"Пётр ""Ёж"" Иванов"').encode(),
    "cells that are empty at the end": _RUSSIAN.replace("\r\n", ";;;\r\n").encode(),
    "line that names the separator": b"sep=;\r\n" + _RUSSIAN.encode(),
    "non-breaking spaces": _RUSSIAN.replace("ivan@", "\xa0ivan@")
    .replace("Анна", "Анна\xa0")
    .encode(),
    "signs that nobody sees": _RUSSIAN.replace("ivan@", "\u200bivan@\ufeff").encode(),
    "name and address in a cell": "Почта\nПётр Иванов <ivan@example.org>\nАнна <anna@example.org>\n"
    "".encode(),
    "addresses twice": f"{_RUSSIAN}IVAN@Example.ORG;Пётр\r\n".encode(),
}


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in _ODDITIES.items()])
def test_b11_a_table_is_understood_as_it_comes(
    tmp_path: Path, store: PeopleStore, vocabulary: Vocabulary, data: bytes
) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(data)
    for expected in (RowOutcome.NEW, RowOutcome.UNCHANGED):
        with plan_import(store, file, list_name="media", vocabulary=vocabulary) as plan:
            tally = apply_import(plan, basis="form", at=AT)
        assert tally.counts[expected] == 2
        assert set(tally.counts) <= {expected, RowOutcome.DUPLICATE}
    with store.read() as people:
        found = {
            each.person.address.shown: each.person.name
            for each in people.roster.everyone(PeopleFilter())
        }
    assert found.keys() == {"ivan@example.org", "anna@example.org"}
    assert found["ivan@example.org"].startswith("Пётр")
    assert found["anna@example.org"] == "Анна"


def test_b11_a_domain_in_two_forms_is_one_address(
    tmp_path: Path, store: PeopleStore, vocabulary: Vocabulary
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email\nивan@пример.рф\nивan@ПРИМЕР.рф\nивan@xn--e1afmkfd.xn--p1ai\n")
    with plan_import(store, file, list_name="media", vocabulary=vocabulary) as plan:
        assert plan.tally.counts == {RowOutcome.NEW: 1, RowOutcome.DUPLICATE: 2}


def test_b11_what_was_sniffed_is_shown_before_anything_is_written(office: Path) -> None:
    (office / "people.csv").write_bytes(_RUSSIAN.encode("cp1251"))
    order = ("subscribers", "import", "people.csv", "-l", "media", "--basis", "form")
    said = run(office, *order, "--dry-run").stdout
    assert "people.csv: Windows-1251, semicolon, 2 rows" in said
    assert "ivan@example.org, Пётр «Ёж» Иванов" in said
    assert run_json(office, "subscribers", "list") == []


def test_b11_one_bad_row_keeps_all_out_and_stands_in_a_file_with_its_number(office: Path) -> None:
    rows = f"{_RUSSIAN}ivan@@example.org;Хто\r\n\r\nпочта;Ещё\r\n"
    (office / "people.csv").write_text(rows, encoding="utf-8", newline="")
    order = ("subscribers", "import", "people.csv", "-l", "media", "--basis", "form", "--yes")
    run(office, *order, code=1)
    assert run_json(office, "subscribers", "list") == []
    with (office / "people.refused.csv").open(encoding="utf-8", newline="") as stream:
        refused = list(csv.DictReader(stream))
    assert [(row["row"], row["Почта"]) for row in refused] == [
        ("4", "ivan@@example.org"),
        ("6", "почта"),
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_b12_no_cell_of_an_export_runs(store: PeopleStore, start: str) -> None:
    evil = f'{start}HYPERLINK("https://example.org")'
    person = Person(address=parse_address("+x@example.org"), name=evil, organisation=evil)
    with store.write() as people:
        people.add_subscribers([person], AT)
    stream = io.BytesIO()
    export_people(store, stream, PeopleFilter())
    (row,) = csv.DictReader(io.StringIO(stream.getvalue().decode(), newline=""))
    assert (row["email"], row["name"]) == ("'+x@example.org", f"'{evil}")
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())


def _bomb(name: str) -> bytes:
    """Return an office file of some kilobytes with a part of a gigabyte of spaces."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open(name, "w", force_zip64=True) as part,
    ):
        for _ in range(1024):
            part.write(b" " * 1024 * 1024)
    return stream.getvalue()


_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE t [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY x SYSTEM "file:///etc/passwd">]><table><row><cell>&b;&x;</cell></row></table>'
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("list.xlsx", "xl/worksheets/sheet1.xml"),
        ("list.docx", "word/document.xml"),
        ("list.ods", "content.xml"),
    ],
)
def test_b13_an_office_file_is_refused_unopened(tmp_path: Path, name: str, part: str) -> None:
    file = tmp_path / name
    file.write_bytes(_bomb(part))
    tracemalloc.start()
    with pytest.raises(InputRefused, match="not a CSV table"):
        open_table(file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000_000


def test_b13_entities_of_xml_are_letters_like_others(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(_LAUGHS)
    with pytest.raises(InputRefused, match="no column is called “E-mail”") as refused:
        open_table(file)
    assert "root:" not in str(refused.value)
    assert len(str(refused.value)) < 2000


def test_b13_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    with file.open("wb") as stream:
        stream.truncate(MAX_SIZE + 1)  # a file with a hole: it takes no room
    with pytest.raises(InputRefused, match="split it into several files"):
        open_table(file)
