"""The operator's word against what was decided: an address is written to again."""

import datetime
from collections.abc import Sequence

from newsletter.address import Address, parse_address
from newsletter.errors import NewsletterError, WrongUsage
from newsletter.model.people import SuppressionReason
from newsletter.store.people import People, PeopleStore


def undo(
    store: PeopleStore, addresses: Sequence[Address], *, reason: str, at: datetime.datetime
) -> list[str]:
    """Write to `addresses` again that were suppressed because of what came back; all or none.

    Returns them. Raises NewsletterError when one is not suppressed for that.
    """
    _insist(reason)
    addresses = list({address.key: address for address in reversed(addresses)}.values())[::-1]
    with store.write() as people:
        for address in addresses:
            found = people.suppressed([address.key]).get(address.key)
            if found is not SuppressionReason.HARD_BOUNCE:
                why = f"suppressed for another reason ({found})" if found else "not suppressed"
                raise NewsletterError(
                    f"{address} is {why}; nothing was changed",
                    f"`newsletter subscribers show {address}` says what is known",
                )
            _take_back(people, address, reason, at)
    return [str(address) for address in addresses]


def undo_issue(
    store: PeopleStore, issue: str, provider: str, *, reason: str, at: datetime.datetime
) -> list[str]:
    """Write to all again whom an issue suppressed, or to those at one provider; return them."""
    _insist(reason)
    with store.write() as people:
        found = [
            address
            for address in map(parse_address, people.returns.suppressed_by(issue, provider))
            if people.suppressed([address.key]).get(address.key) is SuppressionReason.HARD_BOUNCE
        ]
        for address in found:
            _take_back(people, address, reason, at)
    return [str(address) for address in found]


def _take_back(people: People, address: Address, reason: str, at: datetime.datetime) -> None:
    people.allow(address.key)
    people.returns.take_back(people.digest(address.key), reason.strip(), at)


def _insist(reason: str) -> None:
    if not reason.strip():
        raise WrongUsage("no reason is given", "say in words why, for whoever asks later")
