"""What a message in the spool tells: a mail tells one thing, a provider's post may tell many."""

import datetime
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from newsletter.message.recipient import seal_of
from newsletter.model.returns import Report, ReportKind
from newsletter.returns.parts import take_apart
from newsletter.returns.providers.reading import read_posted
from newsletter.returns.reading import read_report
from newsletter.returns.spool import Kept, Shelf
from newsletter.returns.tracing import Trace, is_of_person, texts_of, traces_in, wish_to_leave
from newsletter.tokens import KeyRing

MAIL_FORM = "eml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that a message tells: a mail tells one, a provider's post may tell many."""

    digest: str
    form: str
    report: Report
    at: datetime.datetime
    traces: tuple[Trace, ...] = ()
    wish: tuple[int, int] | None = None
    by_provider: bool = False
    is_message: bool = True


def shelf_of(raw: bytes) -> Shelf:
    """Return where a mail belongs once it was looked at."""
    if not take_apart(raw).headers:
        return Shelf.UNREADABLE
    return Shelf.LETTERS if read_report(raw).kind is ReportKind.OTHER else Shelf.HANDLED


def shelf_for(events: Sequence[Event]) -> Shelf:
    """Return where a message belongs once its events were looked at."""
    if not all(event.is_message for event in events):
        return Shelf.UNREADABLE
    strange = any(event.report.kind is ReportKind.OTHER for event in events)
    return Shelf.LETTERS if strange else Shelf.HANDLED


def events_in(kept: Kept, raw: bytes, keys: KeyRing) -> Iterator[Event]:
    """Yield what a message tells."""

    def traces(texts: Iterable[str]) -> tuple[Trace, ...]:
        return tuple(traces_in(texts, keys, lambda *mark: seal_of(keys, *mark)))

    if kept.form == MAIL_FORM:
        message, report = take_apart(raw), read_report(raw)
        leaves = report.kind is ReportKind.OTHER and is_of_person(message)
        yield Event(
            digest=hashlib.sha256(raw).hexdigest(),
            form=kept.form,
            report=report,
            is_message=bool(message.headers),
            at=kept.arrived_at,
            traces=traces(texts_of(message)),
            wish=wish_to_leave(message, keys) if leaves else None,
        )
        return
    for posted in read_posted(kept.form, raw):
        if posted.routine:
            continue
        given = [value for _, value in posted.headers]
        yield Event(
            digest=hashlib.sha256(posted.event_id.encode()).hexdigest(),
            form=kept.form,
            report=posted.report,
            at=min(posted.at or kept.arrived_at, kept.arrived_at),
            traces=traces([*given, *posted.message_ids]),
            by_provider=True,
        )
