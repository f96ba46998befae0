"""PO, the file of gettext, which every translators' program opens: written and read by Babel.

The format has no end, so a file that was cut off looks whole. Ours say in their header how many
texts they have, and end with an entry that programs keep and do not show (an obsolete one). Where
that is missing, the last text of the file is not taken unless it looks whole.
"""

import datetime
import io
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po, write_po

import newsletter
from newsletter.errors import InputRefused
from newsletter.model.finding import Finding
from newsletter.model.place import Place
from newsletter.model.translating import State
from newsletter.translations.exchange import Bundle, Unit, label_of

_SOURCE_HEADER = "X-Source-Language"
_COUNT_HEADER = "X-Newsletter-Texts"
_SENT = "sent: "
_END = "The end of the file: all texts are there."
_UNCLOSED = re.compile(r'^\s*(?:(?:msg\w+(?:\[\d+\])?\s+)?"(?:[^"\\]|\\.)*\\?)$', re.MULTILINE)
_NAMES = re.compile(r'^msgctxt "(.*)"\s*$', re.MULTILINE)
_CHARSET = re.compile(rb"charset=([\w.:-]+)", re.IGNORECASE)
_PARAGRAPHS = re.compile(r"\n\s*\n")
_SENTENCE_END = re.compile(r"[.!?…:]\W*$")
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
            auto_comments=(*unit.notes, f"{_SENT}{label_of(unit, bundle.language)}"),
            flags=("fuzzy",) if unit.target and unit.state is not State.DONE else (),
            context=unit.id,
        )
    stream = io.BytesIO()
    write_po(stream, catalog, width=0)
    language = f'"Language: {bundle.language.replace("-", "_")}\\n"'
    more = {_SOURCE_HEADER: bundle.source_language, _COUNT_HEADER: len(bundle.units)}
    named = "".join((language, *(f'\n"{name}: {value}\\n"' for name, value in more.items())))
    text = stream.getvalue().decode().replace(language, named, 1)
    return f'{text.rstrip()}\n\n#~ msgid "{_END}"\n#~ msgstr ""\n'.encode()


def read_po_file(data: bytes, shown: str) -> Bundle:
    """Return what a PO file holds; raises InputRefused."""
    text = _decoded(data, shown)
    if unclosed := _UNCLOSED.search(text):
        line = text.count("\n", 0, unclosed.start()) + 1
        raise _refused(shown, line, "a quotation mark is not closed: the file breaks off here")
    try:
        catalog = read_po(io.StringIO(text), abort_invalid=True)
    except PoFileError as fault:
        # it counts lines from 0, and says so at the end
        raise _refused(shown, fault.lineno + 1, str(fault).partition(" on ")[0]) from None
    except (ValueError, LookupError) as fault:  # no language that CLDR knows
        raise _refused(shown, 0, f"cannot be read: {fault}") from None
    language = str(catalog.locale_identifier or "").replace("_", "-")
    if not language:
        raise _refused(shown, 0, "the header `Language` is missing")
    messages = sorted((each for each in catalog if each.id), key=lambda each: each.lineno or 0)
    again = {name for name, count in Counter(_NAMES.findall(text)).items() if count > 1}
    units = [_unit(each, again) for each in messages]
    count = _header(text, _COUNT_HEADER)
    sent = int(count) if count.isdecimal() else 0
    if _END not in [str(each.id) for each in catalog.obsolete.values()]:
        units = [*units[:-1], *(_last(each, len(units), sent) for each in units[-1:])]
    bundle = Bundle(_header(text, _SOURCE_HEADER), language, tuple(units), sent)
    if other := bundle.other_language:
        line = text[: text.find('"Language:')].count("\n") + 1
        message = f"the file was made for {other}, but its header `Language` says {language}"
        remedy = f"write {other} there, or export it for {language}"
        raise _refused(shown, line, message, remedy)
    return bundle


def _decoded(data: bytes, shown: str) -> str:
    """Return the text of a file in UTF-8, with its mark or without, or in what its header names."""
    named = _CHARSET.search(data)
    for charset in ("utf-8-sig", named[1].decode() if named else "utf-8"):
        try:
            return data.decode(charset).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError as fault:
            if fault.reason == "unexpected end of data":
                line = data.count(b"\n") + 1
                message = "the file breaks off here, in the midst of a letter"
                raise _refused(shown, line, message) from None
        except LookupError:
            continue
    raise _refused(shown, 0, "the file is not in UTF-8, nor in what its header names")


def _header(text: str, name: str) -> str:
    found = re.search(rf'"{name}: ([\w-]+)\\n"', text)
    return found[1] if found else ""


def _last(unit: Unit, count: int, sent: int) -> Unit:
    """Return the last unit of a file without an end: with a fault, unless all looks whole."""
    if count < sent:
        return replace(unit, fault=f"the file breaks off here, with {count} of {sent} texts")
    pieces = (len(_PARAGRAPHS.split(each.strip())) for each in (unit.source, unit.target))
    ends = (bool(_SENTENCE_END.search(each)) for each in (unit.source, unit.target))
    if unit.target and (next(pieces) > next(pieces) or next(ends) > next(ends)):
        fault = "the file may break off here: this text ends before its source does"
        return replace(unit, fault=fault)
    return unit


def _unit(message: Message, again: Iterable[str]) -> Unit:
    several = not isinstance(message.id, str)
    name = message.context or ""
    twice = "stands in the file more than once" if name in again else ""
    labels = [each.removeprefix(_SENT) for each in message.auto_comments if each.startswith(_SENT)]
    return Unit(
        id=name,
        source=message.id if isinstance(message.id, str) else str(message.id[0]),
        target=message.string if isinstance(message.string, str) else "",
        finished=not message.fuzzy,
        unsure=message.fuzzy,
        fault="has several forms, for numbers" if several else twice,
        label=labels[0].strip() if labels else "",
    )


def _refused(shown: str, line: int, message: str, remedy: str = "") -> InputRefused:
    place = Place(shown, line, 1 if line else 0)
    remedy = remedy or "export it anew, or save it as PO in UTF-8"
    return InputRefused([Finding(rule="exchange", place=place, message=message, remedy=remedy)])
