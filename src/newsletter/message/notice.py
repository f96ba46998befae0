"""A Notice as a mail: what a program answers to one reader, and no mail of a List (RFC 3834).

multipart/alternative
text/plain
text/html
"""

import datetime
from dataclasses import dataclass

from newsletter.address import Address
from newsletter.message import headers
from newsletter.message.dkim import Signer
from newsletter.message.slots import TextPart, as_it_is, escape_html
from newsletter.model.rendering import Rendering


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeHead:
    """The headers of one Notice; `message_id` is without brackets, the same over all Attempts."""

    from_name: str
    from_address: str
    reply_to: str
    to: Address
    language: str
    date: datetime.datetime
    message_id: str


def notice_bytes(
    rendering: Rendering,
    head: NoticeHead,
    slots: dict[str, str],
    signer: Signer | None = None,
    *,
    utf8: bool = False,
) -> bytes:
    """Return the mail, its lines ended with CRLF, not dot-stuffed.

    Raises ValueError, naming the header or slot, when a value cannot stand in a mail.
    """
    boundary = f"=_alt_{rendering.digest[:32]}"  # neither encoding ever writes "=_"
    delimiter = f"--{boundary}\r\n".encode()
    body = (
        delimiter,
        *TextPart.of("plain", rendering.text, as_it_is, slots.keys()).fill(slots),
        delimiter,
        *TextPart.of("html", rendering.html, escape_html, slots.keys()).fill(slots),
        f"--{boundary}--\r\n".encode(),
    )
    to = headers.mailbox("To", "", head.to.shown if utf8 else head.to.wire, utf8=utf8)
    message_id = headers.angled("Message-ID", head.message_id)
    fixed = b"".join(
        (
            headers.mailbox("From", head.from_name, head.from_address),
            headers.mailbox("Reply-To", "", head.reply_to) if head.reply_to else b"",
            headers.text("Subject", rendering.subject),
            headers.date("Date", head.date),
            headers.plain("Auto-Submitted", "auto-generated"),  # RFC 3834 5
            headers.text("Content-Language", head.language),
            headers.plain("MIME-Version", "1.0"),
            headers.text("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
        )
    )
    seal = signer.seal(fixed, ("To", "Message-ID")) if signer else None
    signatures = seal.sign((to, message_id), body) if seal else b""
    return b"".join((signatures, fixed, to, message_id, b"\r\n", *body))
