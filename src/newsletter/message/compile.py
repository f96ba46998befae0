"""A whole mail: compiled once for each Rendering, built once for each recipient.

    multipart/alternative
        text/plain
        multipart/related        (only when pictures travel with the mail)
            text/html
            image/png ...

What is the same for everybody (headers, texts between slots, pictures) is encoded once, by
`compile_message`; `CompiledMessage.build` writes the three headers that differ, fills the slots,
signs if there is a Signer, and joins it all. The same Rendering, head and recipient always give the
same bytes, but for the signatures, which say when they were made.
"""

import re
from dataclasses import dataclass

from newsletter.message import headers
from newsletter.message.dkim import Seal, Signer
from newsletter.message.encode import base64_lines
from newsletter.message.slots import TextPart, as_it_is, escape_html
from newsletter.model.edition import SLOTS
from newsletter.model.message import MailHead, Recipient
from newsletter.model.rendering import Picture, Rendering, greeting_values

_MEDIA_TYPE = re.compile(r"image/[a-z0-9.+-]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class CompiledMessage:
    """A mail that lacks only what differs from recipient to recipient."""

    before_to: bytes
    after_to: bytes
    after_id: bytes
    after_unsubscribe: bytes
    begin: bytes
    text: TextPart
    between: bytes
    html: TextPart
    end: bytes
    greeting: str
    greeting_anonymous: str
    seal: Seal | None

    def build(self, recipient: Recipient, *, utf8: bool = False) -> bytes:
        """Return the mail for `recipient`, its lines ended with CRLF, not dot-stuffed.

        With `utf8` the address is written in its own letters, for a relay that offers SMTPUTF8.
        Raises ValueError, naming the header or slot, when a value cannot stand in a mail. It may be
        called from several threads at once.
        """
        address = recipient.address.shown if utf8 else recipient.address.wire
        to = headers.mailbox("To", recipient.name, address, utf8=utf8)
        message_id = headers.angled("Message-ID", recipient.message_id)
        unsubscribe = headers.angled(
            "List-Unsubscribe", recipient.unsubscribe_url, recipient.unsubscribe_mailto
        )
        values = self._values(recipient)
        body = (
            self.begin,
            *self.text.fill(values),
            self.between,
            *self.html.fill(values),
            self.end,
        )
        signatures = self.seal.sign((to, message_id, unsubscribe), body) if self.seal else b""
        return b"".join(
            (
                signatures,
                self.before_to,
                to,
                self.after_to,
                message_id,
                self.after_id,
                unsubscribe,
                self.after_unsubscribe,
                b"\r\n",
                *body,
            )
        )

    def _values(self, recipient: Recipient) -> dict[str, str]:
        """Return what the slots hold; the keys are those of `model.edition.SLOTS`."""
        values = greeting_values(self.greeting, self.greeting_anonymous, recipient.name)
        values["unsubscribe_url"] = recipient.unsubscribe_url
        values["preferences_url"] = recipient.preferences_url
        _refuse_control("preferences_url", recipient.preferences_url)  # others stand in headers too
        return values


def _refuse_control(slot: str, value: str) -> None:
    if _CONTROL.search(value):
        raise ValueError(f"{slot}: holds a line break or a control character")


def compile_message(
    rendering: Rendering, head: MailHead, signer: Signer | None = None
) -> CompiledMessage:
    """Encode everything in a mail that is the same for all its recipients.

    Raises ValueError when a header cannot be written or a slot is not one of ours.
    """
    for greeting in (rendering.greeting, rendering.greeting_anonymous):
        _refuse_control("greeting", greeting.replace("\n", ""))  # a line for each language
    pictures = [picture for picture in rendering.pictures if f"cid:{picture.cid}" in rendering.html]
    greetings = greeting_values(rendering.greeting, rendering.greeting_anonymous, "")
    known = SLOTS.keys() | greetings.keys()  # one greeting for each language of a stack
    # Neither encoding ever writes "=_", so no boundary can stand in a body (RFC 2045 6.7).
    outer, inner = f"=_alt_{rendering.digest[:32]}", f"=_rel_{rendering.digest[:32]}"
    related = _related(inner) if pictures else b""
    closing = b"".join((*(_picture(picture, inner) for picture in pictures), _closing(inner)))
    before_to = headers.mailbox("From", head.from_name, head.from_address)
    after_to = _after_to(rendering, head)
    after_id = headers.list_id("List-Id", head.list_name, head.list_id)
    after_unsubscribe = _after_unsubscribe(head) + _multipart("alternative", outer)
    fixed = before_to + after_to + after_id + after_unsubscribe
    return CompiledMessage(
        before_to=before_to,
        after_to=after_to,
        after_id=after_id,
        after_unsubscribe=after_unsubscribe,
        begin=_delimiter(outer),
        text=TextPart.of("plain", rendering.text, as_it_is, known),
        between=_delimiter(outer) + related,
        html=TextPart.of("html", rendering.html, escape_html, known),
        end=(closing if pictures else b"") + _closing(outer),
        greeting=rendering.greeting,
        greeting_anonymous=rendering.greeting_anonymous,
        seal=signer.seal(fixed, ("To", "Message-ID", "List-Unsubscribe")) if signer else None,
    )


def _after_to(rendering: Rendering, head: MailHead) -> bytes:
    return b"".join(
        (
            headers.mailbox("Reply-To", "", head.reply_to) if head.reply_to else b"",
            headers.text("Subject", f"{head.subject_prefix}{rendering.subject}"),
            headers.date("Date", head.date),
        )
    )


def _after_unsubscribe(head: MailHead) -> bytes:
    """Return the fixed fields behind List-Unsubscribe, up to MIME-Version."""
    return b"".join(
        (
            headers.plain("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),  # RFC 8058 3.1
            headers.angled("List-Owner", f"mailto:{head.list_owner}") if head.list_owner else b"",
            headers.angled("List-Archive", head.archive_url) if head.archive_url else b"",
            headers.angled("List-Help", head.help_url) if head.help_url else b"",
            headers.plain("Precedence", "bulk"),
            headers.plain("Feedback-ID", head.feedback_id) if head.feedback_id else b"",
            headers.text("Content-Language", head.language),  # RFC 3282 2: one tag or several
            headers.plain("MIME-Version", "1.0"),
        )
    )


def _multipart(subtype: str, boundary: str, parameter: str = "") -> bytes:
    return headers.text("Content-Type", f'multipart/{subtype}{parameter}; boundary="{boundary}"')


def _related(boundary: str) -> bytes:
    """Return the header of the part with page and pictures, and its first delimiter."""
    header = _multipart("related", boundary, '; type="text/html"')
    return header + b"\r\n" + _delimiter(boundary)


def _delimiter(boundary: str) -> bytes:
    """Return the line before a part; all that stands before it ends with CRLF."""
    return f"--{boundary}\r\n".encode()


def _closing(boundary: str) -> bytes:
    return f"--{boundary}--\r\n".encode()


def _picture(picture: Picture, boundary: str) -> bytes:
    """Return a picture as a part that the HTML refers to (RFC 2387, 2392)."""
    if not _MEDIA_TYPE.fullmatch(picture.content_type):
        raise ValueError(f"Content-Type: {picture.content_type!r} is not the type of a picture")
    return b"".join(
        (
            _delimiter(boundary),
            headers.plain("Content-Type", picture.content_type),
            headers.plain("Content-Transfer-Encoding", "base64"),
            headers.angled("Content-ID", picture.cid),
            headers.disposition("inline", picture.name),
            b"\r\n",
            base64_lines(picture.data),
        )
    )
