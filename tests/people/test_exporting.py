"""An export opens in a spreadsheet without running anything, and can be imported again."""

import csv
import io
import json
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from newsletter.address import parse_address
from newsletter.errors import NewsletterError, WrongUsage
from newsletter.people.exporting import COLUMNS, Form, export_people, replacing, write_refused
from newsletter.people.importing import ImportPlan, ImportTally, RowOutcome, plan_import
from newsletter.people.subscriptions import remove_person, suppress_address
from newsletter.people.vocabulary import Vocabulary
from newsletter.store.people import PeopleStore
from newsletter.store.roster import PeopleFilter
from tests.people.conftest import AT, LATER

Plan = Callable[..., ImportPlan]
Bring = Callable[..., ImportTally]


def _export(
    store: PeopleStore,
    form: Form = Form.CSV,
    columns: Sequence[str] = COLUMNS,
    **wanted: str,
) -> bytes:
    stream, who = io.BytesIO(), PeopleFilter(**wanted)  # type: ignore[arg-type]
    export_people(store, stream, who, form=form, columns=columns)
    assert not stream.closed
    return stream.getvalue()


def _rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_a_row_for_each_subscription(bring: Bring, store: PeopleStore) -> None:
    bring("email,name,language\nivan@example.org,Иван,ru\nmaria@example.org,Мария,en\n")
    bring("email\nivan@example.org\n", "media")
    ivan, maria = (parse_address(f"{name}@example.org") for name in ("ivan", "maria"))
    remove_person(store, ivan, at=LATER, list_name="media")
    suppress_address(store, maria, note="", at=LATER)
    rows = _rows(_export(store))
    assert [(row["email"], row["list"], row["state"], row["suppressed"]) for row in rows] == [
        ("ivan@example.org", "constituents", "active", ""),
        ("ivan@example.org", "media", "ended", ""),
        ("maria@example.org", "constituents", "active", "manual"),
    ]
    assert (rows[1]["since"], rows[1]["ended"], rows[1]["reason"]) == (
        "2015-03-01",
        "2015-06-01",
        "staff",
    )


def test_only_who_is_asked_for(bring: Bring, store: PeopleStore) -> None:
    bring("email,language\nivan@example.org,ru\nmaria@example.org,en\n")
    assert [row["email"] for row in _rows(_export(store, language="en"))] == ["maria@example.org"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_cells_that_would_run_are_text(
    bring: Bring, store: PeopleStore, start: str, tmp_path: Path
) -> None:
    bring(f'email,organisation\n+ivan@example.org,"x{start}1"\n')
    with store.write() as people:
        (known,) = people.known(["+ivan@example.org"], None).values()
        person = type(known.person)(address=known.person.address, organisation=f"{start}1+1")
        people.update_facts({known.subscriber_id: person}, AT)
    (row,) = _rows(_export(store))
    assert row["email"] == "'+ivan@example.org"
    assert row["organisation"] == f"'{start}1+1"


def test_a_russian_excel_gets_a_mark_and_semicolons(bring: Bring, store: PeopleStore) -> None:
    bring("email,name\nivan@example.org,Иван\n")
    data = _export(store, Form.EXCEL)
    assert data.startswith(b"\xef\xbb\xbfemail;name;")
    assert "ivan@example.org;Иван;".encode() in data
    assert not _export(store).startswith(b"\xef")


@pytest.mark.parametrize("form", [Form.CSV, Form.EXCEL])
def test_an_export_imports_as_unchanged(
    bring: Bring, store: PeopleStore, vocabulary: Vocabulary, tmp_path: Path, form: Form
) -> None:
    bring(
        "email,name,language,country,organisation,organisation_type,topics\n"
        'ivan@example.org,"Петров; Иван",ru,kz,"ООО ""Рога, копыта""",профсоюз,"osh, youth"\n'
        "+news@пример.рф,=1+1,,,-,,\n"
    )
    file = tmp_path / "export.csv"
    file.write_bytes(_export(store, form))
    plan = plan_import(store, file, list_name="constituents", vocabulary=vocabulary)
    assert plan.tally.counts == {RowOutcome.UNCHANGED: 2}


def test_only_the_columns_that_are_chosen_in_their_order(bring: Bring, store: PeopleStore) -> None:
    bring("email,name,language\nivan@example.org,Иван,ru\nmaria@example.org,Мария,en\n")
    bring("email\nivan@example.org\n", "media")
    assert _export(store, columns=["language", "email"]).decode() == (
        "language,email\r\nru,ivan@example.org\r\nen,maria@example.org\r\n"
    )
    lines = _export(store, columns=["email", "list"]).decode().splitlines()[1:]
    assert lines == [
        "ivan@example.org,constituents",
        "ivan@example.org,media",
        "maria@example.org,constituents",
    ]


@pytest.mark.parametrize("columns", [["email", "phone", "e-mail"], []])
def test_columns_that_are_not_there_are_named_with_those_that_are(
    store: PeopleStore, columns: list[str]
) -> None:
    with pytest.raises(WrongUsage, match="choose from email, name,") as refused:
        _export(store, columns=columns)
    assert not columns or "phone, e-mail" in str(refused.value)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_is_a_list_of_objects_with_the_same_columns(
    bring: Bring, store: PeopleStore, count: int
) -> None:
    bring("email,name\n" + "".join(f"ivan{n}@example.org,=Иван\n" for n in range(count)))
    rows = json.loads(_export(store, Form.JSON, ["email", "name", "state"]))
    assert rows == [
        {"email": f"ivan{n}@example.org", "name": "=Иван", "state": "active"} for n in range(count)
    ]


def test_refused_rows_are_written_as_they_stand_with_what_is_wrong(
    plan: Plan, tmp_path: Path
) -> None:
    found = plan(
        "E-mail;Имя\ngood@example.org;А\nivan@@example.org;=cmd\n;Б\nx@example.org;Я;1\na;\0\n"
    )
    file = tmp_path / "refused.csv"
    assert write_refused(found, file) == 4
    rows = _rows(file.read_bytes())
    assert [(row["row"], row["refused address"]) for row in rows] == [
        ("3", "ivan@@example.org"),
        ("4", ""),
        ("5", "x@example.org"),
        ("6", "a"),
    ]
    assert rows[0]["what is wrong"] == "ivan@@example.org has two @ signs"
    assert rows[0]["how to mend it"]
    assert (rows[0]["E-mail"], rows[0]["Имя"]) == ("ivan@@example.org", "'=cmd")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_refused_rows_can_be_mended_and_imported(
    plan: Plan, store: PeopleStore, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    file = tmp_path / "refused.csv"
    write_refused(plan("address;name\nivan@@example.org;'=Иван\n"), file)
    text = file.read_text("utf-8").replace(",ivan@@", ",ivan@")
    file.write_text(text, "utf-8")
    again = plan_import(store, file, list_name="constituents", vocabulary=vocabulary)
    assert again.tally.counts == {RowOutcome.NEW: 1}
    assert again.tally.examples[RowOutcome.NEW][0].note == "=Иван"


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    file.write_text("before")

    def break_off() -> None:
        with replacing(file) as stream:
            stream.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert file.read_text() == "before"
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    with (
        pytest.raises(NewsletterError, match=r"out\.csv: cannot be written: No such file"),
        replacing(tmp_path / "nowhere" / "out.csv") as stream,
    ):
        stream.write(b"x")
