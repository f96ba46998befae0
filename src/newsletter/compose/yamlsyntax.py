"""What a YAML library says of a file that is not YAML, in plain words with a remedy.

The library stops where it can go on no longer, often in the line below the slip: a key without the
space after its colon is a text to it, and so is one behind spaces of another kind. Such slips are
looked for in the line it names and in those right above it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.model.finding import Finding
from newsletter.model.place import Place

_SYNTAX: tuple[tuple[str, str, str], ...] = (
    (r"character '\t'", "a tab stands where spaces must", "indent with spaces"),
    (
        "mapping values are not allowed",
        "a colon stands where no key can begin",
        "put a text that contains “: ” into quotation marks, or check the indentation",
    ),
    (
        "could not find expected ':'",
        "a key without its colon",
        "write it as `key: value`; a text of several lines begins with `|`",
    ),
    (
        "expected <block end>",
        "the indentation does not fit the lines above",
        "indent keys that belong together alike; quote texts that begin with a quotation mark or [",
    ),
    (
        "found unexpected end of stream",
        "a quotation mark or bracket is opened but never closed",
        "close it",
    ),
    (
        "while scanning a block scalar",
        "text stands after | or > in the same line",
        "begin the text in the next line, indented",
    ),
    (
        "sequence entries are not allowed",
        "a dash stands where no list can begin",
        "begin the list in the next line, or put the text into quotation marks",
    ),
    (
        "while scanning a double-quoted scalar",
        "a backslash does not stand for itself in double quotation marks",
        "use single quotation marks, or write two backslashes",
    ),
    (
        "expected '<document start>'",
        "this does not belong to the lines above",
        "check the indentation and the quotation marks",
    ),
    ("expected the node content", "a value is missing here", "write one, or close the bracket"),
    ("expected ',' or", "a list or mapping in brackets is not closed", "close it, or add a comma"),
    (
        "found undefined alias",
        "an alias (*name) without its anchor (&name)",
        "write the value out, or put the text in quotation marks",
    ),
    (
        "cannot start any token",
        "a text cannot begin with this character",
        "put the text into quotation marks",
    ),
    ("expected a single document", "a second document begins (---)", "keep one document in a file"),
    (
        "undefined tag handle",
        "a tag that is not known",
        "remove the word that begins with an exclamation mark",
    ),
)


_OTHER_SPACES = "\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff"
_OTHER_SPACE = re.compile(rf"^[ ]*(?:- *)*(?:[\w-]+: *)?([{_OTHER_SPACES}])")
_OTHER_COLON = re.compile(r"^[ ]*(?:- +)*([\w-]+)[ ]*([：﹕∶꞉︓])")
_NO_SPACE = re.compile(r"^[ ]*(?:- +)*([A-Za-z][\w-]*):(?!//)(?=\S)")
_NO_SPACE_IN_BRACKETS = re.compile(r"[{,][ ]*([A-Za-z][\w-]*):(?!//)(?=\S)")


@dataclass(frozen=True, slots=True)
class Slip:
    """What somebody mistyped in a line; `column` counts from 1."""

    column: int
    message: str
    remedy: str


def slip_in(line: str, *, in_brackets: bool = False) -> Slip | None:
    """Return what was mistyped in a line that looks right and is no YAML."""
    if found := _OTHER_SPACE.match(line):
        code = f"U+{ord(found[1]):04X}"
        what = "a non-breaking space" if found[1] == "\u00a0" else "a space of another kind"
        return Slip(
            found.start(1) + 1,
            f"{what} ({code}) stands where a plain one must",
            "type the spaces anew; such ones come along from Word and from web pages",
        )
    if found := _OTHER_COLON.match(line):
        message = f"“{found[2]}” (U+{ord(found[2]):04X}) is not the plain colon that ends a key"
        return Slip(found.start(2) + 1, message, _written(found[1], line[found.end() :]))
    found = _NO_SPACE.match(line) or (_NO_SPACE_IN_BRACKETS.search(line) if in_brackets else None)
    if found:
        message = f"the space after `{found[1]}:` is missing"
        return Slip(found.end() + 1, message, _written(found[1], line[found.end() :]))
    return None


def _written(key: str, rest: str) -> str:
    words = rest.strip()
    return f"write `{key}: {words if len(words) <= 30 else f'{words[:30].strip()}…'}`"


def slips_at(text: str, line: int, said: str) -> Iterator[tuple[int, Slip]]:
    """Yield lines (from 1) and slips at `line`, of which the library `said` something, and above.

    Lines right above it count as long as there is a slip in them.
    """
    lines = text.split("\n")[:line]
    for number in range(len(lines), 0, -1):
        slip = slip_in(lines[number - 1], in_brackets=number == line and "expected ',' or" in said)
        if slip:
            yield number, slip
        elif number < line:
            return


def plain_words(said: str) -> tuple[str, str]:
    """Return what is wrong and how to mend it, for what the library `said`."""
    for sign, message, remedy in _SYNTAX:
        if sign in said:
            return message, remedy
    return said or "is not YAML", "check this line and the one above"


def yaml_finding(
    place: Place, message: str, remedy: str = "see the YAML pages of the docs"
) -> Finding:
    """Return a Finding about the writing of a file."""
    return Finding(rule="yaml", place=place, message=message, remedy=remedy)
