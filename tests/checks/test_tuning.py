"""What an office makes of the rules: severity, limits, and what it accepts."""

from pathlib import Path

import pytest

from newsletter.checks.deeper import DEEPER, HTML_ENCODING, LINK_DEAD, SPAM_SCORE, DeeperRule
from newsletter.checks.proof import Proof, proof
from newsletter.checks.tuning import Tuning
from newsletter.compose.workspace import Folder
from newsletter.errors import InputRefused
from newsletter.model.checking import Checking
from newsletter.model.finding import Finding, Severity, Spot
from newsletter.model.place import Marks, Place
from tests.checks.samples import SCHOOL, SETTINGS, SPRING
from tests.workspace import edit, run_check, take_the_way

ABOUT = "label: About the school"


def set_checks(office: Path, text: str) -> Proof:
    """Check an office with `text` below `checks:`, and two things to complain of."""
    edit(office, SETTINGS, "time_zone:", f"checks:\n{text}time_zone:")
    edit(office, SCHOOL, ABOUT, "label: Read more")
    edit(office, SPRING, "serial: 60", "serial: 61")
    return proof(Folder(office), "spring")


def told(ready: Proof) -> list[tuple[str, Severity]]:
    return [(each.rule, each.severity) for each in ready.findings]


BOTH = [("link-vague", Severity.WARNING), ("numbering", Severity.ERROR)]


def test_without_settings_rules_are_as_they_are(small: Path) -> None:
    edit(small, SETTINGS, "time_zone:", "checks: {}\ntime_zone:")
    edit(small, SCHOOL, ABOUT, "label: Read more")
    edit(small, SPRING, "serial: 60", "serial: 61")
    assert told(proof(Folder(small), "spring")) == BOTH


@pytest.mark.parametrize(
    ("setting", "first"),
    [
        ("off", []),
        ("note", [("link-vague", Severity.NOTE)]),
        ("error", [("link-vague", Severity.ERROR)]),
        ("{ severity: error }", [("link-vague", Severity.ERROR)]),
    ],
)
def test_a_rule_is_as_grave_as_the_office_says(
    small: Path, setting: str, first: list[tuple[str, Severity]]
) -> None:
    ready = set_checks(small, f"  rules:\n    link-vague: {setting}\n")
    assert told(ready) == [*first, BOTH[1]]


def test_limits_are_set_one_by_one(small: Path) -> None:
    ready = set_checks(small, "  rules:\n    preheader: { limits: { shortest: 70 } }\n")
    assert [each.message for each in ready.findings if each.rule == "preheader"] == [
        "the preheader has 59 characters; 70 to 110 read best",
        "the preheader has 55 characters; 70 to 110 read best",
    ]


def test_what_is_accepted_is_kept_apart_with_its_reason(small: Path) -> None:
    ready = set_checks(
        small,
        "  ignore:\n    - { rule: link-vague, where: 'issues/items/*', reason: it is said so }\n",
    )
    assert told(ready) == [BOTH[1]]
    (ignored,) = ready.report.ignored
    assert (ignored.finding.rule, ignored.reason) == ("link-vague", "it is said so")
    assert ready.report.used == {0}


@pytest.mark.parametrize(
    ("where", "covers"),
    [
        (SCHOOL, True),
        ("issues/items/*.yaml", True),
        (f"{SCHOOL}:10", True),
        (f"{SCHOOL}:10:7", True),
        (f"{SCHOOL}:11", False),
        ("issues/spring/*", False),
        ("“Read more”", True),
        ("“Details”", False),
        ("*", True),
    ],
)
def test_where_names_a_file_a_line_or_words_of_the_message(
    small: Path, where: str, covers: bool
) -> None:
    ready = set_checks(
        small, f"  ignore:\n    - {{ rule: link-vague, where: '{where}', reason: so be it }}\n"
    )
    assert bool(ready.report.ignored) is covers


def test_another_rule_is_not_ignored(small: Path) -> None:
    ready = set_checks(
        small, "  ignore:\n    - { rule: link-empty, where: '*', reason: so be it }\n"
    )
    assert told(ready) == BOTH


def test_an_ignore_that_does_nothing_is_a_note(small: Path) -> None:
    set_checks(small, "  ignore:\n    - { rule: link-empty, where: '*', reason: so be it }\n")
    source = Folder(small).settings()
    tuning = Tuning(source.value.checks, source.marks)
    (finding,) = tuning.unused(frozenset())
    assert finding.severity is Severity.NOTE
    assert str(finding) == (
        f"{SETTINGS}:23:7: nothing is ignored by this any more (link-empty: *) - "
        "delete it, so that it hides nothing new"
    )
    assert tuning.unused({0}) == []


def test_an_ignore_of_a_rule_that_nobody_asked_is_not_idle(small: Path) -> None:
    entry = "    - { rule: link-doubtful, where: '*', reason: closed to programs }\n"
    ready = set_checks(small, f"  ignore:\n{entry}")
    assert told(ready) == BOTH
    source = Folder(small).settings()
    tuning = Tuning(source.value.checks, source.marks)
    assert tuning.unused(frozenset(), {"link-doubtful"}) == []
    assert len(tuning.unused(frozenset())) == 1


UNKNOWN = {
    "  rules:\n    link-vauge: off\n": (
        f"{SETTINGS}:23:5: there is no rule `link-vauge` - did you mean `link-vague`?"
    ),
    "  rules:\n    preheader: { limits: { shortst: 30 } }\n": (
        f"{SETTINGS}:23:28: the rule preheader has no limit `shortst` - did you mean `shortest`?"
    ),
    "  rules:\n    tokens: { limits: { many: 30 } }\n": (
        f"{SETTINGS}:23:25: the rule tokens has no limit `many` - remove it"
    ),
    "  rules:\n    spam-scor: off\n": (
        f"{SETTINGS}:23:5: there is no rule `spam-scor` - did you mean `spam-score`?"
    ),
    "  rules:\n    spam-score: { limits: { point: 3 } }\n": (
        f"{SETTINGS}:23:29: the rule spam-score has no limit `point` - did you mean `points`?"
    ),
    "  rules:\n    link-moved: { limits: { seconds: 3 } }\n": (
        f"{SETTINGS}:23:29: the rule link-moved has no limit `seconds` - remove it"
    ),
    "  rules:\n    link-dead: { limits: { together: 0 } }\n": (
        f"{SETTINGS}:23:28: the limit `together` of link-dead cannot be 0 - "
        "write a whole number from 1 to 64"
    ),
    "  rules:\n    link-dead: { limits: { per_host: 1.5 } }\n": (
        f"{SETTINGS}:23:28: the limit `per_host` of link-dead cannot be 1.5 - "
        "write a whole number from 1 to 8"
    ),
    "  ignore:\n    - { rule: tokns, where: '*', reason: a }\n": (
        f"{SETTINGS}:23:9: there is no rule `tokns` - did you mean `tokens`?"
    ),
}


@pytest.mark.parametrize("text", UNKNOWN)
def test_a_name_that_no_rule_has_is_an_error_at_its_line(small: Path, text: str) -> None:
    findings = [each for each in set_checks(small, text).findings if each.rule == "settings"]
    assert [str(each) for each in findings] == [UNKNOWN[text]]
    assert all(each.severity is Severity.ERROR for each in findings)


def test_the_rules_that_are_asked_on_demand_are_set_like_the_others(small: Path) -> None:
    rules = "    link-dead: { severity: error, limits: { seconds: 5, per_host: 1 } }\n"
    rules += "    spam-score: { limits: { points: -0.5 } }\n    html-encoding: off\n"
    assert told(set_checks(small, f"  rules:\n{rules}")) == BOTH
    source = Folder(small).settings()
    tuning = Tuning(source.value.checks, source.marks)
    assert tuning.severity(LINK_DEAD) is Severity.ERROR
    assert tuning.limits(LINK_DEAD) == {**LINK_DEAD.limits, "seconds": 5, "per_host": 1}
    assert tuning.limits(SPAM_SCORE) == {"points": -0.5, "seconds": 120}
    assert tuning.severity(HTML_ENCODING) is None


@pytest.mark.parametrize("value", [".inf", ".nan", "1e999", "many"])
def test_a_limit_is_a_number_that_one_can_count_to(small: Path, value: str) -> None:
    limit = f"checks: {{ rules: {{ html-size: {{ limits: {{ kilobytes: {value} }} }} }} }}\n"
    edit(small, SETTINGS, "time_zone:", f"{limit}time_zone:")
    with pytest.raises(InputRefused, match=r"`kilobytes`.* number") as refused:
        take_the_way(small)
    assert refused.value.findings[0].place.line == 21


PLACE = Place("a.yaml", 1, 1)


def of(rule: DeeperRule, severity: Severity) -> Finding:
    return Finding(rule=rule.id, place=PLACE, message="b", remedy="c", severity=severity)


@pytest.mark.parametrize(
    ("setting", "severities"),
    [
        (None, ["error", "warning", "note"]),
        ("off", []),
        ("error", ["error", "error", "note"]),
        ("note", ["note", "note", "note"]),
    ],
)
def test_a_rule_asked_elsewhere_is_as_grave_as_here_and_what_is_only_told_stays_a_note(
    setting: str | None, severities: list[str]
) -> None:
    rules = {} if setting is None else {"html-encoding": setting}
    tuning = Tuning(Checking.model_validate({"rules": rules}), Marks(SETTINGS))
    findings = [of(HTML_ENCODING, each) for each in Severity]
    assert [each.severity for each in tuning.tuned(findings, DEEPER)] == severities


def test_every_limit_of_a_rule_asked_on_demand_has_bounds_it_keeps() -> None:
    for each in DEEPER:
        assert each.limits.keys() == each.bounds.keys()
        assert not any(each.objection(name, value) for name, value in each.limits.items())


def test_an_ignore_needs_a_reason(small: Path) -> None:
    edit(
        small, SETTINGS, "time_zone:", "checks:\n  ignore:\n    - { rule: a, where: b }\ntime_zone:"
    )
    said = run_check(small)
    assert f"{SETTINGS}:23:7: the key `reason` is missing" in said or "`reason` is missing" in said


def test_a_severity_that_does_not_exist_is_refused(small: Path) -> None:
    edit(small, SETTINGS, "time_zone:", "checks:\n  rules:\n    links: grave\ntime_zone:")
    with pytest.raises(InputRefused) as refused:
        take_the_way(small)
    (finding,) = refused.value.findings
    assert str(finding.place) == f"{SETTINGS}:23:5"
    assert "cannot be “grave”" in finding.message


def test_one_fault_of_a_template_is_told_once_for_all_languages(small: Path) -> None:
    part = "templates/plain/parts/brief.mjml.j2"
    edit(small, part, "<h2>", "<h4>")
    edit(small, part, "</h2>", "</h4>")
    findings = [each for each in take_the_way(small).findings if each.rule == "heading-levels"]
    assert [str(each.place) for each in findings] == [f"{part}:3:3"] * 2
    assert len({each.message for each in findings}) == 2  # of two headlines


def test_the_same_words_at_the_same_place_are_one_finding() -> None:
    source = Finding(rule="a", place=PLACE, message="b", remedy="c")
    seen = Finding(rule="a", place=PLACE, message="b", remedy="c", spot=Spot("ru", 3))
    report = Tuning(Checking(), Marks(SETTINGS)).sift([source, seen])
    assert report.findings == (source,)
