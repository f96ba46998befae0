"""What a relay understands, as EHLO said, and the commands as they are written to it.

Parameters are written only where their extension is offered: SIZE (RFC 1870), BODY (RFC 6152),
SMTPUTF8 (RFC 6531), and those that make reports about a message name it (RFC 3461).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from newsletter.model.mailing import Outcome, Scope, Stage, Verdict
from newsletter.model.message import Parcel

_PATH = re.compile(r"[^\s\x00-\x20\x7f-\x9f<>@]+@[^\s\x00-\x20\x7f-\x9f<>@]+")
_LONGEST_ENVELOPE_ID = 100  # RFC 3461 4.4
_IS_XTEXT = re.compile("[!-*,-<>-~]*")
_XTEXT = {code: f"+{code:02X}" for code in (*range(33), *range(127, 256), ord("+"), ord("="))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The extensions that matter; `size_limit` is in octets, 0 when there is none."""

    pipelining: bool = False
    chunking: bool = False
    smtputf8: bool = False
    eight_bit: bool = False
    dsn: bool = False
    size: bool = False
    size_limit: int = 0

    @classmethod
    def of(cls, extensions: Mapping[str, str]) -> Self:
        """Return it for what EHLO offered: keywords in small letters, with their parameters."""
        limit = extensions.get("size", "")
        return cls(
            pipelining="pipelining" in extensions,
            chunking="chunking" in extensions,
            smtputf8="smtputf8" in extensions,
            eight_bit="8bitmime" in extensions,
            dsn="dsn" in extensions,
            size="size" in extensions,
            size_limit=int(limit) if limit.isdecimal() else 0,  # RFC 1870 4: 0 is no limit
        )

    def mail(self, parcel: Parcel) -> bytes:
        """Return the MAIL command of `parcel`."""
        line = f"MAIL FROM:<{parcel.sender}>"
        if self.size:
            line += f" SIZE={len(parcel.message)}"
        if parcel.utf8:
            line += " BODY=8BITMIME SMTPUTF8" if self.eight_bit else " SMTPUTF8"  # RFC 6531 3.4
        if self.dsn:
            line += " RET=HDRS"
            if 0 < len(envelope_id := _xtext(parcel.envelope_id)) <= _LONGEST_ENVELOPE_ID:
                line += f" ENVID={envelope_id}"
        return f"{line}\r\n".encode()

    def rcpt(self, parcel: Parcel) -> bytes:
        """Return the RCPT command of `parcel`."""
        line = f"RCPT TO:<{parcel.recipient}>"
        if self.dsn:
            line += " NOTIFY=FAILURE,DELAY"
            if parcel.recipient.isascii():
                line += f" ORCPT=rfc822;{_xtext(parcel.recipient)}"
        return f"{line}\r\n".encode()

    def refusal(self, parcel: Parcel) -> Outcome | None:
        """Return a refusal of our own when `parcel` must not even be offered."""
        if not _fits(parcel.recipient) or (parcel.sender and not _fits(parcel.sender)):
            return _refused(Scope.RECIPIENT, "the address cannot stand in an SMTP command")
        if parcel.utf8 and not self.smtputf8:
            return _refused(Scope.RECIPIENT, "the relay takes no addresses beyond ASCII")
        if not parcel.utf8 and not (parcel.sender + parcel.recipient).isascii():
            return _refused(Scope.RECIPIENT, "the address has letters beyond ASCII")
        if not parcel.utf8 and not parcel.message.isascii():
            return _refused(Scope.MESSAGE, "the message has octets beyond ASCII")
        if 0 < self.size_limit < len(parcel.message):
            text = f"{len(parcel.message)} octets, and the relay takes {self.size_limit}"
            return _refused(Scope.MESSAGE, f"the message is too big: {text}")
        return None


def _xtext(text: str) -> str:
    """Return `text` as RFC 3461 4 says; most needs no change."""
    return text if _IS_XTEXT.fullmatch(text) else text.translate(_XTEXT)


def _refused(scope: Scope, text: str) -> Outcome:
    return Outcome(verdict=Verdict.REFUSED, stage=Stage.LOCAL, scope=scope, text=text)


def _fits(address: str) -> bool:
    """Whether `address` is one path and nothing else: no second command, no parameter."""
    return bool(_PATH.fullmatch(address))
