"""`newsletter subscribers …`: people come in by a plan, and what they chose always wins."""

import csv
import re
from pathlib import Path

import pytest

from tests.cli.program import run, run_json

pytestmark = pytest.mark.slow

IMPORT = ("subscribers", "import", "people.csv", "--list", "media", "--basis", "a form")


def write_people(office: Path, *rows: str, encoding: str = "utf-8") -> None:
    (office / "people.csv").write_text("\n".join(rows) + "\n", encoding=encoding)


def test_an_import_shows_its_plan_and_changes_nothing_without_a_yes(sample: Path) -> None:
    write_people(sample, "email,name", "anna@example.org,Anna", "boris@example.org,Борис")
    said = run(sample, *IMPORT, code=2)
    assert "people.csv: UTF-8, comma, 2 rows" in said.stdout
    assert "2  new people" in said.stdout
    assert "say yes beforehand with --yes" in said.stderr
    assert run_json(sample, "subscribers", "list") == []
    assert "Nothing was changed." in run(sample, *IMPORT, "--dry-run").stdout
    assert run_json(sample, "subscribers", "list") == []


def test_a_bad_row_stops_the_whole_import_and_is_named(sample: Path) -> None:
    write_people(sample, "email,name", "anna@example.org,Anna", "boris.example.org,Борис")
    said = run(sample, *IMPORT, "--yes", code=1)
    assert "people.csv:3:1: row 3: boris.example.org has no @ sign" in said.stdout
    assert "nothing was imported: 1 row cannot be used" in said.stderr
    assert run_json(sample, "subscribers", "list") == []
    with (sample / "people.refused.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["row"], row["what is wrong"]) for row in rows] == [
        ("3", "boris.example.org has no @ sign")
    ]


def test_a_dry_run_shows_bad_rows_and_writes_no_file(sample: Path) -> None:
    write_people(sample, "email,name", "anna@example.org,Anna", "boris.example.org,Борис")
    said = run(sample, *IMPORT, "--dry-run")
    assert "people.csv:3:1: row 3: boris.example.org has no @ sign" in said.stdout
    assert ".refused.csv" not in said.stdout + said.stderr
    assert run_json(sample, *IMPORT, "--dry-run")["refused"] == 1
    assert not (sample / "people.refused.csv").exists()


def test_the_good_rows_come_in_when_asked_for_and_twice_is_no_change(sample: Path) -> None:
    write_people(sample, "email,name", "anna@example.org,Anna", "boris.example.org,Борис")
    found = run_json(sample, *IMPORT, "--yes", "--skip-invalid")
    assert (found["imported"], found["new"], found["refused"]) == (True, 1, 1)
    found = run_json(sample, *IMPORT, "--yes", "--skip-invalid")
    assert (found["new"], found["unchanged"]) == (0, 1)


def test_a_table_from_russian_excel_needs_no_options(sample: Path) -> None:
    write_people(
        sample,
        "Почта;Имя;Язык;Страна",
        "anna@example.org;Анна;русский;Казахстан",
        encoding="cp1251",
    )
    assert "Windows-1251, semicolon, 1 row" in run(sample, *IMPORT, "--yes").stdout
    person = run_json(sample, "subscribers", "list")[0]
    assert (person["name"], person["language"], person["country"]) == ("Анна", "ru", "kz")


def test_who_was_taken_off_stays_off_whoever_imports_them(sample: Path) -> None:
    write_people(sample, "email", "anna@example.org", "boris@example.org")
    run(sample, *IMPORT, "--yes")
    run(sample, "subscribers", "remove", "anna@example.org", "--yes")
    run(sample, "subscribers", "suppress", "boris@example.org", "--note", "asked by phone")
    said = run(sample, *IMPORT, "--yes").stdout
    assert "kept out: unsubscribed" in said
    assert "kept out: suppressed" in said
    counts = run_json(sample, "subscribers", "lists")
    assert counts[1] | {"list": "media", "active": 1, "ended": 1, "suppressed": 1} == counts[1]


def test_show_tells_the_whole_story(sample: Path) -> None:
    write_people(sample, "email,name", "anna@example.org,Anna")
    run(sample, *IMPORT, "--yes")
    run(sample, "subscribers", "remove", "anna@example.org", "--list", "media", "--yes")
    said = run(sample, "subscribers", "show", "ANNA@example.org").stdout
    assert "media: from 20" in said
    assert "(staff)" in said
    assert "consent given for media a form [import of people.csv" in " ".join(said.split())
    assert "consent withdrawn for media" in said
    story = run_json(sample, "subscribers", "show", "anna@example.org")
    assert [line["action"] for line in story["consents"]] == ["given", "withdrawn"]
    said = run(sample, "subscribers", "show", "eva@example.org", code=1).stderr
    assert "eva@example.org is not known" in said


def test_one_person_is_added_by_hand(sample: Path) -> None:
    command = ("subscribers", "add", "anna@example.org", "--list", "media", "--basis", "by phone")
    assert (
        "anna@example.org now gets media" in run(sample, *command, "--language", "Russian").stdout
    )
    assert "gets already media" in run(sample, *command).stdout
    assert run_json(sample, "subscribers", "list")[0]["language"] == "ru"


def test_an_export_comes_back_in_unchanged(sample: Path) -> None:
    write_people(sample, "email,name", '=anna@example.org,"=HYPERLINK(""x"")"')
    run(sample, *IMPORT, "--yes")
    run(sample, "subscribers", "export", "--excel", "-o", "out.csv")
    text = (sample / "out.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    assert b"\"'=HYPERLINK" in text
    again = ("subscribers", "import", "out.csv", "--list", "media", "--basis", "a form")
    assert run_json(sample, *again, "--yes")["unchanged"] == 1
    assert "=anna@example.org" in run(sample, "subscribers", "export").stdout


def test_an_import_is_taken_back_by_its_number(sample: Path) -> None:
    write_people(sample, "email,name", "anna@example.org,Anna", "boris@example.org,Boris")
    run(sample, *IMPORT, "--yes")
    (line,) = run_json(sample, "subscribers", "batches")
    assert (line["list"], line["file"], line["rows"]["new"]) == ("media", "people.csv", 2)
    assert "people.csv" in run(sample, "subscribers", "batches").stdout
    undo = ("subscribers", "undo", str(line["import"]))
    said = run(sample, *undo, code=2)
    assert "2  subscriptions end" in said.stdout
    assert "say yes beforehand with --yes" in said.stderr
    assert "Nothing was changed." in run(sample, *undo, "--dry-run").stdout
    assert len(run_json(sample, "subscribers", "list")) == 2
    assert "Taken back." in run(sample, *undo, "--yes").stdout
    assert run_json(sample, "subscribers", "list") == []
    assert "It was taken back before; nothing was changed." in run(sample, *undo, "--yes").stdout
    assert run_json(sample, "subscribers", "batches")[0]["undone_at"]
    missing = run(sample, "subscribers", "undo", "7", "--yes", code=1).stderr
    assert "there is no import 7" in missing


def test_undoing_an_import_names_later_ones_that_bring_the_same_people_back(sample: Path) -> None:
    both, later = "anna@example.org,Anna", "boris@example.org,Boris"
    brings = ("subscribers", "import", "--list", "media", "--basis", "asked", "--yes")
    for name, rows in (("one.csv", (both,)), ("two.csv", (both, later))):
        (sample / name).write_text("\n".join(("email,name", *rows, "")), encoding="utf-8")
        run(sample, *brings, name)
    said = run(sample, "subscribers", "undo", "1", "--yes").stdout
    assert "Import 2 (two.csv) came later" in said
    run(sample, *brings, "two.csv")
    listed = run_json(sample, "subscribers", "list", "--list", "media", "--state", "active")
    assert {each["address"] for each in listed} == {"anna@example.org", "boris@example.org"}


def test_a_list_that_does_not_exist_is_named_with_the_near_one(sample: Path) -> None:
    write_people(sample, "email", "anna@example.org")
    command = ("subscribers", "import", "people.csv", "--list", "medja", "--basis", "x")
    assert "did you mean `media`?" in run(sample, *command, code=2).stderr


def test_a_reader_can_rest_and_is_told_so(sample: Path) -> None:
    who = "anna@example.org"
    run(sample, "subscribers", "add", who, "-l", "media", "--basis", "a form", "--topics", "osh")
    said = run(sample, "subscribers", "pause", who, "--until", "2099-01-31").stdout
    assert said == f"{who}: media: paused until 2099-01-31\n"
    story = run(sample, "subscribers", "show", who).stdout
    assert "media: active since" in story
    assert "paused until 2099-01-30 21:00 UTC" in story  # midnight in Moscow
    assert "topics: osh" in story
    said = run(sample, "subscribers", "pause", who, "--lift").stdout
    assert said == f"{who}: media: not paused any more\n"
    (person,) = run_json(sample, "subscribers", "list")
    assert person["subscriptions"][0]["paused_until"] is None
    for options in ((), ("--lift", "--until", "2099-01-31"), ("--until", "2015-01-31")):
        run(sample, "subscribers", "pause", who, *options, code=2)


def test_a_topic_that_the_office_has_not_is_refused_with_the_nearest(sample: Path) -> None:
    said = run(
        *(sample, "subscribers", "add", "anna@example.org", "-l", "media", "--basis", "a form"),
        *("--topics", "skils"),
        code=2,
    )
    assert "topic “skils” is not known" in said.stderr
    assert "did you mean `skills`?" in said.stderr


def test_lists_tell_how_one_comes_onto_them(sample: Path) -> None:
    table = run(sample, "subscribers", "lists").stdout
    assert "double, open" in table
    assert all(each["open"] for each in run_json(sample, "subscribers", "lists"))


def test_what_columns_hold_is_said_once_and_remembered(sample: Path) -> None:
    heads = "Контакт;Ведомство;Имя\r\n"
    (sample / "one.csv").write_text(f"{heads}a@example.org;Минтруд;Ольга\r\n", encoding="utf-8")
    (sample / "two.csv").write_text(f"{heads}b@example.org;Союз;Анна\r\n", encoding="utf-8")
    order = ("subscribers", "import", "one.csv", "-l", "media", "--basis", "form", "--yes")
    assert "Контакт=address" not in run(sample, *order, code=1).stdout
    columns = ("--column", "Контакт=address", "--column", "Ведомство=organisation")
    said = run(sample, *order, *columns).stdout
    assert "  Контакт: address\n  Ведомство: organisation\n" in said
    again = run(sample, *order[:2], "two.csv", *order[3:]).stdout
    assert re.search(r"Columns as you said on [\d.]{10} of such a table:\n  Контакт", again)
    (anna,) = run_json(sample, "subscribers", "list", "--search", "b@example.org")
    assert (anna["name"], anna["organisation"]) == ("Анна", "Союз")
    assert "no column is called" in run(sample, *order, "--forget-columns", code=1).stderr
    for batch in ("1", "2"):
        run(sample, "subscribers", "undo", batch, "--yes")
    assert "no column is called" in run(sample, *order, code=1).stderr
    assert "is no heading and field" in run(sample, *order, "--column", "Имя", code=2).stderr
