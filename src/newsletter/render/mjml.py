"""Turn MJML into HTML; the only module that knows the MJML library.

The library validates nothing, so `render/mjmlsource.py` does it first. What it still refuses is
reported at the place in the template whose tag stands nearest before the fault.
"""

import re

from mjml import mjml2html

from newsletter.errors import InputRefused
from newsletter.model.finding import Finding
from newsletter.model.place import Place

MARK = re.compile(r' data-at="([^":]+):(\d+):(\d+)"')

BEGIN_LANGUAGE, END_LANGUAGE = "<!--lang:{}:{}-->", "<!--lang:end-->"
"""What stands around rows of MJML in another language than the page: its tag and direction."""

_BEGINS = re.compile(r"<!--lang:([\w-]+):(ltr|rtl)-->")
_GAP = re.compile(r">[ \t\r]+(?=\n|</?mj)")
_POSITION = re.compile(r"position (\d+):\d+")

# The values of attributes; and the title, of which the library makes one more (aria-label).
_VALUES = re.compile(r"""(?<==")[^"<]*(?=")|(?<==')[^'<]*(?=')|(?<=<mj-title>)[^<]*""")
_MANGLED = re.compile(r"[^ !#-\[\]-~]")


def mjml_to_html(source: str, shown: str) -> str:
    """Return the HTML of `source`, whose tags carry marks; `shown` is the theme's folder.

    Raises InputRefused.
    """
    source = normalise(source)
    try:
        return convert(MARK.sub("", source))
    except ValueError as fault:
        raise InputRefused([_finding(str(fault), source, shown)]) from None
    except BaseException as fault:
        if type(fault).__name__ != "PanicException":  # a fault inside the Rust library
            raise
        raise InputRefused([_finding(str(fault), source, shown)]) from None


def convert(source: str) -> str:
    """Return what the library makes of `source`; raises what the library raises."""
    html = str(mjml2html(shield(source), fonts={}))  # no fonts from other people's servers
    return _BEGINS.sub(r'<div lang="\1" dir="\2">', html).replace(END_LANGUAGE, "</div>")


def shield(source: str) -> str:
    r"""Return `source` with what the library would mangle in attributes as references (`&#160;`).

    It writes values as Rust writes strings in programs (mrml 6: `{:?}`): a non-breaking space
    comes out as the six signs \u{a0}, a backslash twice, a quotation mark behind a backslash.
    """
    return _VALUES.sub(lambda value: _MANGLED.sub(_reference, value.group()), source)


def _reference(character: re.Match[str]) -> str:
    return f"&#{ord(character.group())};"


def normalise(source: str) -> str:
    """Return `source` with the line ends and gaps that the library can read.

    Between tags it skips white space only where that begins with a newline; it does so inside text
    too, so gaps between words of HTML are left as they are.
    """
    return _GAP.sub(">\n", source.replace("\r\n", "\n").replace("\r", "\n"))


def place_before(source: str, position: int, shown: str) -> Place:
    """Return where the last marked tag before `position` stands in its template."""
    marks = list(MARK.finditer(source, 0, position))
    if not marks:
        return _file(source, shown)
    file, line, column = marks[-1].groups()
    return Place(f"{shown}/{file}", int(line), int(column))


def _file(source: str, shown: str) -> Place:
    """Return the template that `source` begins with, when nothing more exact is known."""
    first = MARK.search(source)
    return Place(f"{shown}/{first[1]}") if first else Place(shown)


def _finding(fault: str, source: str, shown: str) -> Finding:
    found = _POSITION.search(fault)
    place = _file(source, shown)
    if found:
        bare = MARK.sub("", source).encode()[: int(found[1])].decode(errors="ignore")
        place = place_before(source, _marked_position(source, len(bare)), shown)
    return Finding(
        rule="mjml",
        place=place,
        message=f"the MJML cannot be read: {fault}",
        remedy="look for an unclosed tag, a stray < or an attribute without quotation marks nearby",
    )


def _marked_position(source: str, bare_position: int) -> int:
    """Return the position in `source` of a position in `source` without its marks."""
    position = bare_position
    for mark in MARK.finditer(source):
        if mark.start() > position:
            break
        position += len(mark.group())
    return position
