"""XLIFF 2 (OASIS), the file that translators' programs open: written and read here.

What comes back was in foreign hands: a document type, entities and anything from outside the file
are refused, inline codes that we never wrote make a unit unusable.
"""

from collections.abc import Iterator

from lxml import etree

from newsletter.errors import InputRefused
from newsletter.model.finding import Finding
from newsletter.model.place import Place
from newsletter.model.translating import State
from newsletter.translations.exchange import Bundle, Unit, label_of

_SPACE = "urn:oasis:names:tc:xliff:document:2.0"
_KNOWN = (_SPACE, "urn:oasis:names:tc:xliff:document:2.2")
_XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
MAX_OCTETS = 20_000_000
_SENT = "sent"
"""The category of the note that holds the label of a unit."""
_CODES = frozenset({"ph", "cp", "sc", "ec"})


def xliff_of(bundle: Bundle) -> bytes:
    """Return `bundle` as an XLIFF 2.0 file."""
    root = etree.Element(_tag("xliff"), nsmap={None: _SPACE}, version="2.0")
    root.set("srcLang", bundle.source_language)
    root.set("trgLang", bundle.language)
    files: dict[str, etree._Element] = {}
    for unit in bundle.units:
        original = unit.place.split(":")[0]
        if original not in files:
            # XLIFF 2.0 4.2.2.2: the id is ours to choose, and unique in the document
            files[original] = _child(root, "file", id=f"f{len(files) + 1}", original=original)
        _add_unit(files[original], unit, bundle.language)
    if not files:
        _child(_child(root, "file", id="f1"), "unit", id="nothing", translate="no")
    etree.indent(root)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8")) + b"\n"


def read_xliff(data: bytes, shown: str) -> Bundle:
    """Return what an XLIFF 2 file holds; raises InputRefused."""
    root = _root(data, shown)
    space = etree.QName(root).namespace
    source, target = root.get("srcLang", ""), root.get("trgLang", "")
    if not target:
        raise _refused(
            shown, root.sourceline or 1, "`trgLang` is missing", "name the language in <xliff>"
        )
    units = tuple(_read_unit(unit, space) for unit in root.iter(f"{{{space}}}unit"))
    bundle = Bundle(source, target, tuple(unit for unit in units if unit.source))
    if other := bundle.other_language:
        message = f"the file was made for {other}, but its `trgLang` is {target}"
        remedy = f'write trgLang="{other}", or export it for {target}'
        raise _refused(shown, root.sourceline or 1, message, remedy)
    return bundle


def _root(data: bytes, shown: str) -> etree._Element:
    if len(data) > MAX_OCTETS:
        message = f"the file has {len(data):,} bytes; the limit is {MAX_OCTETS:,}"
        raise _refused(shown, 0, message, "send fewer items at a time")
    # Nothing is fetched and no entity is replaced, whatever the file asks for.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as fault:
        line, _ = fault.position
        raise _refused(shown, line, f"no XML: {fault.msg}", "export the file anew") from None
    if root.getroottree().docinfo.doctype:
        message = "a document type (<!DOCTYPE …>) stands in the file"
        raise _refused(shown, 1, message, "XLIFF has none: delete it, or export the file anew")
    name = etree.QName(root)
    if name.localname != "xliff" or name.namespace not in _KNOWN:
        version = root.get("version", "")
        what = f"XLIFF {version}" if name.localname == "xliff" else f"a file of <{name.localname}>"
        raise _refused(shown, 1, f"this is {what}, not XLIFF 2", "save it as XLIFF 2.0 or 2.1")
    return root


def _add_unit(file: etree._Element, unit: Unit, language: str) -> None:
    element = _child(file, "unit", id=_name(unit.id), name=unit.id, canResegment="no")
    notes = _child(element, "notes")
    _child(notes, "note", category="place").text = unit.place
    for note in unit.notes:
        _child(notes, "note").text = note
    _child(notes, "note", category=_SENT).text = label_of(unit, language)
    state = "translated" if unit.state is State.DONE else "initial"
    segment = _child(element, "segment", state=state)
    _text(segment, "source", unit.source)
    if unit.target:
        _text(segment, "target", unit.target)


def _text(segment: etree._Element, kind: str, words: str) -> None:
    element = _child(segment, kind)
    element.set(_XML_SPACE, "preserve")
    element.text = words


def _child(parent: etree._Element, kind: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, _tag(kind), attributes)


def _tag(kind: str) -> str:
    return f"{{{_SPACE}}}{kind}"


def _name(unit_id: str) -> str:
    """Return the id of a unit as an NMTOKEN (XLIFF 2.0 4.3.1.10): without the slash."""
    return unit_id.replace("/", ".")


def _read_unit(element: etree._Element, space: str) -> Unit:
    parts = [
        each
        for each in element
        if etree.QName(each).localname in ("segment", "ignorable")
        and etree.QName(each).namespace == space
    ]
    codes = {
        etree.QName(each).localname
        for part in parts
        for each in part.iter()
        if etree.QName(each).localname in _CODES
    }
    segments = [part for part in parts if etree.QName(part).localname == "segment"]
    targets = list(_texts(parts, space, "target"))
    return Unit(
        id=element.get("name") or element.get("id", ""),
        source="".join(_texts(parts, space, "source")),
        target="".join(targets),
        finished=bool(segments)
        and all(each.get("state", "initial") != "initial" for each in segments),
        fault=f"holds codes (<{'>, <'.join(sorted(codes))}>) that the export did not have"
        if codes
        else "",
        label=element.findtext(
            f"{{{space}}}notes/{{{space}}}note[@category='{_SENT}']", ""
        ).strip(),
    )


def _texts(parts: list[etree._Element], space: str, kind: str) -> Iterator[str]:
    """Yield the text of each part: a program may have cut a unit into several segments."""
    for part in parts:
        found = part.find(f"{{{space}}}{kind}")
        if found is None and kind == "target" and etree.QName(part).localname == "ignorable":
            found = part.find(f"{{{space}}}source")  # what lies between segments stays as it is
        if found is not None:
            yield "".join(found.itertext())


def _refused(shown: str, line: int, message: str, remedy: str) -> InputRefused:
    place = Place(shown, line, 1 if line else 0)
    return InputRefused([Finding(rule="exchange", place=place, message=message, remedy=remedy)])
