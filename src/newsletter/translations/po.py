"""PO, the file of gettext, which every translators' program opens: written and read by Babel."""

import datetime
import io
import re

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po, write_po

import newsletter
from newsletter.errors import InputRefused
from newsletter.model.finding import Finding
from newsletter.model.place import Place
from newsletter.model.translating import State
from newsletter.translations.exchange import Bundle, Unit

_SOURCE_HEADER = "X-Source-Language"
_HEADER = "A newsletter on its way into another language."
_EPOCH = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


def po_of(bundle: Bundle) -> bytes:
    """Return `bundle` as a PO file; what is not up to date is marked fuzzy."""
    catalog = Catalog(
        locale=bundle.language.replace("-", "_"),
        header_comment=f"# {_HEADER}",
        project="newsletter",
        version=newsletter.__version__,
        msgid_bugs_address="nobody@example.org",
        last_translator="Nobody <nobody@example.org>",
        language_team=bundle.language,
        creation_date=_EPOCH,  # the same words give the same file
        revision_date=_EPOCH,
        fuzzy=False,
    )
    for unit in bundle.units:
        file, _, rest = unit.place.partition(":")
        line = rest.partition(":")[0]
        catalog.add(
            unit.source,
            unit.target,
            locations=[(file, int(line) if line.isdigit() else 1)],
            auto_comments=unit.notes,
            flags=("fuzzy",) if unit.target and unit.state is not State.DONE else (),
            context=unit.id,
        )
    stream = io.BytesIO()
    write_po(stream, catalog, width=0)
    language = f'"Language: {bundle.language.replace("-", "_")}\\n"'
    named = f'{language}\n"{_SOURCE_HEADER}: {bundle.source_language}\\n"'
    return stream.getvalue().decode().replace(language, named, 1).encode()


def read_po_file(data: bytes, shown: str) -> Bundle:
    """Return what a PO file holds; raises InputRefused."""
    try:
        catalog = read_po(io.BytesIO(data), charset="utf-8", abort_invalid=True)
    except PoFileError as fault:
        # it counts lines from 0, and says so at the end
        raise _refused(shown, fault.lineno + 1, str(fault).partition(" on ")[0]) from None
    except (ValueError, LookupError) as fault:  # no UTF-8, or no language that CLDR knows
        raise _refused(shown, 0, f"cannot be read: {fault}") from None
    language = str(catalog.locale_identifier or "").replace("_", "-")
    if not language:
        raise _refused(shown, 0, "the header `Language` is missing")
    source = re.search(rf'"{_SOURCE_HEADER}: ([\w-]+)\\n"', data.decode(errors="replace"))
    units = tuple(_unit(message) for message in catalog if message.id)
    return Bundle(source[1] if source else "", language, units)


def _unit(message: Message) -> Unit:
    several = not isinstance(message.id, str)
    return Unit(
        id=message.context or "",
        source=message.id if isinstance(message.id, str) else str(message.id[0]),
        target=message.string if isinstance(message.string, str) else "",
        finished=not message.fuzzy,
        fault="has several forms, for numbers" if several else "",
    )


def _refused(shown: str, line: int, message: str) -> InputRefused:
    place = Place(shown, line, 1 if line else 0)
    remedy = "export it anew, or save it as PO in UTF-8"
    return InputRefused([Finding(rule="exchange", place=place, message=message, remedy=remedy)])
