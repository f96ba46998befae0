"""What makes the mail of one recipient: links with tokens, return path, Message-ID.

All of it follows from the Delivery and the keys alone, so each Attempt of a Delivery carries the
same Message-ID, and a server that saw it before can drop the copy.
"""

from functools import lru_cache

from newsletter.address import Address
from newsletter.model.message import MailHead, Recipient
from newsletter.tokens import KeyRing, Purpose, to_local_part, to_url

_LOCAL_PART = 64  # octets before the @ (RFC 5321 4.5.3.1.1)


def address_recipient(
    head: MailHead,
    keys: KeyRing,
    *,
    issue: str,
    delivery_id: int,
    subscriber_id: int,
    list_number: int,
    address: Address,
    name: str,
) -> Recipient:
    """Return the Recipient for one Delivery.

    Raises ValueError when the return path leaves no room for a token.
    """
    leave = keys.sign(Purpose.UNSUBSCRIBE, subscriber_id, list_number)
    change = keys.sign(Purpose.PREFERENCES, subscriber_id)
    back = keys.sign(Purpose.RETURN, delivery_id)
    seal = seal_of(keys, issue, delivery_id)
    return Recipient(
        address=address,
        name=name,
        message_id=f"{issue}.{delivery_id}.{seal}@{head.message_id_domain}",
        envelope_sender=with_token(head.return_path, back),
        unsubscribe_url=f"{head.unsubscribe_base.rstrip('/')}/{to_url(leave)}",
        unsubscribe_mailto=f"mailto:{with_token(head.return_path, leave)}?subject=unsubscribe",
        preferences_url=f"{head.preferences_base.rstrip('/')}/{to_url(change)}",
    )


def seal_of(keys: KeyRing, issue: str, delivery_id: int) -> str:
    """Return what stands in a Message-ID so that nobody can guess one."""
    return keys.digest(f"message-id {issue} {delivery_id}")[:12]


def no_reader(head: MailHead, address: Address, *, message_id: str, word: str) -> Recipient:
    """Return a Recipient that stands for nobody on a List: for a build or a test.

    Its links end with `word` instead of a token, so they change nothing for anybody.
    """
    return Recipient(
        address=address,
        name="",
        message_id=f"{message_id}@{head.message_id_domain}",
        envelope_sender=head.return_path,
        unsubscribe_url=f"{head.unsubscribe_base.rstrip('/')}/{word}",
        unsubscribe_mailto=f"mailto:{head.return_path}?subject=unsubscribe",
        preferences_url=f"{head.preferences_base.rstrip('/')}/{word}",
    )


def with_token(return_path: str, token: bytes) -> str:
    """Return `return_path` with a token behind a plus sign: what comes back names its cause."""
    local, domain = _halves(return_path)
    suffix = f"+{to_local_part(token)}"
    room = _LOCAL_PART - len(suffix)
    if not 0 < len(local) <= room:
        raise ValueError(
            f"the return path {return_path} needs 1 to {room} letters before the @, "
            "for a token is added behind them and 64 is the limit"
        )
    return f"{local}{suffix}@{domain}"


@lru_cache(maxsize=16)
def _halves(address: str) -> tuple[str, str]:
    local, _, domain = address.rpartition("@")
    return local, domain
