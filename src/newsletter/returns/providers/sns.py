"""The seal of Amazon SNS, by which SES posts, and the confirmation of a subscription to it.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html

Who may sign is decided by where the certificate stands: on a host of SNS itself, over TLS, and
nowhere else. A certificate is fetched once. Nothing is fetched for a topic that is not ours, and
little for one that is, so nobody can make this computer ask for much.
"""

import base64
import binascii
import datetime
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping

from newsletter.errors import NewsletterError
from newsletter.returns.providers.seals import Verdict
from newsletter.returns.providers.shapes import Fields, NotRead, read_json
from newsletter.signatures import Digest, Verifier, rsa_verifier

Visit = Callable[[str], bytes]
"""Fetches what stands at an address; raises NewsletterError when nothing came."""

_HOST = r"https://sns\.[a-z0-9-]{3,40}\.amazonaws\.com(?:\.cn)?"
_CERTIFICATE = re.compile(rf"{_HOST}/SimpleNotificationService-[0-9A-Za-z]{{1,100}}\.pem")
_CONFIRMATION = re.compile(rf"{_HOST}/\?Action=ConfirmSubscription&[\x21-\x7e]{{1,2000}}")

_DIGESTS: Mapping[str, Digest] = {"1": "sha1", "2": "sha256"}
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
    ),
}  # fmt: skip
_SIGNED["UnsubscribeConfirmation"] = _SIGNED["SubscriptionConfirmation"]

_KEPT = 16  # certificates; SNS changes its own once a year
_FETCHES, _SECONDS = 10, 60.0


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class SnsSeal:
    """Knows the posts of SNS that are about `topics`."""

    def __init__(
        self,
        topics: Collection[str],
        visit: Visit,
        now: Callable[[], datetime.datetime] = _now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._topics, self._visit = frozenset(topics), visit
        self._now, self._clock = now, clock
        self._verifiers: OrderedDict[str, Verifier] = OrderedDict()
        self._fetched: list[float] = []
        self._lock = threading.Lock()

    def judge(self, headers: Mapping[str, str], raw: bytes) -> Verdict:
        """Say whether SNS signed it for a topic of ours; confirm a subscription that it offers."""
        message = _message(raw)
        signed = _signed(message)
        digest = _DIGESTS.get(message.get("SignatureVersion", ""))
        place = message.get("SigningCertURL", "")
        if message.get("TopicArn") not in self._topics or signed is None or digest is None:
            return Verdict.FORGED
        if not _CERTIFICATE.fullmatch(place):
            return Verdict.FORGED
        try:
            signature = base64.b64decode(message.get("Signature", ""), validate=True)
            verify = self._verifier(place)
        except (binascii.Error, ValueError):
            return Verdict.FORGED
        except NewsletterError:
            return Verdict.UNSURE
        if not verify(signature, signed, digest):
            return Verdict.FORGED
        if message["Type"] == "SubscriptionConfirmation":
            return self._confirm(message["SubscribeURL"])
        return Verdict.GENUINE

    def _verifier(self, place: str) -> Verifier:
        """Return who verifies by the certificate at `place`.

        Raises NewsletterError when that cannot be fetched now, ValueError when it is none.
        """
        with self._lock:
            if found := self._verifiers.get(place):
                return found
            begun = self._clock() - _SECONDS
            self._fetched = [each for each in self._fetched if each > begun]
            if len(self._fetched) >= _FETCHES:
                raise NewsletterError("too many certificates were fetched just now", "wait")
            self._fetched.append(self._clock())
            verify = rsa_verifier(self._visit(place), self._now())
            self._verifiers[place] = verify
            if len(self._verifiers) > _KEPT:
                self._verifiers.popitem(last=False)
            return verify

    def _confirm(self, place: str) -> Verdict:
        """Confirm a subscription before it is said that it was taken: else nobody would again."""
        if not _CONFIRMATION.fullmatch(place):
            return Verdict.FORGED
        try:
            self._visit(place)
        except NewsletterError:
            return Verdict.UNSURE
        return Verdict.GENUINE


def _message(raw: bytes) -> dict[str, str]:
    try:
        found = read_json(raw)
    except NotRead:
        return {}
    fields = Fields(found if isinstance(found, dict) else {})
    return {name: value for name, value in fields.values.items() if isinstance(value, str)}


def _signed(message: Mapping[str, str]) -> bytes | None:
    """Return what is signed: names and values, each on a line of its own."""
    names = _SIGNED.get(message.get("Type", ""))
    if names is None or any(each not in message for each in names if each != "Subject"):
        return None
    lines = [f"{each}\n{message[each]}\n" for each in names if each in message]
    return "".join(lines).encode("utf-8", "replace")
