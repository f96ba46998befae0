"""All rules together: the sample has no errors, and findings come in order."""

from pathlib import Path

import pytest

from newsletter.checks.check import RULES, check
from newsletter.model.finding import Severity
from tests.workspace import edit, sample, take_the_way


@pytest.mark.parametrize("slug", ["2015-1", "2015-2"])
def test_the_sample_issues_have_nothing_to_complain_of(slug: str) -> None:
    assert [str(finding) for finding in sample(slug).findings] == []


def test_an_issue_without_faults_has_no_findings(small: Path) -> None:
    assert take_the_way(small).findings == []


def test_findings_come_by_place_and_errors_say_so(small: Path) -> None:
    edit(small, "issues/spring/issue.yaml", "serial: 60", "serial: 61")
    edit(
        small,
        "issues/items/school.yaml",
        "https://www.example.org/school",
        "http://www.example.org",
    )
    edit(small, "issues/items/school.yaml", "label: About the school", "label: Read more")
    findings = take_the_way(small).findings
    assert [(each.rule, str(each.place), each.severity) for each in findings] == [
        ("links", "issues/items/school.yaml:10:7", Severity.WARNING),
        ("links", "issues/items/school.yaml:11:7", Severity.WARNING),
        ("numbering", "issues/spring/issue.yaml:2:1", Severity.ERROR),
    ]


def test_a_fault_in_both_languages_is_told_once(small: Path) -> None:
    edit(small, "issues/spring/issue.yaml", "serial: 60", "serial: 61")
    way = take_the_way(small)
    assert check(way.composition, way.renderings) == way.findings
    assert len(way.findings) == 1


def test_every_rule_says_why_it_is_there() -> None:
    for rule in RULES:
        assert rule.__doc__, rule.__name__
        assert len(rule.__doc__.split()) > 8, rule.__name__


def test_every_rule_has_tests_of_its_own() -> None:
    tests = "\n".join(
        path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")
    )
    missing = [rule.__name__ for rule in RULES if f".{rule.__name__}" not in tests]
    assert missing == []
