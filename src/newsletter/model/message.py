"""What a mail is made of besides its Rendering: the headers of a Mailing and of one recipient."""

import datetime
from dataclasses import dataclass

from newsletter.address import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class MailHead:
    """The headers that are the same for everybody on one List who gets one Edition.

    Frozen with the Mailing, so that a later change of settings alters nothing that was approved.
    `date` carries a time zone. Addresses are bare, without names.
    """

    from_name: str
    from_address: str
    reply_to: str
    return_path: str
    list_name: str
    list_id: str
    list_owner: str
    archive_url: str
    help_url: str
    feedback_id: str
    language: str
    date: datetime.datetime
    message_id_domain: str
    unsubscribe_base: str
    preferences_base: str
    subject_prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One recipient of one mail: whom it goes to and the values of its slots.

    `message_id` is without angle brackets and stays the same over all attempts of a Delivery;
    `envelope_sender` is the return path of this Delivery alone (VERP).
    """

    address: Address
    name: str
    message_id: str
    envelope_sender: str
    unsubscribe_url: str
    unsubscribe_mailto: str
    preferences_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One mail ready for the wire: its envelope and its octets.

    All lines of `message` end with CRLF and none begins with a full stop, so that it is the same
    octets behind DATA and behind BDAT; it is ASCII unless `utf8`. `envelope_id` names it in reports
    (RFC 3461 4.4); empty for none.
    """

    sender: str
    recipient: str
    message: bytes
    utf8: bool = False
    envelope_id: str = ""
