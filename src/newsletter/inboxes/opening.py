"""Opening the place that an address names."""

import ssl

from newsletter.inboxes.imap import ImapInbox
from newsletter.inboxes.maildir import MaildirInbox
from newsletter.inboxes.mbox import MboxInbox
from newsletter.inboxes.pop3 import Pop3Inbox
from newsletter.model.inbox import InboxAddress, Scheme


def open_inbox(
    address: InboxAddress,
    *,
    move_to: str = "",
    tls_context: ssl.SSLContext | None = None,
    timeout: float = 60,
) -> ImapInbox | Pop3Inbox | MaildirInbox | MboxInbox:
    """Return the inbox at `address`; it connects when it is asked for something.

    With `move_to`, IMAP moves what is kept into that folder, and a Maildir from new/ to cur/; the
    others leave everything where it is.
    """
    match address.scheme:
        case Scheme.IMAPS | Scheme.IMAP:
            return ImapInbox(address, move_to=move_to, tls_context=tls_context, timeout=timeout)
        case Scheme.POP3S | Scheme.POP3:
            return Pop3Inbox(address, tls_context=tls_context, timeout=timeout)
        case Scheme.MAILDIR:
            return MaildirInbox(address, moving=bool(move_to))
        case Scheme.MBOX:
            return MboxInbox(address, timeout=timeout)
