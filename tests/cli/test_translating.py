"""`newsletter translations`, as editors and scripts use it."""

import json
from pathlib import Path

import pytest

from tests.cli.program import run, run_json
from tests.workspace import edit, write

SCHOOL = "issues/items/school.yaml"
LOCK = "issues/translations.lock"

pytestmark = pytest.mark.slow


def test_what_is_left_stands_side_by_side_in_eighty_columns(small: Path) -> None:
    edit(small, SCHOOL, "  text: Говорили", "  # text: Говорили")
    edit(small, SCHOOL, "Forty young people met.", "40 young people met, and went home happy.")
    edit(small, SCHOOL, "сорок молодых", "50 молодых")
    done = run(small, "translations", "spring")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert done.stdout == (f"{SCHOOL}:7:3: lead in ru is mismatched\n").replace(":7:", ":14:") + (
        "  numbers differ: en 40; ru 50\n"
        "  40 young people met, and went home    │ Встретились 50 молодых людей.\n"
        "  happy.                                │\n"
        "\n"
        f"{SCHOOL}:8:3: text in ru is missing\n"
        "  They spoke about *work* and [rights]( │ —\n"
        "  https://www.example.org/rights).      │\n"
        "\n"
        "language  done  missing  mismatched  stale\n"
        "ru           5        1           1      0\n"
        "Not in the record yet: 4. They are noted by build, or by --accept all.\n"
    )


def test_building_notes_translations_and_a_change_of_one_language_is_stale(small: Path) -> None:
    run(small, "build", "spring")
    before = (small / LOCK).read_bytes()
    run(small, "build", "spring")
    assert (small / LOCK).read_bytes() == before
    edit(small, SCHOOL, "A school for the young", "A school for young workers")
    said = run(small, "check", "spring").stdout
    assert f"{SCHOOL}\n  13:3  warning  `title` in ru was made from an older text" in said
    run(small, "build", "spring")
    assert (small / LOCK).read_bytes() == before, "building does not make it fresh"
    told = run_json(small, "translations", "spring")
    assert told["counts"]["ru"]["stale"] == 1
    (field,) = told["fields"]
    assert (field["id"], field["state"], field["line"]) == ("items/school:title", "stale", 13)
    assert run(small, "translations", "spring", "--accept", "school:title").stdout == (
        "1 translation noted in issues/translations.lock\n"
    )
    assert run_json(small, "translations", "spring")["fields"] == []


def test_a_check_notes_nothing(small: Path) -> None:
    run(small, "check", "spring")
    run(small, "translations")
    assert not (small / LOCK).exists()


@pytest.mark.parametrize("ending", ["xlf", "po"])
def test_a_file_goes_out_and_comes_back(small: Path, ending: str) -> None:
    name = f"ru.{ending}"
    text = (small / SCHOOL).read_text(encoding="utf-8")
    write(small, SCHOOL, text[: text.index("ru:\n")])
    said = run(small, "translations", "spring", "--export", name).stdout
    assert said == f"{name}: 5 texts, en to ru\n"
    sent = (small / name).read_text(encoding="utf-8")
    empty, full = {
        "xlf": ("young</source>", "young</source><target>Молодёжная школа</target>"),
        "po": ('msgid "A school for the young"\nmsgstr ""',
               'msgid "A school for the young"\nmsgstr "Молодёжная школа"'),
    }[ending]  # fmt: skip
    assert empty in sent
    write(small, name, sent.replace(empty, full, 1))
    unsure = run(small, "translations", "--import", name, code=2)
    assert "+ru:\n+  title: Молодёжная школа" in unsure.stdout
    assert "nobody is here to ask" in unsure.stderr
    assert (small / SCHOOL).read_text(encoding="utf-8") == text[: text.index("ru:\n")]
    told = run_json(small, "translations", "--import", name, "--yes")
    assert told["texts"] == [
        {"id": "items/school:title", "before": "", "after": "Молодёжная школа"}
    ]
    assert (told["refused"], told["untouched"], told["files"]) == ([], 4, [SCHOOL])
    assert (small / SCHOOL).read_text(encoding="utf-8").endswith("ru:\n  title: Молодёжная школа\n")


def test_what_was_refused_is_told_and_the_exit_code_says_so(small: Path) -> None:
    run(small, "translations", "spring", "--all", "--export", "ru.po")
    edit(small, SCHOOL, "A school for the young", "A school for all")
    sent = (small / "ru.po").read_text(encoding="utf-8")
    write(small, "ru.po", sent.replace("О школе", "Про школу"))
    done = run(small, "translations", "--import", "ru.po", "--yes", code=1)
    assert "refused items/school:title: the source has changed since the export" in done.stdout
    assert done.stdout.endswith(
        "ru: 1 text to write, 0 confirmed, 1 refused, 5 untouched\nWritten: 1 file.\n"
    )
    assert "label: Про школу" in (small / SCHOOL).read_text(encoding="utf-8")


WRONG = [
    (("spring", "-l", "kk"), "there is no language “kk”"),
    (("autumn",), "there is no issue autumn"),
    (("spring", "--accept", "schole"), "did you mean `school`?"),
    (("spring", "--all", "--export", "ru.docx"), "neither .xlf nor .po"),
    (("spring", "--accept", "all", "--export", "ru.po"), "do not go together"),
    (("spring", "--accept", "all", "--json"), "--json goes with the list"),
    (("--import", "none.po"), "does not exist"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG, ids=lambda each: each[-1][:12])
def test_wrong_usage_is_told_with_a_way_out(
    small: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = run(small, "translations", *arguments, code=2)
    assert said in done.stderr


def test_a_file_for_two_languages_is_asked_about(office: Path) -> None:
    done = run(office, "translations", "2015-2", "--all", "--export", "x.xlf", code=2)
    assert "there is something to do in kk, ru" in done.stderr
    assert "--language kk" in done.stderr


def test_the_whole_workspace_is_counted_by_language(office: Path) -> None:
    counts = run_json(office, "translations")["counts"]
    assert counts["ru"] == {"missing": 0, "mismatched": 0, "stale": 0, "done": 267}
    assert (counts["kk"]["missing"], counts["kk"]["done"]) == (13, 124)


def test_what_was_written_first_in_another_language_has_its_own_file(small: Path) -> None:
    edit(small, SCHOOL, "kind: news", "kind: news\nwritten_in: ru")
    said = run(small, "translations", "--all", "-l", "ru", "--export", "ru.xlf").stdout
    assert said == "ru.xlf: 2 texts, en to ru\n"
    said = run(small, "translations", "--all", "--from", "ru", "--export", "en.xlf").stdout
    assert said == (
        "en.xlf: 5 texts, ru to en\nTexts written first in en are left out; see --from\n"
    )
    assert 'srcLang="ru" trgLang="en"' in (small / "en.xlf").read_text(encoding="utf-8")


def test_json_of_an_import_can_be_looked_at_without_writing(small: Path) -> None:
    run(small, "translations", "spring", "--all", "--export", "ru.po")
    edit(small, "ru.po", "О школе", "Про школу")
    done = run(small, "translations", "--import", "ru.po", "--json")
    assert json.loads(done.stdout)["written"] is False
    assert "О школе" in (small / SCHOOL).read_text(encoding="utf-8")
