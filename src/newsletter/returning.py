"""Puts together what takes and handles mail that comes back: mailboxes, spool, the desk."""

from newsletter.config import Config
from newsletter.errors import WrongUsage
from newsletter.inboxes.opening import open_inbox
from newsletter.model.inbox import InboxAddress, parse_inbox
from newsletter.model.returning import MailboxText
from newsletter.model.settings import Settings
from newsletter.returns.handling import Desk
from newsletter.returns.service import Mailbox
from newsletter.returns.spool import Spool
from newsletter.wiring import keys, people_store, read_secret


def spool(config: Config) -> Spool:
    """Return where what comes back is kept; needs no database."""
    return Spool(config.state)


def returns_desk(config: Config, settings: Settings) -> Desk:
    """Return where what comes back is handled, making database and keys on first use."""
    return Desk(people_store(config), keys(config), settings.returns)


def mailboxes(config: Config, settings: Settings) -> list[Mailbox]:
    """Return the mailboxes to which reports come.

    NEWSLETTER_RETURNS goes over those in newsletter.yaml; raises WrongUsage.
    """
    if config.returns:
        found = [_inbox("NEWSLETTER_RETURNS", url) for url in config.returns.split()]
        return [_mailbox(address.name, address, "") for address in found]
    return [
        _mailbox(each.name, _address(config, each), each.move_to or "")
        for each in settings.returns.mailboxes
    ]


def _mailbox(name: str, address: InboxAddress, move_to: str) -> Mailbox:
    return Mailbox(name, open_inbox(address, move_to=move_to), moves=bool(move_to))


def _address(config: Config, mailbox: MailboxText) -> InboxAddress:
    if mailbox.address_file:
        remedy = "see `returns: mailboxes` in newsletter.yaml"
        return _inbox(mailbox.address_file, read_secret(config.root / mailbox.address_file, remedy))
    return _inbox(f"newsletter.yaml: `returns`, {mailbox.name}", mailbox.address or "")


def _inbox(source: str, url: str) -> InboxAddress:
    try:
        return parse_inbox(url)
    except ValueError as fault:
        raise WrongUsage(f"{source}: {fault}") from None
