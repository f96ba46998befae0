"""Faults planted in the sample, one at a time: each is found at its line, and nothing else is.

New findings are those that the sample as it stands has not; there must be no others. The figure of
all of them is written into the report of the tests.
"""

import contextlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.checks.check import RULES
from newsletter.checks.proof import proof
from newsletter.compose.workspace import Folder
from newsletter.model.finding import Finding
from tests.checks.plants import PLANTED, SLUG, Plant
from tests.workspace import copy_office

NAMES = [f"{number}-{plant.rule}" for number, plant in enumerate(PLANTED, start=1)]
Key = tuple[str, str, str]


class Field:
    """A copy of the sample in which one fault after the other is planted and weeded out."""

    def __init__(self, office: Path) -> None:
        self.folder = Folder(office)  # one for all: only the files that change are read again
        self.before = {key(finding) for finding in proof(self.folder, SLUG).findings}
        self.found = self.false_alarms = 0

    def harvest(self, plant: Plant) -> tuple[list[Finding], set[tuple[str, int]]]:
        """Return the new findings with the fault in place, and where it must be found."""
        kept = plant.sow(self.folder.root)
        try:
            findings = proof(self.folder, SLUG).findings
            lines = plant.lines(self.folder.root)
        finally:
            for file, text in kept.items():
                (self.folder.root / file).write_text(text, encoding="utf-8")
        return [each for each in findings if key(each) not in self.before], lines


def key(finding: Finding) -> Key:
    """Return what makes a finding the same when lines have moved."""
    return finding.rule, finding.place.file, re.sub(r":\d+", "", finding.message)


@pytest.fixture(scope="module")
def field(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Field]:
    field = Field(copy_office(tmp_path_factory.mktemp("planted") / "office"))
    yield field
    figure = (
        f"rules {len(RULES)}, planted {len(PLANTED)}, found {field.found}, "
        f"false alarms {field.false_alarms}"
    )
    capture = request.config.pluginmanager.get_plugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
        sys.stdout.write(f"\n{figure}\n")  # workers of a parallel run have each a part


@pytest.mark.slow
@pytest.mark.parametrize("plant", PLANTED, ids=NAMES)
def test_a_planted_fault_is_found_at_its_line_and_nothing_else_is(
    plant: Plant, field: Field
) -> None:
    findings, lines = field.harvest(plant)
    said = [f"{each.rule} {each}" for each in findings]
    right = {(each.place.file, each.place.line) for each in findings if each.rule == plant.rule}
    others = {each.rule for each in findings} - {plant.rule, *plant.also}
    field.found += right == lines
    field.false_alarms += len(others)
    assert right == lines, said
    assert others == set(), said
    assert set(plant.also) <= {each.rule for each in findings}, said


def test_at_least_forty_faults_of_as_many_rules_are_planted() -> None:
    assert len(PLANTED) >= 40
    assert len({plant.rule for plant in PLANTED}) >= 40


def test_every_plant_names_a_rule_that_exists() -> None:
    known = {rule.id for rule in RULES}
    assert {name for plant in PLANTED for name in (plant.rule, *plant.also)} <= known
