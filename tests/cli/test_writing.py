"""Commands for those who write: init, new, items, check, build, schema."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from tests.cli.program import run, run_json
from tests.workspace import edit

pytestmark = pytest.mark.slow

DATED = "2026-05-05-spring-fair"


def test_a_new_office_has_nothing_to_mend(tmp_path: Path) -> None:
    assert "office is ready" in run(tmp_path, "init", "office").stdout
    office = tmp_path / "office"
    said = run(office, "check", "--least", "warning").stdout
    assert re.fullmatch(r"2026-1: nothing to mend(, \d+ notes)?\n", said)
    run(office, "build", "2026-1")
    assert (office / "build/2026-1/ru/newsletter.html").is_file()


def test_the_commands_that_init_shows_can_be_copied(tmp_path: Path) -> None:
    said = run(tmp_path, "init", "Мой офис").stdout
    assert "  cd 'Мой офис'\n" in said
    said = run(tmp_path, "-C", "Новый офис", "check", code=2).stderr
    assert "make one with: newsletter init 'Новый офис'\n" in said


@pytest.mark.parametrize("command", ["preview", "sink"])
def test_a_port_that_cannot_be_is_wrong_usage(sample: Path, command: str) -> None:
    said = run(sample, command, "--port", "99999", code=2).stderr
    assert "99999 is not in the range 0<=x<=65535" in said


def test_init_leaves_a_full_folder_alone(sample: Path) -> None:
    before = sorted(sample.rglob("*"))
    said = run(sample.parent, "init", "office", code=2).stderr
    assert "office is not empty" in said
    assert sorted(sample.rglob("*")) == before


@pytest.mark.parametrize(
    "kind",
    ["news", "announcement", "event", "publication", "project", "vacancy", "interview"],
)
def test_a_new_item_asks_for_what_it_must_have(tmp_path: Path, kind: str) -> None:
    run(tmp_path, "init", "office")
    office = tmp_path / "office"
    run(office, "new", kind, "spring-fair", "--date", "2026-05-05")
    said = run(office, "check", code=1)
    assert f"issues/items/2026/{DATED}.yaml" in said.stdout
    assert "`title` is empty" in said.stdout
    path = office / "issues/items/2026" / f"{DATED}.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace('""', "words"), encoding="utf-8")
    assert "nothing to mend" in run(office, "check").stdout


def test_a_draft_in_the_pool_holds_up_no_issue(sample: Path) -> None:
    run(sample, "new", "news", "spring-fair", "--date", "2015-03-05")
    draft = "issues/items/2015/2015-03-05-spring-fair.yaml"
    said = f"{draft}:12:3: warning: `title` is empty"
    assert said in run(sample, "build", "2015-1").stdout
    listed = run(sample, "items")
    assert said in listed.stderr
    assert "2015-03-17-arctic-school" in listed.stdout
    for issue, code, severity in ((("2015-1",), 0, "warning"), ((), 1, "error")):
        found = run_json(sample, "check", *issue, code=code)["findings"]
        own = [each for each in found if each["file"] == draft]
        assert {each["severity"] for each in own} == {severity}
        assert [each["line"] for each in own].count(12) == 1


def test_a_new_item_never_overwrites_one(tmp_path: Path) -> None:
    run(tmp_path, "init", "office")
    office = tmp_path / "office"
    run(office, "new", "news", "spring-fair", "--date", "2026-05-05")
    said = run(office, "new", "news", "spring-fair", "--date", "2026-05-05", code=2).stderr
    assert "there is an item 2026-05-05-spring-fair already" in said
    assert "cannot be part of a file's name" in run(office, "new", "news", "Ярмарка", code=2).stderr


def test_the_next_issue_needs_no_code_and_no_template(sample: Path) -> None:
    run(sample, "new", "issue", "2015-3")
    text = (sample / "issues/2015-3/issue.yaml").read_text(encoding="utf-8")
    assert "number: 3\nserial: 62\ndate: 2015-09-30\n" in text
    assert "from: 2015-07-01" in text
    assert "to: 2015-09-30" in text
    item = sample / "issues/items/2015/2015-08-10-summer.yaml"
    item.write_text(
        "kind: news\ndate: 2015-08-10\ncountries: [kz]\n"
        "en: {title: Summer news}\nru: {title: Летняя новость}\n",
        encoding="utf-8",
    )
    run(sample, "build", "2015-3")
    html = (sample / "build/2015-3/ru/newsletter.html").read_text(encoding="utf-8")
    assert "Летняя новость" in html
    assert "№\u00a03 (62), сентябрь 2015\u00a0г." in html


def test_items_say_which_issues_have_them(sample: Path) -> None:
    entries = {entry["id"]: entry for entry in run_json(sample, "items")}
    assert entries["2015-03-17-arctic-school"]["issues"] == ["2015-1"]
    assert entries["2015-03-17-arctic-school"]["languages"] == ["en", "ru"]
    assert len(entries) == len(list(sample.glob("issues/items/**/*.yaml")))
    unused = run_json(sample, "items", "--unused")
    assert all(not entry["issues"] for entry in unused)


def test_check_reports_all_faults_of_all_files_at_once(sample: Path) -> None:
    edit(sample, "issues/2015-1/issue.yaml", "number: 1", "number: one")
    item = "issues/items/2015/2015-03-17-arctic-school.yaml"
    edit(sample, item, "kind: news", "kind: nws")
    edit(sample, "newsletter.yaml", "default_language: en", "default_language: fr")
    said = run(sample, "check", "--format", "lines", "2015-1", code=1).stdout
    assert "issues/2015-1/issue.yaml:4:1: error: `number` must be a whole number" in said
    assert f"{item}:2:1: error: `kind` cannot be “nws” - did you mean `news`?" in said
    assert "“fr” is not one of `languages`" in said
    found = run_json(sample, "check", "2015-1", code=1)
    assert {finding["severity"] for finding in found["findings"]} == {"error"}
    assert len(found["findings"]) == 3


def test_a_build_has_every_file_and_its_digest(sample: Path) -> None:
    manifest = run_json(sample, "build", "2015-1", "--output", "out")
    assert json.loads((sample / "out/manifest.json").read_text(encoding="utf-8")) == manifest
    assert list(manifest["editions"]) == ["en", "ru"]
    for language, edition in manifest["editions"].items():
        names = {"newsletter.html", "newsletter.txt", "newsletter.eml"}
        assert names <= set(edition["files"])
        for name, digest in edition["files"].items():
            data = (sample / "out" / language / name).read_bytes()
            assert hashlib.sha256(data).hexdigest() == digest


def test_two_builds_are_the_same_bytes(sample: Path) -> None:
    run(sample, "build", "2015-1", "--output", "one")
    run(sample, "build", "2015-1", "--output", "two", TZ="Pacific/Auckland", PYTHONHASHSEED="7")
    files = [path.relative_to(sample / "one") for path in (sample / "one").rglob("*.*")]
    assert len(files) > 7
    for file in files:
        assert (sample / "one" / file).read_bytes() == (sample / "two" / file).read_bytes()


def test_an_issue_with_errors_is_not_built(sample: Path) -> None:
    edit(sample, "issues/2015-1/issue.yaml", "serial: 60", "serial: 61")
    said = run(sample, "build", "2015-1", "--output", "out", code=1).stderr
    assert "issues/2015-1/issue.yaml:5:1" in said
    assert not (sample / "out").exists()


def test_schemas_name_the_languages_of_the_workspace(sample: Path) -> None:
    run(sample, "schema", "--output", "made")
    item = json.loads((sample / "made/item.schema.json").read_text(encoding="utf-8"))
    assert '"ru"' in json.dumps(item)
    assert sorted(path.name for path in (sample / "made").iterdir()) == [
        "issue.schema.json",
        "item.schema.json",
        "lists.schema.json",
        "newsletter.schema.json",
        "segments.schema.json",
    ]
