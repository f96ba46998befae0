"""All rules together: the sample has nothing to mend, and findings come in order."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.checks import again, days, issue, translated, typography, words
from newsletter.checks.check import MAIL_ONLY, RULES, check
from newsletter.checks.checked import Checked
from newsletter.checks.deeper import DEEPER
from newsletter.checks.mail import Found, Mail
from newsletter.checks.rule import rule, rules_of
from newsletter.model.finding import Severity
from tests.checks.samples import small_way
from tests.workspace import edit, sample, take_the_way


@pytest.mark.parametrize("slug", ["2015-1", "2015-2"])
def test_the_sample_issues_have_nothing_to_complain_of(slug: str) -> None:
    grave = [each for each in sample(slug).findings if each.severity is not Severity.NOTE]
    assert [str(finding) for finding in grave] == []


def test_an_issue_without_faults_has_no_findings(small: Path) -> None:
    assert take_the_way(small).findings == []


def test_findings_come_by_place_and_errors_say_so(small: Path) -> None:
    edit(small, "issues/spring/issue.yaml", "serial: 60", "serial: 61")
    edit(
        small,
        "issues/items/school.yaml",
        "https://www.example.org/school",
        "http://www.example.org/school",
    )
    edit(small, "issues/items/school.yaml", "label: About the school", "label: Read more")
    findings = take_the_way(small).findings
    assert [(each.rule, str(each.place), each.severity) for each in findings] == [
        ("link-vague", "issues/items/school.yaml:10:7", Severity.WARNING),
        ("link-http", "issues/items/school.yaml:11:7", Severity.WARNING),
        ("numbering", "issues/spring/issue.yaml:2:1", Severity.ERROR),
    ]


def test_a_fault_in_both_languages_is_told_once(small: Path) -> None:
    edit(small, "issues/spring/issue.yaml", "serial: 60", "serial: 61")
    way = take_the_way(small)
    assert list(check(way.composition, way.renderings).findings) == way.findings
    assert len(way.findings) == 1


def test_every_rule_says_all_that_its_page_needs() -> None:
    assert len({each.id for each in (*RULES, *DEEPER)}) == len(RULES) + len(DEEPER)
    for each in (*RULES, *DEEPER):
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", each.id)
        assert len(each.why.split()) > 7, each.id
        assert each.title[0].isupper(), each.id
        assert not each.title.endswith("."), each.id
        assert len(each.title) < 100, each.id
        assert len(each.source) > 5, each.id
        assert not each.mend.endswith("."), each.id


def test_what_is_wrong_with_words_and_days_is_never_about_the_mail_alone() -> None:
    everywhere = rules_of(issue, again, days, words, typography, translated)
    assert not MAIL_ONLY & {each.id for each in everywhere}
    assert {"html-size", "message-size", "unsubscribe", "style-size", "contrast"} <= MAIL_ONLY
    assert not MAIL_ONLY & {"links", "link-empty", "alt-text", "picture-rights", "tokens"}


def test_every_rule_has_tests_of_its_own() -> None:
    tests = "\n".join(
        path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")
    )
    missing = [
        each.id
        for each in RULES
        if not re.search(rf"\b{each.look.__name__}\b", tests) and f'"{each.id}"' not in tests
    ]
    missing += [each.id for each in DEEPER if f'"{each.id}"' not in tests]
    assert missing == []


def test_most_rules_name_a_source_on_the_web() -> None:
    assert sum(bool(each.url) for each in RULES) > len(RULES) / 2


def test_a_rule_about_an_issue_says_nothing_of_a_mail_alone() -> None:
    @rule("of-issue", Severity.NOTE, title="A", source="b", mend="c")
    def of_issue(checked: Checked) -> Iterator[Found]:
        yield Found(checked.issue_place(), "seen")

    @rule("of-mail", Severity.NOTE, title="A", source="b", mend="c", limits={"least": 1})
    def of_mail(mail: Mail, *, least: float) -> Iterator[Found]:
        yield mail.whole(f"{mail.language} {least:g}")

    way = small_way()
    checked = Checked(way.composition, way.renderings)
    assert [each.message for each in of_issue(checked)] == ["seen"]
    assert list(of_issue(checked.mails["en"])) == []
    assert [each.message for each in of_mail(checked)] == ["en 1", "ru 1"]
    (finding,) = of_mail(checked.mails["ru"], {"least": 2}, Severity.ERROR)
    assert (finding.message, finding.severity, finding.remedy) == ("ru 2", Severity.ERROR, "c")


def test_a_rule_must_take_its_limits_by_name() -> None:
    make = rule("a", Severity.NOTE, title="A", source="b", mend="c", limits={"least": 1})

    def wrong(mail: Mail, *, most: float) -> Iterator[Found]:
        yield mail.whole(str(most))

    with pytest.raises(TypeError, match="its limits by name"):
        make(wrong)
