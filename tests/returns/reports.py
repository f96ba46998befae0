"""Reports about mails of ours, as servers and providers would write them."""

import email
import email.policy
import re
from collections.abc import Mapping
from typing import Any

_DSN = """\
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

<{final}>: host mx.example.org said: {words}

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {final}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words}

--B
Content-Type: text/rfc822-headers

Message-ID: {message_id}
Subject: the newsletter

--B--
"""
_COMPLAINT = """\
From: feedback@provider.example
To: abuse@office.example.org
Subject: complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: text/plain

This is a complaint.

--B
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Provider/1
Version: 1
Original-Mail-From: <{mail_from}>

--B
Content-Type: message/rfc822

{headers}
Subject: the newsletter
To: redacted

The news.

--B--
"""

UNKNOWN = "550 5.1.1 User unknown"
FULL = "552 5.2.2 Mailbox full"
BLOCKED = "550 5.7.1 Message rejected: your address is on the block list of zen.example.org"


def bounce(
    sent: Mapping[str, Any],
    words: str = UNKNOWN,
    *,
    to: str = "",
    final: str = "",
    message_id: str = "",
    action: str = "failed",
) -> bytes:
    """Return a notification (RFC 3464) about a mail as the sink's log tells of it."""
    found = re.search(r"\b[245]\.\d\.\d", words)
    return _DSN.format(
        to=to or sent["sender"],
        final=final or sent["recipient"],
        message_id=message_id or sent["message_id"],
        words=words,
        status=found[0] if found else "5.0.0",
        action=action,
    ).encode()


def complaint(
    mail_from: str, kind: str = "abuse", headers: str = "From: news@example.org"
) -> bytes:
    """Return a complaint (RFC 5965) that names nobody."""
    return _COMPLAINT.format(kind=kind, mail_from=mail_from, headers=headers).encode()


def leaving(message: bytes, sender: str) -> bytes:
    """Return what a mail program sends in a reader's name who unsubscribes by mail."""
    mail = email.message_from_bytes(message, policy=email.policy.default)
    found = re.search(r"mailto:([^?>]+)\?subject=(\w+)", str(mail["List-Unsubscribe"]))
    assert found
    return f"From: {sender}\nTo: {found[1]}\nSubject: {found[2]}\n\nunsubscribe\n".encode()
