"""Notifications (RFC 3464) of shapes that the standard does not know, and whom they name."""

import pytest

from newsletter.model.returns import Report, ReportKind
from newsletter.returns.reading import read_report

_MESSAGE = """\
From: MAILER-DAEMON@x.example
To: news@news.example.org
Subject: {subject}
MIME-Version: 1.0
Content-Type: {whole}

--b1
Content-Type: text/plain

{text}

--b1
Content-Type: {part}

Reporting-MTA: dns; x.example

{status}

--b1
Content-Type: message/rfc822

From: Office <news@news.example.org>
To: a@x.example
Subject: News

Good day.
--b1--
"""
GONE = "Final-Recipient: rfc822; {}\nAction: failed\nStatus: 5.1.1\n"


def told(
    status: str,
    text: str = "It was not delivered.",
    *,
    subject: str = "Undelivered mail",
    whole: str = "multipart/report; report-type=delivery-status; boundary=b1",
    part: str = "message/delivery-status",
) -> Report:
    named = {"subject": subject, "text": text, "whole": whole, "part": part, "status": status}
    return read_report(_MESSAGE.format(**named).encode())


def addresses(report: Report) -> dict[str, bool]:
    return {each.address: each.suppress for each in report.recipients}


@pytest.mark.parametrize(
    ("field", "address"),
    [
        ("rfc822; a@[192.0.2.1]", "a@[192.0.2.1]"),
        ("rfc822; a+2024@x.example", "a+2024@x.example"),
        ("rfc822; a+2Bnews@x.example", "a+news@x.example"),
        ("rfc822; @hub.example:a@x.example", "a@x.example"),
        ('rfc822; "a b"@x.example', '"a b"@x.example'),
        ('rfc822; "a.b"@x.example', "a.b@x.example"),
        ("rfc822; Anna B <a@x.example>", "a@x.example"),
        ("LOCAL; <a@x.example>", "a@x.example"),
        ("<a@X.Example>", "a@x.example"),
        ("rfc822; a@mailhub", "a@mailhub"),
        ("smtp;a@x.example.", "a@x.example"),
        ("rfc822; a@x.example (bad mailbox)", "a@x.example"),
    ],
)
def test_an_address_is_found_however_it_is_written(field: str, address: str) -> None:
    plain = f"Final-Recipient: {field}\nAction: failed\nStatus: 5.1.1"
    assert addresses(told(plain)) == {address: True}


def test_empty_lines_between_fields_part_nobody() -> None:
    report = told(GONE.format("a@x.example").replace("\n", "\n\n"))
    assert addresses(report) == {"a@x.example": True}


def test_recipients_without_an_empty_line_between_are_told_apart() -> None:
    full = "Final-Recipient: rfc822; b@x.example\nAction: failed\nStatus: 5.2.2\n"
    report = told(GONE.format("a@x.example") + full)
    assert addresses(report) == {"a@x.example": True, "b@x.example": False}


@pytest.mark.parametrize("first", ["final", "original"])
def test_the_recipient_is_the_one_that_we_wrote_to(first: str) -> None:
    lines = ["Final-Recipient: rfc822; z@in.example", "Original-Recipient: rfc822;a@x.example"]
    ordered = lines if first == "final" else lines[::-1]
    rest = ["X-Actual-Recipient: rfc822; q@deep.example", "Action: failed", "Status: 5.1.1"]
    assert addresses(told("\n".join([*ordered, *rest]))) == {"a@x.example": True}


def test_a_recipient_without_a_domain_is_looked_for_in_the_text() -> None:
    report = told(GONE.format("bob"), "<b@x.example>: user unknown")
    assert addresses(report) == {"b@x.example": True}


@pytest.mark.parametrize("action", ["Failed", "failure (bounced)", "undeliverable", "failed;"])
def test_a_failure_is_one_by_any_name(action: str) -> None:
    report = told(GONE.format("a@x.example").replace("failed", action))
    assert (report.kind, addresses(report)) == (ReportKind.BOUNCE, {"a@x.example": True})


def test_who_waits_and_who_failed_stand_in_one_report() -> None:
    late = "Final-Recipient: rfc822; b@x.example\nAction: delayed\nStatus: 4.4.1\n"
    report = told(f"{GONE.format('a@x.example')}\n{late}")
    assert report.kind is ReportKind.BOUNCE
    assert addresses(report) == {"a@x.example": True, "b@x.example": False}


def test_without_an_action_the_subject_tells_a_delay() -> None:
    status = "Final-Recipient: rfc822; a@x.example\nStatus: 4.4.1"
    assert told(status, subject="Delivery delayed").kind is ReportKind.DELAY
    assert told(status).kind is ReportKind.BOUNCE


@pytest.mark.parametrize(
    ("whole", "part"),
    [
        ("multipart/report; boundary=b1", "message/delivery-status"),
        ('multipart/mixed; boundary="b1"', "message/delivery-status; name=details.txt"),
        ("multipart/mixed; boundary=b1", "text/plain"),
    ],
)
def test_a_status_is_found_in_parts_of_other_types(whole: str, part: str) -> None:
    report = told(GONE.format("a@x.example"), whole=whole, part=part)
    assert (report.kind, addresses(report)) == (ReportKind.BOUNCE, {"a@x.example": True})


@pytest.mark.parametrize(
    ("status", "words", "permanent", "suppress"),
    [
        ("5.0.0", "550 5.1.1 User unknown", True, True),
        ("4.4.7", "550 5.1.1 User unknown", True, True),
        ("5.4.7", "450 4.1.1 unverified address: unknown user", False, False),
        ("5.0.0", "451 try again later", False, False),
        ("5.7.1", "550 5.7.1 unknown user", True, True),
        ("5.1.1", "550 5.1.1 your server is on our block list", True, False),
        ("5.1.8", "553 5.1.8 unknown user", True, False),
        ("5.1.1", "550 5.1.1 rejected by policy", True, True),
    ],
)
def test_where_code_and_words_differ_the_last_reply_and_the_words_count(
    status: str, words: str, permanent: bool, suppress: bool
) -> None:
    group = GONE.format("a@x.example").replace("5.1.1", status)
    (one,) = told(f"{group}Diagnostic-Code: smtp; {words}").recipients
    assert (one.permanent, one.suppress) == (permanent, suppress)
