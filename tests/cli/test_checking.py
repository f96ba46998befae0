"""`newsletter check`: what it prints for whom, and how it ends."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.program import COMMAND, run, run_json
from tests.workspace import edit, small_office

pytestmark = pytest.mark.slow

SCHOOL = "issues/items/school.yaml"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """Return an office with an error and a warning."""
    office = small_office(tmp_path / "office")
    edit(office, "issues/spring/issue.yaml", "serial: 60", "serial: 61")
    edit(office, SCHOOL, "label: About the school", "label: Read more")
    return office


def test_findings_stand_under_their_files_the_gravest_first(office: Path) -> None:
    said = run(office, "check", "spring", code=1).stdout
    assert said == (
        "issues/spring/issue.yaml\n"
        "  2:1   error    No. 1 of 2015 has the running number 60, not 61\n"
        "                 → correct `serial`, or else `numbering` in newsletter.yaml if\n"
        "                 an issue was left out [numbering]\n"
        "\n"
        f"{SCHOOL}\n"
        "  10:7  warning  “Read more” does not say where the link leads\n"
        "                 → name what stands there: “Report (PDF, 2 MB)” [link-vague]\n"
        "\n"
        "spring: 1 error, 1 warning\n"
    )


def test_no_line_is_wider_than_the_terminal(office: Path) -> None:
    edit(office, SCHOOL, "title: A school for the young", f"title: {'young ' * 40}")
    said = run(office, "check", "spring", code=1, COLUMNS="60").stdout
    assert max(map(len, said.splitlines())) <= 60


def test_colours_are_for_terminals_that_want_them(office: Path) -> None:
    assert "\x1b[" not in run(office, "check", code=1, NO_COLOR="").stdout

    def at_a_terminal(**environment: str) -> str:
        master, slave = os.openpty()
        wanted = {**os.environ, "TERM": "xterm", **environment}
        with subprocess.Popen(
            [*COMMAND, "check", "spring"], cwd=office, stdout=slave, stderr=slave, env=wanted
        ) as process:
            os.close(slave)
            said = b""
            while piece := _read(master):
                said += piece
            process.wait(timeout=60)
        os.close(master)
        return said.decode()

    assert "\x1b[31m" in at_a_terminal()
    assert "\x1b[" not in at_a_terminal(NO_COLOR="1")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # how Linux says that the other end is closed
        return b""


def test_one_line_each_for_editors_and_grep(office: Path) -> None:
    first, second = run(office, "check", "--format", "lines", code=1).stdout.splitlines()
    assert first.startswith("issues/spring/issue.yaml:2:1: error: No. 1 of 2015 has the running")
    assert first.endswith("[numbering]")
    assert second.startswith(f"{SCHOOL}:10:7: warning: “Read more” does not say")


def test_sarif_is_json_with_all_that_was_found(office: Path) -> None:
    log = json.loads(run(office, "check", "--format", "sarif", code=1).stdout)
    (found,) = log["runs"]
    assert [each["ruleId"] for each in found["results"]] == ["numbering", "link-vague"]


def test_json_says_where_a_fault_is_seen(office: Path) -> None:
    found = run_json(office, "check", "spring", code=1)["findings"]
    assert [(each["rule"], each["language"]) for each in found] == [
        ("numbering", ""),
        ("link-vague", "en"),
    ]
    assert found[0]["element"] is None
    assert found[1]["element"] > 10


def test_what_is_less_grave_can_be_left_out(office: Path) -> None:
    said = run(office, "check", "--least", "error", "spring", code=1).stdout
    assert "link-vague" not in said
    assert said.endswith("spring: 1 error, 1 warning\n")


IGNORED = """\
checks:
  rules: { numbering: warning }
  ignore:
    - { rule: link-vague, where: "*", reason: a quotation }
    - { rule: link-http, where: "*", reason: nothing to see }
"""


def test_what_is_ignored_is_counted_and_shown_when_asked(office: Path) -> None:
    edit(office, "newsletter.yaml", "time_zone:", f"{IGNORED}time_zone:")
    said = run(office, "check", "spring").stdout  # no error is left
    assert said.endswith("spring: 1 warning, 1 ignored\n")
    assert "Read more" not in said
    said = run(office, "check", "--ignored", "spring").stdout
    assert f"ignored {SCHOOL}:10:7: “Read more” does not say where the link leads\n" in said
    assert "  because: a quotation (link-vague)\n" in said
    found = run_json(office, "check", "spring")
    assert [each["reason"] for each in found["ignored"]] == ["a quotation"]


def test_an_ignore_that_does_nothing_is_told_when_all_issues_are_looked_at(office: Path) -> None:
    edit(office, "newsletter.yaml", "time_zone:", f"{IGNORED}time_zone:")
    assert "nothing is ignored" not in run(office, "check", "spring").stdout
    said = run(office, "check").stdout
    assert "nothing is ignored by this any more (link-http: *)" in said


def test_a_rule_that_does_not_exist_stops_the_settings(office: Path) -> None:
    edit(
        office,
        "newsletter.yaml",
        "time_zone:",
        "checks: { rules: { link-vauge: off } }\ntime_zone:",
    )
    said = run(office, "check", "--format", "lines", "spring", code=1).stdout
    assert "newsletter.yaml:21:20: error: there is no rule `link-vauge`" in said
    assert "did you mean `link-vague`?" in said


def test_a_rule_is_explained_as_this_office_has_it(office: Path) -> None:
    said = run(office, "check", "--explain", "html-size").stdout
    assert said.startswith("html-size (error)\n")
    assert "https://github.com/hteumeuleu/email-bugs/issues/41" in said
    assert "html-size: { severity: error, limits: { kilobytes: 102 } }" in said
    setting = "checks: { rules: { html-size: { severity: note, limits: { kilobytes: 80 } } } }\n"
    edit(office, "newsletter.yaml", "time_zone:", f"{setting}time_zone:")
    said = run(office, "check", "--explain", "html-size").stdout
    assert said.startswith("html-size (note)\n")
    assert "limits: { kilobytes: 80 }" in said


def test_rules_are_listed_and_those_changed_are_marked(office: Path, tmp_path: Path) -> None:
    outside = run(tmp_path, "check", "--rules").stdout  # needs no workspace
    assert "  html-size             error    " in outside
    assert "  spam-score            warning  " in outside
    assert max(map(len, outside.splitlines())) <= 80
    setting = "checks: { rules: { html-size: off } }\n"
    edit(office, "newsletter.yaml", "time_zone:", f"{setting}time_zone:")
    said = run(office, "check", "--rules").stdout
    assert "  html-size             off*     " in said
    assert said.endswith("* as newsletter.yaml says\n")


def test_faults_of_files_are_explained_too(tmp_path: Path) -> None:
    said = run(tmp_path, "check", "--explain", "yaml").stdout
    assert said.startswith("yaml\nThe file is not YAML that can be read")
    said = run(tmp_path, "check", "--explain", "link-dead").stdout
    assert "limits: { seconds: 20, connect: 8, redirects: 5, together: 8, per_host: 2" in said
    said = run(tmp_path, "check", "--explain", "html-siz", code=2).stderr
    assert "did you mean `html-size`?" in said


def set_rules(office: Path, rules: str) -> None:
    edit(office, "newsletter.yaml", "time_zone:", f"checks: {{ rules: {{ {rules} }} }}\ntime_zone:")


def test_rules_asked_on_demand_are_as_grave_as_the_office_says(office: Path) -> None:
    said = run(office, "check", "--links", "--format", "lines", "spring", code=1).stdout
    assert "note: 2 addresses lead to a domain kept for examples" in said
    set_rules(office, "link-example: error")
    said = run(office, "check", "--links", "--format", "lines", "spring", code=1).stdout
    assert "error: 2 addresses lead to a domain kept for examples" in said
    said = run(office, "check", "--explain", "link-example").stdout
    assert said.startswith("link-example (error)\n")


def test_what_is_turned_off_is_not_asked(office: Path) -> None:
    links = ", ".join(f"link-{name}: off" for name in ("dead", "moved", "doubtful", "example"))
    set_rules(office, f"{links}, spam-score: off")
    nothing = office / "no-programs"
    nothing.mkdir()
    said = run(office, "check", "--links", "--spam", "spring", code=1, PATH=str(nothing))
    assert "example" not in said.stdout
    assert "SpamAssassin" not in f"{said.stdout}{said.stderr}"


def test_an_ignore_of_a_rule_asked_on_demand_is_idle_only_when_it_was_asked(office: Path) -> None:
    ignore = "{ rule: link-example, where: 'issues/autumn/*', reason: a sample }"
    edit(
        office,
        "newsletter.yaml",
        "time_zone:",
        f"checks: {{ ignore: [{ignore}] }}\ntime_zone:",
    )
    assert "nothing is ignored" not in run(office, "check", code=1).stdout
    assert "nothing is ignored by this any more" in run(office, "check", "--links", code=1).stdout


def test_a_limit_that_cannot_be_is_an_error_at_its_line(office: Path) -> None:
    set_rules(office, "spam-score: { limits: { seconds: 0 } }")
    said = run(office, "check", "--format", "lines", "spring", code=1).stdout
    assert "newsletter.yaml:21:44: error: the limit `seconds` of spam-score cannot be 0" in said
    assert "write a number from 1 to 3600" in said


PAGE = '<html lang="en"><head><title>A</title></head><body><a href="#">here</a></body></html>'


def test_a_page_from_elsewhere_is_checked_without_a_workspace(tmp_path: Path) -> None:
    (tmp_path / "mail.html").write_text(PAGE, encoding="utf-8")
    said = run(tmp_path, "check", "--html", "mail.html", "--format", "lines", code=1).stdout
    assert "mail.html:1:52: error: the link “here” leads nowhere: “#”" in said
    assert "mail.html:1:52: warning: “here” does not say where the link leads" in said
    wrong = run(tmp_path, "check", "--html", "mail.html", "--links", code=2).stderr
    assert "--html looks at one file alone" in wrong
