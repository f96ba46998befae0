"""Put texts into a YAML file that a person wrote, and change nothing else in it.

Comments, order, blank lines and the style of everything around stay as they are: only the letters
of the texts themselves are exchanged, and new keys are put where their neighbours stand. What comes
out is read again and compared: a file that would say anything else than it should is refused.
"""

import contextlib
import copy
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from newsletter.compose.files import named, write_beside
from newsletter.compose.markdown import rich_text
from newsletter.compose.yamlfile import decode, parse_yaml
from newsletter.compose.yamltext import key_lines, quoted, wrapped
from newsletter.errors import InputRefused
from newsletter.model.place import YamlPath

_WIDTH = 120
_COMMENT = re.compile(r"[ \t]+#.*")
_BLOCK_HEADER = re.compile(r"[|>][-+0-9]*(?P<comment>[ \t]+#.*)?")
_PLAIN_ADDRESS = re.compile(r"https?://[^\s#,\[\]{}'\"`]+[^\s#,\[\]{}'\"`:]")
_FLOW_PLAIN = re.compile(r"[^,\[\]{}]*")


class CannotEdit(Exception):
    """A text cannot be put into a file; the message says why."""


@dataclass(frozen=True, slots=True)
class TextChange:
    """A text to write at `path`; `prose` when it is Markdown of several paragraphs."""

    path: YamlPath
    text: str
    prose: bool = False


def with_texts(source: str, changes: Iterable[TextChange], languages: Iterable[str]) -> str:
    """Return the YAML `source` with `changes` made; raises CannotEdit.

    A block of a language that is not there yet is put after those of `languages` that are.
    """
    wanted = [replace(change, text=change.text.strip()) for change in changes]
    known = frozenset(languages)
    text = source if source.endswith("\n") or not source else source + "\n"
    for change in wanted:
        text = _with_text(text, change, known)
    _insist(source, text, wanted)
    return text


def replace_all(files: Mapping[Path, bytes]) -> None:
    """Replace all files or none: each is written beside its place first, then all are renamed.

    When a rename fails, those that were replaced get back what they held.
    """
    drafts: dict[Path, Path] = {}
    before: dict[Path, bytes] = {}
    try:
        for path, data in files.items():
            before[path] = path.read_bytes()
            drafts[path] = write_beside(path, data, durable=True)
        done: list[Path] = []
        try:
            for path, draft in drafts.items():
                with named(path):
                    draft.replace(path)
                done.append(path)
        except OSError:
            for path in done:
                write_beside(path, before[path], durable=True).replace(path)
            raise
    finally:
        for draft in drafts.values():
            with contextlib.suppress(FileNotFoundError):
                draft.unlink()


def edited(data: bytes, shown: str, edit: Callable[[str], str]) -> bytes:
    """Return the file `data` with `edit` applied to its text; encoding and line ends stay."""
    text = edit(decode(data, shown))
    if b"\r\n" in data:
        text = text.replace("\n", "\r\n")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        order = "utf-16-le" if data.startswith(b"\xff\xfe") else "utf-16-be"
        return data[:2] + text.encode(order)
    return text.encode("utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8")


def _with_text(text: str, change: TextChange, languages: frozenset[str]) -> str:
    root = YAML(typ="safe", pure=True).compose(text)
    if not isinstance(root, MappingNode):
        raise CannotEdit("the file holds no keys")
    container: MappingNode | SequenceNode = root
    for depth, part in enumerate(change.path):
        found = _child(container, part)
        if found is None:
            return _inserted(text, container, change, depth, languages)
        key, value = found
        if depth == len(change.path) - 1:
            if not isinstance(value, ScalarNode):
                raise CannotEdit(f"`{part}` holds keys of its own")
            return _exchanged(text, container, key, value, change)
        if not isinstance(value, MappingNode | SequenceNode):
            raise CannotEdit(f"`{part}` holds no keys")
        container = value
    raise CannotEdit("a file is no text")


def _child(container: Node, part: str | int) -> tuple[Node, Node] | None:
    """Return the key and the value at `part` of a mapping; in a list both are the value."""
    if isinstance(container, MappingNode):
        return next(((k, v) for k, v in container.value if k.value == part), None)
    if isinstance(container, SequenceNode) and isinstance(part, int):
        if part < len(container.value):
            return container.value[part], container.value[part]
        if part == len(container.value):
            return None
    raise CannotEdit(f"there is no place for `{part}`")


def _exchanged(
    text: str,
    container: MappingNode | SequenceNode,
    key: Node,
    value: ScalarNode,
    change: TextChange,
) -> str:
    """Return `text` with another value in the place of `value`."""
    if value.anchor or text[value.start_mark.index :].startswith("*"):
        raise CannotEdit("an alias or an anchor stands there; write the words out")
    if container.flow_style:
        start, end = value.start_mark.index, value.end_mark.index
        return text[:start] + _in_flow(change.text) + text[end:]
    start = key.start_mark.index
    end = start + len(text[start : value.end_mark.index].rstrip())
    lines = list(_lines(str(key.value), change.text, " " * key.start_mark.column, change.prose))
    lines[0] = lines[0].lstrip()
    in_block = value.style in ("|", ">")
    header = _BLOCK_HEADER.match(text, value.start_mark.index) if in_block else None
    after = _COMMENT.match(text, end)
    comment = (header and header["comment"]) or (after.group() if after else "")
    if after:
        end = after.end()
    lines[0] += comment or ""
    return text[:start] + "\n".join(lines) + text[end:]


def _inserted(
    text: str,
    container: MappingNode | SequenceNode,
    change: TextChange,
    depth: int,
    languages: frozenset[str],
) -> str:
    """Return `text` with a new key or entry in `container`, at `depth` of the path."""
    part, rest = change.path[depth], change.path[depth + 1 :]
    if container.flow_style:
        return _inserted_in_flow(text, container, part, rest, change.text)
    if not isinstance(container, MappingNode):
        return _appended(text, container, rest, change)
    if not container.value:
        raise CannotEdit(f"there is nothing beside which `{part}` could stand")
    indent = " " * container.value[0][0].start_mark.column
    neighbour = _neighbour(container, str(part), languages)
    in_line = isinstance(neighbour[1], MappingNode) and neighbour[1].flow_style
    if part in languages and in_line and len(rest) == 1:
        lines = [f"{indent}{part}: {{ {rest[0]}: {_in_flow(change.text)} }}"]
    else:
        lines = list(_lines(str(part), _nested(rest, change.text), indent, change.prose))
    return _put_after(text, neighbour[1], lines)


def _neighbour(container: MappingNode, key: str, languages: frozenset[str]) -> tuple[Node, Node]:
    """Return the pair after which `key` is put: blocks of languages stand together."""
    pairs: list[tuple[Node, Node]] = container.value
    if key in languages:
        blocks = [pair for pair in pairs if pair[0].value in languages]
        if blocks:
            return blocks[-1]
    before = _ORDER[: _ORDER.index(key)] if key in _ORDER else _ORDER
    earlier = [pair for pair in pairs if pair[0].value in before]
    return earlier[-1] if earlier else pairs[-1]


_ORDER = (
    *("subject", "preheader", "editorial", "title", "lead", "quote", "person", "position", "text"),
    *("signed", "place", "publisher", "partners", "image_alt", "image_credit", "label", "url"),
    *("links", "footnote", "heading"),
)
"""In which order the words of a block usually stand."""


def _appended(text: str, container: SequenceNode, rest: YamlPath, change: TextChange) -> str:
    indent = " " * container.start_mark.column
    nested = _nested(rest, change.text)
    if not isinstance(nested, dict):
        lines = [f"{indent}- {quoted(change.text)}"]
    else:
        (key, value), *_ = nested.items()
        lines = list(_lines(key, value, indent + "  ", change.prose))
        lines[0] = f"{indent}- {lines[0].lstrip()}"
    return _put_after(text, container.value[-1], lines)


def _inserted_in_flow(
    text: str, container: MappingNode | SequenceNode, part: str | int, rest: YamlPath, words: str
) -> str:
    """Return `text` with one more key before the closing bracket of `container`."""
    if isinstance(container, SequenceNode) or rest:
        raise CannotEdit("a list in brackets stands there; write its entries in lines of their own")
    closing = container.end_mark.index - 1
    before = text[:closing].rstrip()
    comma = "" if before.endswith(("{", ",")) else ","
    return f"{before}{comma} {part}: {_in_flow(words)} {text[closing:]}"


def _put_after(text: str, value: Node, lines: list[str]) -> str:
    """Return `text` with `lines` below the last line of `value`."""
    end = len(text[: value.end_mark.index].rstrip())
    end = text.find("\n", end)
    end = len(text) if end < 0 else end
    return text[:end] + "\n" + "\n".join(lines) + text[end:]


def _nested(path: YamlPath, words: str) -> Any:
    """Return `words` below the keys of `path`."""
    value: Any = words
    for part in reversed(path):
        value = [value] if isinstance(part, int) else {part: value}
    return value


def _lines(key: str, value: Any, indent: str, prose: bool) -> Iterator[str]:
    """Yield the lines of `key: value`; only one text stands in `value`, however deep."""
    if isinstance(value, dict):
        yield f"{indent}{key}:"
        for inner, each in value.items():
            yield from _lines(inner, each, indent + "  ", prose)
    elif isinstance(value, str) and prose:
        yield from _prose_lines(key, value, indent)
    elif isinstance(value, str) and _PLAIN_ADDRESS.fullmatch(value):
        yield f"{indent}{key}: {value}"
    else:
        yield from key_lines(key, value, indent)


def _prose_lines(key: str, text: str, indent: str) -> list[str]:
    """Return the lines of a story: below `|` if it reads the same there, else between marks."""
    lines = text.split("\n")
    folded = [piece.rstrip() for line in lines for piece in wrapped(line, _WIDTH - len(indent) - 2)]
    for block in (folded, lines):
        written = [f"{indent}{key}: |", *(f"{indent}  {line}" if line else "" for line in block)]
        if _reads_back(written, key, text):
            return written
    return [f"{indent}{key}: {quoted(text)}"]


def _reads_back(lines: list[str], key: str, text: str) -> bool:
    try:
        found = parse_yaml("\n".join(lines) + "\n", "the story").data[key]
    except InputRefused:
        return False
    return isinstance(found, str) and _same_prose(found.strip(), text)


def _in_flow(words: str) -> str:
    """Return one line of text as it may stand between brackets."""
    written = quoted(words)
    if written == words and not _FLOW_PLAIN.fullmatch(words):
        return json.dumps(words, ensure_ascii=False)
    return written


def _insist(before: str, after: str, changes: list[TextChange]) -> None:
    """Raise CannotEdit unless `after` says what `before` said, but for `changes`."""
    try:
        found = parse_yaml(after, "the new file").data
        expected = copy.deepcopy(parse_yaml(before, "the file").data)
    except InputRefused as refused:
        raise CannotEdit(str(refused)) from None
    for change in changes:
        written = _take(found, change.path)
        same = _same_prose if change.prose else str.__eq__
        if not isinstance(written, str) or not same(written.strip(), change.text):
            raise CannotEdit(f"`{change.path[-1]}` could not be written so that it reads the same")
        _put(found, change.path, None)
        _put(expected, change.path, None)
    if _bare(found) != _bare(expected):
        raise CannotEdit("other words of the file would change with it")


def _same_prose(written: str, wanted: str) -> bool:
    """Whether two texts are the same to readers, wherever their lines end."""
    return rich_text(written, list).html == rich_text(wanted, list).html


def _take(data: Any, path: YamlPath) -> Any:
    for part in path:
        data = data[part]
    return data


def _put(data: Any, path: YamlPath, value: Any) -> None:
    """Set the value at `path`, and make what is missing on the way."""
    for part, after in pairwise(path):
        empty: Any = [] if isinstance(after, int) else {}
        if isinstance(part, int) and part == len(data):
            data.append(empty)
        elif isinstance(part, str) and data.get(part) is None:
            data[part] = empty
        data = data[part]
    last = path[-1]
    if isinstance(last, int) and last == len(data):
        data.append(value)
    else:
        data[last] = value


def _bare(data: Any) -> Any:
    """Return `data` with the order of its keys as part of it left out."""
    return json.dumps(data, sort_keys=True, default=str)
