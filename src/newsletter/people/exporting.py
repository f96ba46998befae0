"""Writes people as CSV that spreadsheets read and nothing runs (RFC 4180, OWASP ASVS V1.2.10).

Two kinds of file: an export of people, which `import` reads again, and the refused rows of an
import, which can be mended and imported in turn. Each is written beside its name first and then
moved there, readable by its owner alone: on failure nothing half-written is left.
"""

import contextlib
import csv
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from newsletter.errors import NewsletterError
from newsletter.people.cells import guard, unguard
from newsletter.people.entries import address_as_typed, read_entry
from newsletter.people.importing import ImportPlan
from newsletter.store.people import PeopleStore
from newsletter.store.roster import Listed, PeopleFilter

_HEADER = (
    "email",
    "name",
    "language",
    "country",
    "organisation",
    "organisation_type",
    "topics",
    "list",
    "state",
    "since",
    "ended",
    "reason",
    "source",
    "paused_until",
    "suppressed",
)
_REFUSED_HEADER = ("row", "refused address", "what is wrong", "how to mend it")


def export_people(
    store: PeopleStore, stream: BinaryIO, wanted: PeopleFilter, *, excel: bool = False
) -> int:
    """Write whom `wanted` asks for to `stream`, a row a Subscription; return how many rows.

    UTF-8 with commas; `excel` puts a byte order mark before it and semicolons between the cells,
    which a Russian Excel needs.
    """
    with store.read() as people:
        rows = _lines(people.roster.everyone(wanted))
        return _write(stream, _HEADER, rows, excel=excel)


def write_refused(plan: ImportPlan, file: Path, *, excel: bool = False) -> int:
    """Write the rows that `plan` refuses to `file`, as they stand, and why; return how many."""
    with replacing(file) as stream:
        header = (*_REFUSED_HEADER, *plan.table.headers)
        return _write(stream, header, _refused(plan), excel=excel)


@contextlib.contextmanager
def replacing(file: Path) -> Iterator[BinaryIO]:
    """Yield a stream whose content becomes that of `file` if nothing fails.

    Raises NewsletterError when the disk does not let it.
    """
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            yield stream
        draft.replace(file)
    except OSError as fault:
        message = f"{file}: cannot be written: {fault.strerror}"
        raise NewsletterError(message, "choose another file, or see to its folder") from fault
    finally:
        with contextlib.suppress(OSError):  # it is gone when all went well
            draft.unlink()


def _lines(people: Iterable[Listed]) -> Iterator[tuple[str, ...]]:
    for listed in people:
        yield from _rows(listed)


def _rows(listed: Listed) -> Iterator[tuple[str, ...]]:
    person = listed.person
    facts = (
        person.address.shown,
        person.name,
        person.language,
        person.country,
        person.organisation,
        person.organisation_type,
        ", ".join(person.topics),
    )
    suppressed = str(listed.suppressed or "")
    if not listed.subscriptions:
        yield (*facts, "", "", "", "", "", "", "", suppressed)
    for each in listed.subscriptions:
        ended = each.ended_at.date().isoformat() if each.ended_at else ""
        since = each.since.date().isoformat()
        rests = each.paused_until.date().isoformat() if each.paused_until else ""
        cells = (each.list, each.state, since, ended, each.reason, each.source, rests)
        yield (*facts, *cells, suppressed)


def _refused(plan: ImportPlan) -> Iterator[tuple[str, ...]]:
    for row in plan.table.rows():
        fault = read_entry(plan.table, row, plan.vocabulary).fault
        if fault:
            address = address_as_typed(plan.table, row)
            cells = (unguard(cell).replace("\0", "\ufffd") for cell in row.cells)
            yield (str(row.number), address, fault.what, fault.remedy, *cells)


def _write(
    stream: BinaryIO, header: Sequence[str], rows: Iterable[Sequence[str]], *, excel: bool
) -> int:
    text = io.TextIOWrapper(stream, "utf-8-sig" if excel else "utf-8", newline="")
    writer = csv.writer(text, delimiter=";" if excel else ",")
    writer.writerow(header)
    count = 0
    for row in rows:
        writer.writerow([guard(cell) for cell in row])
        count += 1
    text.flush()
    text.detach()  # the stream is the caller's to close
    return count
