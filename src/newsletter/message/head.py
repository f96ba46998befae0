"""The headers that everybody on one List shares, from what the office says about itself."""

import datetime
from collections.abc import Sequence

from newsletter.address import parse_address
from newsletter.model.message import MailHead
from newsletter.model.settings import ListSettings, Settings


def mail_head(
    settings: Settings,
    list_name: str,
    subscribed: ListSettings,
    *,
    slug: str,
    languages: Sequence[str],
    date: datetime.datetime,
    view_url: str,
) -> MailHead:
    """Return the MailHead of the issue `slug` for one List; `date` has a zone.

    `languages` are those the mail is written in: one, or all of a stacked issue, whose names stand
    beside one another.
    """
    sender = settings.sender
    address = parse_address(sender.address)
    owner = parse_address(subscribed.owner).wire
    base = settings.public_url.rstrip("/")
    words = subscribed.texts.get(languages[0]) or next(iter(subscribed.texts.values()))
    names = dict.fromkeys(sender.texts[language].name for language in languages)
    return MailHead(
        from_name=" · ".join(names),
        from_address=address.wire,
        reply_to=parse_address(sender.reply_to).wire if sender.reply_to else "",
        return_path=parse_address(sender.return_path).wire,
        list_name=words.name,
        list_id=subscribed.list_id,
        list_owner=owner,
        archive_url=view_url,
        help_url=f"mailto:{owner}?subject=help",
        feedback_id=f"{slug}:{list_name}:newsletter:{address.domain}",
        language=", ".join(languages),
        date=date,
        message_id_domain=address.domain,
        unsubscribe_base=f"{base}/unsubscribe",
        preferences_base=f"{base}/preferences",
    )
