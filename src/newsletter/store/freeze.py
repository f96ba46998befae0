"""Freezes Mailings: their Letters, and a Delivery or an Exclusion for each Candidate.

Candidates are all who ever subscribed to the List, or those of them who are in a Segment. Whoever
gets the issue by another Mailing, or has had it, is an Exclusion: an issue goes to a person once.
Everything happens in the transaction of the caller and by set statements, so a list of a million
takes seconds and no memory. Order: take turns with other freezers, refuse what was frozen before
(unless it was cancelled before anybody could have got it: then it is replaced), keep the Letters,
exclude, deal the rest into chunks, check the sum (invariant I1). On any failure nothing is kept.
"""

import datetime
from collections.abc import Sequence

import sqlalchemy as sa

from newsletter.errors import NewsletterError
from newsletter.model.ledger import Draft
from newsletter.model.mailing import DeliveryState, ExclusionReason, Tally, Verdict
from newsletter.model.people import SubscriptionState
from newsletter.model.segment import BETWEEN
from newsletter.store import letters
from newsletter.store.moves import OPEN
from newsletter.store.segments import condition
from newsletter.store.tables import (
    alarms,
    attempts,
    chunks,
    deliveries,
    exclusions,
    lists,
    mailings,
    renderings,
    returned,
    subscribers,
    subscriptions,
    suppressions,
)

CHUNK = 500
"""Deliveries in a chunk: few enough to hold in memory, enough to make claiming cheap."""

_COPIED = ("address_key", "address_digest", "local", "domain", "shown", "name")
_MAY_HAVE_IT = (Verdict.ACCEPTED, Verdict.UNKNOWN)
_NOT_MAILED = (DeliveryState.SKIPPED, DeliveryState.CANCELLED)


def freeze(connection: sa.Connection, issue: str, draft: Draft, now: datetime.datetime) -> None:
    """Freeze `draft`; raise NewsletterError when that cannot be done or was done before."""
    # Two Mailings of an issue frozen at once would not see whom the other one mails.
    connection.execute(sa.select(lists.c.id).with_for_update()).all()
    list_id = _find_list(connection, draft.list)
    _make_way(connection, issue, draft, list_id)
    candidates = _count(connection, _SUBSCRIBERS, *_chosen(list_id, draft))
    if not candidates:
        if draft.segment:
            return  # another List may have some; `insist_on_readers` looks at all of them
        raise _empty(draft.list)
    segment = draft.segment.name if draft.segment else ""
    mailing_id = connection.execute(
        sa.insert(mailings)
        .values(issue=issue, list_id=list_id, segment=segment, candidates=candidates, frozen_at=now)
        .returning(mailings.c.id)
    ).scalar_one()
    letters.keep(connection, mailing_id, "", draft.letters)
    for variant, by_language in draft.variants.items():
        letters.keep(connection, mailing_id, variant, by_language)
    candidate = _candidate(issue, mailing_id, list_id, draft, now)
    _exclude(connection, mailing_id, candidate)
    _deal(connection, mailing_id, candidate, draft, now)
    _check_sum(connection, mailing_id, candidates)
    if draft.only_for:
        _check_letters(connection, mailing_id, draft)


_SUBSCRIBERS = sa.join(subscribers, subscriptions)


def _chosen(list_id: int, draft: Draft) -> list[sa.ColumnElement[bool]]:
    """Return the conditions for the Candidates of `draft`."""
    of_list = [subscriptions.c.list_id == list_id]
    return [*of_list, condition(draft.segment.where)] if draft.segment else of_list


def _find_list(connection: sa.Connection, name: str) -> int:
    found = connection.execute(sa.select(lists.c.id).where(lists.c.name == name)).scalar()
    if found is None:
        raise _empty(name)
    return int(found)


def _empty(name: str) -> NewsletterError:
    return NewsletterError(
        f"nobody has subscribed to the list {name!r}",
        f"newsletter subscribers import FILE --list {name}",
    )


def insist_on_readers(drafts: Sequence[Draft], tallies: Sequence[Tally]) -> None:
    """Raise NewsletterError when nobody at all would get the issue."""
    if any(tally.by_state for tally in tallies):
        return
    if not tallies:
        raise NewsletterError(
            f"nobody is there: {', '.join(draft.name for draft in drafts)}",
            "nothing was frozen; `newsletter subscribers segments` counts who is in which",
        )
    reasons = [
        f"{tally.name}: {count} {reason}"
        for tally in tallies
        for reason, count in tally.exclusions.items()
    ]
    raise NewsletterError(
        f"nobody on {', '.join(tally.name for tally in tallies)} would get it "
        f"({'; '.join(reasons)})",
        "nothing was frozen; `newsletter subscribers list` shows who is there",
    )


def _make_way(connection: sa.Connection, issue: str, draft: Draft, list_id: int) -> None:
    """Delete an earlier Mailing that was cancelled and reached nobody; refuse after any other."""
    earlier = connection.execute(
        sa.select(mailings).where(
            mailings.c.issue == issue,
            mailings.c.list_id == list_id,
            mailings.c.segment == (draft.segment.name if draft.segment else ""),
        )
    ).one_or_none()
    if earlier is None:
        return
    under_way = (deliveries.c.mailing_id == earlier.id) & (
        deliveries.c.state == DeliveryState.SUBMITTING
    )
    untouched = not (
        _count(connection, deliveries, under_way)
        or _count(connection, attempts, _of(earlier.id) & attempts.c.verdict.in_(_MAY_HAVE_IT))
    )
    if untouched and earlier.cancelled_at:
        _delete(connection, earlier.id)
        return
    raise NewsletterError(
        f"issue {issue} was frozen for the list {draft.name!r} on "
        f"{earlier.frozen_at:%d.%m.%Y %H:%M} UTC",
        f"nobody has got it yet: `newsletter resume {issue}` sends it as it was then, "
        f"`newsletter cancel {issue}` lets you send it as it is now"
        if untouched
        else _ways_on(connection, issue, earlier.id),
    )


def _ways_on(connection: sa.Connection, issue: str, mailing_id: int) -> str:
    """Return what may be done about an issue that was frozen before, and reached somebody."""
    waits = deliveries.c.state.in_((*OPEN, DeliveryState.SUBMITTING))
    shows = f"`newsletter status {issue}` shows where it stands"
    if _count(connection, deliveries, (deliveries.c.mailing_id == mailing_id) & waits):
        shows += f", `newsletter resume {issue}` goes on with it"
    else:
        shows += ", and nobody waits any more"
    return f"{shows}; an issue goes to a list once"


def _of(mailing_id: int) -> sa.ColumnElement[bool]:
    ids = sa.select(deliveries.c.id).where(deliveries.c.mailing_id == mailing_id)
    return attempts.c.delivery_id.in_(ids)


def _delete(connection: sa.Connection, mailing_id: int) -> None:
    connection.execute(sa.delete(attempts).where(_of(mailing_id)))
    ids = sa.select(deliveries.c.id).where(deliveries.c.mailing_id == mailing_id)
    connection.execute(
        sa.update(returned).where(returned.c.delivery_id.in_(ids)).values(delivery_id=None)
    )
    connection.execute(sa.delete(alarms).where(alarms.c.mailing_id == mailing_id))
    for table in (deliveries, exclusions, chunks, renderings):
        connection.execute(sa.delete(table).where(table.c.mailing_id == mailing_id))
    connection.execute(sa.delete(mailings).where(mailings.c.id == mailing_id))


def _candidate(
    issue: str, mailing_id: int, list_id: int, draft: Draft, now: datetime.datetime
) -> sa.Subquery:
    """Return the rows of the Candidates, with the reason to exclude them or an empty one."""
    suppressed = sa.exists().where(suppressions.c.address_digest == subscribers.c.address_digest)
    elsewhere = sa.exists().where(
        mailings.c.issue == issue,
        mailings.c.id != mailing_id,
        deliveries.c.mailing_id == mailings.c.id,
        deliveries.c.address_digest == subscribers.c.address_digest,
        deliveries.c.state.not_in(_NOT_MAILED),
    )
    reason = sa.case(
        (suppressed, ExclusionReason.SUPPRESSED),
        (subscriptions.c.state == SubscriptionState.ENDED, ExclusionReason.UNSUBSCRIBED),
        (subscriptions.c.state == SubscriptionState.PENDING, ExclusionReason.UNCONFIRMED),
        (subscriptions.c.paused_until > now, ExclusionReason.PAUSED),
        (elsewhere.where(mailings.c.list_id == list_id), ExclusionReason.OTHER_MAILING),
        (elsewhere, ExclusionReason.OTHER_LIST),
        else_="",
    )
    return (
        sa.select(subscribers, reason.label("reason"), _variant(draft).label("variant"))
        .select_from(_SUBSCRIBERS)
        .where(*_chosen(list_id, draft))
        .subquery("candidate")
    )


def _variant(draft: Draft) -> sa.ColumnElement[str]:
    """Return which variant of the issue a Candidate gets: the names of their Segments."""
    names: sa.ColumnElement[str] = sa.literal("")
    for segment in draft.only_for:
        named = sa.literal(BETWEEN + segment.name)
        names = names + sa.case((condition(segment.where), named), else_="")
    return sa.func.substr(names, len(BETWEEN) + 1, type_=sa.Text)


def _exclude(connection: sa.Connection, mailing_id: int, candidate: sa.Subquery) -> None:
    rows = sa.select(
        sa.literal(mailing_id), candidate.c.id, candidate.c.address_key, candidate.c.reason
    ).where(candidate.c.reason != "")
    names = ["mailing_id", "subscriber_id", "address_key", "reason"]
    connection.execute(sa.insert(exclusions).from_select(names, rows))


def _deal(
    connection: sa.Connection,
    mailing_id: int,
    candidate: sa.Subquery,
    draft: Draft,
    now: datetime.datetime,
) -> None:
    """Make chunks and put a Delivery for each Candidate that is left into one."""
    count = _count(connection, candidate, candidate.c.reason == "")
    places = range(-(-count // CHUNK))
    if places:
        connection.execute(
            sa.insert(chunks),
            [{"mailing_id": mailing_id, "ordinal": each, "due_at": now} for each in places],
        )
    mailed = _in_order(candidate, draft)
    values = {
        "mailing_id": sa.literal(mailing_id),
        "chunk_id": chunks.c.id,
        "subscriber_id": mailed.c.id,
        **{name: mailed.c[name] for name in (*_COPIED, "language", "variant")},
        "state": sa.literal(DeliveryState.PENDING),
        "due_at": sa.literal(now, deliveries.c.due_at.type),
        "changed_at": sa.literal(now, deliveries.c.changed_at.type),
    }
    rows = (
        sa.select(*values.values())
        .join(chunks, chunks.c.ordinal == mailed.c.place // CHUNK)
        .where(chunks.c.mailing_id == mailing_id)
    )
    connection.execute(sa.insert(deliveries).from_select(list(values), rows))


def _in_order(candidate: sa.Subquery, draft: Draft) -> sa.Subquery:
    """Return who is mailed, in which language, and each one's place.

    The order of the digests shuffles them, so that no provider gets all of its mails at once.
    """
    place = sa.func.row_number().over(order_by=candidate.c.address_digest) - 1
    language = sa.case(
        (candidate.c.language.in_(list(draft.letters)), candidate.c.language),
        else_=draft.default_language,
    )
    return (
        sa.select(
            candidate.c.id,
            *(candidate.c[name] for name in _COPIED),
            language.label("language"),
            candidate.c.variant,
            place.label("place"),
        )
        .where(candidate.c.reason == "")
        .subquery("mailed")
    )


def _check_sum(connection: sa.Connection, mailing_id: int, candidates: int) -> None:
    dealt = _count(connection, deliveries, deliveries.c.mailing_id == mailing_id)
    excluded = _count(connection, exclusions, exclusions.c.mailing_id == mailing_id)
    if dealt + excluded != candidates:
        raise NewsletterError(
            f"{candidates} candidates, but {dealt} deliveries and {excluded} exclusions",
            "nothing was frozen; please report this fault of the program",
        )


def _check_letters(connection: sa.Connection, mailing_id: int, draft: Draft) -> None:
    """See that everybody has a Letter: nobody may be dealt a variant that was not made."""
    dealt = connection.execute(
        sa.select(deliveries.c.language, deliveries.c.variant)
        .where(deliveries.c.mailing_id == mailing_id)
        .distinct()
    )
    for language, variant in dealt:
        if language not in (draft.variants.get(variant, ()) if variant else draft.letters):
            raise NewsletterError(
                f"there is no variant {variant} in {language} for readers who need it",
                "nothing was frozen; please report this fault of the program",
            )


def _count(
    connection: sa.Connection, table: sa.FromClause, *conditions: sa.ColumnElement[bool]
) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(*conditions)
    return int(connection.execute(query).scalar_one())
