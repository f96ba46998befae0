"""Write values as YAML that people like to read: plain words where they can be, folded lines.

Whatever is written here is read back as the same value by `yamlfile.py`; a long paragraph of
Markdown is broken into lines, which mean the same to it.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping

WIDTH = 112
_NBSP = "\u00a0"
_PLAIN = re.compile(r"(?:[^\W\d_]|[«“])(?:[^#:\n]|:(?=[^\s,\]}])|(?<=\S)#)*")
_NO_TEXT = {"null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"}
_WORD = re.compile(r"[a-z0-9][a-z0-9-]*")
_MAY_BEGIN_A_LINE = re.compile(r"[^\W\d_]|[«“(]")
"""What Markdown takes for words at the start of a line, not for the mark of a list or heading."""


def key_lines(key: str, value: object, indent: str = "") -> Iterator[str]:
    """Yield the lines of `key: value`, as an editor would have written them."""
    if isinstance(value, Mapping):
        yield f"{indent}{key}:"
        for inner, each in value.items():
            yield from key_lines(inner, each, indent + "  ")
    elif isinstance(value, list | tuple):
        yield from _list_lines(key, value, indent)
    elif isinstance(value, str):
        yield from _text_lines(key, value, indent)
    else:
        yield f"{indent}{key}: {str(value).lower() if isinstance(value, bool) else value}"


def commented(lines: Iterable[str]) -> list[str]:
    """Return `lines` as comments."""
    return [f"# {line}".rstrip() for line in lines]


def quoted(text: str) -> str:
    """Return one line of text as a YAML scalar: plain if it can be, else between marks."""
    plain = (
        _PLAIN.fullmatch(text)
        and text == text.strip()
        and text.lower() not in _NO_TEXT
        and _is_seen(text)
    )
    # JSON is YAML (YAML 1.2.2 1.3), but for characters that JSON need not escape.
    return text if plain else _escaped(json.dumps(text, ensure_ascii=False))


def _is_seen(text: str) -> bool:
    return text.replace(_NBSP, " ").isprintable()


def _escaped(text: str) -> str:
    return "".join(each if _is_seen(each) else f"\\U{ord(each):08x}" for each in text)


def _list_lines(key: str, values: Iterable[object], indent: str) -> Iterator[str]:
    listed = list(values)
    if all(isinstance(each, str) and _WORD.fullmatch(each) for each in listed):
        yield f"{indent}{key}: [{', '.join(map(str, listed))}]"
        return
    yield f"{indent}{key}:"
    for each in listed:
        if isinstance(each, Mapping):
            pairs = (key_lines(name, value, f"{indent}    ") for name, value in each.items())
            first, *others = (line for lines in pairs for line in lines)
            yield f"{indent}  - {first.strip()}"
            yield from others
        else:
            yield f"{indent}  - {quoted(str(each))}"


def _text_lines(key: str, text: str, indent: str) -> Iterator[str]:
    inner = indent + "  "
    lines = text.strip().split("\n")
    if not all(map(_is_seen, lines)):
        yield f"{indent}{key}: {quoted(text)}"
    elif len(lines) > 1:
        yield f"{indent}{key}: |"
        for line in lines:
            for piece in wrapped(line, WIDTH - len(inner)):
                yield f"{inner}{piece}".rstrip()
    elif len(indent + key + text) + 4 <= WIDTH or "" in text.split(" "):
        yield f"{indent}{key}: {quoted(text)}"
    else:
        yield f"{indent}{key}: >-"
        for piece in wrapped(text, WIDTH - len(inner)):
            yield inner + piece


def wrapped(line: str, width: int) -> Iterator[str]:
    """Yield `line` in pieces of about `width`; none begins with what Markdown might take up."""
    current = ""
    for word in line.split(" "):
        may_break = _MAY_BEGIN_A_LINE.match(word)
        if current.strip() and len(current) + 1 + len(word) > width and may_break:
            yield current
            current = word
        else:
            current = f"{current} {word}" if current else word
    yield current
