"""What a YAML library says of a file that is not YAML, in plain words with a remedy."""

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
