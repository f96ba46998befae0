r"""Signs that one program writes for another and nobody should read: \u{a0}, \n, \", &amp;nbsp;.

    what readers meet of a page ► no addresses, no <code> ► a sign? ► not inside a path of Windows

`C:\new` is a folder and `ILO\nikitina` a person, so what may be a path or a login is let be: a sign
counts where nothing else can be meant. Whoever wants to show one writes it as code.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import html5
from xml.etree.ElementTree import Element

from newsletter.checks.page import Page

SPOKEN = ("alt", "title", "aria-label", "aria-description", "placeholder", "summary")
"""Attributes that readers are shown, or have read out."""

_UNREAD = frozenset({"style", "script", "template"})
_CODE = frozenset({"code", "kbd", "pre", "samp", "tt", "var"})
_ADDRESS = re.compile(r"(?<!\S)\S+?(?:://|@)\S+")
_SIGN = re.compile(
    r"""
    \\u\{[0-9A-Fa-f]{1,6}\}                     # Rust, Swift, JavaScript
    | \\u(?=[0-9]{0,3}[A-Fa-f])(?:0[045]|2[0-7]|[dD][89A-Fa-f]|[fF][EFef])[0-9A-Fa-f]{2}
    | (?<![A-Z]{2})\\u(?:0[045]|2[0-7])[0-9]{2} # ILO\u2015 may be somebody's login
    | \\U000[01][0-9A-Fa-f]{4}
    | \\xa0 | (?:\\x[0-9A-Fa-f]{2}){2,}
    | \\[nrt](?=\Z|[\s\\]|[^\W\d_A-Za-z])       # a space or a letter that is not Latin follows
    | (?:(?<![^\s.,:;!?…»”"')])|(?<=[a-z]))\\[nrt](?=[A-Z][a-z\s])
    | \\["“”„«»]
    | (?<=\w)\\['’](?=\w)
    | :\\/\\/
    | &(?:\#[0-9]{2,7}|\#[xX][0-9A-Fa-f]{2,6}|[A-Za-z][A-Za-z0-9]{1,30});
    """,
    re.VERBOSE,
)
_PATH = re.compile(r"(?<![A-Za-z])[A-Za-z]:\\|(?<![^\s(\"'«“])\\\\\w|%\w+%\\|\bHKEY_\w+\\")
_REACH = 12


@dataclass(frozen=True, slots=True)
class Escape:
    """A sign that was meant for a program, and the word it stands in."""

    sign: str
    word: str


def met(page: Page) -> Iterator[tuple[Element, str, str]]:
    """Yield what readers meet: an element, the attribute or else nothing, and the words."""
    quoted: set[Element] = set()
    for element in page.root.iter():
        if element.tag in _CODE or page.parents.get(element) in quoted:
            quoted.add(element)
        for name in SPOKEN:
            if words := element.get(name):
                yield element, name, words
        if element.tag not in _UNREAD and element not in quoted:
            for own in (element.text, *(child.tail for child in element)):
                if own:
                    yield element, "", own


def shown_on_purpose(page: Page) -> str:
    """Return what stands as code in a page; its text part cannot say so."""
    return "\n".join("".join(each.itertext()) for each in page.all(*_CODE))


def escape_in(text: str) -> Escape | None:
    """Return the first sign in `text` that was meant for a program."""
    if "\\" not in text and "&" not in text:
        return None
    bare = _ADDRESS.sub(lambda found: " " * len(found.group()), text)
    path = _PATH.search(bare)
    for found in _SIGN.finditer(bare):
        sign, start = found.group(), found.start()
        if sign.startswith("&"):
            is_one = sign.startswith("&#") or sign[1:] in html5
        else:
            is_one = path is None or path.start() > start or sign.startswith("\\u{")
        if is_one:
            before = bare[max(start - _REACH, 0) : start].split()
            after = bare[found.end() : found.end() + _REACH].split()
            left = before[-1] if before and not bare[start - 1].isspace() else ""
            right = after[0] if after and not bare[found.end()].isspace() else ""
            return Escape(sign, f"{left}{sign}{right}")
    return None
