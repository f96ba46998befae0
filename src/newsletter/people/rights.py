"""What readers may ask for: a copy of all that is known of them, and to be forgotten.

An export is a Story with the attempts of each mail and whatever other table speaks of the person.

An erasure goes in this order: one transaction in which Subscriptions end (evidence says so), the
address is suppressed by its keyed hash, everything else goes, and the act is recorded; then the
database is written anew, for its free parts still have what stood there, and its log is emptied;
then every file of the state folder is searched for the address, in all ways to write it, and it is
recorded that none has it. Until then each call goes on with what is left to do.
"""

import datetime
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from newsletter.address import Address
from newsletter.errors import NewsletterError
from newsletter.model.people import SubscriptionState, SuppressionReason
from newsletter.people.roster import Story, tell_story
from newsletter.people.traces import files_below, patterns_of, search, spellings
from newsletter.returns.spool import Spool
from newsletter.store.erasure import Erased
from newsletter.store.people import Evidence, PeopleStore
from newsletter.store.requests import RequestKind, RequestLine

ERASED = "erased"
"""Why Subscriptions of somebody erased are over."""

_SOMEBODY = re.compile(r"[^\s<>«»“”\"'(),;:]+@[^\s<>«»“”\"'(),;:]+\.[^\s<>«»“”\"'(),;:]+")
_REHEARSAL = "rehearsal-*"
_OLD = 3600  # seconds; a rehearsal that goes on changes its copy all the time


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """Where the address was looked for, and where it still stands.

    `left` are files of the state folder, `beside` others of the workspace. `by_whole_words`: there
    is a longer address in which this one stands, so it was looked for as a word of its own.
    `hindrance` says why the free parts of the database could not be cleared.
    """

    files: int
    octets: int
    left: tuple[Path, ...]
    beside: tuple[Path, ...]
    by_whole_words: bool
    hindrance: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that is known about somebody: the Story, and rows of other tables by their names."""

    story: Story
    elsewhere: Mapping[str, Sequence[Mapping[str, object]]]


def export_person(
    store: PeopleStore, address: Address, *, basis: str, at: datetime.datetime
) -> Known:
    """Return all that is known about `address`, and record that it was given out.

    Raises NewsletterError when nothing is known.
    """
    story = tell_story(store, address, also_if_typed=True)
    with store.write() as people:
        number = story.listed.subscriber_id if story.listed else 0
        elsewhere = people.roster.elsewhere(number, people.digest(address.key))
        people.note_request(RequestKind.EXPORT, address.key, without_addresses(basis), at)
    return Known(story=story, elsewhere=elsewhere)


def erase_person(
    store: PeopleStore, address: Address, *, basis: str, at: datetime.datetime
) -> Erased:
    """Take everything out of the database that is known about `address`; may be done again.

    Raises NewsletterError when nothing is known, nor ever was.
    """
    with store.read() as people:
        recorded = people.roster.requests(people.digest(address.key))
        asked = people.notices.mentions(people.digest(address.key))
    if not asked and not any(each.kind is RequestKind.ERASURE for each in recorded):
        tell_story(store, address)  # raises when nothing is known
    withdrawn = Evidence(basis="asked to be erased", source="erasure", at=at)
    with store.write() as people:
        listed = people.roster.find(address.key)
        for each in listed.subscriptions if listed else ():
            if listed and each.state is not SubscriptionState.ENDED:
                people.end_subscription(listed.subscriber_id, each.list_id, ERASED, withdrawn)
        people.suppress(address.key, SuppressionReason.ERASED, "", at)
        former = people.former_addresses(listed.subscriber_id) if listed else {}
        shown = listed.person.address if listed else address
        written = [shown, *(each for each in former.values() if each)]
        erased = people.erase(address.key, [form for each in written for form in spellings(each)])
        erased.former = tuple(written[1:])
        for digest in former:
            people.note_former(digest, without_addresses(basis), at)
        done = any(
            each.kind is RequestKind.ERASURE
            for each in people.roster.requests(people.digest(address.key))
        )
        if erased.person or not done:
            basis = without_addresses(basis)
            people.note_request(RequestKind.ERASURE, address.key, basis, at)
    return erased


def clear_traces(
    store: PeopleStore,
    address: Address,
    *,
    state: Path,
    root: Path,
    at: datetime.datetime,
    former: Sequence[Address] = (),
) -> Traces:
    """See that no file of the state folder has the address, and say which of others do.

    `former` are addresses of the same person, looked for as well. What came back for them goes, and
    what an interrupted rehearsal left behind. Records that nothing is left if so.
    """
    with store.read() as people:
        forms = [form for each in (address, *former) for form in spellings(each)]
        doubtful = people.roster.has_others_like(forms)
        recorded = people.roster.requests(people.digest(address.key))
    due = bool(recorded) and recorded[-1].kind is RequestKind.ERASURE
    patterns = patterns_of(address, *former, whole_words=doubtful)
    hindrance = _settle(store) if due else ""
    _remove_rehearsals(state)
    for file in search(Spool(state).files(), patterns)[0] if due else ():
        file.unlink(missing_ok=True)
    files = list(files_below(state))
    left, octets = search(files, patterns)
    beside, _ = search(list(files_below(root, without=(state, root / ".git"))), patterns)
    if due and not left and not hindrance:
        with store.write() as people:
            people.note_request(RequestKind.SEARCHED, address.key, "", at)
    return Traces(
        files=len(files),
        octets=octets,
        left=tuple(left),
        beside=tuple(beside),
        by_whole_words=doubtful,
        hindrance=hindrance,
    )


def _settle(store: PeopleStore) -> str:
    """Leave nothing in the log and the free parts of the database, or say what hinders it."""
    try:
        store.compact()
    except NewsletterError as fault:
        return fault.message
    return "" if store.empty_log() else "another program is using the database"


def all_requests(store: PeopleStore) -> Sequence[RequestLine]:
    """Return what was done at readers' requests, oldest first."""
    with store.read() as people:
        return people.roster.requests()


def without_addresses(text: str) -> str:
    """Return words in which no mail address stands: a record of an erasure must not undo it."""
    return _SOMEBODY.sub("(address)", text.strip())


def _remove_rehearsals(state: Path) -> None:
    for folder in state.glob(_REHEARSAL):
        newest = max((each.stat().st_mtime for each in folder.rglob("*")), default=0.0)
        if time.time() - newest > _OLD:
            shutil.rmtree(folder, ignore_errors=True)
