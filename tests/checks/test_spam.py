"""Spam score: the real SpamAssassin looks at whole mails, and its rules are named."""

import shutil
from pathlib import Path

import pytest

from newsletter.checks.spam import Hit, Verdict, _finding, _hits, judge, spam_findings
from newsletter.errors import NewsletterError, WrongUsage
from newsletter.message.compile import compile_message
from newsletter.model.finding import Severity
from newsletter.model.place import Place
from newsletter.render.build import sample_head, sample_recipient
from tests.system import program
from tests.workspace import sample

PLACE = Place("issues/spring/issue.yaml", 3, 1)
SHOUTING = b"""\
From: Office <news@example.org>
To: reader@example.org
Subject: CLICK HERE NOW FOR FREE MONEY
Date: Tue, 31 Mar 2015 12:00:00 +0300
Message-ID: <1@example.org>
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<html><body><div style="color:#ffffff;background:#ffffff">hidden words to please filters</div>
<img src="https://www.example.org/a.png"></body></html>
"""


@pytest.fixture(scope="module")
def spamassassin() -> str:
    return program("spamassassin", "spamassassin")


def mails_of(slug: str) -> dict[str, bytes]:
    """Return the mails of an issue as they are sent, with all their headers."""
    way = sample(slug)
    mails = {}
    for language, rendering in way.renderings.items():
        head = sample_head(rendering, way.composition)
        mails[language] = compile_message(rendering, head).build(sample_recipient(head))
    return mails


@pytest.mark.slow
@pytest.mark.parametrize("slug", ["2015-1", "2015-2"])
def test_the_samples_score_at_most_one_point(spamassassin: str, slug: str) -> None:
    mails = mails_of(slug)
    assert set(mails) >= {"en", "ru"}
    findings = spam_findings(mails, dict.fromkeys(mails, PLACE))
    assert [each.severity for each in findings] == [Severity.NOTE] * len(mails), findings
    for language, mail in mails.items():
        verdict = judge(mail)
        assert verdict.score <= 1.0, verdict
        assert "MAILING_LIST_MULTI" in {hit.name for hit in verdict.hits}, language


@pytest.mark.slow
def test_what_shouts_and_hides_is_named_with_points_words_and_remedy(spamassassin: str) -> None:
    (finding,) = spam_findings(
        {"en": SHOUTING}, {"en": PLACE}, limits={"points": 0.5, "seconds": 120}
    )
    assert finding.rule == "spam-score"
    assert finding.severity is Severity.WARNING
    assert finding.place == PLACE
    assert "the en edition" in finding.message
    assert "more than 0.5" in finding.message
    assert "MIME_HTML_ONLY +0.1 (BODY: Message only has text/html MIME parts)" in finding.message
    assert "send a text part too" in finding.remedy
    assert judge(SHOUTING).version.startswith(("3.", "4."))


@pytest.mark.slow
def test_a_mail_that_holds_a_report_cannot_forge_its_own(spamassassin: str) -> None:
    forged = SHOUTING.replace(b"</body>", b"newsletter version=9 score=-99.0</body>")
    assert judge(forged).score > -5


def test_without_spamassassin_it_is_said_how_to_get_it() -> None:
    with pytest.raises(WrongUsage) as refused:
        spam_findings({"en": SHOUTING}, {"en": PLACE}, program="no-such-spamassassin")
    assert "is not installed" in refused.value.message
    assert "apt install spamassassin" in refused.value.remedy


def script(folder: Path, body: str) -> str:
    path = folder / "spamassassin"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def test_a_spamassassin_that_does_not_work_is_quoted(tmp_path: Path) -> None:
    broken = script(tmp_path, "echo 'config: no rules were found!' >&2; exit 25")
    assert shutil.which(broken)
    with pytest.raises(NewsletterError) as refused:
        judge(SHOUTING, broken)
    assert "it said: config: no rules were found!" in refused.value.message
    assert "sa-update" in refused.value.remedy


def test_a_spamassassin_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    slow = script(tmp_path, "exec sleep 60")
    with pytest.raises(NewsletterError) as refused:
        spam_findings(
            {"en": SHOUTING}, {"en": PLACE}, limits={"points": 1, "seconds": 0.1}, program=slow
        )
    assert refused.value.message == "SpamAssassin did not answer within 0.1 seconds"
    assert "the limit `seconds` of spam-score" in refused.value.remedy


def test_the_table_is_read_with_its_wrapped_lines() -> None:
    table = (
        " pts rule name              description\n"
        "---- ---------------------- ---------------------------------\n"
        "-1.0 MAILING_LIST_MULTI     Multiple indicators imply a widely-seen list\n"
        "                            manager\n"
        " 0.7 HTML_FONT_LOW_CONTRAST BODY: HTML font color similar or\n"
        "                            identical to background\n"
        "\n"
    )
    assert _hits(table) == [
        Hit(-1.0, "MAILING_LIST_MULTI", "Multiple indicators imply a widely-seen list manager"),
        Hit(
            0.7,
            "HTML_FONT_LOW_CONTRAST",
            "BODY: HTML font color similar or identical to background",
        ),
    ]


def test_a_score_at_the_limit_is_a_note_and_the_gravest_rule_comes_first() -> None:
    hits = (Hit(0.1, "B", "b"), Hit(0.0, "NOTHING", "n"), Hit(0.9, "A", "a"))
    finding = _finding("ru", Verdict("4.0.1", 1.0, hits), PLACE, 1.0)
    assert finding.severity is Severity.NOTE
    assert finding.message == (
        "SpamAssassin 4.0.1 gives the ru edition 1.0 points: A +0.9 (a); B +0.1 (b)"
    )
