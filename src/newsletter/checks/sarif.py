"""Findings as SARIF 2.1.0, which tools for code review read.

What the office ignores is in there too, as results that are suppressed with their reason
(SARIF 2.1.0 3.27.23 and 3.35).
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from newsletter.checks.faults import FAULTS
from newsletter.checks.rule import About
from newsletter.checks.tuning import Ignored
from newsletter.model.finding import Finding, Severity
from newsletter.model.place import Place

VERSION = "2.1.0"
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_ROOT = "WORKSPACE"


def sarif(
    findings: Iterable[Finding],
    ignored: Iterable[Ignored],
    rules: Iterable[About],
    version: str,
) -> dict[str, Any]:
    """Return a SARIF log of one run; `version` is that of the program."""
    told = [(finding, "") for finding in findings]
    told += [(each.finding, each.reason) for each in ignored]
    descriptors = _descriptors({finding.rule for finding, _ in told}, rules)
    numbers = {each["id"]: number for number, each in enumerate(descriptors)}
    return {
        "$schema": SCHEMA,
        "version": VERSION,
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "newsletter",
                        "semanticVersion": version,
                        "rules": descriptors,
                    }
                },
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {
                    _ROOT: {"description": {"text": "The folder with newsletter.yaml."}}
                },
                "results": [_result(finding, reason, numbers) for finding, reason in told],
            }
        ],
    }


def _descriptors(used: set[str], rules: Iterable[About]) -> list[dict[str, Any]]:
    """Return what is known of all rules, and of the faults that were found."""
    known = [_descriptor(rule) for rule in rules]
    ids = {each["id"] for each in known}
    others = [
        {
            "id": name,
            "shortDescription": {"text": FAULTS.get(name, name)},
            "fullDescription": {"text": FAULTS.get(name, name)},
            "defaultConfiguration": {"level": "error"},
        }
        for name in sorted(used - ids)
    ]
    return known + others


def _descriptor(rule: About) -> dict[str, Any]:
    limits = ", ".join(f"{name} = {value:g}" for name, value in rule.limits.items())
    descriptor: dict[str, Any] = {
        "id": rule.id,
        "name": _pascal(rule.id),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {
            "text": f"How to mend it: {rule.mend}. Source: {rule.source}."
            + (f" Limits: {limits}." if limits else "")
        },
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }
    if url := rule.url:
        descriptor["helpUri"] = url
    return descriptor


def _result(finding: Finding, reason: str, numbers: Mapping[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": numbers[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message} - {finding.remedy}"},
        "locations": [{"physicalLocation": _location(finding.place)}],
        "partialFingerprints": {"newsletter/v1": _fingerprint(finding)},
    }
    if reason:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": reason}
        ]
    return result


def _location(place: Place) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": quote(place.file), "uriBaseId": _ROOT}}
    if place.line:
        location["region"] = {"startLine": place.line, "startColumn": max(place.column, 1)}
    return location


def _fingerprint(finding: Finding) -> str:
    """Return what stays the same when lines above are added or removed."""
    message = re.sub(r":\d+", "", finding.message)
    content = f"{finding.rule}\n{finding.place.file}\n{message}"
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def _pascal(name: str) -> str:
    """Return `html-size` as HtmlSize (SARIF 2.1.0 3.49.7)."""
    return "".join(part.capitalize() for part in name.split("-"))
