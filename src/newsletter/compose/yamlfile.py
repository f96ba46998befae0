"""Read one YAML file that a person wrote: plain data, and the place of everything in it.

Steps: size, encoding, syntax (ruamel.yaml, YAML 1.2, nothing is ever constructed from a tag), then
a walk over the nodes that makes plain data and notes where each key and value stands. What cannot
be used is reported as Findings with line and column; all faults that do not hide others at once.
"""

import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, StreamMark
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.tokens import ScalarToken

from newsletter.compose.yamlsyntax import plain_words, slip_in, slips_at, yaml_finding
from newsletter.errors import InputRefused
from newsletter.model.finding import Finding
from newsletter.model.place import Marks, Place, YamlPath

MAX_OCTETS = 2_000_000
MAX_DEPTH = 40
MAX_ALIASES = 20
MAX_NODES = 100_000

_CORE = "tag:yaml.org,2002:"
_KINDS = frozenset({"map", "seq", "str", "int", "float", "bool", "null", "timestamp"})
_NO_LETTER = re.compile(r"\\U(?!00(?:0[0-9A-Fa-f]|10))[0-9A-Fa-f]{8}")
_HALF = re.compile("[\ud800-\udfff]")
"""Half of a letter of UTF-16 (RFC 3629 3): no file and no mail can hold one by itself."""


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A file as plain data (mappings, lists, str, int, float, bool, none) and its Marks."""

    data: Any
    marks: Marks


def read_yaml(path: Path, shown: str) -> YamlFile:
    """Return what stands in `path`; `shown` is how messages call the file.

    Raises InputRefused with a Finding for each fault.
    """
    return parse_yaml(decode(_read(path, shown), shown), shown)


def parse_yaml(text: str, shown: str) -> YamlFile:
    """Return what stands in `text`, as `read_yaml` does for a file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)  # YAML 1.2.2 3.2.2.2 allows it
            root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as fault:
        raise InputRefused(_syntax_findings(fault, text, shown)) from None
    except ReaderError as fault:
        raise InputRefused([_control_character(text, fault.position, shown)]) from None
    except ValueError:  # the library makes a letter of any number
        raise InputRefused([_no_letter(text, shown)]) from None
    except RecursionError:
        message = f"more than {MAX_DEPTH} levels, one inside the other"
        raise InputRefused([yaml_finding(Place(shown), message, "flatten it")]) from None
    walk = _Walk(shown, text)
    data = walk.value(root, (), 0) if root is not None else None
    if walk.findings:
        raise InputRefused(walk.findings)
    return YamlFile(data, Marks(shown, walk.spots, text))


def decode(octets: bytes, shown: str) -> str:
    """Return the text in `octets`: UTF-8, or UTF-16 with its mark; anything else is refused."""
    marked = octets.startswith((b"\xff\xfe", b"\xfe\xff"))
    encoding = "utf-16" if marked else "utf-8-sig"
    if not marked and _is_wide(octets[:1000]):
        message = "the file is not in UTF-8 but, it seems, in UTF-16"
        remedy = "save it with the encoding UTF-8"
        raise InputRefused([yaml_finding(Place(shown, 1, 1), message, remedy)])
    try:
        text = octets.decode(encoding)
    except UnicodeDecodeError as fault:
        before = fault.object[: fault.start].decode(fault.encoding)
        place = Place(shown, before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise InputRefused(
            [
                yaml_finding(
                    place,
                    "the file is not in UTF-8",
                    "save it with the encoding UTF-8 (it may be Windows-1251 or another old one)",
                )
            ]
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_wide(octets: bytes) -> bool:
    """Whether every other octet of so many is NUL that each letter must have two."""
    even, odd = octets[::2].count(0), octets[1::2].count(0)
    return max(even, odd) > len(octets) // 10 and min(even, odd) == 0


def _read(path: Path, shown: str) -> bytes:
    try:
        if (size := path.stat().st_size) > MAX_OCTETS:
            message = f"the file has {size:,} bytes; the limit is {MAX_OCTETS:,}"
            raise InputRefused([yaml_finding(Place(shown), message, "split it into smaller files")])
        return path.read_bytes()
    except FileNotFoundError:
        raise InputRefused(
            [
                yaml_finding(
                    Place(shown), "there is no such file", "check the name, or create the file"
                )
            ]
        ) from None
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise InputRefused(
            [
                yaml_finding(
                    Place(shown),
                    f"cannot be read: {reason}",
                    "check what it is and who may read it",
                )
            ]
        ) from None


_NOTE_AT_ONCE = re.compile(r"[ \t]+#[^\s#]")


@dataclass(slots=True)
class _Walk:
    """Makes plain data from nodes; gathers places and faults on the way."""

    shown: str
    source: str
    spots: dict[YamlPath, tuple[int, int]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)
    _told: set[str] = field(default_factory=set)
    _aliases: int = 0
    _nodes: int = 0

    def value(self, node: Node, path: YamlPath, depth: int) -> Any:
        """Return the plain data of `node`, which stands at `path`."""
        self.spots.setdefault(path, _spot(node))
        if not self._affordable(node, depth) or not self._has_known_tag(node):
            return None
        match node:
            case MappingNode():
                return self._mapping(node, path, depth)
            case SequenceNode():
                return [
                    self.value(child, (*path, position), depth + 1)
                    for position, child in enumerate(node.value)
                ]
            case ScalarNode():
                return self._scalar(node)
        raise TypeError(f"unknown kind of node: {node!r}")

    def _mapping(self, node: MappingNode, path: YamlPath, depth: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, ScalarNode) else ""
            place = Place(self.shown, *_spot(key_node))
            if not key or not key.isprintable():
                self._report_no_key(place)
            elif key in data:
                first = self.spots[(*path, key)][0]
                self._report(
                    place,
                    f"`{key}` stands here a second time (first in line {first})",
                    "keep one of the two",
                )
            else:
                self.spots[(*path, key)] = _spot(key_node)
                data[key] = self.value(value_node, (*path, key), depth + 1)
        return data

    def _report_no_key(self, place: Place) -> None:
        slip = slip_in(self.source.split("\n")[place.line - 1])
        if slip:
            self._report(Place(place.file, place.line, slip.column), slip.message, slip.remedy)
        else:
            self._report(place, "a key must be a word", "write it as `key: value`")

    def _scalar(self, node: ScalarNode) -> str | int | float | bool | None:
        text = str(node.value)
        if found := _HALF.search(text):
            self._report(
                Place(self.shown, *_spot(node)),
                f"a letter that does not exist (U+{ord(found.group()):04X})",
                "delete it, or write the letter itself",
            )
            return None
        self._check_for_lost_words(node)
        return _plain(str(node.tag).removeprefix(_CORE), text)

    def _check_for_lost_words(self, node: ScalarNode) -> None:
        """Report a text of which YAML takes a part for something else: “Issue #1”, “! Note”."""
        if node.style is not None:
            return
        place = Place(self.shown, *_spot(node))
        if _NOTE_AT_ONCE.match(self.source, node.end_mark.index):
            self._report(
                place,
                "the text ends before the #, for a note begins there",
                "put the text into quotation marks; write a note with a space after the #",
            )
        if self.source.startswith("! ", node.start_mark.index):
            self._report(place, "the exclamation mark is lost", "put the text into quotation marks")

    def _has_known_tag(self, node: Node) -> bool:
        """Whether `node` is of a plain kind; a tag that would make an object is reported."""
        tag = str(node.tag)
        if tag.startswith(_CORE) and tag.removeprefix(_CORE) in _KINDS:
            return True
        self._report(
            Place(self.shown, *_spot(node)),
            f"the tag {tag.replace(_CORE, '!!')} is not known",
            "remove the word that begins with an exclamation mark",
        )
        return False

    def _affordable(self, node: Node, depth: int) -> bool:
        """Whether to go on; a file that would grow without end is reported once."""
        self._nodes += 1
        if id(node) in self._seen:
            self._aliases += 1
        self._seen.add(id(node))
        for count, limit, what, remedy in (
            (self._aliases, MAX_ALIASES, "aliases (*name)", "write the values out"),
            (depth, MAX_DEPTH, "levels, one inside the other", "flatten it"),
            (self._nodes, MAX_NODES, "values", "split the file"),
        ):
            if count > limit:
                if what not in self._told:
                    place = Place(self.shown, *_spot(node))
                    self._report(place, f"more than {limit:,} {what}", remedy)
                self._told.add(what)
                return False
        return True

    def _report(self, place: Place, message: str, remedy: str) -> None:
        self.findings.append(yaml_finding(place, message, remedy))


def _spot(node: Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _plain(tag: str, text: str) -> str | int | float | bool | None:
    """Return the value of a scalar; what reads like a number but is none stays text."""
    match tag:
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int" | "float":
            try:
                return int(text) if tag == "int" else float(text)
            except ValueError:
                return text
    return text


def _no_letter(text: str, shown: str) -> Finding:
    found = _NO_LETTER.search(text)
    place = _place_in(text, found.start(), shown) if found else Place(shown)
    code = found.group() if found else "\\U"
    return yaml_finding(place, f"{code} is the number of no letter", "write the letter itself")


def _place_in(text: str, position: int, shown: str) -> Place:
    return Place(shown, text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position))


def _control_character(text: str, position: int, shown: str) -> Finding:
    place = _place_in(text, position, shown)
    code = f"U+{ord(text[position]):04X}" if position < len(text) else "U+FFFF"
    return yaml_finding(place, f"an invisible control character ({code})", "delete it")


def _syntax_findings(fault: MarkedYAMLError, text: str, shown: str) -> list[Finding]:
    said = f"{fault.context or ''} {fault.problem or ''}".strip()
    if (mark := fault.problem_mark) and "quoted scalar" not in said:
        slips = sorted(slips_at(text, mark.line + 1, said), key=lambda each: each[0])
        if slips:
            return [
                yaml_finding(Place(shown, line, slip.column), slip.message, slip.remedy)
                for line, slip in slips
            ]
    return [_syntax_finding(fault, text, shown)]


def _syntax_finding(fault: MarkedYAMLError, text: str, shown: str) -> Finding:
    mark = fault.problem_mark or fault.context_mark
    said = f"{fault.context or ''} {fault.problem or ''}".strip()
    if "while scanning a quoted scalar" in said:
        mark = fault.context_mark  # where it opens; the problem is at the end of the file
    elif mark and (opening := _quotation_before(text, mark.line)):
        place = Place(shown, opening.line + 1, opening.column + 1)
        message = f"the quotation that opens here closes only in line {mark.line + 1}"
        return yaml_finding(place, message, "close it where it ends")
    place = Place(shown, mark.line + 1, mark.column + 1) if mark else Place(shown)
    return yaml_finding(place, *plain_words(said))


def _quotation_before(text: str, line: int) -> StreamMark | None:
    """Return where a quotation of several lines opens that ends in `line`, if there is one.

    One that was not closed takes in all up to the next quotation mark, and only then a fault shows.
    """
    opening: StreamMark | None = None
    try:
        for token in YAML(typ="safe", pure=True).scan(text):
            if token.start_mark.line > line:
                break
            quoted = isinstance(token, ScalarToken) and token.style in ("'", '"')
            if quoted and token.start_mark.line < token.end_mark.line == line:
                opening = token.start_mark
    except (MarkedYAMLError, ValueError):  # the fault itself: what stands before it has been seen
        return opening
    return opening
