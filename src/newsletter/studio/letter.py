"""A mail as it goes over the wire, taken apart again: headers, parts, sizes.

The bytes are those that a send would make of the same Rendering for the same reader, but for the
tokens in its links.
"""

import email
import email.policy
from dataclasses import dataclass, replace
from email.message import Message
from functools import lru_cache

from newsletter.address import parse_address
from newsletter.message.compile import CompiledMessage, compile_message
from newsletter.message.recipient import no_reader
from newsletter.model.message import MailHead
from newsletter.model.rendering import Rendering
from newsletter.studio.ports import DraftEdition
from newsletter.studio.readers import Reader

CLIP = 102 * 1024
"""Bytes of HTML after which Gmail cuts a mail (hteumeuleu/email-bugs, no. 41)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a mail: `wire` counts its bytes as they travel, `octets` those it is decoded to."""

    content_type: str
    encoding: str
    name: str
    wire: int
    octets: int
    parts: tuple["Part", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A whole mail: `headers` decoded, `raw_head` as they travel, the tree of its parts."""

    octets: int
    headers: tuple[tuple[str, str], ...]
    raw_head: str
    root: Part
    html_octets: int


def letter_bytes(edition: DraftEdition, reader: Reader) -> bytes:
    """Return the mail for `reader`; its links stand for nobody."""
    sample = no_reader(
        edition.head, parse_address(reader.address), message_id="sample", word="sample"
    )
    compiled = _compiled(edition.rendering, edition.head)
    return compiled.build(replace(sample, name=reader.name))


def read_letter(data: bytes) -> Letter:
    """Take a mail apart."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    head, _, body = data.partition(b"\r\n\r\n")
    html = next(part for part in message.walk() if part.get_content_type() == "text/html")
    return Letter(
        octets=len(data),
        headers=tuple((name, " ".join(str(value).split())) for name, value in message.items()),
        raw_head=head.decode("ascii", "backslashreplace").replace("\r\n", "\n"),
        root=_part(message, body),
        html_octets=len(_content(html)),
    )


@lru_cache(maxsize=8)
def _compiled(rendering: Rendering, head: MailHead) -> CompiledMessage:
    return compile_message(rendering, head)


def _part(message: Message, body: bytes) -> Part:
    """Return the tree below `message`, whose body as it travels is `body`."""
    parts: list[Part] = []
    if message.is_multipart():
        delimiter = b"--" + message.get_boundary("").encode()
        # before the first delimiter and after the last one stands nothing of ours (RFC 2046 5.1.1)
        pieces = body.split(delimiter)[1:-1]
        children = [each for each in message.get_payload() if isinstance(each, Message)]
        for child, piece in zip(children, pieces, strict=True):
            _, _, inner = piece.partition(b"\r\n\r\n")
            parts.append(_part(child, inner.removesuffix(b"\r\n")))
    return Part(
        content_type=message.get_content_type(),
        encoding=message.get("Content-Transfer-Encoding", ""),
        name=message.get_filename("") or "",
        wire=len(body),
        octets=len(_content(message)),
        parts=tuple(parts),
    )


def _content(message: Message) -> bytes:
    """Return what the part holds, decoded; nothing for one that holds only others."""
    content = message.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
