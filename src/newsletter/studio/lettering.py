"""The mail as mail programs get it: its size against Gmail's limit, its parts, its headers."""

import math

from newsletter.model.edition import Html
from newsletter.studio.letter import CLIP, Letter, Part
from newsletter.studio.markup import el


def letter_view(letter: Letter, language: str, name: str, saved: str) -> Html:
    """Return the view of one mail; `name` is that of its edition, `saved` the address of its file.

    An empty `saved` means that there is no such file.
    """
    return el(
        "div",
        _weight(letter, name),
        el("h3", "Parts"),
        el("ul", _part(letter.root), class_="tree"),
        el("h3", "Headers"),
        _headers(letter),
        el(
            "details",
            el("summary", "Headers as they travel"),
            el("pre", letter.raw_head, class_="raw", tabindex=0),
            id=f"raw-{language}",
        ),
        el("p", el("a", "Save as .eml", href=saved, download=True)) if saved else "",
        class_="letter",
    )


def size(octets: int) -> str:
    """Return a size for people."""
    return f"{octets} bytes" if octets < 1024 else f"{math.ceil(octets / 1024)} KB"


def _weight(letter: Letter, name: str) -> Html:
    share = letter.html_octets / CLIP
    words = (
        "Gmail cuts the mail, and with it the link to unsubscribe"
        if share > 1
        else f"{share:.0%} of what Gmail shows whole"
    )
    return el(
        "div",
        el(
            "p",
            el("strong", f"HTML {letter.html_octets / 1024:.1f} KB of {CLIP // 1024} KB"),
            f" - {words}",
        ),
        el(
            "meter",
            min=0,
            max=CLIP,
            low=int(CLIP * 0.8),
            high=CLIP - 1,
            optimum=0,
            value=letter.html_octets,
            aria_label=f"HTML of {name} against the {CLIP // 1024} KB that Gmail shows",
        ),
        el("p", f"The whole mail: {letter.octets / 1024:.1f} KB as it travels", class_="muted"),
        class_="weight",
    )


def _part(part: Part) -> Html:
    facts = [
        part.encoding,
        part.name,
        size(part.octets) if not part.parts else "",
        f"{size(part.wire)} as it travels",
    ]
    return el(
        "li",
        el("code", part.content_type),
        " ",
        el("span", " · ".join(filter(None, facts)), class_="muted"),
        el("ul", *map(_part, part.parts)) if part.parts else "",
    )


def _headers(letter: Letter) -> Html:
    rows = (
        el("tr", el("th", name, scope="row"), el("td", value)) for name, value in letter.headers
    )
    return el("div", el("table", el("tbody", *rows), class_="headers"), class_="scroll", tabindex=0)
