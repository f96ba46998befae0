"""Make a Rendering fit for a browser: a reader's values in its slots, pictures from here, a scheme.

Nothing else is changed, so that what is seen is what is sent. With marks, the elements that
findings speak of can be found and are outlined; nothing moves by that.
"""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal, get_args

from newsletter.checks.page import read_page
from newsletter.model.finding import Finding, Severity
from newsletter.model.rendering import greeting_values
from newsletter.render.forced_dark import Manner, forced_dark
from newsletter.studio.ports import Draft, DraftEdition
from newsletter.studio.readers import NOBODY, Reader

Scheme = Literal["light", "dark", "partial", "full"]
"""The colours a reader sees: the mail's own two schemes, or what programs make of the light one."""

SCHEMES: tuple[Scheme, ...] = get_args(Scheme)

OFF = "off"
"""Stands for the digest of a picture that a mail program has not loaded."""

_PREFERS = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)")
_WEB_LINK = re.compile(r'<a (?![^>]*\btarget=)(?=[^>]*\bhref="https?:)')
_ALWAYS, _NEVER = "(min-width: 0px)", "(max-width: 0px)"
_TAG_NAME = re.compile(r"<[A-Za-z][^\s/>]*")
_MARKED = """
[data-finding] { outline: 2px dashed #d33a2c !important; outline-offset: 1px !important; }
[data-finding][data-grave="warning"] { outline-color: #c17d00 !important; }
[data-finding][data-grave="note"] { outline-style: none !important; }
[data-finding][data-now] { outline: 3px solid #1668c7 !important; }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailView:
    """How a mail is shown; `marks` has the findings by the element in which they are seen."""

    reader: Reader = NOBODY
    scheme: Scheme = "light"
    pictures: bool = True
    marks: Mapping[int, Sequence[tuple[str, Finding]]] = field(default_factory=dict)


def mail_html(
    draft: Draft, language: str, view: MailView, address: Callable[[str], str] | None = None
) -> str:
    """Return the HTML of an edition as a mail program shows it.

    `address` gives the address of a picture by its digest, or for OFF.
    """
    edition = draft.editions[language]
    page = edition.rendering.html
    if view.scheme in ("partial", "full"):
        page = _forced(page, Manner(view.scheme))
    page = _with_marks(page, view.marks)
    page, _ = replace(edition.rendering, html=page).filled(slot_values(edition, view.reader))
    address = address or picture_path
    for src, picture in draft.pictures.items():
        page = page.replace(src, address(picture.digest if view.pictures else OFF))
    page = _WEB_LINK.sub('<a target="_blank" rel="noreferrer" ', page)  # not into the small frame
    wanted = "light" if view.scheme == "light" else "dark"
    page = _PREFERS.sub(lambda asked: _ALWAYS if asked[1] == wanted else _NEVER, page)
    # what the browser itself draws (canvas, scroll bars) would follow the system
    own = f":root {{ color-scheme: {wanted} !important; }}{_MARKED if view.marks else ''}"
    return page.replace("</head>", f"<style>{own}</style></head>", 1)


def mail_text(draft: Draft, language: str, reader: Reader) -> str:
    """Return the text of an edition."""
    edition = draft.editions[language]
    return edition.rendering.filled(slot_values(edition, reader))[1]


def slot_values(edition: DraftEdition, reader: Reader) -> dict[str, str]:
    """Return what the slots of an edition hold for `reader`; the links stand for nobody."""
    rendering = edition.rendering
    greetings = greeting_values(rendering.greeting, rendering.greeting_anonymous, reader.name)
    return {**edition.values, **greetings}


def picture_path(digest: str) -> str:
    """Return where the preview serves a picture; another content has another path."""
    return f"/picture/{digest}"


@lru_cache(maxsize=12)
def _forced(page: str, manner: Manner) -> str:
    return forced_dark(page, manner)


def _with_marks(page: str, marks: Mapping[int, Sequence[tuple[str, Finding]]]) -> str:
    """Return `page` with the names of findings at the elements in which they are seen."""
    if not marks:
        return page
    read = read_page(page)
    starts = [0, *(found.end() for found in re.finditer("\n", page))]
    pieces, done = [], 0
    for number in sorted(number for number in marks if number < len(read.elements)):
        element = read.elements[number]
        line, column = read.places[element]
        tag = _TAG_NAME.match(page, starts[line - 1] + column - 1)
        if not tag:  # no start tag is where one was read
            raise LookupError(f"element {number} of the page is not at {line}:{column}")
        names = " ".join(name for name, _ in marks[number])
        grave = min((each.severity for _, each in marks[number]), key=list(Severity).index)
        anchor = "" if "id" in element.attrib else f' id="at-{names.split()[0]}"'
        added = f' data-finding="{html.escape(names)}" data-grave="{grave.value}"{anchor}'
        pieces += [page[done : tag.end()], added]
        done = tag.end()
    return "".join((*pieces, page[done:]))
