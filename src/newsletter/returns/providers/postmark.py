"""Postmark: one event a message.

https://postmarkapp.com/developer/webhooks/webhooks-overview
https://postmarkapp.com/developer/api/bounce-api (types of bounces)
"""

from collections.abc import Mapping

from newsletter.model.returns import Posted, ReportKind
from newsletter.model.returns import ReturnReason as R
from newsletter.returns.providers.shapes import Fields, events_in
from newsletter.returns.providers.telling import (
    NOT_KNOWN,
    Class,
    Event,
    digest_of,
    failed,
    remembered,
    wishes,
)

NAME = "postmark"

_BOUNCES: Mapping[str, Class] = {
    "HardBounce": Class(True, R.UNKNOWN_USER, loose=True),
    "BadEmailAddress": Class(True, R.UNKNOWN_USER),
    "SoftBounce": Class(False),
    "Unknown": Class(None),
    "Undeliverable": Class(None),
    "SpamNotification": Class(None, R.SPAM),
    "Blocked": Class(None, R.POLICY),
    "DMARCPolicy": Class(None, R.AUTHENTICATION),
    "VirusNotification": Class(None, R.VIRUS),
    "SMTPApiError": Class(None, R.SYSTEM),
}
_DELAYS: Mapping[str, Class] = {
    "Transient": Class(False),
    "DnsError": Class(False, R.NETWORK),
}
_REMEMBERED = frozenset({"ManuallyDeactivated", "InactiveRecipient"})
_ANSWERS = frozenset({"AutoResponder", "ChallengeVerification", "AddressChange"})
_NOTHING = frozenset({"Delivery", "Open", "Click"})


def read_postmark(raw: bytes) -> list[Posted]:
    """Return what a post says; raises NotRead when it is no JSON."""
    return [_read(each) for each in events_in(raw)]


def _read(fields: Fields) -> Posted:
    record, kind = fields.text("RecordType"), fields.text("Type")
    record = record or ("Bounce" if kind else "")  # left out by older webhooks
    number = fields.text("ID")
    event = Event(
        NAME,
        f"{record} {kind} {fields.text('SuppressionReason')}",
        f"{record}-{number}" if number else digest_of(fields),
        at=fields.text("BouncedAt") or fields.text("ChangedAt") or fields.text("DeliveredAt"),
        message_ids=(fields.text("MessageID"),),
        headers=tuple(fields.inner("Metadata").pairs()),
    )
    if record == "Bounce":
        return _bounce(event, fields, kind)
    if record == "SpamComplaint":
        return event.complained(wishes(fields.text("Email"), "the reader pressed “spam”"))
    if record == "SubscriptionChange":
        return _subscription(event, fields)
    return event.rest(_NOTHING, record)


def _bounce(event: Event, fields: Fields, kind: str) -> Posted:
    address, words = fields.text("Email"), fields.text("Details")
    if kind in _DELAYS:
        return event.delayed(failed(address, words, "", _DELAYS[kind], kind))
    if kind in _BOUNCES:
        return event.bounced(failed(address, words, "", _BOUNCES[kind], kind))
    if kind == "SpamComplaint":
        return event.complained(wishes(address, "the reader pressed “spam”"))
    if kind == "Unsubscribe":
        return event.complained(wishes(address, "asked to be taken off the list"))
    if kind in _REMEMBERED:
        return event.bounced(remembered(address, kind))
    if kind in _ANSWERS:
        return event.posted(ReportKind.AUTO_REPLY, (), kind)
    return event.kept(NOT_KNOWN)


def _subscription(event: Event, fields: Fields) -> Posted:
    """An address came onto the provider's list of those that are not tried, or off it."""
    address, reason = fields.text("Recipient"), fields.text("SuppressionReason")
    if not fields.is_true("SuppressSending"):
        return event.kept("the provider tries the address again; nobody is put back by that")
    if reason == "SpamComplaint":
        return event.complained(wishes(address, "the reader pressed “spam”"))
    if fields.text("Origin") == "Recipient" and reason != "HardBounce":
        return event.complained(wishes(address, "unsubscribed at the provider"))
    return event.bounced(remembered(address, reason or "for no reason that is given"))
