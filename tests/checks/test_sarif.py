"""SARIF 2.1.0: what the standard asks of the structure, and what we put into it."""

import re
from typing import Any

import pytest

from newsletter.checks.check import RULES
from newsletter.checks.sarif import sarif
from newsletter.checks.tuning import Ignored
from newsletter.model.finding import Finding, Severity
from newsletter.model.place import Place

ERROR = Finding(
    rule="links",
    place=Place("issues/items/a.yaml", 3, 7),
    message="the link “a” leads nowhere",
    remedy="write it out",
)
WARNING = Finding(
    rule="link-vague",
    place=Place("issues/items/b c.yaml", 4, 1),
    message="vague",
    remedy="say where",
    severity=Severity.WARNING,
)
NOTE = Finding(
    rule="yaml",
    place=Place("newsletter.yaml"),
    message="no such file",
    remedy="make it",
    severity=Severity.NOTE,
)


@pytest.fixture(name="log")
def log_of_all() -> dict[str, Any]:
    return sarif([ERROR, NOTE], [Ignored(WARNING, "a quotation")], RULES, "1.2.3")


def run_of(log: dict[str, Any]) -> Any:
    (run,) = log["runs"]
    return run


def test_the_log_says_which_standard_it_follows(log: dict[str, Any]) -> None:
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    driver = run_of(log)["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("newsletter", "1.2.3")
    assert run_of(log)["columnKind"] == "unicodeCodePoints"


def test_every_rule_is_described(log: dict[str, Any]) -> None:
    rules = run_of(log)["tool"]["driver"]["rules"]
    ids = [each["id"] for each in rules]
    assert len(set(ids)) == len(ids)
    assert {rule.id for rule in RULES} < set(ids)
    for each in rules:
        assert each["shortDescription"]["text"]
        assert each["fullDescription"]["text"]
        assert each["defaultConfiguration"]["level"] in ("error", "warning", "note")
        assert re.match(r"https://[\w.-]+/", each.get("helpUri", "https://a/"))  # 3.49.12: absolute
    known = {each["id"]: each for each in rules}
    assert known["links"]["help"]["text"].startswith("How to mend it: ")
    assert known["links"]["helpUri"] == "https://www.rfc-editor.org/rfc/rfc3986"
    assert known["link-vague"]["name"] == "LinkVague"
    assert "Limits: kilobytes = 102." in known["html-size"]["help"]["text"]


def test_a_result_names_its_rule_and_its_place(log: dict[str, Any]) -> None:
    first, second, third = run_of(log)["results"]
    rules = run_of(log)["tool"]["driver"]["rules"]
    for result in (first, second, third):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert first["level"] == "error"
    assert first["message"] == {"text": "the link “a” leads nowhere - write it out"}
    (location,) = first["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "issues/items/a.yaml", "uriBaseId": "WORKSPACE"},
        "region": {"startLine": 3, "startColumn": 7},
    }
    assert second["level"] == "note"
    assert "region" not in second["locations"][0]["physicalLocation"]
    uri = third["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "issues/items/b%20c.yaml"  # RFC 3986


def test_what_is_ignored_is_suppressed_with_its_reason(log: dict[str, Any]) -> None:
    first, _, third = run_of(log)["results"]
    assert "suppressions" not in first
    assert third["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "a quotation"}
    ]


def test_a_fingerprint_stays_when_lines_move() -> None:
    def print_of(place: Place, message: str) -> str:
        finding = Finding(rule="links", place=place, message=message, remedy="")
        (result,) = run_of(sarif([finding], [], RULES, "1"))["results"]
        return str(result["partialFingerprints"]["newsletter/v1"])

    one = print_of(Place("a.yaml", 3, 7), "leads nowhere")
    assert print_of(Place("a.yaml", 30, 1), "leads nowhere") == one
    assert print_of(Place("b.yaml", 3, 7), "leads nowhere") != one
    assert print_of(Place("a.yaml", 3, 7), "leads elsewhere") != one
