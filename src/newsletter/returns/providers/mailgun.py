"""Mailgun: one event a message, beside the signature.

https://documentation.mailgun.com/docs/mailgun/user-manual/events/event-structure
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

NAME = "mailgun"

_REASONS: Mapping[str, R] = {
    "old": R.EXPIRED,
    "espblock": R.POLICY,
    "greylisted": R.RATE,
}
_LEFT = frozenset({"suppress-unsubscribe", "suppress-complaint"})
_NOTHING = frozenset({"accepted", "delivered", "opened", "clicked", "stored"})


def read_mailgun(raw: bytes) -> list[Posted]:
    """Return what a post says; raises NotRead when it is no JSON."""
    return [_read(each.inner("event-data"), each) for each in events_in(raw)]


def _read(data: Fields, whole: Fields) -> Posted:
    name, recipient = data.text("event"), data.text("recipient")
    headers = tuple(data.inner("message", "headers").pairs())
    event = Event(
        NAME,
        " ".join((name, data.text("severity"), data.text("reason"))),
        _id(data, whole),
        at=data.text("timestamp"),
        message_ids=tuple(value for key, value in headers if key.lower() == "message-id"),
        to=(data.inner("envelope").text("sender"),),
        headers=(*headers, *data.inner("user-variables").pairs()),
    )
    if name == "failed":
        return _failed(event, data, recipient)
    if name == "complained":
        return event.complained(wishes(recipient, "complained"), "the reader pressed “spam”")
    if name == "unsubscribed":
        return event.complained(wishes(recipient, "unsubscribed at the provider"))
    if name == "rejected":
        reject = data.inner("reject")
        words = f"{reject.text('reason')} {reject.text('description')}"
        whom = recipient or dict(headers).get("to", "")
        return event.bounced(failed(whom, words, "", Class(None, R.CONTENT), "rejected"))
    return event.rest(_NOTHING, name)


def _id(data: Fields, whole: Fields) -> str:
    """Return the id of the event, which is its own for a day only, with the moment beside it."""
    given = data.text("id")
    return f"{given}@{data.text('timestamp')}" if given else digest_of(whole)


def _failed(event: Event, data: Fields, recipient: str) -> Posted:
    reason, status = data.text("reason").lower(), data.inner("delivery-status")
    if reason in _LEFT:
        return event.complained(wishes(recipient, f"not tried: {reason}"))
    if reason.startswith("suppress"):
        return event.bounced(remembered(recipient, reason))
    code, words = status.text("code"), status.text("message")
    is_spoken = code and words and not words.startswith(code)  # the reply without its code
    spoken = f"{code} {words}" if is_spoken and code[0] in "45" else words
    said = spoken or status.text("description")
    temporary = data.text("severity") == "temporary"
    hard = {"temporary": False, "permanent": True}.get(data.text("severity"))
    known = Class(hard, _REASONS.get(reason, R.UNKNOWN))
    told = failed(recipient, said, status.text("enhanced-code"), known, f"failed: {reason}")
    return event.delayed(told) if temporary else event.bounced(told)
