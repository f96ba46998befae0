"""Brevo: one event a message, or a list of them.

https://developers.brevo.com/docs/transactional-webhooks
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

NAME = "brevo"

_BOUNCES: Mapping[str, Class] = {
    "hardbounce": Class(True, R.UNKNOWN_USER, loose=True),
    "softbounce": Class(False),
    "invalidemail": Class(True, R.UNKNOWN_USER),
    "invalid": Class(True, R.UNKNOWN_USER),
    "error": Class(None, R.SYSTEM),
}
_COMPLAINTS = frozenset({"spam", "complaint"})
_LEFT = frozenset({"unsubscribe", "unsubscribed"})
_NOTHING = frozenset(
    {
        "request", "requests", "sent", "delivered", "opened", "uniqueopened", "firstopening",
        "proxyopen", "uniqueproxyopen", "click", "clicks", "listaddition", "contactupdated",
        "contactdeleted",
    }
)  # fmt: skip


def read_brevo(raw: bytes) -> list[Posted]:
    """Return what a post says; raises NotRead when it is no JSON."""
    return [_read(each) for each in events_in(raw)]


def _read(fields: Fields) -> Posted:
    name, address, words = (fields.text(each) for each in ("event", "email", "reason"))
    key = name.replace("_", "").replace("-", "").lower()
    # `date` and `ts` are in the time zone of the account, which is not said.
    event = Event(
        NAME,
        name,
        digest_of(fields),
        at=fields.text("ts_epoch"),
        in_thousandths=True,
        message_ids=(fields.text("message-id"),),
        headers=tuple((each, fields.text(each)) for each in _GIVEN_BACK if fields.text(each)),
    )
    if key in _BOUNCES:
        return event.bounced(failed(address, words, "", _BOUNCES[key], name))
    if key == "deferred":
        return event.delayed(failed(address, words, "", Class(False), name))
    if key == "blocked":
        return event.bounced(remembered(address, words or name))
    if key in _COMPLAINTS:
        return event.complained(wishes(address, "the reader pressed “spam”"))
    if key in _LEFT:
        return event.complained(wishes(address, "unsubscribed at the provider"))
    return event.rest(_NOTHING, key)


_GIVEN_BACK = ("X-Mailin-custom", "X-Mailin-Tag", "tag")
