"""Whether a post comes from whom it says: one seal for each provider.

Amazon SNS and SendGrid sign all that they post. Mailgun signs a token and not what comes with it,
so a token that came once holds for the same octets alone. Postmark and Brevo sign nothing; they
show a secret. All comparisons of secrets take the same time whatever is compared.
"""

import base64
import binascii
import hashlib
import hmac
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from newsletter.returns.providers.shapes import Fields, NotRead, read_json

if TYPE_CHECKING:
    from newsletter.signatures import Verifier


class Verdict(StrEnum):
    """What is known of a post."""

    GENUINE = "genuine"
    FORGED = "forged"
    UNSURE = "unsure"  # it could not be found out now


class Seal(Protocol):
    """How a provider is known."""

    def judge(self, headers: Mapping[str, str], raw: bytes) -> Verdict:
        """Say whether the provider posted it; names of `headers` are in small letters."""


class SharedSecret:
    """A secret that the provider shows: as a bearer token (RFC 6750) or a password (RFC 7617)."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._digests = [_digest(each.encode()) for each in secrets]

    def judge(self, headers: Mapping[str, str], raw: bytes) -> Verdict:
        """Say whether the secret was shown."""
        kind, _, value = headers.get("authorization", "").strip().partition(" ")
        shown = _digest(_secret(kind.lower(), value.strip()))
        held = [hmac.compare_digest(shown, each) for each in self._digests]
        return Verdict.GENUINE if any(held) else Verdict.FORGED


def _secret(kind: str, value: str) -> bytes:
    if kind == "bearer":
        return value.encode()
    if kind != "basic":
        return b""
    try:
        return base64.b64decode(value, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""


def _digest(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()


class MailgunSeal:
    """HMAC-SHA-256 over a moment and a token (documentation: Securing webhooks).

    A post that nobody took is tried again for eight hours, so one of that age is still believed.
    """

    oldest = 12 * 3600
    ahead = 900

    def __init__(self, keys: Sequence[str], now: Callable[[], float] = time.time) -> None:
        self._keys = [each.encode() for each in keys]
        self._now = now
        self._seen: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def judge(self, headers: Mapping[str, str], raw: bytes) -> Verdict:
        """Say whether the signature holds, is not too old, and came with nothing else before."""
        try:
            found = read_json(raw)
        except NotRead:
            return Verdict.FORGED
        signature = Fields(found if isinstance(found, dict) else {}).inner("signature")
        at, token = signature.text("timestamp"), signature.text("token")
        given = signature.text("signature").lower().encode()
        signed = f"{at}{token}".encode()
        held = [
            hmac.compare_digest(given, hmac.new(key, signed, hashlib.sha256).hexdigest().encode())
            for key in self._keys
        ]
        genuine = any(held) and self._is_recent(at) and self._is_first(token, raw)
        return Verdict.GENUINE if genuine else Verdict.FORGED

    def _is_recent(self, at: str) -> bool:
        age = self._now() - int(at) if at.isascii() and at.isdecimal() else self.oldest
        return -self.ahead <= age < self.oldest

    def _is_first(self, token: str, raw: bytes) -> bool:
        digest = _digest(raw)
        with self._lock:
            known = self._seen.setdefault(token, digest)
            while len(self._seen) > _TOKENS:
                self._seen.popitem(last=False)
        return known == digest


_TOKENS = 50_000


class SendGridSeal:
    """ECDSA with SHA-256 over a moment and all that is posted (Signed Event Webhook).

    An event that comes twice is known by its id, so an old post does no harm.
    """

    def __init__(self, verify: "Verifier") -> None:
        self._verify = verify

    def judge(self, headers: Mapping[str, str], raw: bytes) -> Verdict:
        """Say whether the signature holds."""
        at = headers.get("x-twilio-email-event-webhook-timestamp", "")
        given = headers.get("x-twilio-email-event-webhook-signature", "")
        try:
            signature = base64.b64decode(given, validate=True)
        except (binascii.Error, ValueError):
            return Verdict.FORGED
        held = self._verify(signature, at.encode() + raw, "sha256")
        return Verdict.GENUINE if held else Verdict.FORGED
