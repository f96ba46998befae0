"""From a row of a table to a Person: what is taken, what is refused, what is only doubtful.

An address or a name that cannot be used refuses the row. A country or a language that nobody
knows is left empty and said; the person still gets the newsletter.
"""

from dataclasses import dataclass

from newsletter.address import Address, parse_mailbox
from newsletter.compose.problems import did_you_mean
from newsletter.model.finding import Finding, Severity
from newsletter.model.people import Person
from newsletter.model.place import Place
from newsletter.people.cells import MAX_LENGTH, is_blank, printable, tidy
from newsletter.people.headers import Column
from newsletter.people.table import Fault, Row, Table
from newsletter.people.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Entry:
    """What a row came to: a Person, or the Fault for which it is refused; and what is doubtful."""

    row: Row
    person: Person | None = None
    fault: Fault | None = None
    doubts: tuple[Fault, ...] = ()


_NAMES = frozenset({Column.NAME, Column.FAMILY_NAME})


class _RefusedError(Exception):
    """Ends the reading of a row."""

    def __init__(self, what: str, remedy: str) -> None:
        self.fault = Fault(what, remedy)


def read_entry(table: Table, row: Row, vocabulary: Vocabulary) -> Entry:
    """Return what `row` of `table` comes to."""
    if row.fault:
        return Entry(row, fault=row.fault)
    doubts: list[Fault] = []
    try:
        name, address = _read_address(table, row)
        if address.mixed:
            doubts.append(_mixed(address))
        person = Person(
            address=address,
            name=_read_name(table, row) or name,
            language=_read_language(table, row, vocabulary, doubts),
            country=_read_country(table, row, vocabulary, doubts),
            organisation=_read_text(table, row, Column.ORGANISATION),
            organisation_type=_read_text(table, row, Column.ORGANISATION_TYPE),
            topics=_read_topics(table, row, vocabulary, doubts),
        )
    except _RefusedError as refused:
        return Entry(row, fault=refused.fault)
    return Entry(row, person, None, tuple(doubts))


def address_as_typed(table: Table, row: Row) -> str:
    """Return what stands in the column of addresses, printable and not too long."""
    return printable(table.cell(row, Column.ADDRESS))


def finding(table: Table, row: Row, fault: Fault, severity: Severity = Severity.ERROR) -> Finding:
    """Return `fault` with the place of `row`."""
    return Finding(
        rule="people-row",
        place=Place(str(table.file), row.line, 1),
        message=f"row {row.number}: {fault.what}",
        remedy=fault.remedy,
        severity=severity,
    )


def _read_address(table: Table, row: Row) -> tuple[str, Address]:
    typed = table.cell(row, Column.ADDRESS)
    if is_blank(typed):
        raise _RefusedError("no address", "add one or take the row out")
    try:
        name, address = parse_mailbox(typed)
        return tidy(name), address
    except ValueError as fault:
        what = f"{address_as_typed(table, row)} {fault}"
        raise _RefusedError(what, "correct it or take the row out") from fault


def _read_name(table: Table, row: Row) -> str:
    parts = (_read_text(table, row, each) for each in (Column.NAME, Column.FAMILY_NAME))
    name = " ".join(filter(None, parts))
    if len(name) > MAX_LENGTH:
        raise _RefusedError(f"the name is longer than {MAX_LENGTH} characters", "shorten it")
    return name


def _read_text(table: Table, row: Row, column: Column) -> str:
    try:
        # A name goes into a header of the mail: a line break in it is no slip (RFC 5322 2.2).
        return tidy(table.cell(row, column), fold_lines=column not in _NAMES)
    except ValueError as fault:
        words = column.replace("_", " ")
        raise _RefusedError(f"the {words} {fault}", "type it again, on one line") from fault


def _read_language(table: Table, row: Row, known: Vocabulary, doubts: list[Fault]) -> str:
    text = _read_text(table, row, Column.LANGUAGE)
    tag = known.language(text) if text else ""
    if tag is None:
        doubts.append(_unknown("language", text))
    return tag or ""


def _read_country(table: Table, row: Row, known: Vocabulary, doubts: list[Fault]) -> str:
    text = _read_text(table, row, Column.COUNTRY)
    code = known.country(text) if text else ""
    if code is None:
        doubts.append(_unknown("country", text))
    return code or ""


def _read_topics(table: Table, row: Row, known: Vocabulary, doubts: list[Fault]) -> tuple[str, ...]:
    topics, unknown = known.topics_in(_read_text(table, row, Column.TOPICS))
    doubts += [
        Fault(
            f"topic “{printable(each)}” is not known, left out",
            did_you_mean(each, known.topic_names),
        )
        for each in unknown
    ]
    return topics


def _unknown(what: str, text: str) -> Fault:
    remedy = "write its name in English or Russian, or its code"
    return Fault(f"{what} “{printable(text)}” is not known, left empty", remedy)


def _mixed(address: Address) -> Fault:
    what = f"{address}: “{address.mixed}” mixes letters of two alphabets"
    return Fault(what, "see whether a letter was typed on the wrong keyboard")
