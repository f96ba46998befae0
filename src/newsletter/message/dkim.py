"""DKIM: the office signs its own mails (RFC 6376, 8301, 8463), fast enough for each by itself.

A Signer is the office: its domain and its keys. `Signer.seal` makes ready what all mails of one
Rendering share, and `Seal.sign` writes the signatures of one mail, RSA first, for who looks at one
only. Header fields are signed in relaxed form, for servers fold them anew; the body as it is, so
that its hash is a plain SHA-256 of the octets that are sent.

Each field that is signed is named once more than it is there, so that nobody can add a second From
or Subject, or a Reply-To where there was none, and keep the signature (RFC 6376 8.15).

Everything here may be used from several threads at once; the costly steps release the lock of the
interpreter.
"""

import base64
import hashlib
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self

from newsletter.message.headers import LINE

SIGNED = (
    *("From", "To", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type"),
    *("List-Unsubscribe", "List-Unsubscribe-Post"),  # RFC 8058 4
    *("List-Id", "Feedback-ID"),  # Gmail counts complaints by a Feedback-ID that is signed
)
"""The header fields that a signature covers, there or not."""

_FIELD = re.compile(rb"[^\r\n]+\r\n(?:[ \t][^\r\n]*\r\n)*")
_STRING = 255  # octets in one string of a TXT record (RFC 1035 3.3)
_NAMES = frozenset(name.lower().encode() for name in SIGNED)


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """The TXT record that lets others verify what a key signs (RFC 6376 3.6)."""

    name: str
    value: str

    @property
    def zone_lines(self) -> str:
        """The record as a zone file has it: in strings of at most 255 octets (RFC 6376 3.6.2.2)."""
        cuts = range(0, len(self.value), _STRING)
        strings = [f'  "{self.value[start : start + _STRING]}"' for start in cuts]
        return "\n".join((f"{self.name}. IN TXT (", *strings, ")"))


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and the name by which the DNS knows its other half.

    `sign` makes a signature of a SHA-256 digest; `record` is what the DNS has to say.
    """

    algorithm: str
    selector: str
    record: str
    sign: Callable[[bytes], bytes] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who vouches for mails: a domain and its keys; `clock` gives seconds since 1970."""

    domain: str
    keys: tuple[SigningKey, ...]
    clock: Callable[[], float] = time.time

    @property
    def records(self) -> tuple[DnsRecord, ...]:
        """What the DNS has to say, for each key."""
        return tuple(
            DnsRecord(f"{key.selector}._domainkey.{self.domain}", key.record) for key in self.keys
        )

    def seal(self, fixed: bytes, varying: Sequence[str]) -> "Seal":
        """Return what signs mails that share the header fields in `fixed`.

        `varying` names the signed fields that differ, in the order in which `Seal.sign` is given
        them.
        """
        shared = [line for line in map(relaxed, _FIELD.findall(fixed)) if _name(line) in _NAMES]
        names = [_name(line).decode() for line in shared]
        names += [name.lower() for name in (*varying, *SIGNED)]
        return Seal(
            fixed=hashlib.sha256(b"".join(line + b"\r\n" for line in shared)),
            stamps=tuple(_Stamp.of(key, self.domain, names) for key in self.keys),
            clock=self.clock,
        )


class _Hash(Protocol):
    """A hash in the making, of hashlib."""

    def copy(self) -> Self:
        """Return another that goes on from here."""

    def update(self, octets: bytes, /) -> None:
        """Go on with `octets`."""

    def digest(self) -> bytes:
        """Return the hash of all so far."""


@dataclass(frozen=True, slots=True)
class _Stamp:
    """One key's DKIM-Signature, written but for what differs from mail to mail."""

    opening: bytes
    sign: Callable[[bytes], bytes]

    @classmethod
    def of(cls, key: SigningKey, domain: str, names: Sequence[str]) -> Self:
        """Write the tags that all mails share; no l=, which would let others add to a mail."""
        pieces = (
            "DKIM-Signature: v=1; ",
            f"a={key.algorithm}; ",
            "c=relaxed/simple; ",
            f"d={domain}; ",
            f"s={key.selector}; ",
            f"h={names[0]}:",
            *(f"{name}:" for name in names[1:-1]),
            f"{names[-1]};",
        )
        return cls(b"\r\n".join(_folded(pieces)) + b"\r\n t=", key.sign)

    def field(self, head: _Hash, moment: int, body_hash: bytes) -> bytes:
        """Return the whole field for a mail; `head` has hashed all other fields that are signed."""
        unsigned = b"%b%d; bh=%b;\r\n b=" % (self.opening, moment, body_hash)
        whole = head.copy()
        whole.update(relaxed(unsigned))  # RFC 6376 3.7: without the signature and the last CRLF
        signature = base64.b64encode(self.sign(whole.digest()))
        width = LINE - len(" b=")
        rows = (signature[start : start + width] for start in range(0, len(signature), width))
        return unsigned + b"\r\n ".join(rows) + b"\r\n"


@dataclass(frozen=True, slots=True)
class Seal:
    """A Signer made ready for one Rendering; the Signer makes it."""

    fixed: _Hash
    stamps: tuple[_Stamp, ...]
    clock: Callable[[], float]

    def sign(self, varying: Iterable[bytes], body: Iterable[bytes]) -> bytes:
        """Return the DKIM-Signature fields of one mail.

        `varying` are its header fields that differ from other mails, `body` is its body in pieces.
        The body ends with one CRLF and no empty line, which the `simple` form would take away.
        """
        content = hashlib.sha256()
        for piece in body:
            content.update(piece)
        body_hash = base64.b64encode(content.digest())
        head = self.fixed.copy()
        head.update(b"".join(relaxed(line) + b"\r\n" for line in varying))
        moment = int(self.clock())
        return b"".join(stamp.field(head, moment, body_hash) for stamp in self.stamps)


def relaxed(line: bytes) -> bytes:
    """Return a header field in the relaxed form, without its last CRLF (RFC 6376 3.4.2).

    All its white space is blanks, tabs and folds: control characters have no way into a header.
    """
    name, _, value = line.partition(b":")
    return name.rstrip().lower() + b":" + b" ".join(value.split())


def _name(line: bytes) -> bytes:
    return line.partition(b":")[0]


def _folded(pieces: Iterable[str]) -> Iterator[bytes]:
    """Yield lines of `pieces`, of which none is broken."""
    line = ""
    for piece in pieces:
        if line and len(line) + len(piece.rstrip()) > LINE:
            yield line.rstrip().encode()
            line = " "
        line += piece
    yield line.encode()
