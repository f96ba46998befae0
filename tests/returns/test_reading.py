"""Messages that came back, as servers and people write them, and what they are taken for."""

import pytest

from newsletter.model.returns import Reported, ReportKind, ReturnReason, ReturnScope
from newsletter.returns.meaning import reported
from newsletter.returns.reading import read_report

_NOTIFICATION = """\
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: bounces+ab@ilo.example.org
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B/x"

This is a MIME-encapsulated message.

--B/x
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.org.

<anna@example.org>: host mail.example.org[192.0.2.1] said: %s (in reply to RCPT TO command)

--B/x
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
Arrival-Date: Fri, 27 Nov 2026 10:00:00 +0000 (UTC)

Final-Recipient: rfc822; anna@example.org
Original-Recipient: rfc822;anna@example.org
Action: %s
Status: %s
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; %s

--B/x
Content-Description: Undelivered Message
Content-Type: message/rfc822

Message-ID: <d1.abc@ilo.example.org>
From: x@ilo.example.org
To: anna@example.org
Subject: News

text
--B/x--
"""


def notification(status: str, words: str, action: str = "failed") -> bytes:
    """Return what Postfix writes about a reply of the next server."""
    return (_NOTIFICATION % (words, action, status, words)).encode()


def letter(sender: str, subject: str, body: str, headers: str = "") -> bytes:
    lines = f"From: {sender}\nTo: bounces@ilo.example.org\nSubject: {subject}\n{headers}\n{body}"
    return lines.encode()


def only(data: bytes) -> Reported:
    (told,) = read_report(data).recipients
    assert told.address == "anna@example.org"
    return told


R = ReturnReason


@pytest.mark.parametrize(
    ("status", "words", "reason"),
    [
        (
            "5.1.1",
            "550 5.1.1 <anna@example.org>: Recipient address rejected: User unknown",
            R.UNKNOWN_USER,
        ),
        (
            "5.1.1",
            "550-5.1.1 The email account that you tried to reach does not exist.",
            R.UNKNOWN_USER,
        ),
        (
            "5.1.10",
            "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP address lookup",
            R.UNKNOWN_USER,
        ),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied.", R.UNKNOWN_USER),
        ("5.5.0", "550 5.5.0 Requested action not taken: mailbox unavailable", R.UNKNOWN_USER),
        (
            "5.0.0",
            "554 delivery error: dd This user doesn't have an example.org account",
            R.UNKNOWN_USER,
        ),
        (
            "5.0.0",
            "550 Message was not accepted -- invalid mailbox.  User not found",
            R.UNKNOWN_USER,
        ),
        ("5.7.1", "550 5.7.1 No such user!", R.UNKNOWN_USER),
        ("5.0.0", "550 Нет такого пользователя", R.UNKNOWN_USER),
        (
            "5.4.4",
            "Host or domain name not found. Name service error for name=a.example type=A",
            R.UNKNOWN_HOST,
        ),
        (
            "5.0.0",
            "554 30 Sorry, cannot be delivered. This mailbox is disabled (554.30).",
            R.DISABLED,
        ),
        ("5.1.1", "550 5.1.1 anna@example.org account closed", R.DISABLED),
    ],
)
def test_who_is_gone_is_not_written_to_any_more(
    status: str, words: str, reason: ReturnReason
) -> None:
    told = only(notification(status, words))
    assert (told.reason, told.permanent, told.scope) == (reason, True, ReturnScope.RECIPIENT)
    assert told.suppress


@pytest.mark.parametrize(
    ("status", "words", "reason"),
    [
        (
            "5.7.1",
            "550-5.7.1 Our system has detected that this message is likely unsolicited mail.",
            R.SPAM,
        ),
        ("5.0.0", "550 spam message rejected. Please report details", R.SPAM),
        ("5.7.1", "554 5.7.1 [1] Message rejected under suspicion of SPAM", R.SPAM),
        (
            "5.7.26",
            "550-5.7.26 This mail has been blocked because the sender is unauthenticated.",
            R.AUTHENTICATION,
        ),
        (
            "5.7.1",
            "554 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using zen.spamhaus.org",
            R.POLICY,
        ),
        (
            "5.7.1",
            "550 5.7.1 messages from [192.0.2.9] weren't sent: on our block list (S3140).",
            R.POLICY,
        ),
        ("5.1.1", "550 5.1.1 your IP 192.0.2.9 is blacklisted", R.POLICY),
        ("5.7.1", "554 5.7.1 <anna@example.org>: Relay access denied", R.RELAYING),
        ("5.3.4", "552 5.3.4 Message size exceeds fixed limit", R.SIZE),
        (
            "5.2.2",
            "552-5.2.2 The recipient's inbox is out of storage space and inactive.",
            R.MAILBOX_FULL,
        ),
        ("5.0.0", "552 Message for <anna@example.org> would exceed mailbox quota", R.MAILBOX_FULL),
        ("5.0.0", "552 Почтовый ящик получателя переполнен", R.MAILBOX_FULL),
        ("4.4.1", "connect to mail.example.org[192.0.2.1]:25: Connection timed out", R.NETWORK),
    ],
)
def test_what_is_about_us_or_passes_costs_nobody_the_newsletter(
    status: str, words: str, reason: ReturnReason
) -> None:
    told = only(notification(status, words))
    assert told.reason == reason
    assert not told.suppress


def test_a_delay_is_no_bounce() -> None:
    report = read_report(notification("4.2.0", "450 4.2.0 Greylisted, try again", "delayed"))
    assert report.kind is ReportKind.DELAY
    assert (report.recipients[0].permanent, report.recipients[0].suppress) == (False, False)


def test_good_news_names_nobody() -> None:
    report = read_report(notification("2.0.0", "250 2.0.0 Ok", "delivered"))
    assert (report.kind, report.recipients) == (ReportKind.OTHER, ())


def test_a_report_says_who_wrote_it_and_about_which_mail() -> None:
    report = read_report(notification("5.1.1", "550 5.1.1 User unknown"))
    assert (report.reporter, report.message_id) == ("mx.example.org", "d1.abc@ilo.example.org")
    assert report.to == ("bounces+ab@ilo.example.org",)


@pytest.mark.parametrize("ends", [b"\n", b"\r\n", b"\r"])
def test_line_ends_make_no_difference(ends: bytes) -> None:
    data = notification("5.1.1", "550 5.1.1 User unknown")
    assert read_report(data.replace(b"\n", ends)) == read_report(data)


def test_an_address_in_other_letters_is_read() -> None:
    data = notification("5.1.1", "550 5.1.1 User unknown").decode()
    data = data.replace("rfc822; anna@", "utf-8; \\x{430}\\x{43D}\\x{43D}\\x{430}@")
    data = data.replace("Original-Recipient: rfc822;anna@example.org\n", "")
    data = data.replace("message/delivery-status", "message/global-delivery-status")
    (told,) = read_report(data.encode()).recipients
    assert told.address == "анна@example.org"


_QMAIL = """Hi. This is the qmail-send program at mx.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<anna@example.org>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <editor@ilo.example.org>
To: anna@example.org
From: ivan@example.org
"""
_EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  anna@example.org
    host mail.example.org [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<anna@example.org>:
    550 5.1.1 User unknown

------ This is a copy of the message, including all the headers. ------
From: ivan@example.org
"""
_SENDMAIL = """The original message was received at Fri, 27 Nov 2026 10:00:00 +0000

   ----- The following addresses had permanent fatal errors -----
<anna@example.org>
    (reason: 550 5.1.1 <anna@example.org>... User unknown)

   ----- Transcript of session follows -----
... while talking to mail.example.org.:
>>> RCPT To:<anna@example.org>
<<< 550 5.1.1 <anna@example.org>... User unknown
"""
_RUSSIAN = """Это письмо создано автоматически почтовым сервером.

Ваше сообщение не может быть доставлено:

  anna@example.org
    Пользователь не найден
"""


@pytest.mark.parametrize("charset", ["utf-8", "koi8-r", "cp1251"])
@pytest.mark.parametrize("named", [True, False])
def test_a_letter_in_russian_is_read_in_any_encoding(charset: str, named: bool) -> None:
    head = (
        "From: Mail Delivery System <mailer-daemon@mx.example.org>\n"
        "Subject: =?utf-8?B?0J3QtdC00L7RgdGC0LDQstC70LXQvdC90L7QtSDRgdC+0L7QsdGJ0LXQvdC40LU=?=\n"
    )
    kind = f"Content-Type: text/plain; charset={charset}\n" if named else ""
    told = only(f"{head}{kind}\n".encode() + _RUSSIAN.encode(charset))
    assert (told.reason, told.suppress) == (R.UNKNOWN_USER, True)


@pytest.mark.parametrize(
    "data",
    [
        letter("MAILER-DAEMON@mx.example.org", "failure notice", _QMAIL, "Return-Path: <>\n"),
        letter(
            "Mail Delivery System <Mailer-Daemon@mx.example.org>",
            "Mail delivery failed: returning message to sender",
            _EXIM,
            "X-Failed-Recipients: anna@example.org\nAuto-Submitted: auto-replied\n",
        ),
        letter(
            "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.org>",
            "Returned mail: see transcript for details",
            _SENDMAIL,
        ),
    ],
    ids=["qmail", "Exim", "Sendmail"],
)
def test_letters_of_servers_are_read_for_addresses_and_reasons(data: bytes) -> None:
    assert read_report(data).kind is ReportKind.BOUNCE
    told = only(data)
    assert (told.reason, told.status, told.suppress) == (R.UNKNOWN_USER, "5.1.1", True)


@pytest.mark.parametrize(
    ("subject", "headers"),
    [
        ("Автоответ: Новости МОТ", "Auto-Submitted: auto-replied\n"),
        ("Out of Office: News", ""),
        ("Automatische Antwort: News", ""),
        ("Re: News", "Auto-Submitted: auto-replied (vacation)\n"),
        ("News", "X-Autoreply: yes\n"),
        ("Ваше письмо получено", ""),
        ("Please confirm your message", ""),
    ],
)
def test_answers_of_programs_change_nothing(subject: str, headers: str) -> None:
    body = "My old mailbox is full, user unknown: anna@example.org"
    report = read_report(letter("Anna <anna@example.org>", subject, body, headers))
    assert (report.kind, report.recipients) == (ReportKind.AUTO_REPLY, ())


@pytest.mark.parametrize(
    ("sender", "subject", "body"),
    [
        ("Anna <anna@example.org>", "Re: News No. 1", "petrov@example.org: user unknown, full"),
        ("Anna <anna@example.org>", "Undeliverable: your letter", "550 5.1.1 user unknown"),
        ("Anna <anna@example.org>", "Fwd: Returned mail: see transcript", _SENDMAIL),
        ("Postmaster <postmaster@example.org>", "Your newsletter", "why anna@example.org?"),
        ("Иван <ivan@example.org>", "Не доставлен журнал", "Добрый день! Журнал не пришёл."),
    ],
)
def test_people_are_never_taken_for_servers(sender: str, subject: str, body: str) -> None:
    report = read_report(letter(sender, subject, body))
    assert (report.kind, report.recipients) == (ReportKind.OTHER, ())


def test_a_report_that_a_person_forwards_is_that_persons_mail() -> None:
    head = (
        "From: Anna <anna@example.org>\nSubject: Fwd: Undelivered Mail\n"
        "Content-Type: multipart/mixed; boundary=f\n\n--f\n\nWhat is this?\n"
        "--f\nContent-Type: message/rfc822\n\n"
    )
    data = head.encode() + notification("5.1.1", "550 5.1.1 User unknown") + b"\n--f--\n"
    report = read_report(data)
    assert (report.kind, report.recipients) == (ReportKind.OTHER, ())


_COMPLAINT = """From: feedback@provider.example
Subject: complaint
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b

This is an email abuse report.
--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Provider/1.0
Version: 1
{rest}
--b
Content-Type: message/rfc822

From: editor@ilo.example.org
To: anna@example.org
Message-ID: <d1.abc@ilo.example.org>

news
--b--
"""


def test_a_complaint_names_who_complained() -> None:
    report = read_report(_COMPLAINT.format(kind="abuse", rest="").encode())
    assert report.kind is ReportKind.COMPLAINT
    assert [(each.address, each.suppress) for each in report.recipients] == [
        ("anna@example.org", True)
    ]
    assert report.message_id == "d1.abc@ilo.example.org"


def test_a_complaint_of_nobody_in_particular_names_nobody() -> None:
    rest = "Original-Rcpt-To: [redacted]@example.org"
    data = _COMPLAINT.format(kind="abuse", rest=rest).replace("To: anna@", "To: redacted@")
    report = read_report(data.encode())
    assert (report.kind, report.recipients) == (ReportKind.COMPLAINT, ())


@pytest.mark.parametrize("kind", ["auth-failure", "not-spam"])
def test_other_feedback_is_no_complaint(kind: str) -> None:
    report = read_report(_COMPLAINT.format(kind=kind, rest="").encode())
    assert (report.kind, report.recipients) == (ReportKind.OTHER, ())


@pytest.mark.parametrize(
    ("words", "status", "confidence"),
    [
        ("550 5.1.1 <anna@example.org>: no such user here", "5.1.1", "high"),
        ("550 no such user here", "", "high"),
        ("550 5.7.1 no such user here", "5.7.1", "medium"),
        ("550 5.1.1 zzz", "5.1.1", "medium"),
        ("550 zzz", "", "low"),
    ],
)
def test_a_reason_is_as_sure_as_words_and_code_make_it(
    words: str, status: str, confidence: str
) -> None:
    assert reported("anna@example.org", words, status, failed=True).confidence == confidence
