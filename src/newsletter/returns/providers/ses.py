"""Amazon SES: notifications and published events, each within a message of Amazon SNS.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

from collections.abc import Callable, Mapping

from newsletter.model.returns import Posted, Reported, ReportKind
from newsletter.model.returns import ReturnReason as R
from newsletter.returns.providers.shapes import Fields, NotRead, events_in, read_json
from newsletter.returns.providers.telling import (
    NOT_KNOWN,
    NOTHING_TO_DO,
    Class,
    Event,
    digest_of,
    failed,
    remembered,
    wishes,
)

NAME = "ses"

_BOUNCES: Mapping[tuple[str, str], Class] = {
    ("permanent", "noemail"): Class(True, R.UNKNOWN_USER),
    ("permanent", "general"): Class(True),
    ("transient", "general"): Class(False),
    ("transient", "mailboxfull"): Class(False, R.MAILBOX_FULL),
    ("transient", "messagetoolarge"): Class(False, R.SIZE),
    ("transient", "contentrejected"): Class(False, R.CONTENT),
    ("transient", "attachmentrejected"): Class(False, R.CONTENT),
    ("transient", "customtimeoutexceeded"): Class(False, R.EXPIRED),
    ("undetermined", "undetermined"): Class(None),
}
_HARD = {"permanent": True, "transient": False}
_REMEMBERED = frozenset({"suppressed", "onaccountsuppressionlist"})
_DELAYS: Mapping[str, R] = {
    "internalfailure": R.SYSTEM,
    "mailboxfull": R.MAILBOX_FULL,
    "spamdetected": R.SPAM,
    "recipientservererror": R.SYSTEM,
    "ipfailure": R.POLICY,
    "transientcommunicationfailure": R.NETWORK,
    "byoiphostnamelookupunavailable": R.AUTHENTICATION,
    "sendingdeferral": R.RATE,
}
_NO_WISHES = frozenset({"not-spam", "auth-failure"})


def read_ses(raw: bytes) -> list[Posted]:
    """Return what a message of SNS says; raises NotRead when it is no JSON."""
    return [_read(each) for each in events_in(raw)]


def _read(outside: Fields) -> Posted:
    kind, text = outside.text("Type"), outside.values.get("Message")
    outer = Event(NAME, kind, outside.text("MessageId") or digest_of(outside))
    if not kind:  # SNS hands it on as it is, if it is told so (“raw message delivery”)
        return _told(outside, digest_of(outside))
    if kind != "Notification":
        return outer.kept("a message of SNS about the subscription itself")
    try:
        inside = read_json(text) if isinstance(text, str) else None
    except NotRead as fault:
        return outer.kept(f"what it carries {fault}")  # such as the text of a test
    if not isinstance(inside, dict):
        return outer.kept(NOT_KNOWN)
    return _told(Fields(inside), outer.event_id)


def _told(inside: Fields, event_id: str) -> Posted:
    name = inside.text("notificationType") or inside.text("eventType")
    about = inside.inner(name[:1].lower() + name[1:])
    mail = inside.inner("mail")
    headers = tuple((each.text("name"), each.text("value")) for each in mail.several("headers"))
    ours = next((value for header, value in headers if header.lower() == "message-id"), "")
    event = Event(
        NAME,
        f"{name} {about.text('bounceType')} {about.text('bounceSubType')}",
        about.text("feedbackId") or event_id,
        at=about.text("timestamp") or mail.text("timestamp"),
        message_ids=(ours, *mail.inner("commonHeaders").texts("messageId"), mail.text("messageId")),
        to=(mail.text("source"),),
        headers=headers,
    )
    read = _READERS.get(name)
    return read(event, about, mail) if read else event.kept(NOT_KNOWN)


def _bounce(event: Event, about: Fields, _: Fields) -> Posted:
    kind, subtype = (about.text(each).lower() for each in ("bounceType", "bounceSubType"))
    name = f"{about.text('bounceType')} {about.text('bounceSubType')}"
    bounced = about.several("bouncedRecipients")
    if subtype == "unsubscribedrecipient":
        return event.complained(
            told for each in bounced for told in wishes(each.text("emailAddress"), name)
        )
    if subtype in _REMEMBERED:
        return event.bounced(
            told for each in bounced for told in remembered(each.text("emailAddress"), name)
        )
    known = _BOUNCES.get((kind, subtype), Class(_HARD.get(kind)))
    return event.bounced(told for each in bounced for told in _failed(each, known, name))


def _failed(each: Fields, known: Class, name: str) -> list[Reported]:
    words, status = each.text("diagnosticCode"), each.text("status")
    return failed(each.text("emailAddress"), words, status, known, name)


def _complaint(event: Event, about: Fields, _: Fields) -> Posted:
    kind = about.text("complaintFeedbackType")
    named = about.several("complainedRecipients")
    name = f"complaint: {kind or about.text('complaintSubType') or 'of no kind'}"
    if kind in _NO_WISHES:
        return event.kept(name)
    if len(named) > 1:  # these are all who may have complained, says the documentation
        return event.complained((), f"{name}; one of {len(named)}, and nobody says which")
    return event.complained(
        (told for each in named for told in wishes(each.text("emailAddress"), name)), name
    )


def _delay(event: Event, about: Fields, _: Fields) -> Posted:
    kind = about.text("delayType")
    known = Class(False, _DELAYS.get(kind.lower(), R.UNKNOWN))
    named = about.several("delayedRecipients")
    return event.delayed((told for each in named for told in _failed(each, known, kind)), kind)


def _reject(event: Event, about: Fields, mail: Fields) -> Posted:
    """SES took a mail and found a virus in it; it is tried for nobody."""
    name = about.text("reason") or "Reject"
    return event.bounced(
        told
        for each in mail.texts("destination")
        for told in failed(each, "", "", Class(True, R.VIRUS), name)
    )


def _subscription(event: Event, about: Fields, mail: Fields) -> Posted:
    if about.inner("newTopicPreferences").is_true("unsubscribeAll"):
        name = "left all lists at the provider"
        return event.complained(
            told for each in mail.texts("destination") for told in wishes(each, name)
        )
    return event.kept("topics were chosen at the provider")


def _nothing(event: Event, _: Fields, __: Fields) -> Posted:
    return event.posted(ReportKind.OTHER, (), NOTHING_TO_DO, routine=True)


_READERS: Mapping[str, Callable[[Event, Fields, Fields], Posted]] = {
    "Bounce": _bounce,
    "Complaint": _complaint,
    "DeliveryDelay": _delay,
    "Reject": _reject,
    "Subscription": _subscription,
    "Send": _nothing,
    "Delivery": _nothing,
    "Open": _nothing,
    "Click": _nothing,
}
