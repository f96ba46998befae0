"""Files that another system exported, known by their headings.

    listmonk     subscribers.csv: `status` is enabled, disabled or blocklisted
    Mailchimp    subscribed_…, unsubscribed_… and cleaned_….csv: one column tells them apart
    Mailman      addresses without headings, one a line, with or without names

What such a file says of somebody who left is kept: they are put down as unsubscribed, and whoever
must not be mailed there (blocked, or an address that does not exist) is suppressed here. Nobody
becomes a reader by a row that says so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from newsletter.model.people import Standing, SuppressionReason
from newsletter.people.cells import fold


@dataclass(frozen=True, slots=True)
class System:
    """A kind of export: its name, the headings it is known by, and how it tells a Standing.

    `status` is the heading of the column that says it, with what its words stand for; what is not
    among them says that somebody has left. Without one everybody in the file stands alike.
    `barred_for` is why those who must not be mailed are suppressed.
    """

    name: str
    headings: frozenset[str]
    status: str = ""
    words: Mapping[str, Standing] | None = None
    everybody: Standing = Standing.ON
    barred_for: SuppressionReason = SuppressionReason.MANUAL


_LISTMONK = {
    "enabled": Standing.ON,
    "confirmed": Standing.ON,
    "blocklisted": Standing.BARRED,
}
_MAILCHIMP = frozenset({"email address", "leid", "euid"})
SYSTEMS = (
    System("listmonk", frozenset({"uuid", "email", "attributes", "status"}), "status", _LISTMONK),
    System(
        "Mailchimp (cleaned)",
        _MAILCHIMP | {"clean time"},
        everybody=Standing.BARRED,
        barred_for=SuppressionReason.HARD_BOUNCE,
    ),
    System("Mailchimp (unsubscribed)", _MAILCHIMP | {"unsub time"}, everybody=Standing.LEFT),
    System("Mailchimp", _MAILCHIMP),
)
MAILMAN = System("Mailman", frozenset())
"""Its lists have no headings at all (`list_members`, `mailman members`)."""


def find_system(headers: Sequence[str]) -> System | None:
    """Return the System whose export has such headings, or none."""
    found = {fold(header) for header in headers}
    return next((each for each in SYSTEMS if each.headings <= found), None)


def standing_reader(
    system: System | None, headers: Sequence[str]
) -> Callable[[Sequence[str]], str]:
    """Return what tells from the cells of a row the value of a Standing in the System."""
    if system is None or not system.words:
        everybody = (system.everybody if system else Standing.ON).value  # SQLite takes it sooner
        return lambda _: everybody
    place = [fold(header) for header in headers].index(system.status)
    words = system.words

    def read(cells: Sequence[str]) -> str:
        word = cells[place].strip().casefold() if place < len(cells) else ""
        return words.get(word, Standing.LEFT).value

    return read
