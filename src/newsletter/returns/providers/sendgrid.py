"""SendGrid: many events a message.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

from collections.abc import Mapping

from newsletter.model.returns import Posted
from newsletter.model.returns import ReturnReason as R
from newsletter.returns.providers.shapes import Fields, events_in
from newsletter.returns.providers.telling import (
    Class,
    Event,
    digest_of,
    failed,
    remembered,
    wishes,
)

NAME = "sendgrid"

_CLASSES: Mapping[str, R] = {
    "invalid address": R.UNKNOWN_USER,
    "mailbox unavailable": R.UNKNOWN,  # full, or closed: it does not say which
    "technical": R.SYSTEM,
    "technical failure": R.SYSTEM,
    "content": R.SPAM,
    "reputation": R.POLICY,
    "frequency or volume too high": R.RATE,
}
_LEFT = frozenset({"unsubscribe", "group_unsubscribe"})
_NOTHING = frozenset({"processed", "delivered", "open", "click", "group_resubscribe"})
_DROPPED_LEFT = frozenset({"unsubscribed address", "spam reporting address"})
_DROPPED: Mapping[str, Class] = {
    "spam content": Class(None, R.SPAM),
    "recipient list over package quota": Class(False, R.RATE),
    "invalid smtpapi header": Class(None, R.SYSTEM),
    "invalid": Class(True, R.UNKNOWN_USER),  # behind the longer one that begins like it
}
_THEIRS = frozenset(
    {
        "email", "timestamp", "event", "smtp-id", "category", "sg_event_id", "sg_message_id",
        "response", "attempt", "reason", "status", "type", "bounce_classification", "ip", "tls",
        "url", "useragent", "asm_group_id", "cert_err", "pool", "sg_content_type", "url_offset",
        "sg_machine_open", "marketing_campaign_id", "marketing_campaign_name", "send_at",
        "smtp_id", "sg_template_id", "sg_template_name",
    }
)  # fmt: skip
"""Fields of SendGrid's own; all others are arguments that we gave to the mail."""


def read_sendgrid(raw: bytes) -> list[Posted]:
    """Return what a post says; raises NotRead when it is no JSON."""
    return [_read(each) for each in events_in(raw)]


def _read(fields: Fields) -> Posted:
    name, address = fields.text("event"), fields.text("email")
    event = Event(
        NAME,
        " ".join((name, fields.text("type"), fields.text("bounce_classification"))),
        fields.text("sg_event_id") or digest_of(fields),
        at=fields.text("timestamp"),
        message_ids=_ids(fields),
        headers=tuple(pair for pair in fields.pairs() if pair[0] not in _THEIRS),
    )
    if name == "bounce":
        return event.bounced(failed(address, _words(fields), fields.text("status"), _class(fields),
                                    _class_name(fields)))  # fmt: skip
    if name == "deferred":
        return event.delayed(failed(address, _words(fields), "", Class(False), "deferred"))
    if name == "dropped":
        return _dropped(event, fields, address)
    if name == "spamreport":
        return event.complained(wishes(address, "the reader pressed “spam”"))
    if name in _LEFT:
        return event.complained(wishes(address, "unsubscribed at the provider"))
    return event.rest(_NOTHING, name)


def _ids(fields: Fields) -> tuple[str, ...]:
    """Return our own name of the mail, SendGrid's, and what it answered when it took the mail."""
    theirs = fields.text("sg_message_id")
    return fields.text("smtp-id"), fields.text("smtp_id"), theirs, theirs.partition(".")[0]


def _words(fields: Fields) -> str:
    return fields.text("reason") or fields.text("response")


def _class_name(fields: Fields) -> str:
    return fields.text("bounce_classification") or fields.text("type") or "bounce"


def _class(fields: Fields) -> Class:
    """Return the provider's class; what was “blocked” was so for the mail, not for the reader."""
    reason = _CLASSES.get(fields.text("bounce_classification").lower(), R.UNKNOWN)
    if fields.text("type") == "blocked":
        return Class(False, reason if reason is not R.UNKNOWN_USER else R.UNKNOWN)
    return Class(True, reason)


def _dropped(event: Event, fields: Fields, address: str) -> Posted:
    """SendGrid took a mail and does not try it."""
    reason = fields.text("reason").strip()
    key = reason.lower()
    if key in _DROPPED_LEFT:
        return event.complained(wishes(address, f"not tried: {reason}"))
    if key == "bounced address":
        return event.bounced(remembered(address, reason))
    known = next((value for begun, value in _DROPPED.items() if key.startswith(begun)), Class(None))
    return event.bounced(failed(address, "", "", known, f"dropped: {reason}"))
