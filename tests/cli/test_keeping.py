"""`newsletter retention run` and `newsletter data-map`."""

import re
from pathlib import Path

import pytest

from tests.cli.program import run, run_json
from tests.workspace import edit, small_office

pytestmark = pytest.mark.slow


@pytest.fixture
def office(tmp_path: Path) -> Path:
    return small_office(tmp_path / "office")


def test_a_run_says_what_went_by_rule(office: Path) -> None:
    said = run(office, "retention", "run", "--dry-run").stdout
    assert "would go" in said
    assert max(map(len, said.splitlines())) <= 80
    found = run_json(office, "retention", "run")
    assert [each["count"] for each in found["rules"]] == [0, 0, 0, 0, 0]


def test_periods_come_from_the_settings(office: Path) -> None:
    periods = "retention: { mails_months: 2, answers_months: null }\n"
    edit(office, "newsletter.yaml", "time_zone:", f"{periods}time_zone:")
    rules = {each["rule"]: each for each in run_json(office, "retention", "run")["rules"]}
    assert rules["mails_months"]["period"] == "2 months"
    assert (rules["answers_months"]["period"], rules["answers_months"]["before"]) == (
        "for ever",
        None,
    )
    edit(office, "newsletter.yaml", "mails_months: 2", "mails_months: 0")
    assert "newsletter.yaml:" in run(office, "retention", "run", code=1).stderr


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_data_map_tells_what_the_settings_say(office: Path, language: str) -> None:
    relay = "smtp://user:secret@mail.example.org:587?tls=starttls"
    said = run(office, "data-map", "--language", language, NEWSLETTER_RELAY=relay).stdout
    assert "mail.example.org" in said
    assert "secret" not in said
    assert "${" not in said
    assert str(office / ".newsletter" / "state.db") in said
    months = {"en": "36\u00a0months", "ru": "36\u00a0месяцев"}
    assert months[language] in said
    assert len(re.findall(r"^## \d", said, re.MULTILINE)) == 9


def test_a_data_map_goes_into_a_file_and_makes_no_database(office: Path) -> None:
    said = run(office, "data-map", "-o", "map.md").stdout
    assert "map.md: fill in what stands in [brackets]" in said
    assert (office / "map.md").read_text(encoding="utf-8").startswith("# ")
    assert not (office / ".newsletter" / "state.db").exists()


def test_both_languages_have_the_same_sections_and_brackets(office: Path) -> None:
    pages = [run(office, "data-map", "--language", each).stdout for each in ("en", "ru")]
    for pattern in (r"^#", r"^\|", r"\*\*\[", r"^\d\. "):
        counts = [len(re.findall(pattern, page, re.MULTILINE)) for page in pages]
        assert counts[0] == counts[1] > 0
