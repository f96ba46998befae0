"""Writes people: CSV that spreadsheets read and nothing runs (RFC 4180, ASVS V1.2.10), or JSON.

Two kinds of file: an export of people, which `import` reads again, and the refused rows of an
import, which can be mended and imported in turn. Each is written beside its name first and then
moved there, readable by its owner alone: on failure nothing half-written is left.
"""

import contextlib
import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from newsletter.errors import NewsletterError, WrongUsage
from newsletter.people.cells import guard, unguard
from newsletter.people.entries import address_as_typed, read_entry
from newsletter.people.importing import ImportPlan
from newsletter.store.people import PeopleStore
from newsletter.store.roster import Listed, PeopleFilter, SubscriptionLine

_OF_SUBSCRIPTION = ("list", "state", "since", "ended", "reason", "source", "paused_until")
COLUMNS = (
    *("email", "name", "language", "country", "organisation", "organisation_type", "topics"),
    *_OF_SUBSCRIPTION,
    "suppressed",
)
"""All columns of an export, in the order in which they stand unless others are chosen."""

_REFUSED_HEADER = ("row", "refused address", "what is wrong", "how to mend it")


class Form(StrEnum):
    """How an export is written.

    A Russian Excel needs semicolons between the cells, and a byte order mark before UTF-8.
    """

    CSV = "csv"
    EXCEL = "excel"
    JSON = "json"


def export_people(
    store: PeopleStore,
    stream: BinaryIO,
    wanted: PeopleFilter,
    *,
    form: Form = Form.CSV,
    columns: Sequence[str] = COLUMNS,
) -> int:
    """Write whom `wanted` asks for to `stream`; return how many rows.

    There is a row for each Subscription, or for each person when none of `columns` is about
    Subscriptions. Raises WrongUsage when one of them is not among COLUMNS.
    """
    unknown = [each for each in columns if each not in COLUMNS]
    if unknown or not columns:
        what = f"there is no column {', '.join(unknown)}" if unknown else "no column is chosen"
        raise WrongUsage(what, f"choose from {', '.join(COLUMNS)}")
    with store.read() as people:
        rows = _lines(people.roster.everyone(wanted), columns)
        if form is Form.JSON:
            return _write_json(stream, columns, rows)
        return _write(stream, columns, rows, excel=form is Form.EXCEL)


def write_refused(plan: ImportPlan, file: Path) -> int:
    """Write the rows that `plan` refuses to `file`, as they stand, and why; return how many."""
    with replacing(file) as stream:
        header = (*_REFUSED_HEADER, *plan.table.headers)
        return _write(stream, header, _refused(plan))


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


def _lines(people: Iterable[Listed], columns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    each_subscription = not set(columns).isdisjoint(_OF_SUBSCRIPTION)
    for listed in people:
        person = _of_person(listed)
        lines = [_of_subscription(each) for each in listed.subscriptions] or [{}]
        for line in lines if each_subscription else [{}]:
            cells = person | line
            yield tuple(cells.get(column, "") for column in columns)


def _of_person(listed: Listed) -> dict[str, str]:
    person = listed.person
    return {
        "email": person.address.shown,
        "name": person.name,
        "language": person.language,
        "country": person.country,
        "organisation": person.organisation,
        "organisation_type": person.organisation_type,
        "topics": ", ".join(person.topics),
        "suppressed": str(listed.suppressed or ""),
    }


def _of_subscription(line: SubscriptionLine) -> dict[str, str]:
    return {
        "list": line.list,
        "state": str(line.state),
        "since": line.since.date().isoformat(),
        "ended": line.ended_at.date().isoformat() if line.ended_at else "",
        "reason": line.reason,
        "source": line.source,
        "paused_until": line.paused_until.date().isoformat() if line.paused_until else "",
    }


def _refused(plan: ImportPlan) -> Iterator[tuple[str, ...]]:
    for row in plan.table.rows():
        fault = read_entry(plan.table, row, plan.vocabulary).fault
        if fault:
            address = address_as_typed(plan.table, row)
            cells = (unguard(cell).replace("\0", "\ufffd") for cell in row.cells)
            yield (str(row.number), address, fault.what, fault.remedy, *cells)


def _write(
    stream: BinaryIO, header: Sequence[str], rows: Iterable[Sequence[str]], *, excel: bool = False
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


def _write_json(stream: BinaryIO, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write a list of objects, one on a line, so that a long one needs little memory."""
    count = 0
    stream.write(b"[")
    for row in rows:
        line = json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False)
        stream.write(f"{',' if count else ''}\n  {line}".encode())
        count += 1
    stream.write(b"\n]\n" if count else b"]\n")
    stream.flush()
    return count
